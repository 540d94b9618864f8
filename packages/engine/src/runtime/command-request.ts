import type { ChangeSet, Expectation, Key, Mismatch, Write } from '@leeway/storage'
import type { KernelEvent } from '../kernel/events.ts'
import type { Rejection } from '../kernel/rejection.ts'
import type { Value } from '../model/value.ts'
import type { Also } from './also.ts'
import type { CommandBody } from './command-body.ts'
import type { OwnOccurrence } from './consult.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import type { JobMark } from './projection.ts'
import type { InstanceBody, InstanceRecord } from './records/instance-record.ts'
import type { JobRecord } from './records/job.ts'
import type { Work } from './work.ts'

/** One command of one instance, and what is to land with it. */
export interface CommandRequest {
  readonly instanceId: string
  /** Null where the extension alone decides what is to be done. */
  readonly command: CommandBody | null
  readonly actor: string | null
  /** An extension is asked, after the command if there is one, and the instance is marked as carrying it. */
  readonly extension?: { readonly name: string; readonly occurrence: OwnOccurrence; readonly also: (answer: Value) => Also }
  /** For an instance to be started. */
  readonly start?: {
    readonly definition: LoadedDefinition
    readonly tenantId: string | null
    readonly parent?: InstanceBody['parent']
    readonly extensions?: readonly string[]
  }
  /** Joins the change set. */
  readonly also?: { readonly expect: readonly Expectation[]; readonly put: readonly Write[]; readonly delete: readonly Key[] }
  /** The job that it is the result of: its lease must still be ours. */
  readonly job?: { readonly record: JobRecord; readonly fence: number }
  /** The definition by which the instance goes on after the command. */
  readonly migratesTo?: LoadedDefinition
  /** Adds to the change set what the command means for rows that no touched token names. Asked anew at each attempt. */
  readonly rows?: (set: OpenSet, work: Work) => Promise<void>
  /** Decided by the runtime for the jobs of tokens, by token id. */
  readonly marks?: ReadonlyMap<string, JobMark>
}

/** How a command went. `lost`: something that `also` or `job` expected is not so; nothing was written. */
export type Outcome =
  | { readonly type: 'done'; readonly instance: InstanceRecord; readonly events: readonly KernelEvent[]; readonly answer: Value }
  | { readonly type: 'rejected'; readonly rejection: Rejection }
  | { readonly type: 'absent' }
  | { readonly type: 'lost'; readonly conflict: readonly Mismatch[] }

/** A change set in the making. */
export interface OpenSet extends ChangeSet {
  readonly expect: Expectation[]
  readonly touch: Key[]
  readonly put: Write[]
  readonly delete: Key[]
  readonly append: Write[]
}
