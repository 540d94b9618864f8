import type { ChangeSet, CommitResult, Storage } from '@leeway/storage'
import type { Environment } from '../kernel/environment.ts'
import type { Calendar } from '../model/calendar.ts'
import type { DefinitionCache } from './definition-cache.ts'
import type { EventHub } from './event-hub.ts'
import type { ExtensionHost } from './extension-host.ts'
import type { HandlerTable } from './handlers.ts'
import type { Answer, JobContext } from './job.ts'
import type { Mailboxes } from './mailbox.ts'
import type { News } from './news.ts'
import type { OptionalIndexes } from './optional-indexes.ts'
import type { Settings } from './options.ts'
import type { JobRecord } from './records/job.ts'
import type { ScriptEngine } from './script-engine.ts'
import type { StateCache } from './state-cache.ts'
import type { Telemetry } from './telemetry.ts'

/** What every operation of one engine works with. */
export interface Host {
  readonly settings: Settings
  readonly storage: Storage
  readonly environment: Environment
  /** Business hours by name. */
  readonly calendars: ReadonlyMap<string, Calendar>
  readonly handlers: HandlerTable
  /** Runs scripts that are not expressions; null where the host gave nothing for it. */
  readonly scripts: ScriptEngine | null
  readonly definitions: DefinitionCache
  readonly states: StateCache
  readonly mailboxes: Mailboxes
  readonly extensions: ExtensionHost
  readonly events: EventHub
  /** Null where the host gave nothing to be told of spans and measurements: then nothing is done for them. */
  readonly telemetry: Telemetry | null
  /** True where everything is written into a host's open transaction: nothing runs or is told there. */
  readonly isJoined: boolean
  /** Owner of this node's leases. */
  readonly nodeId: string
  /** The instant by which this engine decides: the manual clock's, else the store's as far as it is known. */
  now(): number
  newId(): string
  /** A short text that no other call on any node gives. */
  newTag(): string
  /** Commits one change set, together with others that are ready at the same time. A set that failed throws its `StorageError`. */
  commit(set: ChangeSet): Promise<Exclude<CommitResult, { readonly failed: unknown }>>
  /**
   * Tells the worker that jobs were written: it looks at once where it runs, and `drain` goes on. `types`: those of the work among them, for
   * workers outside that wait for it; absent: it may be any.
   */
  wake(types?: readonly string[]): void
  /** Those that are made once somebody asks by them. */
  readonly indexes: OptionalIndexes
  /** For calls that wait for work. */
  readonly news: News
  /** Throws `closed` from the call of `close` on. What is in hand goes on until its commits are refused, too. */
  checkOpen(): void
  readonly worker: WorkerPort
}

/** What the commands ask of the worker. */
export interface WorkerPort {
  /** How many jobs can be taken on right now: 0 where the worker does not run. */
  freeSlots(): number
  /** Runs a job that was claimed in its own commit, or whose handler was started before it. */
  adopt(job: AdoptedJob): void
  /** The job is gone: its activity went on without it, or was cancelled. Whoever works on it here is told by its signal. */
  withdraw(jobId: string): void
}

export interface AdoptedJob {
  readonly record: JobRecord
  readonly fence: number
  /** The answer of a handler which was started before the commit. */
  readonly running?: Promise<Answer>
  readonly context?: JobContext | null
}
