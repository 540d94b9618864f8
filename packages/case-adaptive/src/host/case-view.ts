import type { Variables } from '@leeway/engine/extension'
import type { CaseLink, Routed } from '../case/case-state.ts'
import type { ContactDirection } from '../case/customer-state.ts'
import type { Anchor, AwayEvent, AwayTimer, DeviationMode, LatchRecord, Moved, ResultTaken, Waits } from '../case/deviation-state.ts'
import type { Cost } from '../case/directives.ts'
import type { ItemKind } from '../case/item-state.ts'
import type { ProposalWay, ReviewOutcome } from '../case/proposal-state.ts'
import type { Reason } from '../case/reason.ts'
import type { ServiceClock } from '../case/service/service-clock.ts'
import type { Verdict } from '../case/verdict.ts'
import type { CaseState } from '../lifecycles/case.ts'
import type { CommitmentState } from '../lifecycles/commitment.ts'
import type { ContactState } from '../lifecycles/contact.ts'
import type { DeviationState } from '../lifecycles/deviation.ts'
import type { FactState } from '../lifecycles/fact.ts'
import type { PlanItemState } from '../lifecycles/plan-item.ts'
import type { ProposalState } from '../lifecycles/proposal.ts'
import type { ServiceClockState } from '../lifecycles/service-clock.ts'

/** A case in short, as it is found. Instants are ISO 8601. */
export interface CaseSummary {
  readonly id: string
  readonly state: CaseState
  readonly template: string
  readonly title: string | null
  readonly customer: string | null
  /** Who answers for it. */
  readonly owner: string | null
  readonly openedAt: string
  readonly tenantId: string | null
  readonly instanceIds: readonly string[]
  /** What the customer was promised, where the template promises something. */
  readonly tier: string | null
  readonly severity: string | null
  /** When the earliest of its clocks is due; null where none runs. */
  readonly dueAt: string | null
  /** A clock is past its goal, and what was promised is still owed. */
  readonly overdue: boolean
  /** How often it was raised to a higher authority. */
  readonly escalations: number
}

/** A service level clock. Lengths are milliseconds of working time. */
export interface ClockView {
  readonly name: ServiceClock['name']
  readonly state: ServiceClockState
  readonly startedAt: string
  /** Null while it stands still. */
  readonly dueAt: string | null
  readonly goalMs: number
  /** Below zero where the goal was missed. */
  readonly remainingMs: number
  /** Of which episode; absent: the first. */
  readonly episode?: number
  readonly paused?: { readonly at: string; readonly reason: string }
  readonly endedAt?: string
}

/** A case in context. */
export interface CaseView extends CaseSummary {
  /** By which its customer may look at it (`cases.customerView`), and at no other case. */
  readonly customerToken: string | null
  /** Which of its open spans it is in, from 1: closed cases can be opened again. */
  readonly episode: number
  /** How it reached what it was for, where it did. */
  readonly resolution?: { readonly code: string; readonly by: string; readonly at: string }
  /** The customer agreed with that. */
  readonly confirmed?: { readonly by: string; readonly at: string }
  /** Its end, and whom the customer's next contact goes to. */
  readonly closed?: { readonly by: string; readonly at: string; readonly route?: { readonly to: string; readonly until: string } }
  /** Whom it was given to by itself, and why. */
  readonly routed?: Routed
  /** How often it was handed over. */
  readonly transfers: number
  /** Other cases, and what they are to this one. */
  readonly links: readonly CaseLink[]
  /** Of a complaint: the case that it is about. */
  readonly complaintAbout?: string
  readonly deviations: readonly DeviationView[]
  /** All items, those of deviations among them, the oldest first. */
  readonly items: readonly ItemView[]
  readonly facts: readonly FactView[]
  readonly contacts: readonly ContactView[]
  readonly commitments: readonly CommitmentView[]
  readonly proposals: readonly ProposalView[]
  readonly reviews: readonly ReviewView[]
  /** The customer's other cases, the latest 20. */
  readonly otherCases: readonly CaseSummary[]
  readonly clocks: readonly ClockView[]
  /** Where its process instances stand. */
  readonly path: readonly PathPosition[]
  /** What happened, the oldest first; of a longer one the latest 1,000 entries. */
  readonly timeline: readonly TimelineView[]
}

