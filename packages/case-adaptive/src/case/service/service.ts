import type { Book } from '../book.ts'
import { nobodyAbove, noPerformer } from '../case-refusals.ts'
import type { Case } from '../case-state.ts'
import type { Reason } from '../reason.ts'
import { begun, retimed } from './goals.ts'
import { advanced, caseHere, keep, managersOf, noteChanged, personsNamed, raised, serviceOf, tell, termsOf } from './keep.ts'
import { clockNotPaused, clockNotRunning, pauseNotAllowed, unknownSeverity, unknownTier } from './refusals.ts'
import { canPause, endClock, isTicking, pauseClock, resumeClock } from './service-clock.ts'

/** Begins what the case's template promises. */
export function beginService(book: Book, id: string, tier: string | null): void {
  const record = caseHere(book, id)
  const terms = book.rules.service.termsOf(record.template)
  if (terms === null) return
  if (tier !== null && !Object.hasOwn(terms.tiers, tier)) throw unknownTier(tier, Object.keys(terms.tiers))
  const severity = tier === null ? terms.severity : (terms.tiers[tier] ?? null)
  const service = { tier, severity, escalations: 0, clocks: [] }
  keep(book, record, { ...service, clocks: begun(book, record, service) })
}

/** A deviation has begun: it is looked at again when it has lasted too long. */
export function watchAway(book: Book, id: string): void {
  const record = caseHere(book, id)
  const maxAway = book.rules.service.termsOf(record.template)?.maxAway ?? null
  if (maxAway !== null) keep(book, record, serviceOf(record))
}

/** All clocks that can stand still do. Throws `PauseNotAllowed` for a reason that is none of the customer's, `ClockNotRunning`. */
export function pauseService(book: Book, id: string, reason: string): void {
  const { pauseReasons } = book.rules.service
  if (!pauseReasons.includes(reason)) throw pauseNotAllowed(id, reason, pauseReasons)
  const record = caseHere(book, id)
  const service = serviceOf(record)
  if (!service.clocks.some(canPause)) throw clockNotRunning(id, service.clocks)
  const clocks = service.clocks.map((clock) => (canPause(clock) ? pauseClock(clock, reason, book.now) : clock))
  noteChanged(book, id, service.clocks, clocks, () => ({ change: 'paused', because: reason }))
  keep(book, record, { ...service, clocks })
}

/** Clocks that stood still go on with what was left. Throws `ClockNotPaused`. */
export function resumeService(book: Book, id: string): void {
  const record = caseHere(book, id)
  const service = serviceOf(record)
  if (!service.clocks.some(({ state }) => state === 'paused')) throw clockNotPaused(id)
  const { time } = book.rules.service
  const clocks = service.clocks.map((clock) => (clock.state === 'paused' ? resumeClock(time, clock, book.now) : clock))
  noteChanged(book, id, service.clocks, clocks, () => ({ change: 'resumed' }))
  keep(book, record, advanced(book, record, { ...service, clocks }))
}

/** Another severity: goals are counted anew from the start. Throws `UnknownSeverity`. */
export function setSeverity(book: Book, id: string, severity: string, reason: Reason): void {
  const record = caseHere(book, id)
  const terms = termsOf(book, record)
  if (!Object.hasOwn(terms.goals, severity)) throw unknownSeverity(severity, Object.keys(terms.goals))
  const service = serviceOf(record)
  book.note(id, { type: 'case:severity', from: service.severity, to: severity, reason })
  keep(book, record, advanced(book, record, retimed(book, record, { ...service, severity })))
}

/** The customer is of another tier, and the case of its severity. Throws `UnknownTier`. */
export function setTier(book: Book, id: string, tier: string, reason: Reason): void {
  const record = caseHere(book, id)
  const terms = termsOf(book, record)
  if (!Object.hasOwn(terms.tiers, tier)) throw unknownTier(tier, Object.keys(terms.tiers))
  const service = serviceOf(record)
  const severity = terms.tiers[tier] ?? service.severity
  book.note(id, { type: 'case:tier', from: service.tier, to: tier, severity, reason })
  keep(book, record, advanced(book, record, retimed(book, record, { ...service, tier, severity })))
}

/**
 * A person raises the case to a higher authority, or lets those who know more see to it; who answers for it stays. Throws `NoPerformer`.
 */
export function escalate(book: Book, id: string, given: readonly string[] | null, reason: Reason): void {
  const record = caseHere(book, id)
  if (given !== null) {
    const to = personsNamed(book, given)
    if (to.length === 0) throw noPerformer(`The escalation of case ${id}`, given)
    book.putCase({ ...record, people: [...new Set([...record.people, ...to])] })
    book.note(id, { type: 'case:escalate', level: serviceOf(record).escalations, because: reason.code, to, functional: true, reason })
    tell(book, record, { because: reason.code, to })
    return
  }
  if (managersOf(book, record).length === 0) throw nobodyAbove(id)
  const service = serviceOf(record)
  keep(book, record, raised(book, record, service, reason.code, reason))
}

/** The case is over: what was promised is kept, or kept late. */
export function endService(book: Book, id: string, by: 'stop' | 'cancel'): void {
  const record = book.case(id)
  const service = record?.body.service
  if (record === null || service === undefined || service.clocks.every(({ endedAt }) => endedAt !== undefined)) return
  const current = advanced(book, record, service)
  // What only a contact can meet is owed no longer with the end; what was broken stays so.
  const clocks = current.clocks.map((clock) =>
    endClock(book.rules.service.time, clock, clock.name === 'resolution' || clock.state === 'breached' ? by : 'cancel', book.now),
  )
  noteChanged(book, id, current.clocks, clocks, ({ state }) => ({ change: state === 'metLate' || state === 'met' ? state : 'cancelled' }))
  keep(book, record, { ...current, clocks })
}

/** Whether a clock of the case is past its goal and still runs. */
export function isOverdue({ body, dueAt }: Case, now: number): boolean {
  const clocks = body.service?.clocks ?? []
  return clocks.some(({ state }) => state === 'breached') || (dueAt !== null && dueAt <= now && clocks.some(isTicking))
}
