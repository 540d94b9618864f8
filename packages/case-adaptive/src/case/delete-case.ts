import { EngineError } from '@leeway/engine'
import type { Book } from './book.ts'
import { caseInUse, notClosed, unknownCase } from './case-refusals.ts'
import type { Case } from './case-state.ts'
import type { DeleteCase } from './life-commands.ts'

/**
 * The case is gone with this: from now on nothing can be done in it, and what is left of it is deleted step by step. One of which that was
 * cut off is well. Throws `UnknownCase`, `NotClosed`, `CaseInUse`, `conflict` where it went on since it was looked at.
 */
export function deleteCase(book: Book, { caseId, head, instanceIds, customerFacts, underWay }: DeleteCase): void {
  const record = book.case(caseId)
  if (record === null) {
    if (book.deletion(caseId) === null) throw unknownCase(caseId)
    return
  }
  if (!isOver(record)) throw notClosed(caseId, record.state)
  // Whatever happens in a case is in its entries.
  if (record.body.head !== head)
    throw new EngineError('conflict', `Case ${caseId} was changed by another while it was looked at; delete it again.`, { caseId })
  if (underWay.length > 0) throw caseInUse(caseId, underWay)
  // Its clocks tell nobody anything any more.
  const wake = record.body.service?.wake
  if (wake !== undefined) book.deleteJob(wake.jobId)
  for (const id of customerFacts) book.deleteFact(id)
  book.deleteCase(record, instanceIds)
}

/** States in which a case can be deleted. */
export const OVER: readonly Case['state'][] = ['closed', 'cancelled', 'rejected']

/** Nothing is done in it unless somebody opens it again. */
export function isOver({ state }: Pick<Case, 'state'>): boolean {
  return OVER.includes(state)
}
