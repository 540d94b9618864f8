import { transitionOf } from '@leeway/engine/extension'
import { type ContactState, contactLifecycle } from '../lifecycles/contact.ts'
import type { Book } from './book.ts'
import { unknownCase } from './case-refusals.ts'
import type { Case } from './case-state.ts'
import type { RecordContact } from './customer-commands.ts'
import { contactOver, unknownContact } from './customer-refusals.ts'
import type { Contact } from './customer-state.ts'
import { customerAnswered } from './service/goals.ts'

/**
 * Notes a contact, or how one goes on. Gives its id, and whom a customer who comes back is to be put through to. Throws `UnknownContact`,
 * `ContactOver`, `UnknownCase`.
 */
export function recordContact(
  book: Book,
  command: RecordContact,
  actor: string | null,
): { readonly id: string; readonly routeTo: string | null } {
  const before = command.contactId === null ? null : contactOf(book, command.contactId)
  const record = caseOf(book, before?.caseId ?? command.caseId)
  const contact = before === null ? begun(book, command, record, actor) : wentOn(book, before, command, actor)
  book.putContact(contact)
  if (record !== null) {
    const { direction, channel, words, answered } = contact.body
    const said = words === null || words === before?.body.words ? {} : { words }
    book.note(record.id, { type: 'case:contact', contactId: contact.id, change: contact.state, direction, channel, answered, ...said })
    if (isAnswer(contact) && (before === null || !isAnswer(before))) customerHeard(book, record.id)
  }
  const isFresh = before === null && contact.body.direction === 'inbound'
  return { id: contact.id, routeTo: isFresh ? routeOf(book, contact) : null }
}

function begun(book: Book, command: RecordContact, record: Case | null, actor: string | null): Contact {
  const { customer, at, state, direction, channel, words, participants, answered, connectedAt, endedAt } = command
  return {
    id: book.newId(),
    caseId: record?.id ?? null,
    customer: customer ?? record?.customer ?? null,
    at: at ?? book.now,
    state: reached(contactLifecycle.initial, state),
    tenantId: record?.tenantId ?? book.tenantId,
    body: {
      direction,
      channel,
      words,
      by: state === 'queued' ? null : actor,
      participants,
      answered,
      connectedAt: connectedAt ?? (state === 'queued' ? null : (at ?? book.now)),
      endedAt: endedAt ?? (state === 'wrapped' ? book.now : null),
      ...sortOf(command),
    },
  }
}

function wentOn(book: Book, before: Contact, command: RecordContact, actor: string | null): Contact {
  const { state, words, participants, answered, connectedAt, endedAt } = command
  const { body } = before
  return {
    ...before,
    state: reached(before.state, state, before.id),
    body: {
      ...body,
      words: words ?? body.words,
      by: body.by ?? (state === 'queued' ? null : actor),
      participants: [...new Set([...body.participants, ...participants])],
      answered: body.answered || answered,
      connectedAt: body.connectedAt ?? connectedAt ?? (state === 'queued' ? null : book.now),
      endedAt: body.endedAt ?? endedAt ?? (state === 'wrapped' ? book.now : null),
      ...sortOf(command),
    },
  }
}

function sortOf({ category, cost }: RecordContact): Pick<Contact['body'], 'category' | 'cost'> {
  return { ...(category !== undefined && { category }), ...(cost !== undefined && { cost }) }
}

/** Step by step: what is wrapped was connected. */
function reached(from: ContactState, to: ContactState, id = ''): ContactState {
  let state = from
  if (state === 'wrapped') throw contactOver(id)
  if (state === 'queued' && to !== 'queued') state = transitionOf(contactLifecycle, state, 'connect')
  if (state === 'connected' && to === 'wrapped') state = transitionOf(contactLifecycle, state, 'wrap')
  return state
}

/** The customer has heard from somebody. */
function isAnswer({ state, body }: Contact): boolean {
  return body.answered && state !== 'queued'
}

/** The customer was answered: promises on that are met, and of what is resolved the outcome is told. */
function customerHeard(book: Book, caseId: string): void {
  customerAnswered(book, caseId)
  const record = book.case(caseId)
  if (record?.state === 'resolved') book.putCase({ ...record, body: { ...record.body, toldAt: book.now } })
}

/** The latest of the customer's closed cases says whom they are put through to, for a while. */
function routeOf(book: Book, { customer, tenantId }: Contact): string | null {
  if (customer === null) return null
  const routes = book.casesOfCustomer(customer, tenantId).flatMap(({ body }) => (body.closed?.route === undefined ? [] : [body.closed]))
  const open = routes.filter(({ route }) => route !== undefined && route.until > book.now)
  open.sort((a, b) => b.at - a.at)
  return open[0]?.route?.to ?? null
}

function caseOf(book: Book, id: string | null): Case | null {
  const record = id === null ? null : book.case(id)
  if (id !== null && record === null) throw unknownCase(id)
  return record
}

function contactOf(book: Book, id: string): Contact {
  const contact = book.contact(id)
  if (contact === null) throw unknownContact(id)
  return contact
}
