import { type TaskRecord, transitionOf, type Value } from '@leeway/engine/extension'
import { type PlanItemEvent, planItemLifecycle } from '../lifecycles/plan-item.ts'
import type { Book } from './book.ts'
import type { AddItem, CompleteItem } from './commands.ts'
import { itemNotActive, notDeployed, tooManyItems, unknownItem } from './item-refusals.ts'
import type { PlanItem } from './item-state.ts'
import { beginWork, endWork, leftAtWork } from './item-work.ts'
import type { Reason } from './reason.ts'
import { routeItem } from './routing.ts'
import type { ItemChange } from './timeline.ts'

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

/** A required piece of work for one person, which nothing comes before. */
export function workFor(name: string, assignee: string | null): Omit<AddItem, 'to'> {
  return {
    type: 'addItem',
    kind: 'human',
    name,
    required: true,
    after: [],
    assignee,
    candidateUsers: [],
    candidateGroups: [],
    dueAt: null,
    priority: 0,
    does: null,
    input: {},
    compensator: null,
    equivalentTo: null,
  }
}

/** Adds an ad hoc item. It starts at once, unless items that come before it are open. */
export function addItem(book: Book, command: Omit<AddItem, 'to'>, { isAhead = false, ...place }: ItemPlace, addedBy: string): PlanItem {
  const siblings = siblingsOf(book, place)
  if (siblings.length >= ITEMS_MAX) throw tooManyItems(place.deviationId ?? place.caseId, ITEMS_MAX)
  const unknown = command.after.find((id) => !siblings.some((item) => item.id === id))
  if (unknown !== undefined) throw unknownItem(unknown)
  const { kind, name, required, after, assignee, candidateUsers, candidateGroups, dueAt, priority } = command
  const { does, input, compensator, equivalentTo, outputs } = command
  if (kind === 'process' && does !== null && !book.isDeployed(does)) throw notDeployed(does)
  const item: PlanItem = {
    id: book.newId(),
    ...place,
    state: planItemLifecycle.initial,
    kind,
    body: {
      name,
      required,
      after,
      taskId: null,
      assignee,
      candidateUsers,
      candidateGroups,
      dueAt,
      priority,
      ...(does !== null && { does }),
      ...(Object.keys(input).length > 0 && { input }),
      ...(compensator !== null && { compensator }),
      ...(equivalentTo !== null && { equivalentTo }),
      ...(outputs !== undefined && { outputs }),
      ...(command.staysOpen && { staysOpen: true as const }),
      ...(command.cost !== undefined && { cost: command.cost }),
      ...(command.routing && routeItem(book, place.caseId, command.routing)),
      addedBy,
      addedAt: book.now,
    },
  }
  book.putItem(item)
  noteItem(book, item, 'added')
  return isAhead ? item : startIfReady(book, item, siblings)
}

/** The work of an item could not be done: a person must look, or do it by hand. */
export function failItem(book: Book, item: PlanItem, failure: { readonly code: string; readonly message: string }): void {
  if (item.state !== 'active' && item.state !== 'rehomed') return
  const active = item.state === 'rehomed' ? moved(item, 'resume') : item
  const failed: PlanItem = { ...moved(active, 'fail'), body: { ...item.body, failure } }
  book.putItem(failed)
  noteItem(book, failed, 'failed')
}

/** What a completed item did is undone. */
export function compensated(book: Book, item: PlanItem): void {
  const { jobId: _jobId, ...body } = item.body
  const undone: PlanItem = { ...moved(item, 'compensate'), body }
  book.putItem(undone)
  noteItem(book, undone, 'compensated')
}

/** The result of work is part of the case file. */
export function recordResult(book: Book, item: PlanItem, key: string, value: Value): void {
  const givenBy = item.body.completed?.by ?? null
  const customer = book.case(item.caseId)?.customer ?? null
  const of = { itemId: item.id, ...(item.deviationId !== null && { deviationId: item.deviationId }) }
  const body = { value, givenBy, source: 'item', state: 'claimed', ...of } as const
  book.putFact({ id: book.newId(), caseId: item.caseId, customer, key, givenAt: book.now, tenantId: book.tenantId, body })
}

