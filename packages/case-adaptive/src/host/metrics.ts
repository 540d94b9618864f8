import { isoOf } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { Commitment, Contact } from '../case/customer-state.ts'
import type { Deviation } from '../case/deviation-state.ts'
import { GOAL_NAMES } from '../case/service/service-clock.ts'
import { isInSight, sightOf } from '../people/sight.ts'
import { type ContactFigures, casesOf, ofContacts, ofRisk, type RiskFigures } from './contact-figures.ts'
import type { Context } from './context.ts'
import { inSight } from './in-sight.ts'
import { ofProposals, type ProposalFigures } from './proposal-figures.ts'
import { readSpan } from './read-all.ts'
import { caseRecords, commitments, contacts, deviations, reviews } from './records.ts'

/** Figures of a span, the end not included. Rates are from 0 to 1, null where there is nothing to count; lengths are milliseconds. */
export interface Metrics {
  readonly from: string
  readonly to: string
  /** Cases that were opened in the span, and what became of them up to now. */
  readonly cases: {
    readonly opened: number
    readonly resolved: number
    readonly reopened: number
    readonly transfers: number
    readonly complaints: number
  }
  /** Of the customers' contacts in the span that are no repetition: how many came to no transfer and were not repeated within 7 days. */
  readonly firstContactResolution: { readonly contacts: number; readonly resolved: number; readonly rate: number | null }
  /**
   * Contacts that began in the span. `costPerContact` is the mean of those whose cost is on record, `costPerCase` that of the cases that
   * they are of.
   */
  readonly contacts: ContactFigures
  /**
   * Cases opened in the span whose facts say what is at stake (`revenueAtRisk`, a number), its sum, and of how many the customer was `kept`
   * or `lost` (`customerOutcome`).
   */
  readonly risk: RiskFigures
  /** What was agreed with the customers of those cases, and what that cost beside making good all of it. */
  readonly proposals: ProposalFigures
  /** Cases that opened themselves in the span, and how long after the response, in the mean. */
  readonly alerts: { readonly cases: number; readonly meanMs: number | null }
  /** Where the path was left in the span. `rate`: the part of those cases, opened in the span, that have a deviation. */
  readonly deviations: {
    readonly started: number
    readonly rate: number | null
    readonly byMode: { readonly [mode: string]: number }
    readonly byReturn: { readonly [kind: string]: number }
    readonly preempted: number
    readonly undone: number
    /** Of those that came back. */
    readonly meanAwayMs: number | null
    /** The steps that were left most, at most 20. */
    readonly byElement: readonly { readonly processKey: string; readonly elementId: string; readonly count: number }[]
  }
  /** Clocks of those cases, by goal. */
  readonly service: { readonly [goal: string]: { readonly met: number; readonly late: number; readonly running: number } }
  /** Promises that fall due in the span. */
  readonly commitments: { readonly due: number; readonly kept: number; readonly broken: number; readonly released: number }
  /**
   * Payment plans whose next or last instalment is due in the span, by who proposed the amount: instalments up to now that were paid in
   * time, and missed.
   */
  readonly plans: { readonly [By in 'customer' | 'company']: { readonly plans: number; readonly kept: number; readonly missed: number } }
  /**
   * Reviews that came to be due in the span; `withdrawn`: not any more, for what was to be looked at is undone. `correctionRate`: the part
   * of those decided that was corrected.
   */
  readonly reviews: {
    readonly due: number
    readonly sampledOut: number
    readonly withdrawn: number
    readonly decided: number
    readonly correctionRate: number | null
  }
}

/** How long after a contact another one counts as its repetition. */
const REPEAT_MS = 7 * 24 * 3_600_000

/** Counts what the records of those cases say that the reader may see. Throws `invalidArgument` where there is too much to count. */
export async function readMetrics(context: Context, span: { readonly from: number; readonly to: number }): Promise<Metrics> {
  const around = { from: span.from - REPEAT_MS, to: span.to + REPEAT_MS }
  const sight = sightOf(context.people, context.bound.actor)
  const [all, away, said, promised, looked] = await Promise.all([
    readSpan(context, caseRecords, 'openedAt', span),
    readSpan(context, deviations, 'leftAt', span).then((found) => inSight(context, found)),
    readSpan(context, contacts, 'at', around).then((found) => inSight(context, found)),
    readSpan(context, commitments, 'dueAt', span).then((found) => inSight(context, found)),
    readSpan(context, reviews, 'at', span).then((found) => inSight(context, found)),
  ])
  const opened = all.filter((record) => isInSight(sight, record))
  const own = said.filter(({ at }) => at >= span.from && at < span.to)
  const decided = looked.flatMap(({ body }) => body.decided ?? [])
  const promises = (state: string): number => promised.filter((one) => one.state === state).length
  return {
    from: isoOf(span.from),
    to: isoOf(span.to),
    cases: {
      opened: opened.length,
      resolved: opened.filter(({ body }) => body.resolution !== undefined || (body.episodes ?? []).length > 0).length,
      reopened: opened.filter(({ body }) => (body.episode ?? 1) > 1).length,
      transfers: opened.reduce((sum, { body }) => sum + (body.transfers ?? 0), 0),
      complaints: opened.filter(({ body }) => body.complaint !== undefined).length,
    },
    firstContactResolution: await firstContacts(context, said, span),
    contacts: await ofContacts(context, own),
    risk: await ofRisk(context, opened),
    proposals: await ofProposals(context, opened),
    alerts: ofAlerts(opened),
    deviations: ofDeviations(away, opened),
    service: ofService(opened),
    commitments: { due: promised.length, kept: promises('kept'), broken: promises('broken'), released: promises('released') },
    plans: { customer: ofPlans(promised, 'customer'), company: ofPlans(promised, 'company') },
    reviews: {
      due: looked.filter(({ state }) => state === 'due' || state === 'done').length,
      sampledOut: looked.filter(({ state }) => state === 'sampledOut').length,
      withdrawn: looked.filter(({ state }) => state === 'withdrawn').length,
      decided: decided.length,
      correctionRate: part(decided.filter(({ outcome }) => outcome === 'corrected').length, decided.length),
    },
  }
}

