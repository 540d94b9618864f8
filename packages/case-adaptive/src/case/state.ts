import type { AwayPolicy, Value, Values } from '@leeway/engine/extension'
import type { CaseState } from '../lifecycles/case.ts'
import type { DeviationState } from '../lifecycles/deviation.ts'
import type { PlanItemState } from '../lifecycles/plan-item.ts'
import type { Cost, ItemOutputs, LaterDirective, ReturnKind, ReturnTerms } from './directives.ts'
import type { Reason } from './reason.ts'
import type { Done } from './rules.ts'
import type { ServiceClock } from './service/service-clock.ts'
import type { Verdict } from './verdict.ts'

/** Epoch milliseconds. */
export type Instant = number

/** A case as kept. Its record is written by everything that happens in the case, so that its revision is the case's serial order. */
export interface Case {
  readonly id: string
  readonly state: CaseState
  readonly template: string
  readonly customer: string | null
  readonly openedAt: Instant
  readonly tenantId: string | null
  /** Process instances that it owns. */
  readonly instanceIds: readonly string[]
  /** When what was promised is due, the earliest; null where no clock runs. */
  readonly dueAt: Instant | null
  /** Who has to do with it: who answers for it, takes part, has an item of it, or is told of it. */
  readonly people: readonly string[]
  /** By which its customer may look at it, and at no other case; null in what was written before there were tokens. */
  readonly token: string | null
  readonly body: {
    readonly title: string | null
    /** Who answers for it. */
    readonly owner: string | null
    readonly openedBy: string | null
    /** Instances that went on by an override, and were not proven since to come to their end. */
    readonly unproven?: readonly string[]
    /** What was done on the path of the elements that rules name. */
    readonly done?: readonly Done[]
    /** The item of another case that this one is. */
    readonly itemId?: string
    readonly resolution?: Resolution
    /** What the customer says of the resolution. */
    readonly confirmed?: { readonly by: string; readonly at: Instant }
    readonly closed?: { readonly by: string; readonly at: Instant; readonly route?: Route }
    /** Which of its open spans this is, from 1, and those before; absent: the first. */
    readonly episode?: number
    readonly episodes?: readonly Episode[]
    /** How often the one who answers for it changed by a transfer. */
    readonly transfers?: number
    readonly links?: readonly CaseLink[]
    /** It is about how another case was handled: by those, who cannot answer for it. */
    readonly complaint?: { readonly about: string; readonly handlers: readonly string[] }
    /** Who acted in it, the first 200. */
    readonly handlers?: readonly string[]
    /** What the customer was asked for, the latest 100. */
    readonly asked?: readonly { readonly key: string; readonly by: string; readonly at: Instant }[]
    /** When the customer last heard from somebody since it was resolved. */
    readonly toldAt?: Instant
    /** What its template promises the customer, and how it stands. */
    readonly service?: Service
    /** How many entries its timeline has. */
    readonly entries: number
    /** Digest of the latest entry, empty before the first: what each entry says of the one before it, the case says of the last. */
    readonly head: string
  }
}

/** How a case reached what it was for. */
export interface Resolution {
  readonly code: string
  readonly by: string
  readonly at: Instant
}

/** An open span of a case that was opened again since. */
export interface Episode {
  readonly resolution: Resolution | null
  readonly closedAt: Instant
}

/** Whom the customer's next contact goes to, until an instant. */
export interface Route {
  readonly to: string
  readonly until: Instant
}

/** What another case is to this one. */
export interface CaseLink {
  readonly caseId: string
  readonly as: LinkKind
}

/** The other case is the one above this, below it, the one that this repeats, a repetition of this, its cause, caused by it, about its handling, the one whose handling this is about, or just related. */
export type LinkKind = 'parent' | 'child' | 'duplicateOf' | 'duplicate' | 'cause' | 'effect' | 'complaint' | 'complaintAbout' | 'related'

