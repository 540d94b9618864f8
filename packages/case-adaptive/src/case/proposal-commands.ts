import type { Cost } from './directives.ts'
import type { ProposedAct, ReviewOutcome, Settlement } from './proposal-state.ts'
import type { Reason } from './reason.ts'

/** Commands on proposals and reviews. */
export type ProposalCommand = DraftProposal | CounterProposal | DecideProposal | RejectProposal | WithdrawProposal | DecideReview

export interface DraftProposal {
  readonly type: 'draftProposal'
  /** One that was rejected or is a draft, to be written anew; null: a new one. */
  readonly amends: string | null
  /** Null: that of the deviation or instance. */
  readonly caseId: string | null
  readonly deviationId: string | null
  readonly template: string
  readonly words: string
  readonly reason: Reason
  readonly cost?: Cost
  readonly settlement?: Settlement
  readonly factIds: readonly string[]
  /** When it is over unless somebody has decided; null: as the house has it. */
  readonly decideBy: number | null
  readonly act?: ProposedAct
}

export interface CounterProposal {
  readonly type: 'counterProposal'
  readonly proposalId: string
  readonly words: string
  readonly reason: Reason
  readonly cost?: Cost
  readonly settlement?: Settlement
}

/** What may make a proposal effective. */
export interface DecideProposal {
  readonly type: 'decideProposal'
  readonly proposalId: string
  readonly how: 'submit' | 'endorse' | 'approve'
  /** The proposal's own call, read: it is done if the proposal takes effect. A command of cases, any but one on proposals. */
  readonly act?: { readonly type: string }
}

export interface RejectProposal {
  readonly type: 'rejectProposal'
  readonly proposalId: string
  readonly reason: Reason
}

export interface WithdrawProposal {
  readonly type: 'withdrawProposal'
  readonly proposalId: string
}

export interface DecideReview {
  readonly type: 'decideReview'
  readonly reviewId: string
  readonly outcome: ReviewOutcome
  readonly reason: Reason
  /** The proposal that makes good what was not right. */
  readonly remedy: string | null
}