/** One customer's contacts are looked at together: one within 7 days of another is its repetition, in whichever case. */
async function firstContacts(
  context: Context,
  said: readonly Contact[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Metrics['firstContactResolution']> {
  const byCustomer = new Map<string, Contact[]>()
  for (const contact of said) {
    const { customer, body } = contact
    if (customer === null || body.direction !== 'inbound') continue
    const own = byCustomer.get(customer)
    if (own === undefined) byCustomer.set(customer, [contact])
    else own.push(contact)
  }
  const firsts = [...byCustomer.values()].flatMap((own) =>
    own.flatMap((contact, k) => {
      const [before, next] = [own[k - 1], own[k + 1]]
      if (contact.at < from || contact.at >= to || (before !== undefined && contact.at - before.at <= REPEAT_MS)) return []
      return [{ contact, isRepeated: next !== undefined && next.at - contact.at <= REPEAT_MS }]
    }),
  )
  const named = await casesOf(
    context,
    firsts.map(({ contact }) => contact),
  )
  const transferred = new Set([...named.values()].flatMap(({ id, body }) => ((body.transfers ?? 0) > 0 ? [id] : [])))
  const resolved = firsts.filter(({ contact, isRepeated }) => !isRepeated && !transferred.has(contact.caseId ?? '')).length
  return { contacts: firsts.length, resolved, rate: part(resolved, firsts.length) }
}

function ofDeviations(away: readonly Deviation[], opened: readonly Case[]): Metrics['deviations'] {
  const left = new Set(away.map(({ caseId }) => caseId))
  const back = away.flatMap(({ leftAt, body }) => (body.returned === undefined ? [] : [body.returned.at - leftAt]))
  const steps = count(away.map(({ body, elementId }) => `${body.definition.key}/${elementId}`))
  const byElement = Object.entries(steps)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, 20)
    .map(([step, times]) => {
      const at = step.indexOf('/')
      return { processKey: step.slice(0, at), elementId: step.slice(at + 1), count: times }
    })
  return {
    started: away.length,
    rate: part(opened.filter(({ id }) => left.has(id)).length, opened.length),
    byMode: count(away.map(({ mode }) => mode)),
    byReturn: count(away.flatMap(({ body }) => body.returned?.to ?? [])),
    preempted: away.filter(({ body }) => body.preempted !== undefined).length,
    undone: away.filter(({ state }) => state === 'undone').length,
    meanAwayMs: back.length === 0 ? null : Math.round(back.reduce((sum, ms) => sum + ms, 0) / back.length),
    byElement,
  }
}

function ofPlans(promised: readonly Commitment[], by: 'customer' | 'company'): Metrics['plans']['customer'] {
  const own = promised.flatMap(({ body: { plan } }) => (plan?.proposedBy === by ? [plan] : []))
  const all = own.flatMap(({ instalments }) => instalments)
  const kept = all.filter(({ paid, isMissed }) => paid !== undefined && !isMissed).length
  return { plans: own.length, kept, missed: all.filter(({ isMissed }) => isMissed).length }
}

function ofService(opened: readonly Case[]): Metrics['service'] {
  const clocks = opened.flatMap(({ body }) => body.service?.clocks ?? [])
  return Object.fromEntries(
    GOAL_NAMES.map((name) => {
      const own = clocks.filter((clock) => clock.name === name && clock.state !== 'cancelled')
      const met = own.filter(({ state }) => state === 'met').length
      const late = own.filter(({ state }) => state === 'metLate' || state === 'breached').length
      return [name, { met, late, running: own.length - met - late }]
    }),
  )
}

function ofAlerts(opened: readonly Case[]): Metrics['alerts'] {
  const own = opened.filter(({ body }) => body.alert !== undefined)
  const waits = own.flatMap(({ openedAt, body }) => (body.alert?.respondedAt == null ? [] : [openedAt - body.alert.respondedAt]))
  return { cases: own.length, meanMs: waits.length === 0 ? null : Math.round(waits.reduce((sum, ms) => sum + ms, 0) / waits.length) }
}

function count(names: readonly string[]): { readonly [name: string]: number } {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}

function part(of: number, all: number): number | null {
  return all === 0 ? null : of / all
}
