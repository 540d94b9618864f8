import { transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { durationOf } from '../case/duration.ts'
import type { Proposal } from '../case/proposal-state.ts'
import { caseHere, keep, managersOf, serviceOf, tell } from '../case/service/keep.ts'
import { proposalLifecycle } from '../lifecycles/proposal.ts'

/**
 * A proposal's content as it is submitted: somebody is to decide until when it says, else within the time that the house gives from now.
 */
export function toBeDecided(book: Book, { body }: Proposal): Proposal['body'] {
  const { decideBy, ...rest } = body
  if (decideBy !== undefined && decideBy > book.now) return body
  const { decideWithin } = book.rules.policies
  if (decideWithin === undefined) return rest
  const { time } = book.rules.service
  return { ...rest, decideBy: time.add(book.now, time.length(book.now, durationOf(decideWithin))) }
}

/** The case looks at the proposal again when its time is over, as long as it is undecided. */
export function watchDecision(book: Book, { id, caseId, state, body }: Proposal): void {
  const record = caseHere(book, caseId)
  const service = serviceOf(record)
  const others = (service.decisions ?? []).filter((one) => one.id !== id)
  const isUndecided = (state === 'open' || state === 'countered') && body.decideBy !== undefined
  const known = service.decisions?.find((one) => one.id === id)
  if (isUndecided ? known?.at === body.decideBy : known === undefined) return
  const decisions = isUndecided && body.decideBy !== undefined ? [...others, { id, at: body.decideBy }] : others
  keep(book, record, { ...service, decisions })
}

/** Time has passed: what nobody decided upon is over, and whoever proposed it is told, with those above. */
export function expireProposals(book: Book, caseId: string): void {
  for (const { id, at } of book.case(caseId)?.body.service?.decisions ?? []) {
    const proposal = at > book.now ? null : book.proposal(id)
    if (proposal === null) continue
    const expired: Proposal = { ...proposal, state: transitionOf(proposalLifecycle, proposal.state, 'expire') }
    book.putProposal(expired)
    watchDecision(book, expired)
    book.note(caseId, { type: 'case:proposal', proposalId: id, change: 'expired', version: proposal.body.version })
    const record = caseHere(book, caseId)
    tell(book, record, { because: 'proposalExpired', to: [...new Set([proposal.body.by, ...managersOf(book, record)])] })
  }
}
