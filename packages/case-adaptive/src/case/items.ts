import type { Value } from '@leeway/engine/extension'
import { planItemLifecycle } from '../lifecycles/plan-item.ts'
import type { Book } from './book.ts'
import type { AddItem, CompleteItem } from './commands.ts'
import { atWork, moveItem, writeItem } from './item-changes.ts'
import { itemNotActive, notDeployed, tooManyItems, unknownItem } from './item-refusals.ts'
import type { PlanItem } from './item-state.ts'
import { beginWork, endWork, leftAtWork } from './item-work.ts'
import { routeItem } from './routing.ts'

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
  writeItem(book, item, 'added')
  return isAhead ? item : startIfReady(book, item, siblings)
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
    writeItem(book, again, 'added')
  }
}

/** The step that they were for is reached: those that wait for no other start. */
export function startItems(book: Book, items: readonly PlanItem[]): void {
  for (const item of items) if (item.state === 'available') startIfReady(book, item, items)
}

/** Puts an item to work, unless items that come before it are open. */
export function startIfReady(book: Book, item: PlanItem, siblings: readonly PlanItem[]): PlanItem {
  const isReady = item.body.after.every((id) => siblings.some((other) => other.id === id && other.state === 'completed'))
  if (!isReady) return item
  return moveItem(book, item, 'start', { ...item.body, startedAt: book.now, ...beginWork(book, item) })
}

/** Completes an item and starts those that waited for it. */
export function completeItem(book: Book, { itemId, outcome, variables, cost }: Omit<CompleteItem, 'type'>, by: string | null): PlanItem {
  const item = book.item(itemId)
  if (item === null || book.case(item.caseId) === null) throw unknownItem(itemId)
  if (item.state !== 'active' && item.state !== 'rehomed' && item.state !== 'failed') throw itemNotActive(item)
  const { jobId: _jobId, failure: _failure, ...body } = item.body
  const done = { by, at: book.now, outcome, variables, ...(cost !== undefined && { cost }) }
  // Who gives no name is the handler itself.
  const late = by === null ? {} : leftAtWork(book, item)
  endWork(book, { ...item, body: { ...item.body, completed: done } })
  const completed = moveItem(book, atWork(item), 'complete', { ...body, taskId: null, completed: done, ...late })
  if (item.kind === 'service') for (const [key, value] of Object.entries(variables)) recordResult(book, completed, key, value)
  const siblings = siblingsOf(book, item).map((other) => (other.id === itemId ? completed : other))
  for (const other of siblings) if (other.state === 'available' && other.body.after.includes(itemId)) startIfReady(book, other, siblings)
  return completed
}

/** The result of work is part of the case file. */
export function recordResult(book: Book, item: PlanItem, key: string, value: Value): void {
  const givenBy = item.body.completed?.by ?? null
  const customer = book.case(item.caseId)?.customer ?? null
  const of = { itemId: item.id, ...(item.deviationId !== null && { deviationId: item.deviationId }) }
  const body = { value, givenBy, source: 'item', state: 'claimed', ...of } as const
  book.putFact({ id: book.newId(), caseId: item.caseId, customer, key, givenAt: book.now, tenantId: book.tenantId, body })
}

/** The work of an item could not be done: a person must look, or do it by hand. */
export function failItem(book: Book, item: PlanItem, failure: { readonly code: string; readonly message: string }): void {
  if (item.state !== 'active' && item.state !== 'rehomed') return
  moveItem(book, atWork(item), 'fail', { ...item.body, failure })
}

/** What a completed item did is undone. */
export function compensated(book: Book, item: PlanItem): void {
  const { jobId: _jobId, ...body } = item.body
  moveItem(book, item, 'compensate', body)
}

/** Items of the same deviation, or of the case beside its deviations. */
export function siblingsOf(book: Book, { deviationId, caseId }: Pick<PlanItem, 'deviationId' | 'caseId'>): readonly PlanItem[] {
  return deviationId === null ? book.itemsOfCase(caseId) : book.itemsOfDeviation(deviationId)
}
