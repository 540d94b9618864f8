import type { EngineError } from './errors.ts'
import type { JobRecord } from './records/job.ts'

/** A job that this node holds the lease of. */
export interface LeasedJob {
  readonly record: JobRecord
  readonly fence: number
  readonly revision: number
}

/** How a job under way speaks with the worker. */
export interface JobTools {
  /** The lease's fence by now. */
  fence(): number
  onAbort(abort: (reason: EngineError) => void): void
  /** The work itself is over; what is left is its commit. */
  done(): void
  /** Its commit landed as a command: the worker was woken for whatever that left to do. */
  settled(): void
}
