import { takes } from '@leeway/engine/extension'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import type { Book } from './book.ts'
import { outerCaseOver } from './case-refusals.ts'
import type { Case } from './case-state.ts'
import { moveItem } from './item-changes.ts'
import { isLive } from './open-case.ts'

/**
 * A case that is opened again is an item of another that its resolution completed: the item is active with it, in its deviation or, where
 * that is over, as an item of the case. Throws `OuterCaseOver` where nothing can be done in that case.
 */
export function reopenItemOf(book: Book, { id, body: { itemId, resolution } }: Case): void {
  const item = itemId === undefined ? null : book.item(itemId)
  const done = item?.body.completed
  // Who did it by hand did not wait for the case.
  if (item?.state !== 'completed' || done === undefined || done.at !== resolution?.at || done.outcome !== resolution.code) return
  const outer = book.case(item.caseId)
  if (outer === null || !isLive(outer)) throw outerCaseOver(id, item.caseId, outer?.state ?? 'gone')
  const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
  const isThere = deviation !== null && takes(deviationLifecycle, deviation.state, 'preempt')
  // Its return and this know of each other.
  if (isThere) book.putDeviation(deviation)
  const { completed: _completed, jobId: _jobId, ...body } = item.body
  moveItem(book, { ...item, deviationId: isThere ? deviation.id : null }, 'reopen', { ...body, startedAt: book.now })
}
