import { type Collection, defineCollection } from '@leeway/storage'
import type { Values } from '../../model/value.ts'

/** Everything that is to be done later or elsewhere, in one queue. `type` is a handler's for kind `work`, else `$` and the kind. */
export interface JobRecord {
  readonly id: string
  /** Null: not to be claimed (frozen while its token is held, or stuck with an incident). */
  readonly dueAt: number | null
  readonly priority: number
  /**
   * The engine's: `work` (a handler's), `timer`, `continuation`, `startTimer`, and deliveries: `message` (to be correlated), `signal` (to
   * be broadcast), `condition` (start events to be asked), `look` (a subscription looks for a buffered message), `call`, `callEnd`,
   * `callCancel` (from and to called instances). Extensions add kinds of their own.
   */
  readonly kind: string
  readonly type: string
  readonly instanceId: string | null
  readonly tenantId: string | null
  readonly body: JobBody
}

/** Kind `work` has all of `work`; the others what their kind's file says in `data`. */
export interface JobBody {
  readonly definitionId?: string
  readonly processKey?: string
  readonly elementId?: string
  readonly work?: WorkBody
  /** `timer`: the element that it triggers. */
  readonly for?: string
  /** How often it was tried and failed. */
  readonly failures?: number
  readonly error?: { readonly code: string; readonly message: string }
  /** `timer` that is tried again: when it was due, by which its token knows it. */
  readonly occursAt?: number
  /** While frozen: when it was due. */
  readonly wasDueAt?: number
  readonly data?: Values
  /** The trace in which it was made: the span of the job follows from it. */
  readonly trace?: string
}

export interface WorkBody {
  /** The job type of the model, where the row's type is another name for it. */
  readonly type?: string
  /** The idempotency key. */
  readonly key: string
  readonly aliases?: readonly string[]
  readonly fields?: Values
  readonly headers?: { readonly [name: string]: string }
  readonly resultVariable?: string
  readonly evaluates?: true
  /** Attempts in all, where the model says. */
  readonly attempts?: number
  /** ISO durations between attempts. */
  readonly waits?: readonly string[]
  /** Set by hand: attempts left, whatever was tried before. */
  readonly retriesLeft?: number
  /** It is a listener's: its key. */
  readonly listener?: string
  /** It drives an ad hoc sub-process: which turn it is. */
  readonly turn?: string
  /** The handler answered `pending`: no one is to run it again; the element is moved by trigger, throwError or escalate. */
  readonly pending?: true
}

/** The queue of jobs, leased: {@link JobRecord}. An extension puts jobs of its own kind here. */
export const jobs: Collection<JobRecord> = defineCollection<JobRecord>({
  name: 'jobs',
  version: 1,
  leased: true,
  fields: { dueAt: 'instant', priority: 'integer', kind: 'text', type: 'text', instanceId: 'text', tenantId: 'text' },
  indexes: [
    { fields: ['instanceId'], whereNotNull: 'instanceId' },
    // claims name types: what waits for workers of other types is not in their way
    { fields: ['type', 'priority', 'dueAt'], whereNotNull: 'dueAt' },
    { fields: ['type', 'tenantId', 'dueAt'], whereNotNull: 'dueAt' },
    { fields: ['dueAt'], whereNotNull: 'dueAt' },
  ],
})
