import type { Book } from '../book.ts'
import { commandJob, workJob } from '../jobs.ts'
import { personsOf } from '../persons.ts'
import type { Reason } from '../reason.ts'
import { clockNotPaused, clockNotRunning, pauseNotAllowed, unknownSeverity, unknownTier } from '../refusals.ts'
import type { Case, Deviation, Service } from '../state.ts'
import type { ClockChange } from '../timeline.ts'
import {
  type ClockStep,
  canPause,
  endClock,
  isTicking,
  nextStepAt,
  pauseClock,
  resumeClock,
  retime,
  type ServiceClock,
  startClock,
  tick,
} from './service-clock.ts'
import type { ServiceTerms } from './terms.ts'

/** Begins what the case's template promises. */
export function beginService(book: Book, id: string, tier: string | null): void {
  const record = caseHere(book, id)
  const terms = book.rules.service.termsOf(record.template)
  if (terms === null) return
  if (tier !== null && !Object.hasOwn(terms.tiers, tier)) throw unknownTier(tier, Object.keys(terms.tiers))
  const severity = tier === null ? terms.severity : (terms.tiers[tier] ?? null)
  const goal = severity === null ? undefined : terms.goals[severity]?.resolution
  const clocks = goal === undefined ? [] : [startClock(book.rules.service.time, 'resolution', goal, book.now)]
  noteChanged(book, id, [], clocks, () => ({ change: 'started' }))
  keep(book, record, { tier, severity, escalations: 0, clocks })
}

/** Time has passed: clocks come to be at risk, are breached, and escalate, and who is away too long is told of, each step once. */
export function serviceDue(book: Book, id: string): void {
  const record = book.case(id)
  const service = record?.body.service
  if (record === null || service === undefined) return
  keep(book, record, advanced(book, record, aged(book, record, service)))
}

/** A deviation has begun: it is looked at again when it has lasted too long. */
export function watchAway(book: Book, id: string): void {
  const record = caseHere(book, id)
  const maxAway = book.rules.service.termsOf(record.template)?.maxAway ?? null
  if (maxAway !== null) keep(book, record, serviceOf(record))
}

/** Deviations that are open, with the instant at which they have lasted too long; those that were told of are left out. */
function ageing(book: Book, { id, template, instanceIds }: Case): readonly { readonly deviation: Deviation; readonly overdueAt: number }[] {
  const { time, termsOf: ofTemplate } = book.rules.service
  const maxAway = ofTemplate(template)?.maxAway ?? null
  if (maxAway === null) return []
  return instanceIds
    .flatMap((instanceId) => book.openDeviations(instanceId))
    .filter(({ caseId, state, body }) => caseId === id && state !== 'requested' && body.overdueAt === undefined)
    .map((deviation) => ({ deviation, overdueAt: time.add(deviation.leftAt, time.length(deviation.leftAt, maxAway)) }))
}

function aged(book: Book, record: Case, given: Service): Service {
  let service = given
  for (const { deviation, overdueAt } of ageing(book, record)) {
    if (overdueAt > book.now) continue
    book.putDeviation({ ...deviation, body: { ...deviation.body, overdueAt } })
    service = raised(book, record, service, `away:${deviation.elementId}`, null)
  }
  return service
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
  keep(book, record, advanced(book, record, retimed(book, record, terms, { ...service, severity })))
}

/** The customer is of another tier, and the case of its severity. Throws `UnknownTier`. */
export function setTier(book: Book, id: string, tier: string, reason: Reason): void {
  const record = caseHere(book, id)
  const terms = termsOf(book, record)
  if (!Object.hasOwn(terms.tiers, tier)) throw unknownTier(tier, Object.keys(terms.tiers))
  const service = serviceOf(record)
  const severity = terms.tiers[tier] ?? service.severity
  book.note(id, { type: 'case:tier', from: service.tier, to: tier, severity, reason })
  keep(book, record, advanced(book, record, retimed(book, record, terms, { ...service, tier, severity })))
}

/** A person raises the case to a higher authority; who answers for it stays. */
export function escalate(book: Book, id: string, reason: Reason): void {
  const record = caseHere(book, id)
  const service = serviceOf(record)
  keep(book, record, raised(book, record, service, reason.code, reason))
}

/** The case is over: what was promised is kept, or kept late. */
export function endService(book: Book, id: string, by: 'stop' | 'cancel'): void {
  const record = book.case(id)
  const service = record?.body.service
  if (record === null || service === undefined || service.clocks.every(({ endedAt }) => endedAt !== undefined)) return
  const current = advanced(book, record, service)
  const clocks = current.clocks.map((clock) => endClock(book.rules.service.time, clock, by, book.now))
  noteChanged(book, id, current.clocks, clocks, ({ state }) => ({ change: state === 'metLate' || state === 'met' ? state : 'cancelled' }))
  keep(book, record, { ...current, clocks })
}

/** An entry for each clock that is not what it was. */
function noteChanged(
  book: Book,
  id: string,
  before: readonly ServiceClock[],
  after: readonly ServiceClock[],
  what: (clock: ServiceClock) => { readonly change: ClockChange; readonly because?: string },
): void {
  for (const [k, clock] of after.entries())
    if (clock !== before[k]) book.note(id, { type: 'case:clock', clock: clock.name, dueAt: clock.dueAt, ...what(clock) })
}

/** Whether a clock of the case is past its goal and still runs. */
export function isOverdue({ body, dueAt }: Case, now: number): boolean {
  const clocks = body.service?.clocks ?? []
  return clocks.some(({ state }) => state === 'breached') || (dueAt !== null && dueAt <= now && clocks.some(isTicking))
}

