import type { AwayPolicy, EventPolicy, Value, Values } from '@leeway/engine/extension'
import type { DeviationState } from '../lifecycles/deviation.ts'
import type { Instant } from './case-state.ts'
import type { Cost, LaterDirective, ReturnKind, ReturnTerms } from './directives.ts'
import type { Reason } from './reason.ts'
import type { Verdict } from './verdict.ts'

/** The one record of leaving the path: from where, who and why, what was armed and came meanwhile, and how it ended. */
export interface Deviation {
  readonly id: string
  readonly caseId: string
  readonly instanceId: string
  readonly elementId: string
  readonly state: DeviationState
  readonly mode: DeviationMode
  readonly leftAt: Instant
  readonly tenantId: string | null
  readonly body: {
    readonly anchor: Anchor
    readonly definition: { readonly id: string; readonly key: string; readonly version: number }
    readonly actor: string
    /** Those who joined it, the actor first. */
    readonly participants: readonly string[]
    readonly reason: Reason
    readonly timers: readonly AwayTimer[]
    readonly events: readonly AwayEvent[]
    readonly latches: readonly LatchRecord[]
    /** What was stuck where it was left. */
    readonly incidents?: readonly HandledIncident[]
    /** Alongside: the step cannot be completed while required items are open. */
    readonly gate?: true
    /** Deferred: it is asked for again each time that it is over; `repeats` is the one before it. */
    readonly permanent?: true
    readonly repeats?: string
    /** Deferred: an item of before the migration that is this step's work; done, the step is passed over with its result. */
    readonly standIn?: string
    /** What the step calls was not held with it. */
    readonly runsOn?: true
    /** What was known when it was left, and that the tokens stood. */
    readonly verdict?: Verdict
    /** Versions of the variables then, by name: short digests. */
    readonly versions?: Readonly<Record<string, string>>
    /** Digests of the scopes around the anchor, before the leaving and after the return. */
    readonly stateBefore?: string
    readonly stateAfter?: string
    /** Whose claimed task was taken off the path. */
    readonly preempts?: string
    /** Whom the actor stood in for. */
    readonly onBehalfOf?: string
    /** Who took it upon themselves, with the actor, that something that undoes was taken back. */
    readonly override?: { readonly by: string; readonly reason: Reason }
    /** Who agreed that the actor leaves, though they might not by themselves. */
    readonly approvedBy?: readonly string[]
    /** What it came to when it was over. */
    readonly waits?: Waits
    /** By which role the actor might leave. */
    readonly role?: string
    /** When it had lasted too long, and was escalated. */
    readonly overdueAt?: Instant
    /** What is to be looked at afterwards, and why. */
    readonly review?: { readonly because: readonly string[]; readonly id?: string; readonly withdrawn?: true }
    /** Who does the work in its stead, and the return that follows. */
    readonly handedOver?: HandedOver
    /** The return that is made when what it undoes before is undone; absent again then. */
    readonly compensating?: { readonly to: LaterDirective; readonly terms: ReturnTerms; readonly actor: string; readonly at: Instant }
    /** What was undone for a return: ids of elements, and of items. */
    readonly compensated?: readonly string[]
    /** Why the return that was to be made by itself was not. */
    readonly denied?: { readonly code: string; readonly message: string; readonly at: Instant }
    readonly returned?: Returned
    readonly preempted?: Preempted
    /** Why what was asked for ahead never began. */
    readonly lapsed?: Lapsed
    /** By which models it went on while it was open, the first one first. */
    readonly migrations?: readonly (Moved & { readonly at: Instant; readonly actor: string | null })[]
    /** `left`: completed items that are still to be undone, in this order. */
    readonly undone?: {
      readonly actor: string
      readonly at: Instant
      readonly reason: Reason | null
      readonly left: readonly string[]
      /** Completed items that stay done. */
      readonly kept?: readonly string[]
      readonly of?: 'return'
    }
  }
}

/**
 * How the path is left: `alongside` the step goes on beside the ad hoc work; `detour` it is on hold until the return; `withdraw` it is
 * taken back; `deferred` the work is pinned to a step to come; `takeOver` the case carries on in its place.
 */
export type DeviationMode = 'alongside' | 'detour' | 'withdraw' | 'deferred' | 'takeOver'

/** From where it left: a token, or the whole instance; while it is only asked for, an element, with the instance as element instance. */
export interface Anchor {
  readonly type: 'token' | 'element' | 'instance'
  readonly elementId: string
  readonly elementInstanceId: string
  readonly scopeId: string
  /** Elements and activation counts from the process inwards: `/Sub_1:1`; empty for the process itself. */
  readonly scopePath: string
}

/** A timer under the held token: what it does while away, when it was due, and what was left of it where it is paused. */
export interface AwayTimer {
  readonly elementId: string
  readonly policy: 'keep' | 'pause' | 'latch' | 'restart' | 'cancel' | 'extend'
  readonly dueAt: Instant | null
  readonly remainingMs: number | null
}

