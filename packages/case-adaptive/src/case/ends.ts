import { type CommandBody, type InstanceReader, type JobRecord, transitionOf, type Values } from '@leeway/engine/extension'
import { caseLifecycle } from '../lifecycles/case.ts'
import type { Book } from './book.ts'
import { caseNotDone } from './case-refusals.ts'
import type { ResolveCase } from './commands.ts'
import { endItems } from './item-ends.ts'
import type { PlanItem } from './item-state.ts'
import { isOpen, isToUndo } from './item-state.ts'
import { compensated, completeItem, failItem } from './items.ts'
import { commandLater } from './jobs.ts'
import { attachInstance, workedCase } from './open-case.ts'
import { endService } from './service/service.ts'

/** The instance that an item runs was started: it belongs to the item's case, unless nobody wants it any more. */
export function bindItem(book: Book, itemId: string, instance: InstanceReader): readonly CommandBody[] {
  const item = book.item(itemId)
  if (item === null || (item.state !== 'active' && item.state !== 'rehomed'))
    return [{ type: 'cancelProcess', instanceId: instance.id, reason: 'its item is over' }]
  const watch = book.watch(instance.id)
  book.putWatch({ ...watch, body: { ...watch.body, itemId } })
  attachInstance(book, item.caseId, instance.id)
  return []
}

/** The instance that an item ran came to its end, and so does the item. */
export function endItemInstance(book: Book, itemId: string, status: string, variables: Values): void {
  const item = book.item(itemId)
  if (item === null || (item.state !== 'active' && item.state !== 'rehomed')) return
  if (status === 'completed') completeItem(book, { itemId, outcome: null, variables }, book.actor)
  else failItem(book, item, { code: 'instanceEnded', message: `Its process instance is ${status}.` })
  endedElsewhere(book, item)
}

/** A job of an item ended: the work itself, or what undoes it. */
export function endItemJob(
  book: Book,
  job: JobRecord,
  result:
    | { readonly type: 'completed'; readonly values: Values }
    | { readonly type: 'failed'; readonly code: string; readonly message: string },
): PlanItem | null {
  const [itemId = '', what] = job.id.split(':')
  const item = book.item(itemId)
  if (item === null) return null
  if (what === 'undo') {
    if (result.type === 'completed' && isToUndo(item)) compensated(book, item)
    return item
  }
  if (result.type === 'failed') {
    failItem(book, item, result)
    return null
  }
  return completeItem(book, { itemId, outcome: null, variables: result.values }, null)
}

/** What waits for the item in another instance's order learns of its end. */
function endedElsewhere(book: Book, item: PlanItem): void {
  if (item.instanceId === null || item.deviationId === null) return
  commandLater(book, item, { type: 'itemEnded', itemId: item.id, by: book.actor ?? item.body.addedBy })
}

/** The case reached what it was for: items that were not required end with it. What it was an item of goes on. */
export function resolveCase(book: Book, { caseId, code }: ResolveCase, actor: string): void {
  const record = workedCase(book, caseId)
  const away = record.instanceIds.flatMap((id) => book.openDeviations(id)).filter((one) => one.caseId === caseId)
  const all = book.allItems(caseId)
  const open = all.filter((item) => isOpen(item) || item.state === 'rehomed')
  const required = all.filter((item) => item.body.required && (open.includes(item) || item.state === 'unreachable'))
  if (away.length + required.length > 0) throw caseNotDone(caseId, away, required)
  const state = transitionOf(caseLifecycle, record.state === 'pending' ? 'open' : record.state, 'resolve')
  book.putCase({ ...record, state, body: { ...record.body, resolution: { code, by: actor, at: book.now } } })
  book.note(caseId, { type: 'case:resolve', code })
  endItems(book, open, 'resolved')
  endService(book, caseId, 'stop')
  const { itemId } = record.body
  const item = itemId === undefined ? null : book.item(itemId)
  if (item === null || (item.state !== 'active' && item.state !== 'rehomed')) return
  endedElsewhere(book, completeItem(book, { itemId: item.id, outcome: code, variables: {} }, actor))
}