/** A deviation with its whole record. */
export interface DeviationView {
  readonly id: string
  readonly state: DeviationState
  readonly mode: DeviationMode
  readonly instanceId: string
  readonly definition: { readonly id: string; readonly key: string; readonly version: number }
  readonly anchor: Anchor
  readonly reason: Reason
  readonly actor: string
  readonly participants: readonly string[]
  readonly leftAt: string
  readonly timers: readonly {
    readonly elementId: string
    readonly policy: AwayTimer['policy']
    readonly dueAt: string | null
    readonly remainingMs: number | null
  }[]
  readonly events: readonly AwayEvent[]
  readonly latches: readonly (Omit<LatchRecord, 'at'> & { readonly at: string })[]
  readonly items: readonly ItemView[]
  /** The return that is made by itself when what it undoes before is undone. */
  readonly compensating?: { readonly to: string; readonly actor: string; readonly at: string }
  /** What was undone for a return, the ids of elements and of items. */
  readonly compensated?: readonly string[]
  /** Who does the work in its stead, and how the path is taken up when that has ended. */
  readonly handedOver?: { readonly itemId: string; readonly to: string; readonly actor: string; readonly at: string }
  /** Why a return that was to be made by itself was not. */
  readonly denied?: { readonly code: string; readonly message: string; readonly at: string }
  readonly returned?: {
    readonly to: string
    /** After a hand-over: how the path was taken up in the end. */
    readonly next?: string
    readonly target?: string
    readonly actor: string
    readonly at: string
    readonly reason: Reason | null
    readonly variables: Variables
    readonly cost?: Cost
    /** Those of them that items gave. */
    readonly results?: readonly ResultTaken[]
    /** How sure the end was, and what was passed over. */
    readonly verdict?: Verdict
    readonly role?: string
    readonly onBehalfOf?: string
    /** Required items that were not waited for. */
    readonly waived?: readonly string[]
    readonly approvedBy?: readonly string[]
    readonly override?: { readonly by: string; readonly reason: Reason }
  }
  /** Deferred: it is asked for again each time that it is over; `repeats` is the one before it. */
  readonly permanent?: true
  readonly repeats?: string
  /** What was taken back: the leaving, or the return. */
  readonly undone?: {
    readonly actor: string
    readonly at: string
    readonly reason: Reason | null
    readonly of: 'leaving' | 'return'
    /** Items that stay done. */
    readonly kept?: readonly string[]
  }
  /** What was judged when it was left. */
  readonly verdict?: Verdict
  /** Digests of the scopes around the anchor, before and after. */
  readonly stateBefore?: string
  readonly stateAfter?: string
  /** Whose claimed task was taken off the path. */
  readonly preempts?: string
  /** By which role the actor might leave, and whom they stood in for. */
  readonly role?: string
  readonly onBehalfOf?: string
  /** The second person who answers for a withdrawn compensation handler. */
  readonly override?: { readonly by: string; readonly reason: Reason }
  /** When it had lasted too long, and was escalated. */
  readonly overdueAt?: string
  /** Who agreed that the actor leaves, though they might not by themselves. */
  readonly approvedBy?: readonly string[]
  /** How long it took: up to its end, or to now. Absent while it is only asked for. */
  readonly waits?: Waits
  /** Ids of the facts that it wrote: results of its items, and what was recorded in it (`deviationId`). */
  readonly facts: readonly string[]
  /** What is to be looked at afterwards, and what that came to. */
  readonly review?: { readonly because: readonly string[]; readonly decided?: NonNullable<ReviewView['decided']> }
  /** By which models it went on while it was open. */
  readonly migrations?: readonly (Moved & { readonly at: string; readonly actor: string | null })[]
  readonly preempted?: { readonly cause: string; readonly elementId: string | null; readonly actor: string | null; readonly at: string }
}

/** A plan item. `taskId` is a human item's task, while there is one. */
export interface ItemView {
  readonly id: string
  readonly state: PlanItemState
  readonly kind: ItemKind
  readonly name: string
  readonly required: boolean
  readonly after: readonly string[]
  readonly deviationId: string | null
  readonly assignee: string | null
  readonly dueAt: string | null
  readonly addedBy: string
  readonly addedAt: string
  /** By which rule it found somebody by itself. */
  readonly routed?: Routed
  /** When its work began. */
  readonly startedAt?: string
  readonly taskId?: string
  /** A service item's job, while there is one. */
  readonly jobId?: string
  /** The process instance that it runs. */
  readonly instanceId?: string
  /** The case that it is. */
  readonly itemCaseId?: string
  /** What it was to cost when it was added. */
  readonly cost?: Cost
  readonly failure?: { readonly code: string; readonly message: string }
  readonly completed?: {
    readonly by: string | null
    readonly at: string
    readonly outcome: string | null
    readonly variables: Variables
    readonly cost?: Cost
  }
  readonly closed?: { readonly cause: 'returned' | 'preempted' | 'undone' | 'resolved' | 'cancelled' | 'migrated'; readonly at: string }
}

/** An item that the planning table offers: `cases.addItem(to, { offer: key })` adds it. */
export interface OfferView {
  readonly key: string
  readonly name: string
  readonly kind: ItemKind
  readonly required: boolean
}

