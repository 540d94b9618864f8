import { Refused } from '@leeway/engine'
import type { Proposal, Review } from '../case/proposal-state.ts'

export function unknownProposal(proposalId: string): Refused {
  return new Refused('UnknownProposal', `There is no proposal ${proposalId}.`, { proposalId })
}

export function proposalOver({ id, state }: Proposal): Refused {
  return new Refused('ProposalOver', `Proposal ${id} is ${state}; that cannot be done with it now.`, { proposalId: id, state })
}

export function sameProposer({ id, body }: Proposal, actor: string): Refused {
  const message = `${actor} counts as ${body.by}, who made proposal ${id}: a second person decides upon it.`
  return new Refused('SeparationOfDuties', message, { proposalId: id, by: body.by })
}

export function notProposer({ id, body }: Proposal, actor: string): Refused {
  return new Refused('NotProposer', `Proposal ${id} is ${body.by}'s, not ${actor}'s.`, { proposalId: id, by: body.by, holders: [body.by] })
}

export function needsAuthority({ id }: Proposal): Refused {
  const message = `Those who were asked did not agree to proposal ${id}: somebody with the authority approves it, or nobody does.`
  return new Refused('NeedsAuthority', message, { proposalId: id, missing: ['approve'] })
}

export function wishMissing({ id }: Proposal): Refused {
  const message = `Proposal ${id} says not what the customer wishes: give reason { code, customerStatement }.`
  return new Refused('WishMissing', message, { proposalId: id, missing: ['customerStatement'] })
}

export function notExecuted(id: string): Refused {
  return new Refused('NotExecuted', `Proposal ${id} is agreed to and not carried out yet; it is looked at when it is.`, { proposalId: id })
}

export function unknownReview(reviewId: string): Refused {
  return new Refused('UnknownReview', `There is no review ${reviewId}.`, { reviewId })
}

export function reviewOver({ id, state }: Review): Refused {
  return new Refused('ReviewOver', `Review ${id} is ${state}.`, { reviewId: id, state })
}

export function involvedInReview(reviewId: string, actor: string): Refused {
  return new Refused('SeparationOfDuties', `${actor} had a part in what review ${reviewId} is about, and cannot judge it.`, {
    reviewId,
    by: actor,
  })
}
