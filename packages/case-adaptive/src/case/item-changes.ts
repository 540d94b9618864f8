import { transitionOf } from '@leeway/engine/extension'
import { type PlanItemEvent, planItemLifecycle } from '../lifecycles/plan-item.ts'
import type { Book } from './book.ts'
import type { PlanItem } from './item-state.ts'
import type { Reason } from './reason.ts'
import type { ItemChange } from './timeline.ts'

/** What the timeline says of an item that went on in its life. */
const CHANGES: { readonly [Move in ItemMove]: ItemChange } = {
  start: 'started',
  complete: 'completed',
  fail: 'failed',
  rehome: 'rehomed',
  exit: 'terminated',
  terminate: 'terminated',
  lapse: 'unreachable',
  compensate: 'compensated',
  reopen: 'reopened',
}

/** What moves an item on so that somebody is told of it. */
type ItemMove = Exclude<PlanItemEvent, 'agree' | 'refuse' | 'enable' | 'disable' | 'reenable' | 'suspend' | 'resume' | 'retry'>

/** An item goes on in its life, with what is known of it from then on. */
export function moveItem(book: Book, item: PlanItem, event: ItemMove, body: PlanItem['body'], reason?: Reason): PlanItem {
  return writeItem(book, { ...moved(item, event), body }, CHANGES[event], reason)
}

/** Writes an item, and what changed into the timeline of its deviation, or of its case where it is in none. */
export function writeItem(book: Book, item: PlanItem, change: ItemChange, reason?: Reason): PlanItem {
  book.putItem(item)
  const { id, caseId, deviationId, body } = item
  const entry = { itemId: id, change, name: body.name, ...(reason !== undefined && { reason }) }
  book.note(caseId, deviationId === null ? { type: 'case:item', ...entry } : { type: 'deviation:item', deviationId, ...entry })
  return item
}

/** The item as it would be active, were it not kept at its case or failed: so it can end. */
export function atWork(item: PlanItem): PlanItem {
  if (item.state === 'rehomed') return moved(item, 'resume')
  return item.state === 'failed' ? moved(item, 'retry') : item
}

function moved(item: PlanItem, event: PlanItemEvent): PlanItem {
  return { ...item, state: transitionOf(planItemLifecycle, item.state, event) }
}
