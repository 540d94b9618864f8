import type { Values } from '@leeway/engine/extension'
import type { ProposalState } from '../lifecycles/proposal.ts'
import type { Instant } from './case-state.ts'
import type { Cost } from './directives.ts'
import type { Reason } from './reason.ts'

/** A proposal: a remedy for the customer, or an act that was refused to whoever proposes it. */
export interface Proposal {
  readonly id: string
  readonly caseId: string
  /** In whose order the act is done. */
  readonly instanceId: string | null
  readonly state: ProposalState
  readonly tenantId: string | null
  readonly body: {
    /** What is proposed. */
    readonly words: string
    /** Why, and what the customer wishes. */
    readonly reason: Reason
    readonly by: string
    /** From 1; another one with each change of what is proposed. */
    readonly version: number
    readonly cost?: Cost
    readonly settlement?: Settlement
    /** Facts that it rests on. */
    readonly factIds: readonly string[]
    readonly act?: ProposedAct
    /** When it is over unless somebody has decided. */
    readonly decideBy?: Instant
    /** Those who were asked did not agree; now authority decides. */
    readonly raised?: true
    readonly endorsedBy: readonly string[]
    readonly effective?: { readonly by: string; readonly at: Instant; readonly way: ProposalWay }
    readonly executedAt?: Instant
    /** The item by which it is carried out. */
    readonly itemId?: string
    /** The proposal that makes it good. */
    readonly correctedBy?: string
  }
}

/** What was weighed with the customer. */
export interface Settlement {
  /** What the customer was asked, as the house words it. */
  readonly question?: string
  /** Who bears how much of what went wrong, from 0 to 1, together 1. */
  readonly shares?: { readonly customer: number; readonly house: number }
  /** What making good all of it would cost, in the unit of the cost. */
  readonly fullCost?: number
}

/** By the proposer's own authority, by a second person's endorsement, or by somebody's who may. */
export type ProposalWay = 'authority' | 'endorsed' | 'approved'

/** A call that is made when it is agreed to. */
export interface ProposedAct {
  /** Such as `cases.leave`. */
  readonly operation: string
  /** The right that was missing; null where none was. */
  readonly right: string | null
  /** `given`: its arguments. */
  readonly call: Values
}

/** Somebody is to look at something afterwards. */
export interface Review {
  readonly id: string
  readonly caseId: string
  /** `sampledOut`: by the rules of the house nobody needs to look at it; `withdrawn`: what was to be looked at is undone. */
  readonly state: 'due' | 'sampledOut' | 'done' | 'withdrawn'
  readonly at: Instant
  readonly tenantId: string | null
  readonly body: {
    readonly of: 'proposal' | 'deviation'
    readonly subjectId: string
    readonly because: readonly string[]
    /** Those who had a part in it, and cannot judge it. */
    readonly involved: readonly string[]
    readonly withdrawn?: { readonly by: string; readonly at: Instant }
    readonly decided?: { readonly by: string; readonly at: Instant; readonly outcome: ReviewOutcome; readonly reason: Reason }
  }
}

/** What a review came to: it was right so; it was put right; whoever did it was told how it is done. */
export type ReviewOutcome = 'confirmed' | 'corrected' | 'admonished'
