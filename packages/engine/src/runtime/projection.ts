import type { Key, Write } from '@leeway/storage'
import type { Draft } from '../kernel/draft.ts'
import type { JobDetails } from '../kernel/events/wait-details.ts'
import type { ElementWaits } from '../kernel/events/waits.ts'
import type { KernelEvent } from '../kernel/events.ts'
import type { Token } from '../kernel/state.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import type { IncidentRecord, incidents } from './records/incident.ts'
import type { InstanceRecord, Round } from './records/instance-record.ts'
import type { JobRecord, jobs } from './records/job.ts'
import type { TaskRecord, tasks } from './records/task.ts'

/** What a command came to, and what is known beside its events. */
export interface Projected {
  readonly instanceId: string
  readonly before: InstanceRecord | null
  /** Of the instance, before the command. */
  readonly revision: number
  readonly definition: LoadedDefinition
  /** The instance's. */
  readonly tenantId: string | null
  readonly parent: InstanceRecord['body']['parent'] | undefined
  /** Extensions that an instance to be started carries from the start. */
  readonly extensions: readonly string[]
  /** True where the caller learned of the end in the same change set. */
  readonly isCallerTold: boolean
  /** The process keeps a row for each of its element instances. */
  readonly keepsRows: boolean
  /** Who gave the command. */
  readonly actor: string | null
  /** The trace in which it happens; null where nothing is traced. */
  readonly trace: string | null
  readonly draft: Draft
  readonly events: readonly KernelEvent[]
  readonly now: number
  readonly searchable: readonly string[]
  /** What the runtime decided about the job of a token, by the token's id. */
  readonly marks: ReadonlyMap<string, JobMark>
  readonly round: Round
  /** Type of the job whose result the command is. */
  readonly jobType: string | null
  /** How the row of a job is typed. */
  readonly rowType: (elementId: string, job: JobDetails) => string
}

/** `lease`: written as claimed by this node, as attempt after `failures`; `pending`: never to be run again by itself. */
export interface JobMark {
  readonly lease?: NonNullable<Write['lease']>
  readonly pending?: true
  readonly failures?: number
}

/** The records of a command. What a patch changes must be read first, and must be as read when the change set lands. */
export interface Projection {
  readonly instance: InstanceRecord
  /** False where the root scope was not touched: its record's revision is raised, its body stays. */
  readonly isRootWritten: boolean
  readonly put: Write[]
  readonly delete: Key[]
  readonly patches: Patch[]
}

export type Patch =
  | { readonly collection: typeof tasks; readonly id: string; readonly change: (task: TaskRecord) => TaskRecord }
  | { readonly collection: typeof jobs; readonly id: string; readonly change: (job: JobRecord, isLeased: boolean) => JobRecord }
  | { readonly collection: typeof incidents; readonly id: string; readonly change: (incident: IncidentRecord) => IncidentRecord }

/** A token that the events speak of and that was there before the command or is there after it. */
export interface Touched {
  readonly id: string
  readonly scopeId: string
  readonly n: number
  readonly before: Token | undefined
  readonly after: Token | undefined
  waits: ElementWaits | null
  failure: Extract<KernelEvent, { type: 'workFailed' | 'incidentRaised' }> | null
  isResolved: boolean
  /** The result of its work came while it was off the path, and was not wanted. */
  isDiscarded: boolean
  /** What it waited for came to its end by itself. */
  isFinished: boolean
}
