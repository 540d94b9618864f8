import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation, Returned } from '../case/deviation-state.ts'
import type { Judgement } from './guard-return.ts'

/** What a judged return is recorded with. */
export function recordOf(
  { approver }: Pick<Book, 'approver'>,
  { approvedBy, override, onBehalfOf, cost }: Return,
  { verdict, reviewOf, role, isShared }: Judgement,
): Omit<Returned, 'to' | 'target' | 'actor' | 'at' | 'reason' | 'variables' | 'results' | 'waived' | 'trail'> {
  return {
    verdict,
    ...(cost !== undefined && { cost }),
    ...(role !== null && { role }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...approvalsOf(reviewOf.length > 0 || isShared ? approvedBy : approver === undefined ? undefined : [approver]),
    ...(verdict.class === 'G3' && override !== undefined && { override }),
  }
}

function approvalsOf(approvedBy: readonly string[] | undefined): Pick<Returned, 'approvedBy'> {
  return approvedBy === undefined ? {} : { approvedBy }
}

/** What is to be looked at afterwards: what was not proven, what was passed over though it is mandatory, what two decided between them. */
export function toReview({ verdict, reviewOf: passedOver, isShared }: Judgement): readonly string[] {
  return [
    ...(verdict.class === 'G3' ? ['unproven'] : []),
    ...passedOver.map((id) => `mandatory:${id}`),
    ...(isShared ? ['twoAssociates'] : []),
  ]
}

/** An instance that went on by an override is unproven, until a search from where it stands then finds nothing against it. */
export function markProof(book: Book, { caseId, instanceId }: Deviation, { verdict }: Judgement): void {
  const record = book.case(caseId)
  const unproven = record?.body.unproven ?? []
  const isMarked = unproven.includes(instanceId)
  const isProven = verdict.states !== undefined && verdict.class !== 'G3' && verdict.ends === 'all' && !verdict.inherited
  if (record === null || (verdict.class === 'G3' ? isMarked : !isMarked || !isProven)) return
  const now = verdict.class === 'G3' ? [...unproven, instanceId] : unproven.filter((id) => id !== instanceId)
  book.putCase({ ...record, body: { ...record.body, unproven: now } })
}
