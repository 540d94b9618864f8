import { isoOf, takes, transitionOf } from '@leeway/engine/extension'
import { type CaseEvent, caseLifecycle } from '../lifecycles/case.ts'
import type { Book } from './book.ts'
import {
  caseClosed,
  commitmentOpen,
  handlerOfComplaint,
  noPerformer,
  noRouting,
  notAssigned,
  notConfirmed,
  notReopenable,
  notResolved,
  outcomeUntold,
  sameOwner,
  unknownCase,
} from './case-refusals.ts'
import type { Case } from './case-state.ts'
import type { Assign, Close, Confirm, LifeCommand, Reopen, Transfer } from './life-commands.ts'
import { reopenItemOf } from './outer-item.ts'
import { personOf } from './persons.ts'
import type { Reason } from './reason.ts'
import { routeCase } from './routing.ts'
import { goOnWithService, renewService } from './service/goals.ts'

/** Who answers for a case, what the customer says of its resolution, and its end and new beginning. Gives the case as it is then. */
export function liveOn(book: Book, command: Exclude<LifeCommand, { type: 'link' | 'complain' }>, actor: string): Case {
  switch (command.type) {
    case 'assign':
      return assign(book, command)
    case 'transfer':
      return transfer(book, command)
    case 'confirm':
      return confirm(book, command, actor)
    case 'close':
      return close(book, command, actor)
    case 'reopen':
      return reopen(book, command)
  }
}

/** Somebody answers for the case; one that came in is open with that. Throws `NoPerformer`, `SeparationOfDuties`, `AlreadyAssigned`. */
function assign(book: Book, { caseId, to, reason }: Assign): Case {
  const record = assignable(book, caseId)
  if (to === null) {
    if (book.rules.routingOf(record.template) === null) throw noRouting(caseId, record.template)
    return routeCase(book, caseId)
  }
  checkOwner(book, record, to)
  if (record.body.owner === to && record.state !== 'new') throw sameOwner(caseId, to)
  return givenTo(book, record, to, { type: 'case:assign', ...(reason && { reason }) })
}

/** Who answers for the case hands it over, with all that is known of it. Throws `NotAssigned`, and as {@link assign}. */
function transfer(book: Book, { caseId, to, reason }: Transfer): Case {
  const record = assignable(book, caseId)
  if (record.body.owner === null) throw notAssigned(caseId)
  checkOwner(book, record, to)
  if (record.body.owner === to) throw sameOwner(caseId, to)
  const { transfers = 0 } = record.body
  return givenTo(book, { ...record, body: { ...record.body, transfers: transfers + 1 } }, to, { type: 'case:transfer', reason })
}

function givenTo(
  book: Book,
  record: Case,
  to: string,
  what: { readonly type: 'case:assign' | 'case:transfer'; readonly reason?: Reason },
): Case {
  const { id, body } = record
  const state = takes(caseLifecycle, record.state, 'classify') ? transitionOf(caseLifecycle, record.state, 'classify') : record.state
  const { queue: _queue, routed: _routed, ...rest } = body
  const given: Case = { ...record, state, body: { ...rest, owner: to } }
  book.putCase(given)
  book.note(id, { ...what, from: body.owner, to })
  return given
}

/** A case that somebody can still answer for: one that is resolved is still to be closed. */
function assignable(book: Book, caseId: string): Case {
  const record = caseOf(book, caseId)
  const { state } = record
  if (state === 'closed' || state === 'cancelled' || state === 'rejected') throw caseClosed(caseId, state)
  return record
}

/** Somebody who is there, and who has not handled what a complaint is about. */
export function checkOwner(book: Book, { id, body }: Pick<Case, 'id' | 'body'>, to: string): void {
  const { people } = book.rules
  if (people !== null && personOf(people, to) === null) throw noPerformer(`case ${id}`, [to])
  if (body.complaint?.handlers.includes(to)) throw handlerOfComplaint(id, body.complaint.about, to)
}

