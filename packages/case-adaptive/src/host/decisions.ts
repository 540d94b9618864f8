import { isoOf } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { Proposal, Review } from '../case/proposal-state.ts'
import type { Right } from '../case/rules.ts'
import { hasRight, isSamePerson, type RightsBook } from '../people/rights.ts'
import type { Context } from './context.ts'
import type { WorkView } from './life-api.ts'
import { whereIn, whereSeen } from './read-case.ts'
import { caseRecords, proposals, reviews } from './records.ts'

/** Most of each kind that are looked at. */
const KIND_MAX = 1_000

/** Proposals that wait for a person's decision, or go on by it, and what they may look at afterwards. */
export async function readDecisions(context: Context, actor: string, now: number): Promise<readonly WorkView[]> {
  const { port, bound, people } = context
  const seen = whereSeen(bound.tenantId)
  const [proposed, due] = await Promise.all([
    port.find(proposals, { where: whereIn(['open', 'draft', 'countered', 'rejected'], bound.tenantId), limit: KIND_MAX }),
    port.find(reviews, { where: { state: { eq: 'due' }, ...seen }, limit: KIND_MAX }),
  ])
  const ids = [...new Set([proposed, due].flat().map(({ caseId }) => caseId))]
  const cases = new Map<string, Case>()
  for (let k = 0; k < ids.length; k += KIND_MAX)
    for (const record of await port.get(caseRecords, ids.slice(k, k + KIND_MAX))) cases.set(record.id, record)
  const book: RightsBook = {
    now,
    rules: { people },
    case: (id) => cases.get(id) ?? null,
    deviation: () => null,
    itemsOfDeviation: () => [],
    spent: () => 0,
  }
  const isMine = (name: string): boolean => isSamePerson(people, name, actor)
  const may = (right: Right, caseId: string): boolean =>
    hasRight(book, right, actor, { caseId, deviationId: null, processKey: null, elementId: null, roles: null })
  return [...proposed.flatMap((one) => workOnProposal(one, isMine, may, now)), ...due.flatMap((one) => workOnReview(one, isMine, may))]
}

/** An open one is for those who may decide upon it, and had no part in it; else it is its proposer's turn. */
function workOnProposal(
  { id, caseId, state, body }: Proposal,
  isMine: (name: string) => boolean,
  may: (right: Right, caseId: string) => boolean,
  now: number,
): readonly WorkView[] {
  const isProposer = isMine(body.by)
  // An act is judged by the right to do it as it is done: where that is given may depend on the step.
  const mayDecide = (!body.raised && may('endorse', caseId)) || may('approve', caseId)
  const isTurn = state === 'open' ? !isProposer && mayDecide && !body.endorsedBy.some(isMine) : isProposer
  if (!isTurn) return []
  const { decideBy = null } = body
  const dueAt = decideBy === null ? null : isoOf(decideBy)
  const overdue = decideBy !== null && decideBy <= now
  return [{ type: 'proposal', id, caseId, name: body.words, state, dueAt, overdue, offered: state === 'open' }]
}

function workOnReview(
  { id, caseId, state, body }: Review,
  isMine: (name: string) => boolean,
  may: (right: Right, caseId: string) => boolean,
): readonly WorkView[] {
  if (body.involved.some(isMine) || !may('review', caseId)) return []
  return [{ type: 'review', id, caseId, name: body.because.join(', '), state, dueAt: null, overdue: false, offered: true }]
}