/** What the customer was promised. */
export interface Service {
  readonly tier: string | null
  readonly severity: string | null
  /** How often it was raised to a higher authority. */
  readonly escalations: number
  readonly clocks: readonly ServiceClock[]
  /** When the episode began that its goals count from; absent: the opening. */
  readonly since?: Instant
  /** When the customer was answered last in this episode. */
  readonly answeredAt?: Instant
  /** Open commitments, with the instant of their next step. */
  readonly promises?: readonly { readonly id: string; readonly at: Instant }[]
  /** The job that looks at the clocks when the next of them is due. */
  readonly wake?: { readonly jobId: string; readonly at: Instant }
}

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
    /** By which role the actor might leave. */
    readonly role?: string
    /** When it had lasted too long, and was escalated. */
    readonly overdueAt?: Instant
    /** What is to be looked at afterwards, and why. */
    readonly review?: { readonly because: readonly string[] }
    /** Who does the work in its stead, and the return that follows. */
    readonly handedOver?: HandedOver
    /** Why the return that was to be made by itself was not. */
    readonly denied?: { readonly code: string; readonly message: string; readonly at: Instant }
    readonly returned?: Returned
    readonly preempted?: Preempted
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
 * How the path is left: `alongside` the step goes on beside the ad hoc work; `detour` it is on hold until the return; `withdraw` it is taken back;
 * `deferred` the work is pinned to a step to come; `takeOver` the case carries on in its place.
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

/** A message or signal that the held token's element waits for: acts at once, or is kept for the return. */
export interface AwayEvent {
  readonly elementId: string
  readonly kind: 'message' | 'signal'
  readonly name: string
  readonly policy: 'live' | 'latch'
}

/** What came while away. `kept` until the return, then `applied`, or `unused` where the token had gone on or the path went on without it. */
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

/** A plan item as kept; an ad hoc item where nothing in a template calls for it. */
export interface PlanItem {
  readonly id: string
  readonly caseId: string
  readonly deviationId: string | null
  readonly instanceId: string | null
  readonly state: PlanItemState
  readonly kind: ItemKind
  readonly body: {
    readonly name: string
    readonly required: boolean
    /** Items that must be completed before it starts. */
    readonly after: readonly string[]
    /** A human item's task, while there is one. */
    readonly taskId: string | null
    readonly assignee: string | null
    readonly candidateUsers: readonly string[]
    readonly candidateGroups: readonly string[]
    readonly dueAt: Instant | null
    readonly priority: number
    /** A service item's handler type, a process item's key, a case item's template. */
    readonly does?: string
    readonly input?: Values
    readonly compensator?: string
    /** The element of the model that it counts for. */
    readonly equivalentTo?: string
    /** Done, it is undone with this scope of the path, where that is compensated. */
    readonly undoneIn?: string
    /** The element instance whose compensation waits for it to be undone. */
    readonly undoneFor?: string
    /** It goes on at the case after the return. */
    readonly staysOpen?: true
    /** What it was to cost when it was added. */
    readonly cost?: Cost
    /** The proposal that it carries out. */
    readonly proposalId?: string
    /** What of its result becomes variables of the path at the return. */
    readonly outputs?: ItemOutputs
    /** A service item's job, while there is one. */
    readonly jobId?: string
    /** The instance that a process item runs. */
    readonly itemInstanceId?: string
    /** The case that a case item is. */
    readonly itemCaseId?: string
    readonly failure?: { readonly code: string; readonly message: string }
    readonly addedBy: string
    readonly addedAt: Instant
    readonly completed?: {
      readonly by: string | null
      readonly at: Instant
      readonly outcome: string | null
      readonly variables: Values
      readonly cost?: Cost
    }
    /** Why it ended without a result, or was rehomed. */
    readonly closed?: { readonly cause: 'returned' | 'preempted' | 'undone' | 'resolved' | 'cancelled' | 'migrated'; readonly at: Instant }
  }
}

/** What was granted on one day under a person's limit for a kind. */
export interface Spending {
  readonly id: string
  readonly body: { readonly amount: number }
}

/** What does an item: a person by a task, a handler by its job type, a process by its key, a case by its template. */
export type ItemKind = 'human' | 'service' | 'process' | 'case'
