import { sha256, transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Cost } from '../case/directives.ts'
import type { DecideReview } from '../case/proposal-commands.ts'
import type { Review } from '../case/proposal-state.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { type ProposalEvent, proposalLifecycle } from '../lifecycles/proposal.ts'
import { involvedInReview, notExecuted, reviewOver, unknownProposal, unknownReview } from './proposal-refusals.ts'
import { isSamePerson } from './rights.ts'

/** Somebody is to look at something afterwards, who had no part in it. It holds nothing up. Gives its id. */
export function askReview(book: Book, caseId: string, { cost, ...body }: Asked): string {
  const record = book.case(caseId)
  const id = book.newId()
  const state = isSampledOut(book, id, { cost, ...body }) ? 'sampledOut' : 'due'
  book.putReview({ id, caseId, state, at: book.now, tenantId: record?.tenantId ?? book.tenantId, body })
  book.note(caseId, { type: 'case:review', reviewId: id, change: state, of: body.of, because: body.because })
  return id
}

/** What was to be looked at is undone, before anybody has judged it. */
export function withdrawReview(book: Book, id: string, actor: string): void {
  const review = book.review(id)
  if (review === null || review.state === 'done' || review.state === 'withdrawn') return
  book.putReview({ ...review, state: 'withdrawn', body: { ...review.body, withdrawn: { by: actor, at: book.now } } })
  book.note(review.caseId, { type: 'case:review', reviewId: id, change: 'withdrawn', of: review.body.of })
}

/** What is to be looked at, and what it cost. */
interface Asked extends Omit<Review['body'], 'decided'> {
  readonly cost?: Cost | undefined
}

/**
 * The first rule of the house that is about it says which part of such is looked at; without one all are. Which ones nobody can tell
 * beforehand, and everybody afterwards.
 */
function isSampledOut({ rules }: Book, id: string, { of, because, cost }: Asked): boolean {
  const rule = (rules.policies.reviews ?? []).find(
    (one) =>
      (one.of === undefined || one.of === of) &&
      (one.because === undefined || because.every((why) => why === one.because)) &&
      (one.costUpTo === undefined || (cost !== undefined && cost.amount <= one.costUpTo && (one.kind ?? cost.kind) === cost.kind)),
  )
  return rule !== undefined && Number.parseInt(sha256(id).slice(0, DRAW_DIGITS), 16) >= rule.part * 16 ** DRAW_DIGITS
}

/** Hexadecimal digits of the id's digest that are drawn by. */
const DRAW_DIGITS = 8

/**
 * What was looked at was right, is made good by another proposal, or is not to be done again. Throws `SeparationOfDuties`, `ReviewOver`,
 * `NotExecuted`.
 */
export function decideReview(book: Book, { reviewId, outcome, reason, remedy }: DecideReview, actor: string): void {
  const review = book.review(reviewId)
  if (review === null) throw unknownReview(reviewId)
  const { caseId, body } = review
  if (review.state === 'done' || review.state === 'withdrawn') throw reviewOver(review)
  // Who handled a case that is complained of does not judge what was done in it.
  const record = book.case(caseId)
  const isComplained = record?.body.links?.some(({ as }) => as === 'complaint') === true
  const involved = [...body.involved, ...(isComplained ? (record?.body.handlers ?? []) : [])]
  if (involved.some((id) => isSamePerson(book.rules.people, id, actor))) throw involvedInReview(reviewId, actor)
  if (remedy !== null && book.proposal(remedy) === null) throw unknownProposal(remedy)
  if (body.of === 'proposal') judgeProposal(book, body.subjectId, outcome, remedy)
  else judgeDeviation(book, body.subjectId)
  book.putReview({ ...review, state: 'done', body: { ...body, decided: { by: actor, at: book.now, outcome, reason } } })
  book.note(caseId, { type: 'case:review', reviewId, change: 'done', of: body.of, outcome, reason })
}

const EVENTS = { confirmed: 'confirm', corrected: 'correct', admonished: 'admonish' } as const satisfies Record<string, ProposalEvent>

function judgeProposal(book: Book, id: string, outcome: DecideReview['outcome'], remedy: string | null): void {
  const proposal = book.proposal(id)
  if (proposal === null) return
  if (proposal.state !== 'executed') {
    if (proposal.state === 'effective') throw notExecuted(id)
    return
  }
  const state = transitionOf(proposalLifecycle, proposal.state, EVENTS[outcome])
  book.putProposal({ ...proposal, state, body: { ...proposal.body, ...(remedy !== null && { correctedBy: remedy }) } })
  book.note(proposal.caseId, { type: 'case:proposal', proposalId: id, change: outcome, version: proposal.body.version })
}

function judgeDeviation(book: Book, id: string): void {
  const deviation = book.deviation(id)
  if (deviation === null || (deviation.state !== 'returned' && deviation.state !== 'preempted')) return
  book.putDeviation({ ...deviation, state: transitionOf(deviationLifecycle, deviation.state, 'review') })
}
