import type { TaskRecord } from '@leeway/engine/extension'
import type { Book } from './book.ts'
import { atWork, moveItem, writeItem } from './item-changes.ts'
import { isOpen, type PlanItem } from './item-state.ts'
import { endWork, leftAtWork } from './item-work.ts'
import { startIfReady } from './items.ts'
import type { Reason } from './reason.ts'

/**
 * The deviation of these items is over: work that someone has in hand is kept at the case, what nobody has begun ends.
 */
export function closeItems(book: Book, items: readonly PlanItem[], cause: 'returned' | 'preempted' | 'undone'): void {
  const staying = cause === 'undone' ? [] : items.filter((item) => item.body.staysOpen && isOpen(item))
  stayOpen(book, items, staying)
  for (const item of items) {
    if (staying.includes(item)) continue
    if (item.state !== 'active' && item.state !== 'available' && item.state !== 'failed') continue
    const task = item.body.taskId === null ? null : book.task(item.body.taskId)
    const closed = { cause, at: book.now }
    const isAtWork = item.kind === 'human' ? task !== null && isInHand(task) : cause !== 'undone'
    if (item.state === 'active' && isAtWork) {
      if (task !== null) keepTask(book, task)
      moveItem(book, item, 'rehome', { ...item.body, closed })
    } else {
      end(book, item, closed)
    }
  }
}

/** Ends what is open of these items, work that someone has in hand too. */
export function endItems(book: Book, items: readonly PlanItem[], cause: Closed['cause'], reason?: Reason): void {
  for (const item of items) if (isOpen(item) || item.state === 'rehomed') end(book, item, { cause, at: book.now }, reason)
}

/** The step that they were for can no longer be reached. */
export function lapseItems(book: Book, items: readonly PlanItem[]): void {
  for (const item of items) if (item.state === 'available') moveItem(book, item, 'lapse', item.body)
}

/** The process goes no further, the work does: what is open of a deviation is the case's own from now on. */
export function keepItems(book: Book, items: readonly PlanItem[]): void {
  for (const item of items) {
    if (!isOpen(item)) continue
    const task = item.body.taskId === null ? null : book.task(item.body.taskId)
    if (task !== null) keepTask(book, task)
    writeItem(book, { ...item, deviationId: null }, 'kept')
  }
}

/** The task goes on at the case. */
function keepTask(book: Book, task: TaskRecord): void {
  const { deviationId: _deviationId, ...body } = task.body
  book.putTask({ ...task, body })
}

/** Items that go on at the case wait no longer for those that end with the deviation. */
function stayOpen(book: Book, items: readonly PlanItem[], staying: readonly PlanItem[]): void {
  const counts = (id: string): boolean => items.some((one) => one.id === id && (one.state === 'completed' || staying.includes(one)))
  const kept = staying.map((item) => ({ ...item, body: { ...item.body, after: item.body.after.filter(counts) } }))
  keepItems(book, kept)
  for (const item of kept) if (item.state === 'available') startIfReady(book, { ...item, deviationId: null }, items)
}

function end(book: Book, item: PlanItem, closed: Closed, reason?: Reason): void {
  const late = leftAtWork(book, item)
  endWork(book, item)
  const { jobId: _jobId, ...body } = item.body
  const ended = { ...body, ...late, taskId: null, closed }
  if (item.state === 'failed') moveItem(book, item, 'terminate', ended, reason)
  else moveItem(book, atWork(item), 'exit', ended, reason)
}

type Closed = NonNullable<PlanItem['body']['closed']>

function isInHand({ assignee, body }: TaskRecord): boolean {
  return assignee !== null || body.draft !== undefined || (body.comments?.length ?? 0) > 0
}
