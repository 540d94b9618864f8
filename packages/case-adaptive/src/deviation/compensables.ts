import { type CommandBody, type InstanceReader, type KernelEvent, splitTokenId } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { PlanItem } from '../case/item-state.ts'
import { isToUndo } from '../case/item-state.ts'
import { beginCompensation, leftAtWork, undoJob } from '../case/item-work.ts'
import { compensated } from '../case/items.ts'

/** A completed item with a compensator is undone with the scope in which the path was left, in its turn. Gives the kernel's commands. */
export function registered(book: Book, item: PlanItem | null, instance: InstanceReader | null): readonly CommandBody[] {
  if (item === null || item.state !== 'completed' || item.body.compensator === undefined || item.deviationId === null) return []
  const deviation = book.deviation(item.deviationId)
  if (deviation === null || instance?.id !== deviation.instanceId || item.body.undoneIn !== undefined) return []
  if (deviation.state !== 'away' && deviation.state !== 'returning') return []
  const { scopeId } = deviation.body.anchor
  if (instance.scope(scopeId) === null) return []
  book.putItem({ ...item, body: { ...item.body, undoneIn: scopeId } })
  return [{ type: 'keepBeside', scopeId, key: item.id }]
}

/** Items that are undone otherwise: no scope undoes them. */
export function unregistered(items: readonly PlanItem[], instance: InstanceReader | null): readonly CommandBody[] {
  return items.flatMap(({ id, body: { undoneIn } }): readonly CommandBody[] =>
    undoneIn === undefined || instance === null || instance.scope(undoneIn) === null
      ? []
      : [{ type: 'dropBeside', scopeId: undoneIn, key: id }],
  )
}

/** A compensation has come to an item: its compensator is put to work, and the compensation waits for it. */
export function undoing(book: Book, { scopeId, n, key }: Extract<KernelEvent, { type: 'besideUndoing' }>): readonly CommandBody[] {
  const item = book.item(key)
  if (item?.state !== 'completed') return [{ type: 'undoneBeside', scopeId, n, key }]
  const jobId = item.body.jobId ?? beginCompensation(book, item)
  book.putItem({ ...item, body: { ...item.body, jobId, undoneFor: `${scopeId}.${n}` } })
  return []
}

/**
 * What was to undo an item is out of attempts: that is on record, beside the incident, and whoever undoes it by hand completes the item.
 */
export function undoFailed(book: Book, item: PlanItem, { code, message }: { readonly code: string; readonly message: string }): void {
  book.putItem({ ...item, body: { ...item.body, failure: { code, message } } })
  const entry = { itemId: item.id, change: 'failed', name: item.body.name } as const
  book.note(
    item.caseId,
    item.deviationId === null ? { type: 'case:item', ...entry } : { type: 'deviation:item', deviationId: item.deviationId, ...entry },
  )
}

/** Where what was to undo an item has failed, somebody did it by hand. False where it has not. */
export function undoneByHand(book: Book, itemId: string): boolean {
  const item = book.item(itemId)
  const { jobId, failure, ...body } = item?.body ?? {}
  if (item === null || !isToUndo(item) || failure === undefined || jobId !== undoJob(itemId)) return false
  const late = leftAtWork(book, item)
  book.deleteJob(jobId)
  compensated(book, { ...item, body: { ...body, ...late } as PlanItem['body'] }) // but for two members that it may lack
  return true
}

/** An item was undone: the compensation that waits for it goes on. Gives the kernel's commands. */
export function undoneFor({ id, state, body }: PlanItem, instance: InstanceReader | null): readonly CommandBody[] {
  if (state !== 'compensated' || body.undoneFor === undefined) return []
  const place = splitTokenId(body.undoneFor)
  const waits = instance?.token(body.undoneFor)?.compensation?.running === `:${id}`
  return place === null || !waits ? [] : [{ type: 'undoneBeside', ...place, key: id }]
}
