import type { Cost } from '../case/directives.ts'
import type { ProposalWay, ReviewOutcome, Settlement } from '../case/proposal-state.ts'
import type { Reason } from '../case/reason.ts'
import type { ProposalState } from '../lifecycles/proposal.ts'

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
  /** What was weighed with the customer. */
  readonly settlement?: Settlement
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
  /** `sampledOut`: by the rules of the house nobody needs to look at it; `withdrawn`: what was to be looked at is undone. */
  readonly state: 'due' | 'sampledOut' | 'done' | 'withdrawn'
  readonly of: 'proposal' | 'deviation'
  readonly subjectId: string
  readonly because: readonly string[]
  readonly dueSince: string
  /** By whom the return was undone that was to be looked at. */
  readonly withdrawn?: { readonly by: string; readonly at: string }
  readonly decided?: { readonly by: string; readonly at: string; readonly outcome: ReviewOutcome; readonly reason: Reason }
}
