import type { AwayPolicy, Value, Values } from '@leeway/engine/extension'
import type { CaseState } from '../lifecycles/case.ts'
import type { DeviationState } from '../lifecycles/deviation.ts'
import type { PlanItemState } from '../lifecycles/plan-item.ts'
import type { Done } from './rules.ts'
import type { ServiceClock } from './service/service-clock.ts'
import type { GuaranteeClass, Verdict } from './verdict.ts'

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
    readonly resolution?: { readonly code: string; readonly by: string; readonly at: Instant }
    /** What its template promises the customer, and how it stands. */
    readonly service?: Service
    /** How many entries its timeline has. */
    readonly entries: number
    /** Digest of the latest entry, empty before the first: what each entry says of the one before it, the case says of the last. */
    readonly head: string
  }
}

/** What the customer was promised. */
export interface Service {
  readonly tier: string | null
  readonly severity: string | null
  /** How often it was raised to a higher authority. */
  readonly escalations: number
  readonly clocks: readonly ServiceClock[]
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

/** Why: a code of the installation's own list, and words. */
export interface Reason {
  readonly code: string
  readonly text: string | null
  /** What the customer said, in the customer's words. */
  readonly customerStatement?: string
  /** The rule of the house that is departed from. */
  readonly rule?: string
  /** References to what bears it out: documents, calls, pictures. */
  readonly evidence?: readonly string[]
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

/** What goes with a return besides its directive. */
export interface ReturnTerms {
  readonly confirmNotIdempotent: boolean
  /** Required items that are not waited for. */
  readonly waive?: readonly string[]
  /** Whom the actor stands in for. */
  readonly onBehalfOf?: string
  /** Variables that are to be set although others have changed them since. */
  readonly overwrite?: readonly string[]
  /** Who agrees that what is mandatory is passed over. */
  readonly approvedBy?: readonly string[]
  /** The second person who takes upon themselves what is not proven. */
  readonly override?: { readonly by: string; readonly reason: Reason }
  readonly reason: Reason | null
  readonly variables: Values
  /** What it costs, against the limit of who comes back. */
  readonly cost?: Cost
  /** By variable, the item whose result gives it. */
  readonly results?: { readonly [variable: string]: { readonly item: string; readonly result: string } }
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

/** What of an item's result becomes variables of the path: all under its own name, or by variable the name in the result. */
export type ItemOutputs = 'all' | { readonly [variable: string]: string }

export type ReturnKind = Directive['type']

/** How the path is taken up again. Plain data: ids of elements, of element instances and of sequence flows. */
export type Directive = LaterDirective | HandOverDirective

/** A process, or a case of its own, takes the work over; when that has ended, the path is taken up by `next`. */
export interface HandOverDirective {
  readonly type: 'handOver'
  readonly kind: 'process' | 'case'
  /** The process's key, the case's template. */
  readonly does: string
  readonly input: Values
  readonly outputs?: ItemOutputs
  readonly next: LaterDirective
}

/** Those that move the path itself. */
export type LaterDirective =
  | { readonly type: 'resume' | 'redo' | 'skip' | 'endScope' | 'stayOff' }
  | { readonly type: 'event'; readonly elementId: string }
  | JumpDirective
  | { readonly type: 'endBranch'; readonly retireJoinSlot: boolean }

/** The token goes before an element; `also` puts further tokens before elements, `cancel` ends the tokens of other element instances. */
export interface JumpDirective {
  readonly type: 'jump'
  readonly elementId: string
  /** The flow by which it comes, where several lead there and joins ask. */
  readonly via: string | null
  readonly also: readonly string[]
  readonly cancel: readonly string[]
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
    /** It goes on at the case after the return. */
    readonly staysOpen?: true
    /** What it was to cost when it was added. */
    readonly cost?: Cost
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
    readonly closed?: { readonly cause: 'returned' | 'preempted' | 'undone'; readonly at: Instant }
  }
}

/** What was granted on one day under a person's limit for a kind. */
export interface Spending {
  readonly id: string
  readonly body: { readonly amount: number }
}

/** What something costs, against the authority of who does it. */
export interface Cost {
  readonly kind: string
  readonly amount: number
}

/** What does an item: a person by a task, a handler by its job type, a process by its key, a case by its template. */
export type ItemKind = 'human' | 'service' | 'process' | 'case'

/** A fact of the case file, as given when the case was opened. */
export interface Fact {
  readonly id: string
  readonly caseId: string
  readonly customer: string | null
  readonly key: string
  readonly givenAt: Instant
  readonly tenantId: string | null
  readonly body: { readonly value: Value; readonly givenBy: string | null; readonly source: 'opening' | 'item'; readonly state: 'claimed' }
}

/**
 * One line of a case's timeline; never changed. Ids are the case's and a rising number. Its free text is kept apart, in an
 * {@link EntryText} of the same id.
 */
export interface TimelineEntry {
  readonly id: string
  readonly at: Instant
  readonly body: { readonly actor: string | null } & TimelineBody & Sealed
}

/** What makes a chain of a case's entries. Digests are SHA-256 in hexadecimal digits. */
export interface Sealed {
  /** Digests of the deviations, items and facts that were written with the entry, by collection and id. */
  readonly records?: { readonly [record: string]: string }
  /** Digest of the free text and its salt. */
  readonly text?: string
  /** That of the entry before it; empty for the first. */
  readonly previous: string
  /** Over all the rest of the entry. */
  readonly digest: string
}

/** The free text of an entry; null once it was taken away. */
export interface EntryText {
  readonly id: string
  readonly caseId: string
  readonly body: {
    readonly salt: string
    readonly texts: { readonly [path: string]: string } | null
    readonly redacted?: { readonly actor: string; readonly at: Instant; readonly reason: string }
  }
}

export type TimelineBody =
  /** Something of the records changed without an event of its own. */
  | { readonly type: 'case:record' }
  /** Free text was taken away, of the entries named. */
  | { readonly type: 'case:redact'; readonly of: readonly string[]; readonly because: string }
  | { readonly type: 'case:open' }
  | { readonly type: 'case:attach'; readonly instanceId: string }
  | { readonly type: 'case:processEnded'; readonly instanceId: string; readonly status: string }
  | { readonly type: 'case:item'; readonly itemId: string; readonly change: ItemChange; readonly name: string }
  | {
      readonly type: 'deviation:start'
      readonly deviationId: string
      readonly position: Position
      readonly mode: DeviationMode
      readonly reason: Reason
    }
  | {
      readonly type: 'deviation:request'
      readonly deviationId: string
      /** Null: at the next wait. */
      readonly before: string | null
      readonly mode: DeviationMode
      readonly reason: Reason
    }
  | { readonly type: 'deviation:lapse'; readonly deviationId: string }
  /** Its instance goes on by another model. */
  | ({ readonly type: 'deviation:migrate'; readonly deviationId: string } & Moved)
  | {
      readonly type: 'deviation:undo'
      readonly deviationId: string
      readonly position: Position
      readonly reason: Reason | null
      /** The return was taken back; absent: the leaving. */
      readonly of?: 'return'
    }
  | { readonly type: 'case:resolve'; readonly code: string }
  | {
      readonly type: 'case:clock'
      readonly clock: ServiceClock['name']
      readonly change: ClockChange
      readonly dueAt: Instant | null
      /** Why it stands still. */
      readonly because?: string
    }
  | { readonly type: 'case:severity'; readonly from: string | null; readonly to: string; readonly reason: Reason }
  | {
      readonly type: 'case:tier'
      readonly from: string | null
      readonly to: string
      readonly severity: string | null
      readonly reason: Reason
    }
  /** Raised to a higher authority: `because` names the clock that was breached, or the code of the reason. */
  | {
      readonly type: 'case:escalate'
      readonly level: number
      readonly because: string
      readonly to: readonly string[]
      readonly reason?: Reason
    }
  | { readonly type: 'deviation:join'; readonly deviationId: string }
  | { readonly type: 'deviation:waive'; readonly deviationId: string; readonly items: readonly string[]; readonly reason: Reason }
  /** Someone is to be told. */
  | { readonly type: 'deviation:notice'; readonly deviationId: string; readonly to: string; readonly because: 'preempted' }
  | {
      readonly type: 'deviation:item'
      readonly deviationId: string
      readonly itemId: string
      readonly change: ItemChange
      readonly name: string
    }
  | {
      readonly type: 'deviation:return'
      readonly deviationId: string
      readonly position: Position
      readonly to: ReturnKind
      /** After a hand-over: how the path was taken up in the end. */
      readonly next?: ReturnKind
      readonly guarantee?: GuaranteeClass
      readonly target?: string
    }
  | {
      readonly type: 'deviation:handOver'
      readonly deviationId: string
      readonly position: Position
      readonly itemId: string
      /** The return that follows. */
      readonly to: ReturnKind
      readonly guarantee: GuaranteeClass
    }
  /** A return that was to be made by itself was not. */
  | { readonly type: 'deviation:deny'; readonly deviationId: string; readonly code: string }
  | { readonly type: 'deviation:preempt'; readonly deviationId: string; readonly position: Position; readonly cause: Preempted['cause'] }

export type ClockChange = 'started' | 'paused' | 'resumed' | 'atRisk' | 'breached' | 'met' | 'metLate' | 'cancelled'

/** Where on the model. */
export interface Position {
  readonly instanceId: string
  readonly elementId: string
  readonly elementInstanceId: string
}

export type ItemChange =
  | 'added'
  | 'started'
  | 'completed'
  | 'terminated'
  | 'rehomed'
  | 'kept'
  | 'unreachable'
  | 'failed'
  | 'retried'
  | 'compensated'
