import type { Values } from '../../model/value.ts'
import type { Instant, Listening, OccurrenceKind, Wait } from '../state.ts'
import type { CallDetails, JobDetails, TaskDetails } from './wait-details.ts'

/**
 * The element begins to wait: what is armed, its boundary events included; with a job or a task to be made. Replaces what was armed before.
 */
export interface ElementWaits {
  readonly type: 'elementWaits'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly waits: readonly Wait[]
  /** Which activation of the element this is, where it has work and is repeatable. */
  readonly activation?: number
  readonly job?: JobDetails
  /** The job is a listener's. */
  readonly listening?: Listening
  readonly task?: TaskDetails
  readonly call?: CallDetails
}

/** An armed event occurred; a cycle's next due and what is left after it, else the wait is consumed. */
export interface WaitTriggered {
  readonly type: 'waitTriggered'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly kind: OccurrenceKind
  /** Only this definition of a multiple event is concerned; absent: all that the event waits for is consumed. */
  readonly definition?: number
  /** The wait stays armed: a non-interrupting message or signal, a cycle with its next due. */
  readonly again?: { readonly dueAt?: Instant; readonly left?: number | null }
  /** How often a cycle was due that acts once, after it was kept for a return; absent: once. */
  readonly came?: number
}

/** An operator gave an armed timer another due time. */
export interface TimerRescheduled {
  readonly type: 'timerRescheduled'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly for: string
  /** Absent: the first. */
  readonly definition?: number
  readonly dueAt: Instant
  /** When it was due by the model. */
  readonly from: Instant
  /** What follows in a cycle is shifted with it. */
  readonly shifts?: true
}

/** One of what a parallel multiple event waits for has come; it is kept until all have. BPMN 2.0.2 §10.5.5. */
export interface EventCame {
  readonly type: 'eventCame'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly kind: OccurrenceKind
  readonly definition: number
  readonly values: Values
}

/** A condition that stays armed is true now, or no longer. */
export interface ConditionJudged {
  readonly type: 'conditionJudged'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly definition: number
  readonly holds: boolean
}

/** Token n listens for the start event of an event sub-process, while the scope is active. Replaces what it listened for before. */
export interface EventSubProcessArmed {
  readonly type: 'eventSubProcessArmed'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly waits: readonly Wait[]
  readonly at: Instant
}

/** Token n listens no more and is gone: the scope completes, or was interrupted. */
export interface EventSubProcessDisarmed {
  readonly type: 'eventSubProcessDisarmed'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}
