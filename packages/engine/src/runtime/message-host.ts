import type { ChangeSet, CommitResult, Expectation, Key, Mismatch, Storage, Write } from '@leeway/storage'
import type { StartProcess, TriggerWait } from '../kernel/commands.ts'
import type { ScriptAnswer, ScriptAsked } from '../kernel/draft.ts'
import type { Environment } from '../kernel/environment.ts'
import type { Definition } from '../model/definition.ts'
import { commands } from './records/history.ts'

/** What finding, delivering and starting by events need of an engine. */
export interface MessageHost {
  readonly storage: Storage
  readonly settings: { readonly timeZone: string; readonly searchable: readonly string[] }
  /** True where everything is written into a host's open transaction: nothing is delivered there, only written down. */
  readonly joined: boolean
  now(): number
  newId(): string
  /** Commits one change set. A set that failed throws its `StorageError`. */
  commit(set: ChangeSet): Promise<Exclude<CommitResult, { readonly failed: unknown }>>
  /** Tells the worker that jobs were written. */
  wake(): void
  /** Runs one command of an instance, with more in the same change set. Where the instance itself was changed by others it steps again. */
  run(instanceId: string, command: DeliveryCommand, options: RunOptions): Promise<Ran>
  /** What expressions are evaluated with. */
  readonly environment: Pick<Environment, 'functions' | 'beans' | 'calendar' | 'timeZone'>
  /** What a deployed process was compiled to. Throws `unknownDefinition`. */
  definitionOf(definitionId: string): Promise<Definition>
  /** Runs a script that decides whether something begins. Throws `scriptEngineMissing`. */
  runScript(asked: ScriptAsked): Promise<ScriptAnswer>
  warn(message: string, details: Readonly<Record<string, unknown>>): void
}

/** The commands that deliveries give, without the instant, which the host adds. */
export type DeliveryCommand = StartProcess | TriggerWait

export interface RunOptions {
  readonly actor: string | null
  /** Of the instance to be started. */
  readonly tenantId?: string | null
  readonly also: Also
}

/** What joins a command's change set: with it the effect and the record of it land together or not at all. */
export interface Also {
  readonly expect: readonly Expectation[]
  readonly put: readonly Write[]
  readonly delete: readonly Key[]
}

/** How a command went. `rejected`: the state does not take it; `absent`: no such instance; `lost`: what `also` expected is not so. */
export type Ran =
  | { readonly type: 'done' }
  | { readonly type: 'rejected'; readonly code: string }
  | { readonly type: 'absent' }
  | { readonly type: 'lost'; readonly conflict: readonly Mismatch[] }

export const NOTHING: Also = { expect: [], put: [], delete: [] }

export function together(...parts: readonly Also[]): Also {
  if (parts.length === 1) return parts[0] as Also // one part
  return {
    expect: parts.flatMap((part) => part.expect),
    put: parts.flatMap((part) => part.put),
    delete: parts.flatMap((part) => part.delete),
  }
}

/** Commits changes that belong to no instance's command. False where an expectation was not met: nothing was written. */
export async function commitAlone(host: MessageHost, type: string, actor: string | null, also: Also): Promise<boolean> {
  const id = host.newId()
  const record = { id, at: host.now(), body: actor === null ? { type } : { type, actor } }
  const result = await host.commit({ id, ...also, touch: [], append: [{ collection: commands, record }] })
  return result === 'committed'
}
