import type { ProposalView, ReviewView } from './case-view.ts'
import type { CounterRequest, DecideReviewRequest, DraftRequest, RejectRequest, ReviewQuery } from './proposal-requests.ts'
import type { CaseCall } from './requests.ts'

/** What takes more than one person's word. */
export interface ProposalFaces {
  readonly proposals: Proposals
  readonly reviews: Reviews
}

/** Proposals: remedies for customers, and acts that were refused to whoever proposes them. */
export interface Proposals {
  /** Writes a proposal down; nobody decides upon it before it is submitted. Throws `UnknownCase`, `UnknownProposal`, `UnknownFact`, `ProposalOver`, `NotProposer`, `NotAllowed`. */
  draft(request: DraftRequest): Promise<ProposalView>
  /**
   * Puts it before those who may decide, a rejected one before those in authority. A remedy within the proposer's own authority, by which no rule is departed from, takes effect
   * with that. Throws `WishMissing`, `NotProposer`, `ProposalOver`, `UnknownProposal`.
   */
  submit(proposalId: string, call?: CaseCall): Promise<ProposalView>
  /** Proposes it otherwise; whoever made it accepts that by submitting it, or withdraws. Throws `ProposalOver`, `UnknownProposal`, `NotAllowed`. */
  counter(proposalId: string, request: CounterRequest): Promise<ProposalView>
  /** A second person agrees: a remedy takes effect with that. Throws `SeparationOfDuties`, `NeedsAuthority`, `ProposalOver`, `UnknownProposal`, `NotAllowed`. */
  endorse(proposalId: string, call?: CaseCall): Promise<ProposalView>
  /**
   * Somebody agrees who may do it themselves; it takes effect, and an act is done in the same commit, in the name of who proposed it. Throws `SeparationOfDuties`, `ProposalOver`,
   * `UnknownProposal`, `NotAllowed`, and what the act is refused with.
   */
  approve(proposalId: string, call?: CaseCall): Promise<ProposalView>
  /** Those who were asked do not agree. Throws `SeparationOfDuties`, `ReasonMissing`, `ProposalOver`, `UnknownProposal`, `NotAllowed`. */
  reject(proposalId: string, request: RejectRequest): Promise<ProposalView>
  /** Whoever made it takes it back. Throws `NotProposer`, `ProposalOver`, `UnknownProposal`. */
  withdraw(proposalId: string, call?: CaseCall): Promise<ProposalView>
}

/** Looking afterwards at what was agreed by two, or passed over. */
export interface Reviews {
  /** Reviews that are due and in which the person had no part, the oldest first. Throws `invalidArgument`. */
  due(query?: ReviewQuery): Promise<readonly ReviewView[] & { readonly next?: string }>
  /** It was right, is made good, or is not to be done again. Throws `SeparationOfDuties`, `ReviewOver`, `NotExecuted`, `UnknownReview`, `ReasonMissing`, `NotAllowed`. */
  decide(reviewId: string, request: DecideReviewRequest): Promise<ReviewView>
}
