import type { Book } from './book.ts'
import type { CancelItem } from './commands.ts'
import { writeItem } from './item-changes.ts'
import { endItems } from './item-ends.ts'
import { itemAwaited, itemNotCancelled, unknownItem } from './item-refusals.ts'
import type { PlanItem } from './item-state.ts'
import { isOpen, isToUndo } from './item-state.ts'
import { beginCompensation } from './item-work.ts'
import { siblingsOf } from './items.ts'

/**
 * Ends an item without a result: what is at work for it goes. One that is done is undone by its compensator, as long as nobody has come
 * back with what it gave. Throws `UnknownItem`, `ItemAwaited`, `ItemNotCancelled`.
 */
export function cancelItem(book: Book, { itemId, reason }: CancelItem): PlanItem {
  const item = book.item(itemId)
  if (item === null || book.case(item.caseId) === null) throw unknownItem(itemId)
  const awaiting = siblingsOf(book, item).filter((other) => isOpen(other) && other.body.after.includes(itemId))
  if (isOpen(item) || item.state === 'rehomed') {
    if (awaiting.length > 0) throw itemAwaited(item, awaiting)
    endItems(book, [item], 'cancelled', reason)
    return book.item(itemId) ?? item
  }
  if (item.state === 'unreachable' && item.body.required) return doWithout(book, item, reason)
  const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
  const isHere = deviation === null || deviation.state === 'away' || deviation.state === 'returning'
  const isDone = item.state === 'completed' ? isHere : isToUndo(item)
  if (!isDone || item.body.compensator === undefined || item.body.jobId !== undefined) throw itemNotCancelled(item)
  return undoItem(book, item, reason)
}

/** Puts the compensator of an item that is done to work. */
export function undoItem(book: Book, item: PlanItem, reason?: CancelItem['reason']): PlanItem {
  return writeItem(book, { ...item, body: { ...item.body, jobId: beginCompensation(book, item) } }, 'undoing', reason)
}

/** A required item that nobody can come to any more keeps the case open until somebody says that it is not needed. */
function doWithout(book: Book, item: PlanItem, reason: CancelItem['reason']): PlanItem {
  const waived = { ...item.body, required: false, closed: { cause: 'cancelled' as const, at: book.now } }
  return writeItem(book, { ...item, body: waived }, 'unreachable', reason)
}
