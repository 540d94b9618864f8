import { takes, transitionOf } from '@leeway/engine/extension'
import { caseLifecycle } from '../lifecycles/case.ts'
import type { Book } from './book.ts'
import { nobodyFits } from './case-refusals.ts'
import type { Case, Routed } from './case-state.ts'
import { holds } from './fact-holds.ts'
import { personsOf } from './persons.ts'
import type { Person, RoutingRule } from './rules.ts'
import { caseHere, managersOf, tell } from './service/keep.ts'

/**
 * Gives a case to whom the rule of its template finds, or puts it before those above where nobody fits; why stands in the case and its
 * timeline.
 */
export function routeCase(book: Book, id: string, operation: 'case:assign' | 'case:transfer' = 'case:assign'): Case {
  const record = caseHere(book, id)
  const rule = book.rules.routingOf(record.template)
  if (rule === null) return record
  const { complaint, owner } = record.body
  const found = routed(book, record, rule, [
    ...(complaint?.handlers ?? []),
    ...(operation === 'case:transfer' && owner !== null ? [owner] : []),
  ])
  const { to, ...why } = found
  const isNew = takes(caseLifecycle, record.state, 'classify')
  const state = to === null ? caseLifecycle.initial : isNew ? transitionOf(caseLifecycle, record.state, 'classify') : record.state
  const { queue: _queue, ...body } = record.body
  const queue = why.queue === undefined || why.queue.length === 0 ? {} : { queue: why.queue }
  const people = [...new Set([...record.people, ...(why.queue ?? [])])]
  book.putCase({ ...record, state, people, body: { ...body, owner: to, routed: why, ...queue } })
  book.note(id, { type: operation, from: owner, to, routed: why })
  if (to === null) tell(book, record, { because: why.because, to: why.queue ?? [] })
  return caseHere(book, id)
}

/** Whom an item is for by a rule: one person, or those to whom it is offered. Why stands with the item. */
export function routeItem(
  book: Book,
  caseId: string,
  rule: RoutingRule,
): { readonly assignee: string | null; readonly candidateUsers: readonly string[]; readonly routed: Routed } {
  const { to, ...why } = routed(book, caseHere(book, caseId), rule, [])
  if (to === null && (why.queue ?? []).length === 0) throw nobodyFits(caseId)
  return { assignee: to, candidateUsers: why.queue ?? [], routed: why }
}

/** The best of those who fit: who answered for a case of the customer before, then who has least to do, then by id. */
function routed(book: Book, record: Case, rule: RoutingRule, excluded: readonly string[]): Routed & { readonly to: string | null } {
  const { offer = false, earlierHandler = true, loadMax = Number.POSITIVE_INFINITY } = rule
  const language = languageOf(book, record, rule)
  const { people } = book.rules
  const able = people === null ? [] : personsOf(people).filter((one) => !excluded.includes(one.id) && fits(one, rule, language))
  const loads = book.loadsOf(able.map(({ id }) => id))
  const free = able.map(({ id }) => ({ id, load: loads.get(id) ?? 0 })).filter(({ load }) => load < loadMax)
  const more = { candidates: free.length, ...(language !== null && { language }) }
  if (free.length === 0) {
    const queue = managersOf(book, record).filter((id) => !excluded.includes(id))
    return { to: null, because: 'nobodyFits', ...more, queue }
  }
  if (offer) return { to: null, because: 'offered', ...more, queue: free.map(({ id }) => id) }
  const handlers = earlierHandler ? handlersOf(book, record) : []
  const known = handlers.find((id) => free.some((one) => one.id === id))
  free.sort((a, b) => a.load - b.load || (a.id < b.id ? -1 : 1))
  const best = free.find(({ id }) => id === known) ?? free[0]
  return best === undefined
    ? { to: null, because: 'nobodyFits', ...more }
    : { to: best.id, because: best.id === known ? 'earlierHandler' : 'leastLoad', ...more, load: best.load }
}

function fits({ roles = [], skills = [], languages = [], absent = false }: Person, rule: RoutingRule, language: string | null): boolean {
  if (absent || (rule.roles !== undefined && !rule.roles.some((role) => roles.includes(role)))) return false
  return (rule.skills ?? []).every((skill) => skills.includes(skill)) && (language === null || languages.includes(language))
}

/** What the customer speaks, by a fact of the case or of the customer; null where nothing is known of that. */
function languageOf(book: Book, record: Case, { language: key = 'language' }: RoutingRule): string | null {
  const known = [...book.factsOfCustomer(record, key), ...book.factsOfCase(record.id, key)].filter(
    (fact) => holds(fact, book.now) && typeof fact.body.value === 'string',
  )
  const last = known.at(-1)?.body.value
  return typeof last === 'string' ? last : null
}

/** Who answered for the customer's other cases, the latest first. */
function handlersOf(book: Book, { id, customer, tenantId }: Case): readonly string[] {
  const others = customer === null ? [] : book.casesOfCustomer(customer, tenantId).filter((one) => one.id !== id)
  return others.sort((a, b) => b.openedAt - a.openedAt).flatMap(({ body }) => body.owner ?? [])
}
