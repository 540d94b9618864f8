import { type TaskRecord, transitionOf, type Values } from '@leeway/engine/extension'
import { type PlanItemEvent, planItemLifecycle } from '../lifecycles/plan-item.ts'
import type { Book } from './book.ts'
import type { AddItem, CompleteItem } from './commands.ts'
import { itemNotActive, tooManyItems, unknownItem } from './refusals.ts'
import type { ItemChange, PlanItem } from './state.ts'

/** The name under which the engine knows the tasks of items. */
export const EXTENSION = 'case-adaptive'
/** Most items of one deviation, and of one case beside its deviations. */
export const ITEMS_MAX = 1_000

/** Where an item is added. */
export interface ItemPlace {
  readonly caseId: string
  readonly deviationId: string | null
  readonly instanceId: string | null
  /** It is for a step to come: nothing starts before that is reached. */
  readonly isAhead?: boolean
}

/** Adds an ad hoc item. It starts at once, unless items that come before it are open. */
export function addItem(book: Book, command: Omit<AddItem, 'to'>, { isAhead = false, ...place }: ItemPlace, addedBy: string): PlanItem {
  const siblings = siblingsOf(book, place)
  if (siblings.length >= ITEMS_MAX) throw tooManyItems(place.deviationId ?? place.caseId, ITEMS_MAX)
  const unknown = command.after.find((id) => !siblings.some((item) => item.id === id))
  if (unknown !== undefined) throw unknownItem(unknown)
  const { kind, name, required, after, assignee, candidateUsers, candidateGroups, dueAt, priority } = command
  const item: PlanItem = {
    id: book.newId(),
    ...place,
    state: planItemLifecycle.initial,
    kind,
    body: { name, required, after, taskId: null, assignee, candidateUsers, candidateGroups, dueAt, priority, addedBy, addedAt: book.now },
  }
  book.putItem(item)
  note(book, item, 'added')
  return isAhead ? item : startIfReady(book, item, siblings)
}

/** Completes an item and starts those that waited for it. */
export function completeItem(book: Book, { itemId, outcome, variables }: Omit<CompleteItem, 'type'>, by: string | null): PlanItem {
  const item = book.item(itemId)
  if (item === null || book.case(item.caseId) === null) throw unknownItem(itemId)
  if (item.state !== 'active' && item.state !== 'rehomed') throw itemNotActive(item)
  const active = item.state === 'rehomed' ? moved(item, 'resume') : item
  const completed: PlanItem = {
    ...moved(active, 'complete'),
    body: { ...item.body, taskId: null, completed: { by, at: book.now, outcome, variables } },
  }
  dropTask(book, item)
  book.putItem(completed)
  note(book, completed, 'completed')
  const siblings = siblingsOf(book, item).map((other) => (other.id === itemId ? completed : other))
  for (const other of siblings) if (other.state === 'available' && other.body.after.includes(itemId)) startIfReady(book, other, siblings)
  return completed
}

/**
 * The deviation of these items is over: work that someone has in hand is kept at the case, what nobody has begun ends.
 */
export function closeItems(book: Book, items: readonly PlanItem[], cause: 'returned' | 'preempted'): void {
  for (const item of items) {
    if (item.state !== 'active' && item.state !== 'available') continue
    const task = item.body.taskId === null ? null : book.task(item.body.taskId)
    const closed = { cause, at: book.now }
    if (item.state === 'active' && task !== null && isInHand(task)) {
      const { deviationId: _deviationId, ...body } = task.body
      book.putTask({ ...task, body })
      const kept: PlanItem = { ...moved(item, 'rehome'), body: { ...item.body, closed } }
      book.putItem(kept)
      note(book, kept, 'rehomed')
    } else {
      dropTask(book, item)
      const ended: PlanItem = { ...moved(item, 'exit'), body: { ...item.body, taskId: null, closed } }
      book.putItem(ended)
      note(book, ended, 'terminated')
    }
  }
}

/** The step that they were for is reached: those that wait for no other start. */
export function startItems(book: Book, items: readonly PlanItem[]): void {
  for (const item of items) if (item.state === 'available') startIfReady(book, item, items)
}

/** The step that they were for can no longer be reached. */
export function lapseItems(book: Book, items: readonly PlanItem[]): void {
  for (const item of items) {
    if (item.state !== 'available') continue
    const lapsed = moved(item, 'lapse')
    book.putItem(lapsed)
    note(book, lapsed, 'unreachable')
  }
}

/** The process goes no further, the work does: what is open of a deviation is the case's own from now on. */
export function keepItems(book: Book, items: readonly PlanItem[]): void {
  for (const item of items) {
    if (!isOpen(item)) continue
    const task = item.body.taskId === null ? null : book.task(item.body.taskId)
    if (task !== null) {
      const { deviationId: _deviationId, ...body } = task.body
      book.putTask({ ...task, body })
    }
    const kept: PlanItem = { ...item, deviationId: null }
    book.putItem(kept)
    note(book, kept, 'kept')
  }
}

/** Items that are not at their end. */
export function isOpen({ state }: PlanItem): boolean {
  return (
    state === 'proposed' ||
    state === 'available' ||
    state === 'enabled' ||
    state === 'active' ||
    state === 'suspended' ||
    state === 'failed'
  )
}

function isInHand({ assignee, body }: TaskRecord): boolean {
  return assignee !== null || body.draft !== undefined || (body.comments?.length ?? 0) > 0
}

function startIfReady(book: Book, item: PlanItem, siblings: readonly PlanItem[]): PlanItem {
  const isReady = item.body.after.every((id) => siblings.some((other) => other.id === id && other.state === 'completed'))
  if (!isReady) return item
  const started: PlanItem = { ...moved(item, 'start'), body: { ...item.body, taskId: item.id } }
  book.putTask(taskOf(book, started))
  book.putItem(started)
  note(book, started, 'started')
  return started
}

const NO_VALUES: Values = {}

function taskOf({ now, tenantId }: Book, { id, deviationId, instanceId, kind, body }: PlanItem): TaskRecord {
  const { name, assignee, candidateUsers, candidateGroups, dueAt, priority } = body
  return {
    id,
    instanceId,
    processKey: null,
    elementId: null,
    assignee,
    candidateUsers,
    candidateGroups,
    state: assignee === null ? 'ready' : 'reserved',
    held: false,
    dueAt,
    followUpAt: null,
    priority,
    createdAt: now,
    tenantId,
    extension: EXTENSION,
    body: { name, kind, itemId: id, ...(deviationId !== null && { deviationId }), variables: NO_VALUES },
  }
}

function dropTask(book: Book, { body }: PlanItem): void {
  if (body.taskId !== null) book.deleteTask(body.taskId)
}

function siblingsOf(book: Book, { deviationId, caseId }: Pick<PlanItem, 'deviationId' | 'caseId'>): readonly PlanItem[] {
  return deviationId === null ? book.itemsOfCase(caseId) : book.itemsOfDeviation(deviationId)
}

function moved(item: PlanItem, event: PlanItemEvent): PlanItem {
  return { ...item, state: transitionOf(planItemLifecycle, item.state, event) }
}

function note(book: Book, { id, caseId, deviationId, body }: PlanItem, change: ItemChange): void {
  const entry = { itemId: id, change, name: body.name }
  book.note(caseId, deviationId === null ? { type: 'case:item', ...entry } : { type: 'deviation:item', deviationId, ...entry })
}
