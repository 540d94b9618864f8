import type { Mismatch, Storage } from '@leeway/storage'
import type { StartProcess, TriggerWait } from '../kernel/commands.ts'
import type { ScriptAnswer, ScriptAsked } from '../kernel/draft.ts'
import type { Environment } from '../kernel/environment.ts'
import type { Definition } from '../model/definition.ts'
import type { Also, Committer } from './also.ts'

/** What finding, delivering and starting by events need of an engine. */
export interface MessageHost extends Committer {
  readonly storage: Storage
  readonly settings: { readonly timeZone: string; readonly searchable: readonly string[] }
  /** True where everything is written into a host's open transaction: nothing is delivered there, only written down. */
  readonly joined: boolean
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

/** How a command went. `rejected`: the state does not take it; `absent`: no such instance; `lost`: what `also` expected is not so. */
export type Ran =
  | { readonly type: 'done' }
  | { readonly type: 'rejected'; readonly code: string }
  | { readonly type: 'absent' }
  | { readonly type: 'lost'; readonly conflict: readonly Mismatch[] }
