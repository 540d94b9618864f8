import type { Case } from '../case/case-state.ts'
import type { Contact, Fact } from '../case/customer-state.ts'
import type { Context } from './context.ts'
import { caseRecords, facts } from './records.ts'

/** What contacts came to. Costs are in the one unit of the installation. */
export interface ContactFigures {
  readonly count: number
  readonly cost: number
  readonly costPerContact: number | null
  readonly costPerCase: number | null
  /** What each channel cost, and what came of it: the cases that were contacted on it, and those of them that were resolved. */
  readonly byChannel: {
    readonly [channel: string]: { readonly contacts: number; readonly cost: number; readonly cases: number; readonly resolved: number }
  }
  readonly byCategory: { readonly [category: string]: number }
}

/** What was at stake, and what became of it. */
export interface RiskFigures {
  readonly cases: number
  readonly revenue: number
  readonly kept: number
  readonly lost: number
}

export async function ofContacts(context: Context, said: readonly Contact[]): Promise<ContactFigures> {
  const named = await casesOf(context, said)
  const priced = said.filter(({ body }) => body.cost !== undefined)
  const cost = sumOf(priced)
  const cases = new Set(priced.flatMap(({ caseId }) => caseId ?? []))
  const byChannel = Object.fromEntries(
    [...grouped(said, ({ body }) => body.channel)].map(([channel, own]) => {
      const ids = [...new Set(own.flatMap(({ caseId }) => caseId ?? []))]
      const resolved = ids.filter((id) => isResolved(named.get(id))).length
      return [channel, { contacts: own.length, cost: sumOf(own), cases: ids.length, resolved }]
    }),
  )
  const byCategory = Object.fromEntries([...grouped(said, ({ body }) => body.category)].map(([category, own]) => [category, own.length]))
  const ofCases = sumOf(priced.filter(({ caseId }) => caseId !== null))
  return {
    count: said.length,
    cost,
    costPerContact: priced.length === 0 ? null : cost / priced.length,
    costPerCase: cases.size === 0 ? null : ofCases / cases.size,
    byChannel,
    byCategory,
  }
}

/** The facts that say it are those that hold now. */
export async function ofRisk({ port }: Context, opened: readonly Case[]): Promise<RiskFigures> {
  const figures = { cases: 0, revenue: 0, kept: 0, lost: 0 }
  for (let k = 0; k < opened.length; k += CASES_MAX) {
    const ids = opened.slice(k, k + CASES_MAX).map(({ id }) => id)
    const where = { caseId: { in: ids }, key: { in: ['revenueAtRisk', 'customerOutcome'] } }
    for await (const fact of port.every(facts, where)) countFact(figures, fact)
  }
  return figures
}

function countFact(figures: { -readonly [Name in keyof RiskFigures]: number }, { key, body: { state, value } }: Fact): void {
  if (state !== 'claimed' && state !== 'verified') return
  if (key === 'revenueAtRisk' && typeof value === 'number') {
    figures.cases++
    figures.revenue += value
  }
  if (key === 'customerOutcome' && (value === 'kept' || value === 'lost')) figures[value]++
}

/** The cases of contacts, by id. */
export async function casesOf({ port }: Context, said: readonly Contact[]): Promise<ReadonlyMap<string, Case>> {
  const ids = [...new Set(said.flatMap(({ caseId }) => caseId ?? []))]
  const found = new Map<string, Case>()
  for (let k = 0; k < ids.length; k += GET_MAX)
    for (const record of await port.get(caseRecords, ids.slice(k, k + GET_MAX))) found.set(record.id, record)
  return found
}

/** Most records read at once, by storage's contract; and cases whose facts are looked for at once. */
const GET_MAX = 1_000
const CASES_MAX = 100

function isResolved(record: Case | undefined): boolean {
  return record !== undefined && (record.body.resolution !== undefined || (record.body.episodes ?? []).length > 0)
}

function sumOf(said: readonly Contact[]): number {
  return said.reduce((sum, { body }) => sum + (body.cost ?? 0), 0)
}

function grouped(said: readonly Contact[], nameOf: (contact: Contact) => string | undefined): ReadonlyMap<string, readonly Contact[]> {
  const groups = new Map<string, Contact[]>()
  for (const contact of said) {
    const name = nameOf(contact)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [contact])
    else group.push(contact)
  }
  return groups
}