/** What the customer says of the resolution; an objection opens the case again. Throws `NotResolved`, `OuterCaseOver`. */
function confirm(book: Book, { caseId, accepted, reason }: Confirm, actor: string): Case {
  const record = caseOf(book, caseId)
  if (record.state !== 'resolved') throw notResolved(caseId, record.state)
  book.note(caseId, { type: 'case:confirm', accepted, ...(reason && { reason }) })
  if (accepted) return put(book, { ...record, body: { ...record.body, confirmed: { by: actor, at: book.now } } })
  reopenItemOf(book, record)
  const { resolution: _resolution, confirmed: _confirmed, ...body } = record.body
  put(book, moved({ ...record, body }, 'reopen'))
  goOnWithService(book, caseId)
  return caseOf(book, caseId)
}

/** The end of a case. Throws `NotResolved`, `NotConfirmed`, `OutcomeUntold`, `CommitmentOpen`. */
function close(book: Book, { caseId, route }: Close, actor: string): Case {
  const record = caseOf(book, caseId)
  if (record.state !== 'resolved') throw notResolved(caseId, record.state)
  checkConfirmed(book, record)
  const { complaint, resolution, toldAt = 0 } = record.body
  if (complaint !== undefined && toldAt < (resolution?.at ?? 0)) throw outcomeUntold(caseId)
  checkPromises(book, record)
  const closed = { by: actor, at: book.now, ...(route && { route }) }
  put(book, moved({ ...record, body: { ...record.body, closed } }, 'close'))
  book.note(caseId, { type: 'case:close', ...(route && { route }) })
  return caseOf(book, caseId)
}

/** A promise ends as kept, broken, or released, and so does a payment plan: none is left without an end. */
function checkPromises(book: Book, { id, body }: Case): void {
  const open = (body.service?.promises ?? []).flatMap(({ id: one }) => book.commitment(one) ?? [])
  if (open.length === 0) return
  const views = open.map((one) => ({ id: one.id, what: one.body.words, dueAt: isoOf(one.dueAt) }))
  throw commitmentOpen(id, views)
}

/** The customer agreed, or had as long to object as the template gives. */
function checkConfirmed(book: Book, { id, template, body }: Case): void {
  const { time, termsOf } = book.rules.service
  const within = termsOf(template)?.confirmWithin ?? null
  const { resolution, confirmed } = body
  if (within === null || resolution === undefined || confirmed !== undefined) return
  const until = time.add(resolution.at, time.length(resolution.at, within))
  if (book.now < until) throw notConfirmed(id, until)
}

/**
 * Work on the case begins once more; after it was closed as a new episode, whose goals count from now. Throws `NotReopenable`,
 * `OuterCaseOver`.
 */
function reopen(book: Book, { caseId, reason }: Reopen): Case {
  const record = caseOf(book, caseId)
  const event: CaseEvent = record.state === 'failed' ? 'reactivate' : 'reopen'
  if (!takes(caseLifecycle, record.state, event)) throw notReopenable(caseId, record.state)
  reopenItemOf(book, record)
  const { resolution, confirmed: _confirmed, closed, ...body } = record.body
  const { episode = 1, episodes = [] } = body
  const isNew = closed !== undefined
  const before = isNew ? { episodes: [...episodes, { resolution: resolution ?? null, closedAt: closed.at }], episode: episode + 1 } : {}
  put(book, moved({ ...record, body: { ...body, ...before } }, event))
  book.note(caseId, { type: 'case:reopen', episode: isNew ? episode + 1 : episode, reason })
  if (isNew) renewService(book, caseId)
  else goOnWithService(book, caseId)
  return caseOf(book, caseId)
}

function caseOf(book: Book, caseId: string): Case {
  const record = book.case(caseId)
  if (record === null) throw unknownCase(caseId)
  return record
}

function put(book: Book, record: Case): Case {
  book.putCase(record)
  return record
}

function moved(record: Case, event: CaseEvent): Case {
  return { ...record, state: transitionOf(caseLifecycle, record.state, event) }
}
