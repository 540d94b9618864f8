import type { Book } from '../book.ts'
import type { Case, Service } from '../case-state.ts'
import type { Deviation } from '../deviation-state.ts'
import { commandJob, noticeOf, workJob } from '../jobs.ts'
import { personsOf } from '../persons.ts'
import type { Reason } from '../reason.ts'
import type { ClockChange } from '../timeline.ts'
import { type ClockStep, isTicking, nextStepAt, type ServiceClock, tick } from './service-clock.ts'
import type { ServiceTerms } from './terms.ts'

/** Writes the case, with the one job that looks at its clocks again when the next of them is due. */
export function keep(book: Book, { id }: Case, service: Service): void {
  const record = caseHere(book, id)
  const { time } = book.rules.service
  const steps = service.clocks.map((clock) => nextStepAt(time, clock)).filter((at) => at !== null)
  const due = [
    ...steps,
    ...ageing(book, record).map(({ overdueAt }) => overdueAt),
    ...[...(service.promises ?? []), ...(service.decisions ?? [])].map(({ at }) => at),
  ]
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

/** All that time has brought, with its entries, escalations and notices. */
export function advanced(book: Book, record: Case, given: Service): Service {
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
export function raised(book: Book, record: Case, service: Service, because: string, reason: Reason | null): Service {
  const escalations = service.escalations + 1
  const to = managersOf(book, record)
  book.note(record.id, { type: 'case:escalate', level: escalations, because, to, ...(reason !== null && { reason }) })
  tell(book, record, { because: reason === null ? 'overdue' : because, to })
  return { ...service, escalations }
}

/** A job of the notifier, with the retries of any job. */
export function tell(
  book: Book,
  { id, body, tenantId }: Case,
  { because, to }: { readonly because: string; readonly to: readonly string[] },
): void {
  const { notifier } = book.rules.service
  if (notifier === null || to.length === 0) return
  const variables = { caseId: id, title: body.title, because, to, dueAt: book.case(id)?.dueAt ?? null, tenantId }
  const noticeId = noticeOf(book, id)
  book.putJob(workJob(book, { id: noticeId, instanceId: null, key: noticeId }, notifier, variables))
}

/** Whom the template names: people, and all who have a role. */
export function managersOf(book: Book, { template }: Case): readonly string[] {
  return personsNamed(book, book.rules.service.termsOf(template)?.escalateTo ?? [])
}

/** People by their ids, and all who have a role; where nobody is known, the names as they are. */
export function personsNamed({ rules: { people } }: Book, named: readonly string[]): readonly string[] {
  if (people === null) return named
  return personsOf(people)
    .filter(({ id, roles = [] }) => named.includes(id) || roles.some((role) => named.includes(role)))
    .map(({ id }) => id)
}

/** Deviations that are open, with the instant at which they have lasted too long; those that were told of are left out. */
export function ageing(
  book: Book,
  { id, template, instanceIds }: Case,
): readonly { readonly deviation: Deviation; readonly overdueAt: number }[] {
  const { time, termsOf: ofTemplate } = book.rules.service
  const maxAway = ofTemplate(template)?.maxAway ?? null
  if (maxAway === null) return []
  return instanceIds
    .flatMap((instanceId) => book.openDeviations(instanceId))
    .filter(({ caseId, state, body }) => caseId === id && state !== 'requested' && body.overdueAt === undefined)
    .map((deviation) => ({ deviation, overdueAt: time.add(deviation.leftAt, time.length(deviation.leftAt, maxAway)) }))
}

/** An entry for each clock that is not what it was. */
export function noteChanged(
  book: Book,
  id: string,
  before: readonly ServiceClock[],
  after: readonly ServiceClock[],
  what: (clock: ServiceClock) => { readonly change: ClockChange; readonly because?: string },
): void {
  for (const [k, clock] of after.entries())
    if (clock !== before[k]) book.note(id, { type: 'case:clock', clock: clock.name, dueAt: clock.dueAt, ...what(clock) })
}

export function caseHere(book: Book, id: string): Case {
  const record = book.case(id)
  if (record === null) throw new Error(`case ${id} was just there`)
  return record
}

const NO_TERMS: ServiceTerms = { tiers: {}, goals: {}, severity: null, escalateTo: [], maxAway: null, confirmWithin: null }
const NO_SERVICE: Service = { tier: null, severity: null, escalations: 0, clocks: [] }

export function serviceOf({ body }: Case): Service {
  return body.service ?? NO_SERVICE
}

export function termsOf(book: Book, { template }: Case): ServiceTerms {
  return book.rules.service.termsOf(template) ?? NO_TERMS
}
