import type { Value, Values } from '../model/value.ts'

/** What comes to an instance by itself: a suspended one keeps it. Instants are epoch milliseconds. */
export type KeptCommand = FinishWork | FailWork | FinishCall | EscalateCall | TriggerWait

/** A handler ended: completed, or threw a BPMN error. Applied once; a token that no longer waits for work rejects it. */
export interface FinishWork {
  readonly type: 'finishWork'
  readonly scopeId: string
  readonly n: number
  readonly result: WorkResult
  /** Key of the listener whose work it was, or which turn of an ad hoc sub-process it was. Absent: the element's own work. */
  readonly listener?: string
}

/** A handler failed otherwise. With `retryAt` the job is tried again then; without, an incident is raised. */
export interface FailWork {
  readonly type: 'failWork'
  readonly scopeId: string
  readonly n: number
  readonly code: string
  readonly message: string
  /** Of the exception, where it has one. */
  readonly name?: string
  readonly retriesLeft: number
  readonly retryAt: number | null
  /** As in {@link FinishWork}. */
  readonly listener?: string
}

/** A called instance ended, or could not be called. Applied once; a token that does not wait for it (any more) rejects it. */
export interface FinishCall {
  readonly type: 'finishCall'
  readonly scopeId: string
  readonly n: number
  /** The called instance. */
  readonly calledId: string
  readonly result: CallResult
}

/** An escalation of a called instance, which goes on, comes to its caller. */
export interface EscalateCall {
  readonly type: 'escalateCall'
  readonly scopeId: string
  readonly n: number
  readonly calledId: string
  readonly code: string
  readonly values: Values
  /** Those of the called instance. */
  readonly variables: Values
}

/** A message, a signal or a timer came to what was armed for it. `dueAt` tells a timer's occurrence, so that none counts twice. */
export interface TriggerWait {
  readonly type: 'triggerWait'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly kind: 'message' | 'signal' | 'timer'
  /** Which definition of a multiple event it is, from 0; default the first. */
  readonly definition?: number
  readonly values: Values
  readonly dueAt?: number
  /** The key that a message came with. */
  readonly key?: string
}

/** Members of a task that its listeners know or changed; instants in epoch milliseconds. */
export interface TaskSeen {
  readonly name?: string | null
  readonly assignee?: string | null
  readonly candidateUsers?: readonly string[]
  readonly candidateGroups?: readonly string[]
  readonly dueAt?: number | null
  readonly followUpAt?: number | null
  readonly priority?: number
  /** Only read. */
  readonly owner?: string | null
  /** Only read. */
  readonly createdAt?: number
}

/** What the handler that drives an ad hoc sub-process wants: activities to begin, each with variables of its own, or its end. */
export interface AdHocTurn {
  readonly start: readonly { readonly activityId: string; readonly values: Values }[]
  readonly ends: boolean
  /** At its end: what still runs is cancelled, not waited for. */
  readonly cancels: boolean
}

/** How a handler ended, as data. */
export type WorkResult =
  | {
      readonly type: 'completed'
      readonly set: Values
      readonly local: Values
      readonly result?: Value
      readonly inside?: Values
      /** What a listener changed of its task. */
      readonly task?: TaskSeen
      readonly turn?: AdHocTurn
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly values: Values }
  /** The work is done, and something is escalated with it. */
  | { readonly type: 'escalation'; readonly code: string; readonly values: Values }

/**
 * How a called instance ended, as data: with its variables, with an error for its caller, otherwise (cancelled, superseded); or why it
 * could not be called.
 */
export type CallResult =
  | { readonly type: 'completed'; readonly values: Values }
  | {
      readonly type: 'error'
      readonly code: string
      readonly message: string
      readonly values: Values
      readonly variables: Values
    }
  /** A terminate event ended it that also ends the multi-instance around the call, or all. */
  | { readonly type: 'terminated'; readonly ends: 'rounds' | 'all' }
  | { readonly type: 'ended'; readonly status: string; readonly reason: string | null }
  | { readonly type: 'notCalled'; readonly code: string; readonly message: string }
