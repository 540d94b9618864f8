import { sha256, takes, transitionOf } from '@leeway/engine/extension'
import { caseLifecycle } from '../lifecycles/case.ts'
import type { Book } from './book.ts'
import { alreadyAttached, caseClosed, unknownCase } from './case-refusals.ts'
import type { Case } from './case-state.ts'
import type { OpenCase } from './commands.ts'
import { beginService } from './service/service.ts'

/** Opens a case. Where someone opens it, that person answers for it and it is open; else it is new. */
export function openCase(book: Book, command: Omit<OpenCase, 'type'>, instanceId: string | null): Case {
  const { template, customer, title, facts, tier } = command
  const id = book.newId()
  const state = book.actor === null ? caseLifecycle.initial : transitionOf(caseLifecycle, caseLifecycle.initial, 'classify')
  const { actor, now: at, tenantId } = book
  book.putCase({
    id,
    state,
    template,
    customer,
    openedAt: at,
    tenantId,
    instanceIds: [],
    dueAt: null,
    people: [],
    token: sha256(`${book.newId()} ${book.newId()} ${book.newId()}`).slice(0, TOKEN_DIGITS),
    body: { title, owner: actor, openedBy: actor, entries: 0, head: '' },
  })
  book.note(id, { type: 'case:open' })
  for (const [key, value] of Object.entries(facts)) {
    const body = { value, givenBy: actor, source: 'opening', state: 'claimed' } as const
    book.putFact({ id: book.newId(), caseId: id, customer, key, givenAt: at, tenantId, body })
  }
  beginService(book, id, tier)
  if (instanceId !== null) attachInstance(book, id, instanceId)
  return liveCase(book, id)
}

/** Hexadecimal, of a digest over random bits. */
const TOKEN_DIGITS = 40

/** Makes a process instance one of the case's. Doing it again changes nothing. */
export function attachInstance(book: Book, caseId: string, instanceId: string): void {
  const owner = book.caseOfInstance(instanceId)
  if (owner?.id === caseId) return
  if (owner !== null) throw alreadyAttached(instanceId, owner.id)
  const record = liveCase(book, caseId)
  book.putCase({ ...record, instanceIds: [...record.instanceIds, instanceId] })
  book.note(caseId, { type: 'case:attach', instanceId })
}

/** A case that can be worked on. One that nobody answered for is the actor's from now on. */
export function workedCase(book: Book, caseId: string): Case {
  const record = liveCase(book, caseId)
  if (book.actor === null || !takes(caseLifecycle, record.state, 'classify')) return record
  // Who handled what a complaint is about may help, and does not answer for it.
  if (record.body.complaint?.handlers.includes(book.actor)) return record
  if (record.body.queue?.includes(book.actor) === false) return record
  const state = transitionOf(caseLifecycle, record.state, 'classify')
  const { queue: _queue, ...body } = record.body
  const worked: Case = { ...record, state, body: { ...body, owner: body.owner ?? book.actor } }
  book.putCase(worked)
  return worked
}

/** The case, if anything can still be added to it. */
export function liveCase(book: Book, caseId: string): Case {
  const record = book.case(caseId)
  if (record === null) throw unknownCase(caseId)
  if (isLive(record)) return record
  throw caseClosed(caseId, record.state)
}

/** Something can still be added to it. */
export function isLive({ state }: Pick<Case, 'state'>): boolean {
  return state === 'new' || state === 'open' || state === 'pending'
}