/** A fact of the case file: what is so, by whose word, and how far somebody has seen to it. */
export interface FactView {
  readonly id: string
  readonly caseId: string
  readonly key: string
  readonly value: unknown
  /** Who put it down. */
  readonly givenBy: string | null
  readonly givenAt: string
  /** `opening`, `item`, or where it comes from. */
  readonly source: string
  readonly state: FactState
  /** `customer`: it holds for all of the customer's cases. */
  readonly scope: 'case' | 'customer'
  /** Who said it, and in which contact. */
  readonly saidBy?: string
  readonly contactId?: string
  /** The item whose result it is, and the deviation in which it was put down. */
  readonly itemId?: string
  readonly deviationId?: string
  /** Its value was taken away for good (`cases.redact`). */
  readonly redacted?: { readonly by: string; readonly at: string; readonly reason: string }
  readonly validUntil?: string
  readonly verified?: { readonly by: string; readonly at: string; readonly how: string }
  /** Why it holds no longer. */
  readonly ended?: { readonly by: string | null; readonly at: string; readonly reason?: Reason; readonly supersededBy?: string }
}

/** What is known of something; or that the customer has to be asked, and whether they were before. */
export type AskedView =
  | { readonly known: true; readonly factId: string; readonly value: unknown; readonly state: 'claimed' | 'verified' }
  | { readonly known: false; readonly repeat: boolean }

/** A contact with a customer. Lengths are milliseconds: until somebody was at it, and how long they were. */
export interface ContactView {
  readonly id: string
  readonly caseId: string | null
  readonly customer: string | null
  readonly state: ContactState
  readonly direction: ContactDirection
  readonly channel: string
  readonly summary: string | null
  readonly by: string | null
  readonly participants: readonly string[]
  readonly answered: boolean
  readonly at: string
  readonly waitMs: number | null
  readonly handleMs: number | null
}

/** A promise to the customer. */
export interface CommitmentView {
  readonly id: string
  readonly caseId: string
  readonly state: CommitmentState
  readonly what: string
  /** Who keeps it. */
  readonly by: string | null
  readonly dueAt: string
  readonly madeBy: string
  readonly madeAt: string
  readonly remindAt: string | null
  /** The kind of proof that it takes. */
  readonly needs: string | null
  /** Of one that was broken: given too late. */
  readonly proof?: { readonly kind: string; readonly evidence: readonly string[]; readonly by: string; readonly at: string }
  readonly released?: { readonly by: string; readonly at: string; readonly reason: Reason }
  readonly brokenAt?: string
  /** What the customer pays off; `dueAt` is that of the next instalment. */
  readonly plan?: PlanView
  /** The item that was added when it was broken. */
  readonly itemId?: string
}

/** What the customer pays off by instalments. */
export interface PlanView {
  readonly kind: string
  readonly total: number
  readonly instalment: number
  /** What the house would ask for, and the least that it agrees to. */
  readonly standard: number
  readonly floor: number
  readonly every: string
  /** `customer`: with another amount than the standard. */
  readonly proposedBy: 'customer' | 'company'
  readonly paid: number
  /** Instalments whose day passed without payment, paid since or not. */
  readonly missed: number
  readonly instalments: readonly {
    readonly dueAt: string
    readonly amount: number
    readonly paidAt: string | null
    readonly missed: boolean
  }[]
}

/** Something that takes more than one person's word. */
export interface ProposalView {
  readonly id: string
  readonly caseId: string
  readonly state: ProposalState
  readonly offer: string
  readonly reason: Reason
  readonly by: string
  /** From 1; another one with each change of what is proposed. */
  readonly version: number
  readonly facts: readonly string[]
  /** When it is over unless somebody has decided. */
  readonly decideBy?: string
  readonly endorsedBy: readonly string[]
  readonly cost?: Cost
  /** The call that is made when it is agreed to. */
  readonly operation?: string
  /** Who made it take effect, and how: by the proposer's own authority, a second person's endorsement, or somebody's who may. */
  readonly effective?: { readonly by: string; readonly at: string; readonly way: ProposalWay }
  readonly executedAt?: string
  /** The item by which it is carried out. */
  readonly itemId?: string
  /** The proposal that makes it good. */
  readonly correctedBy?: string
}

/** Somebody is to look at something afterwards: at a proposal that took effect, or a deviation that passed something over. */
export interface ReviewView {
  readonly id: string
  readonly caseId: string
  /** `sampledOut`: by the rules of the house nobody needs to look at it. */
  readonly state: 'due' | 'sampledOut' | 'done'
  readonly of: 'proposal' | 'deviation'
  readonly subjectId: string
  readonly because: readonly string[]
  readonly dueSince: string
  readonly decided?: { readonly by: string; readonly at: string; readonly outcome: ReviewOutcome; readonly reason: Reason }
}

/** Where one process instance of the case stands. */
export interface PathPosition {
  readonly instanceId: string
  readonly processKey: string
  readonly status: string
  /** It went on by an override, and was not proven since to come to its end. */
  readonly unproven?: true
  readonly activeElements: readonly { readonly elementId: string; readonly elementInstanceId: string; readonly phase: string }[]
}

/** One entry of a timeline: its `type`, who and when, and what it is about. */
export interface TimelineView {
  readonly seq: number
  readonly at: string
  readonly actor: string | null
  readonly type: string
  readonly [name: string]: unknown
}
