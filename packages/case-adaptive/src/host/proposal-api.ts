import type { ReviewOutcome, Settlement } from '../case/proposal-state.ts'
import type { CaseCall, Cost, InstantGiven, ReasonGiven } from './call.ts'
import type { ItemRequest } from './item-api.ts'
import type { ProposalView, ReviewView } from './proposal-view.ts'

/** What takes more than one person's word. */
export interface ProposalFaces {
  readonly proposals: Proposals
  readonly reviews: Reviews
}

/** Proposals: remedies for customers, and acts that were refused to whoever proposes them. */
export interface Proposals {
  /**
   * Shows what lies between what the customer asks and what the house offers, and who may agree to each; nothing is written down. Throws
   * `invalidArgument`.
   */
  weigh(request: WeighRequest): Promise<WeighedView>
  /**
   * Writes a proposal down; nobody decides upon it before it is submitted. Throws `UnknownCase`, `UnknownProposal`, `UnknownFact`,
   * `ProposalOver`, `NotProposer`, `NotAllowed`.
   */
  draft(request: DraftRequest): Promise<ProposalView>
  /**
   * Puts it before those who may decide, a rejected one before those in authority. A remedy within the proposer's own authority, by which
   * no rule is departed from, takes effect with that. Throws `WishMissing`, `NotProposer`, `ProposalOver`, `UnknownProposal`.
   */
  submit(proposalId: string, call?: CaseCall): Promise<ProposalView>
  /**
   * Proposes it otherwise; whoever made it accepts that by submitting it, or withdraws. Throws `ProposalOver`, `UnknownProposal`,
   * `NotAllowed`.
   */
  counter(proposalId: string, request: CounterRequest): Promise<ProposalView>
  /**
   * A second person agrees: a remedy takes effect with that. Throws `SeparationOfDuties`, `NeedsAuthority`, `ProposalOver`,
   * `UnknownProposal`, `NotAllowed`.
   */
  endorse(proposalId: string, call?: CaseCall): Promise<ProposalView>
  /**
   * Somebody agrees who may do it themselves; it takes effect, and an act is done in the same commit, in the name of who proposed it.
   * Throws `SeparationOfDuties`, `ProposalOver`, `UnknownProposal`, `NotAllowed`, and what the act is refused with.
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
  /**
   * It was right, is made good, or is not to be done again. Throws `SeparationOfDuties`, `ReviewOver`, `NotExecuted`, `UnknownReview`,
   * `ReasonMissing`, `NotAllowed`.
   */
  decide(reviewId: string, request: DecideReviewRequest): Promise<ReviewView>
}

/** What is proposed: an act that was refused (`proposal` of the refusal), or a remedy for a case. */
export interface DraftRequest extends CaseCall {
  /** As a refusal carries it. */
  readonly proposal?: unknown
  /** A proposal that was rejected, or is a draft: it is written anew. */
  readonly amends?: string
  readonly caseId?: string
  /** What is offered: free text. Needed of a remedy. */
  readonly offer?: string
  /**
   * Why; `customerStatement` is what the customer wishes, `rule` the rule of the house that is departed from. Default for an act: that it
   * was refused.
   */
  readonly reason?: ReasonGiven
  /** What it costs: within the proposer's own authority it takes effect at once. */
  readonly cost?: Cost
  /** What was weighed with the customer: what they were asked, the shares, and what making good all of it would cost. */
  readonly settlement?: Settlement
  /** Ids of facts that it rests on: if one is revoked before it is carried out, it is not. */
  readonly facts?: readonly string[]
  /** When it is over unless somebody has decided. Default: within `policies.decideWithin` from its submission. */
  readonly decideBy?: InstantGiven
  /** The item by which a remedy is carried out. Default: one for who proposes it. */
  readonly item?: Omit<ItemRequest, keyof CaseCall | 'cost'>
}

/** Two positions, in the one unit of the installation. */
export interface WeighRequest {
  /** The kind of cost, as in `authority`. */
  readonly kind: string
  /** What the customer asks. */
  readonly customer: number
  /** What the house offers. */
  readonly house: number
  /** How much of what went wrong the house bears, from 0 to 1: so much of the difference it gives. Default 0.5. */
  readonly share?: number
  /** What making good all of it would cost: the split is no more. */
  readonly fullCost?: number
  /** Whose limits count; default the person that the cases are bound to. */
  readonly actor?: string
}

/** What two positions come to. */
export interface WeighedView {
  /** The customer asks no more than the house offers: that is the split. */
  readonly meets: boolean
  readonly customer: WeighedPosition
  /** In hundredths of the unit. */
  readonly split: WeighedPosition
  readonly house: WeighedPosition
}

/** An amount, and whether the person's own limits are enough for it now (`authority`) or it takes a second person. */
export interface WeighedPosition {
  readonly amount: number
  readonly by: 'authority' | 'second'
}

/** A proposal as somebody else would have it. */
export interface CounterRequest extends CaseCall {
  readonly offer: string
  readonly reason: ReasonGiven
  readonly cost?: Cost
  /** Default: as it was. */
  readonly settlement?: Settlement
}

/** Not agreeing to a proposal. */
export interface RejectRequest extends CaseCall {
  readonly reason: ReasonGiven
}

/** Which reviews are looked for. */
export interface ReviewQuery {
  /** Whose; default the person that the cases are bound to. */
  readonly actor?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}

/** The judgement on something that was done. */
export interface DecideReviewRequest extends CaseCall {
  readonly outcome: ReviewOutcome
  readonly reason: ReasonGiven
  /** The id of the proposal that makes good what was not right. */
  readonly remedy?: string
}
