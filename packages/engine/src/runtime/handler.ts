import type { Variables } from '../model/variables.ts'
import type { Job, JobOutcome } from './job.ts'

/**
 * Does the work of an element. Gives variables to set, nothing, or an outcome made by the job. Unknown throws are retried, then become an
 * incident.
 */
export type Handler = (job: Job) => Promise<HandlerResult> | HandlerResult

/** What a handler answers: variables to set, nothing, or what `job.result`, `job.pending` or `job.escalate` made. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is a handler
export type HandlerResult = Variables | void | JobOutcome

/** A handler with policies of its own. */
export interface HandlerEntry {
  readonly run: Handler
  /** Attempts in all, where the model does not say. */
  readonly attempts?: number
  /** Between attempts: `exponential` or an ISO 8601 duration. */
  readonly backoff?: 'exponential' | string
  /** ISO 8601 duration after which an attempt counts as failed. */
  readonly timeout?: string
  /** Most jobs of this handler at once on this node. */
  readonly concurrency?: number
}