/**
 * A message, signal or condition that the held token's element waits for: acts at once, is kept for the return, or is not listened for
 * until then.
 */
export interface AwayEvent {
  readonly elementId: string
  readonly kind: 'message' | 'signal' | 'condition'
  /** Null of a condition. */
  readonly name: string | null
  readonly policy: EventPolicy
}

/**
 * What came while away. `kept` until the return, then `applied`, or `unused` where the token had gone on or the path went on without it.
 */
export interface LatchRecord {
  readonly elementId: string
  /** At which element instance; absent in what was written before this was kept. */
  readonly elementInstanceId?: string
  readonly kind: 'message' | 'signal' | 'timer' | 'condition' | 'trigger' | 'work' | 'call' | 'failure'
  readonly at: Instant
  readonly became: 'kept' | 'applied' | 'unused' | 'discarded'
  /** How often a cycle was due while away; it acted once. */
  readonly missed?: number
}

/** An incident that is dealt with off the path. */
export interface HandledIncident {
  /** As `engine.incidents` names it. */
  readonly id: string
  readonly elementId: string
  readonly code: string
  readonly message: string
  /** The step was taken up again as it was, and nothing had come of it meanwhile. */
  readonly isOpenAgain?: true
}

/** The work was handed over to an item; `next` is how the path is taken up when that is done, and on what terms. */
export interface HandedOver {
  readonly itemId: string
  /** What it costs; granted when it was handed over. */
  readonly cost?: Cost
  readonly next: LaterDirective
  readonly terms: ReturnTerms
  readonly actor: string
  readonly at: Instant
}

/** From where in one model to where in another. */
export interface Moved {
  readonly from: ModelPlace
  readonly to: ModelPlace
  /** The step that was left is withdrawn, and the other one, of whatever kind, begins on return. */
  readonly reanchored?: true
}

interface ModelPlace {
  readonly definition: Deviation['body']['definition']
  readonly elementId: string
}

export interface Returned {
  readonly to: ReturnKind
  /** After a hand-over: how the path was taken up in the end. */
  readonly next?: LaterDirective['type']
  /** What the directive names beside its kind: the event, the element jumped to. */
  readonly target?: string
  readonly actor: string
  readonly at: Instant
  readonly reason: Reason | null
  /** Variables that were set at the return. */
  readonly variables: Values
  /** Those of them that items gave. */
  readonly results?: readonly ResultTaken[]
  readonly cost?: Cost
  readonly verdict?: Verdict
  readonly trail?: ReturnTrail
  readonly onBehalfOf?: string
  readonly role?: string
  /** Required items that were not waited for. */
  readonly waived?: readonly string[]
  /** Who agreed that what is mandatory was passed over. */
  readonly approvedBy?: readonly string[]
  /** Who took it upon themselves with the actor, though it was not proven. */
  readonly override?: { readonly by: string; readonly reason: Reason }
}

/** What a return made of the path, for its undo. */
export interface ReturnTrail {
  /** Where its tokens came to rest. */
  readonly landed: readonly { readonly elementInstanceId: string; readonly elementId: string }[]
  /** Variables that changed with it: what they were, absent where there was none, and a digest of what they became. */
  readonly variables: readonly { readonly scopeId: string; readonly name: string; readonly before?: Value; readonly after: string }[]
  /** Why it cannot be taken back. */
  readonly barred?: string
}

/** A variable of the path that an item's result gave. */
export interface ResultTaken {
  readonly variable: string
  readonly itemId: string
  /** Its name in the result. */
  readonly result: string
}

/** Why the path went on without the return. */
export interface Preempted {
  readonly cause: 'event' | 'scopeEnded' | 'instanceEnded'
  /** The event that interrupted it. */
  readonly elementId: string | null
  readonly actor: string | null
  readonly at: Instant
}

/**
 * It was taken back, all that was pinned was cancelled, or the instance ended without coming there. `by`: who did that, where somebody did.
 */
export interface Lapsed {
  readonly cause: 'undone' | 'itemsCancelled' | 'instanceEnded'
  readonly by: string | null
  readonly at: Instant
}

/** How long somebody was off the path, and what of it was working time and work. Milliseconds. */
export interface Waits {
  /** From leaving until it was over. */
  readonly awayMs: number
  /** Of that, by the business hours of cases. */
  readonly workingMs: number
  /** Of that, in which at least one item was at work. */
  readonly itemsMs: number
}

/** What a process instance is watched for by its case; its id is the instance's. */
export interface Watch {
  readonly id: string
  readonly body: {
    /** Deviations that begin at the next wait. */
    readonly atNext: readonly { readonly deviationId: string; readonly timers: { readonly [elementId: string]: AwayPolicy } }[]
    /** Deviations alongside, by element instance. */
    readonly beside: { readonly [elementInstanceId: string]: readonly string[] }
    /** The item that the instance is run for. */
    readonly itemId?: string
  }
}
