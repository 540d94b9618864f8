import { takes, transitionOf } from '@leeway/engine/extension'
import { caseLifecycle } from '../lifecycles/case.ts'
import type { Book } from './book.ts'
import { alreadyLinked, linkedInCircle, unknownCase } from './case-refusals.ts'
import type { Case, CaseLink, LinkKind } from './case-state.ts'
import { checkOwner } from './life.ts'
import type { Complain, Link } from './life-commands.ts'
import { openCase } from './open-case.ts'
import { routeCase } from './routing.ts'

/** What this case is to the other one, by what the other one is to it. */
const OPPOSITE: { readonly [Kind in LinkKind]: LinkKind } = {
  parent: 'child',
  child: 'parent',
  duplicateOf: 'duplicate',
  duplicate: 'duplicateOf',
  cause: 'effect',
  effect: 'cause',
  complaint: 'complaintAbout',
  complaintAbout: 'complaint',
  related: 'related',
}

/** Most cases above a case. */
const ABOVE_MAX = 100

/**
 * Both cases know of each other. One that nobody took up yet and that repeats another is rejected. Throws `UnknownCase`, `AlreadyLinked`,
 * `LinkedInCircle`.
 */
export function linkCases(book: Book, { caseId, to, as, reason }: Omit<Link, 'type'>): void {
  if (caseId === to) throw linkedInCircle(caseId, to)
  const [record, other] = [caseNamed(book, caseId), caseNamed(book, to)]
  // A case of one tenant says nothing of another's.
  if (record.tenantId !== other.tenantId) throw unknownCase(to)
  if (linksOf(record).some((link) => link.caseId === to && link.as === as)) throw alreadyLinked(caseId, to, as)
  if (as === 'parent') checkAbove(book, other, caseId)
  if (as === 'child') checkAbove(book, record, to)
  const words = reason === undefined ? {} : { reason }
  for (const [one, link] of [
    [record, { caseId: to, as }],
    [other, { caseId, as: OPPOSITE[as] }],
  ] as const) {
    const isRepeated = link.as === 'duplicateOf' && takes(caseLifecycle, one.state, 'reject')
    const state = isRepeated ? transitionOf(caseLifecycle, one.state, 'reject') : one.state
    book.putCase({ ...one, state, body: { ...one.body, links: [...linksOf(one), link] } })
    book.note(one.id, { type: 'case:link', to: link.caseId, as: link.as, ...words })
  }
}

/** A case is not above itself, through whatever stands between. */
function checkAbove(book: Book, from: Case, id: string): void {
  const seen = new Set<string>()
  const open = [from]
  for (let one = open.pop(); one !== undefined && seen.size <= ABOVE_MAX; one = open.pop()) {
    if (one.id === id) throw linkedInCircle(id, from.id)
    seen.add(one.id)
    for (const { caseId, as } of linksOf(one)) {
      const above = as !== 'parent' || seen.has(caseId) ? null : book.case(caseId)
      if (above !== null) open.push(above)
    }
  }
}

/**
 * Opens the case about how a case was handled. None of those who handled that answers for it. Gives its id. Throws `SeparationOfDuties`,
 * `NoPerformer`.
 */
export function complain(book: Book, { caseId, template, title, owner, reason }: Complain, actor: string): string {
  const about = caseNamed(book, caseId)
  const handlers = [...new Set([...(about.body.handlers ?? []), ...(about.body.owner === null ? [] : [about.body.owner])])]
  const tier = about.template === template ? (about.body.service?.tier ?? null) : null
  const { id, body } = openCase(book, { template, customer: about.customer, title: title ?? about.body.title, facts: {}, tier }, null)
  const mine: Pick<Case, 'id' | 'body'> = { id, body: { ...body, complaint: { about: caseId, handlers } } }
  if (owner !== null) checkOwner(book, mine, owner)
  const opened = caseNamed(book, id)
  const state = owner === null ? caseLifecycle.initial : opened.state
  book.putCase({ ...opened, state, body: { ...opened.body, complaint: { about: caseId, handlers }, owner } })
  if (owner === null) routeCase(book, id)
  else if (owner !== actor) book.note(id, { type: 'case:assign', from: null, to: owner })
  linkCases(book, { caseId: id, to: caseId, as: 'complaintAbout' })
  book.note(caseId, { type: 'case:complain', complaintId: id, reason })
  return id
}

function caseNamed(book: Book, id: string): Case {
  const record = book.case(id)
  if (record === null) throw unknownCase(id)
  return record
}

function linksOf({ body }: Case): readonly CaseLink[] {
  return body.links ?? []
}
