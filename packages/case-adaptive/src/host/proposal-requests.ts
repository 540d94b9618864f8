import type { ReviewOutcome } from '../case/proposal-state.ts'
import type { CaseCall, Cost, ItemRequest, ReasonGiven } from './requests.ts'

/** What is proposed: an act that was refused (`proposal` of the refusal), or a remedy for a case. */
export interface DraftRequest extends CaseCall {
  /** As a refusal carries it. */
  readonly proposal?: unknown
  /** A proposal that was rejected, or is a draft: it is written anew. */
  readonly amends?: string
  readonly caseId?: string
  /** What is offered: free text. Needed of a remedy. */
  readonly offer?: string
  /** Why; `customerStatement` is what the customer wishes, `rule` the rule of the house that is departed from. Default for an act: that it was refused. */
  readonly reason?: ReasonGiven
  /** What it costs: within the proposer's own authority it takes effect at once. */
  readonly cost?: Cost
  /** Ids of facts that it rests on: if one is revoked before it is carried out, it is not. */
  readonly facts?: readonly string[]
  /** The item by which a remedy is carried out. Default: one for who proposes it. */
  readonly item?: Omit<ItemRequest, keyof CaseCall | 'cost'>
}

/** A proposal as somebody else would have it. */
export interface CounterRequest extends CaseCall {
  readonly offer: string
  readonly reason: ReasonGiven
  readonly cost?: Cost
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