/** What is promised now. Where nothing is, what is not broken yet is owed no longer; where nothing was, the goal counts from the opening, too. */
function retimed(book: Book, { id, openedAt }: Case, { goals }: ServiceTerms, service: Service): Service {
  const goal = service.severity === null ? undefined : goals[service.severity]?.resolution
  const { time } = book.rules.service
  if (goal === undefined) {
    const clocks = service.clocks.map((clock) => endClock(time, clock, 'cancel', book.now))
    noteChanged(book, id, service.clocks, clocks, () => ({ change: 'cancelled' }))
    return { ...service, clocks }
  }
  if (!service.clocks.every(({ state }) => state === 'cancelled'))
    return { ...service, clocks: service.clocks.map((clock) => retime(time, clock, goal, book.now)) }
  const { pausedMs = 0 } = service.clocks.at(-1) ?? {}
  const clock = retime(time, { ...startClock(time, 'resolution', goal, openedAt), pausedMs }, goal, book.now)
  noteChanged(book, id, [], [clock], () => ({ change: 'started' }))
  return { ...service, clocks: [clock] }
}

/** All that time has brought, with its entries, escalations and notices. */
function advanced(book: Book, record: Case, given: Service): Service {
  let service = given
  service.clocks.forEach((clock, k) => {
    const { clock: next, steps } = tick(book.rules.service.time, clock, book.now)
    service = { ...service, clocks: service.clocks.map((one, at) => (at === k ? next : one)) }
    for (const step of steps) service = taken(book, record, service, next, step)
  })
  return service
}

function taken(book: Book, record: Case, service: Service, { name, dueAt }: ServiceClock, step: ClockStep): Service {
  if (step !== 'again') book.note(record.id, { type: 'case:clock', clock: name, change: step === 'warn' ? 'atRisk' : 'breached', dueAt })
  if (step !== 'warn') return raised(book, record, service, name, null)
  tell(book, record, { because: 'atRisk', to: record.body.owner === null ? [] : [record.body.owner] })
  return service
}

/** Hierarchical escalation (ITIL): those above are told; ownership stays. */
function raised(book: Book, record: Case, service: Service, because: string, reason: Reason | null): Service {
  const escalations = service.escalations + 1
  const to = managersOf(book, record)
  book.note(record.id, { type: 'case:escalate', level: escalations, because, to, ...(reason !== null && { reason }) })
  tell(book, record, { because: reason === null ? 'overdue' : because, to })
  return { ...service, escalations }
}

/** A job of the notifier, with the retries of any job. */
function tell(
  book: Book,
  { id, body, tenantId }: Case,
  { because, to }: { readonly because: string; readonly to: readonly string[] },
): void {
  const { notifier } = book.rules.service
  if (notifier === null || to.length === 0) return
  const variables = { caseId: id, title: body.title, because, to, dueAt: book.case(id)?.dueAt ?? null, tenantId }
  const noticeId = `notice:${book.newId()}`
  book.putJob(workJob(book, { id: noticeId, instanceId: null, key: noticeId }, notifier, variables))
}

/** Whom the template names: people, and all who have a role. */
function managersOf(book: Book, { template }: Case): readonly string[] {
  const named = book.rules.service.termsOf(template)?.escalateTo ?? []
  const { people } = book.rules
  if (people === null) return named
  return personsOf(people)
    .filter(({ id, roles = [] }) => named.includes(id) || roles.some((role) => named.includes(role)))
    .map(({ id }) => id)
}

/** Writes the case, with the one job that looks at its clocks again when the next of them is due. */
function keep(book: Book, { id }: Case, service: Service): void {
  const record = caseHere(book, id)
  const { time } = book.rules.service
  const steps = service.clocks.map((clock) => nextStepAt(time, clock)).filter((at) => at !== null)
  const due = [...steps, ...ageing(book, record).map(({ overdueAt }) => overdueAt)]
  const at = due.length === 0 ? null : Math.min(...due)
  const before = record.body.service?.wake
  const { wake: _wake, ...rest } = service
  let wake = before
  if (before?.at !== at) {
    if (before !== undefined) book.deleteJob(before.jobId)
    wake = at === null ? undefined : { jobId: `${id}:clock:${book.newId()}`, at }
    if (wake !== undefined) book.putJob(commandJob(book, { id: wake.jobId, instanceId: null }, wake.at, { type: 'serviceDue', caseId: id }))
  }
  const dueAt = earliest(service.clocks)
  book.putCase({ ...record, dueAt, people: peopleOf(book, record), body: { ...record.body, service: { ...rest, ...(wake && { wake }) } } })
}

/** Those who are told of the case, and find it on their dashboards. */
function peopleOf(book: Book, record: Case): readonly string[] {
  return [...new Set([...record.people, ...managersOf(book, record)])]
}

function earliest(clocks: readonly ServiceClock[]): number | null {
  const due = clocks.filter(isTicking).flatMap(({ dueAt }) => dueAt ?? [])
  return due.length === 0 ? null : Math.min(...due)
}

function caseHere(book: Book, id: string): Case {
  const record = book.case(id)
  if (record === null) throw new Error(`case ${id} was just there`)
  return record
}

const NO_TERMS: ServiceTerms = { tiers: {}, goals: {}, severity: null, escalateTo: [], maxAway: null }
const NO_SERVICE: Service = { tier: null, severity: null, escalations: 0, clocks: [] }

function serviceOf({ body }: Case): Service {
  return body.service ?? NO_SERVICE
}

function termsOf(book: Book, { template }: Case): ServiceTerms {
  return book.rules.service.termsOf(template) ?? NO_TERMS
}