/** Completes an item and starts those that waited for it. */
export function completeItem(book: Book, { itemId, outcome, variables, cost }: Omit<CompleteItem, 'type'>, by: string | null): PlanItem {
  const item = book.item(itemId)
  if (item === null || book.case(item.caseId) === null) throw unknownItem(itemId)
  if (item.state !== 'active' && item.state !== 'rehomed' && item.state !== 'failed') throw itemNotActive(item)
  const active = item.state === 'rehomed' ? moved(item, 'resume') : item.state === 'failed' ? moved(item, 'retry') : item
  const { jobId: _jobId, failure: _failure, ...body } = item.body
  const done = { by, at: book.now, outcome, variables, ...(cost !== undefined && { cost }) }
  const completed: PlanItem = {
    ...moved(active, 'complete'),
    // Who gives no name is the handler itself.
    body: { ...body, taskId: null, completed: done, ...(by !== null && leftAtWork(book, item)) },
  }
  endWork(book, { ...item, body: { ...item.body, completed: done } })
  book.putItem(completed)
  if (item.kind === 'service') for (const [key, value] of Object.entries(variables)) recordResult(book, completed, key, value)
  noteItem(book, completed, 'completed')
  const siblings = siblingsOf(book, item).map((other) => (other.id === itemId ? completed : other))
  for (const other of siblings) if (other.state === 'available' && other.body.after.includes(itemId)) startIfReady(book, other, siblings)
  return completed
}

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
      if (task !== null) {
        const { deviationId: _deviationId, ...body } = task.body
        book.putTask({ ...task, body })
      }
      const kept: PlanItem = { ...moved(item, 'rehome'), body: { ...item.body, closed } }
      book.putItem(kept)
      noteItem(book, kept, 'rehomed')
    } else {
      end(book, item, closed)
    }
  }
}

/** Ends what is open of these items, work that someone has in hand too. */
export function endItems(book: Book, items: readonly PlanItem[], cause: Closed['cause'], reason?: Reason): void {
  for (const item of items) if (isOpen(item) || item.state === 'rehomed') end(book, item, { cause, at: book.now }, reason)
}

function end(book: Book, item: PlanItem, closed: Closed, reason?: Reason): void {
  const late = leftAtWork(book, item)
  endWork(book, item)
  const { jobId: _jobId, ...body } = item.body
  const last = item.state === 'rehomed' ? moved(item, 'resume') : item
  const ended: PlanItem = {
    ...moved(last, last.state === 'failed' ? 'terminate' : 'exit'),
    body: { ...body, ...late, taskId: null, closed },
  }
  book.putItem(ended)
  noteItem(book, ended, 'terminated', reason)
}

type Closed = NonNullable<PlanItem['body']['closed']>

/** Items that go on at the case wait no longer for those that end with the deviation. */
function stayOpen(book: Book, items: readonly PlanItem[], staying: readonly PlanItem[]): void {
  const counts = (id: string): boolean => items.some((one) => one.id === id && (one.state === 'completed' || staying.includes(one)))
  const kept = staying.map((item) => ({ ...item, body: { ...item.body, after: item.body.after.filter(counts) } }))
  keepItems(book, kept)
  for (const item of kept) if (item.state === 'available') startIfReady(book, { ...item, deviationId: null }, items)
}

/** The same items once more, for a step that is to come again. */
export function addAgain(book: Book, items: readonly PlanItem[], deviationId: string): void {
  const ids = new Map(items.map(({ id }) => [id, book.newId()]))
  for (const { id, body, ...item } of items) {
    const {
      jobId: _job,
      itemInstanceId: _instance,
      itemCaseId: _case,
      failure: _failure,
      completed: _completed,
      closed: _closed,
      undoneIn: _undoneIn,
      undoneFor: _undoneFor,
      startedAt: _startedAt,
      ...same
    } = body
    const after = body.after.flatMap((one) => ids.get(one) ?? [])
    const again: PlanItem = {
      ...item,
      id: ids.get(id) ?? id,
      deviationId,
      state: planItemLifecycle.initial,
      body: { ...same, after, taskId: null, addedAt: book.now },
    }
    book.putItem(again)
    noteItem(book, again, 'added')
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
    noteItem(book, lapsed, 'unreachable')
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
    noteItem(book, kept, 'kept')
  }
}

/** Done, in time or late, and not undone. */
export function isToUndo({ state, body }: PlanItem): boolean {
  return state === 'completed' || (state === 'terminated' && hasDoneLate(body))
}

/** Its handler did it when it was over already. */
export function hasDoneLate({ late = [] }: PlanItem['body']): boolean {
  return late.some(({ of, state }) => of === 'work' && state === 'completed')
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
  const begun = moved(item, 'start')
  const started: PlanItem = { ...begun, body: { ...begun.body, startedAt: book.now, ...beginWork(book, begun) } }
  book.putItem(started)
  noteItem(book, started, 'started')
  return started
}

/** Items of the same deviation, or of the case beside its deviations. */
export function siblingsOf(book: Book, { deviationId, caseId }: Pick<PlanItem, 'deviationId' | 'caseId'>): readonly PlanItem[] {
  return deviationId === null ? book.itemsOfCase(caseId) : book.itemsOfDeviation(deviationId)
}

function moved(item: PlanItem, event: PlanItemEvent): PlanItem {
  return { ...item, state: transitionOf(planItemLifecycle, item.state, event) }
}

/** Puts a change of the item into the timeline of its deviation, or of its case where it is in none. */
export function noteItem(book: Book, { id, caseId, deviationId, body }: PlanItem, change: ItemChange, reason?: Reason): void {
  const entry = { itemId: id, change, name: body.name, ...(reason !== undefined && { reason }) }
  book.note(caseId, deviationId === null ? { type: 'case:item', ...entry } : { type: 'deviation:item', deviationId, ...entry })
}
