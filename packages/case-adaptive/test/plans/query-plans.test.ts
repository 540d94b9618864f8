import { createEngine, manualClock } from '@leeway/engine'
import { describe, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { expectServed, type Known as KnownScans, pages } from '../../../engine/test/plans/expect-served.ts'
import { type Watched, watchedPostgres, watchedSqlite } from '../../../engine/test/plans/watched-databases.ts'
import { type CaseQuery, type Cases, createCases } from '../../src/index.ts'
import { begun, type Desk, leaveAt, openDesk, START } from '../desk.ts'

/** Records of each kind are copied so often before the plans are read: a table of a few rows is rightly read whole. */
const COPIES = 2_000

const KNOWN: KnownScans = {
  'all cases': 'a page of all, in the order in which they lie',
  'all cases, counted': 'each is counted',
}

/** max sees all, kim the cases that she has to do with. */
const people = {
  persons: [
    { id: 'max', roles: ['lead'] },
    { id: 'kim', roles: ['agent'] },
  ],
  grants: { lead: ['*'], agent: ['open', 'leave', 'propose'], 'case:manager': ['see'], 'case:member': ['see'] },
} as const
const OPTIONS = {
  people,
  notifier: 'tell',
  trends: [{ key: 'rise', within: 'P7D', atLeast: 1, factor: 1, notify: ['max'] }],
  policies: { reviews: [{ of: 'proposal', part: 1 }] },
  templates: [{ key: 't', severities: { normal: { resolution: 'PT10H' } } }, { key: 'rare' }],
  retention: { closed: 'P10Y' },
} as const
const SPAN = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T10:00:00Z' }
const max = { actor: 'max' }

/** A case, its deviation and its instance, of which there is one each. */
interface Known {
  readonly caseId: string
  readonly deviationId: string
  readonly instanceId: string
  /** A token that waits, of another instance. */
  readonly waiting: { readonly instanceId: string; readonly elementInstanceId: string }
  readonly token: string
}

type Named = readonly [string, (cases: Cases, known: Known) => Promise<unknown>]

const QUERIES: readonly Named[] = [
  ...by('customer'),
  ...by('instanceId'),
  ...by('state'),
  ...by('states'),
  ...by('template'),
  ...by('customer', 'state'),
  ...by('customer', 'template'),
  ...by('state', 'template'),
  ...by('instanceId', 'state'),
  ['all cases', (cases) => cases.find()],
  ['all cases, counted', (cases) => cases.count()],
  ['the next page of cases', (cases) => pages((after) => cases.find({ state: 'open', limit: 5, ...after }))],
  ['cases of a person', (cases) => cases.as({ actor: 'kim' }).find()],
  ['cases of a person, counted', (cases) => cases.as({ actor: 'kim' }).count()],
  ['a case', (cases, { caseId }) => cases.get(caseId)],
  ['the audit of a case', (cases, { caseId }) => cases.verifyAudit(caseId)],
  ['a log of cases', (cases, { caseId }) => cases.exportOcel({ caseIds: [caseId] })],
  ['a dashboard', (cases) => cases.dashboard({ actor: 'kim' })],
  ['what is overdue on a dashboard', (cases) => cases.dashboard({ actor: 'kim', overdue: true })],
  ['a worklist', (cases) => cases.worklist({ actor: 'kim' })],
  ['reviews that are due', (cases) => cases.reviews.due({ actor: 'max' })],
  ['contacts of a case', (cases, { caseId }) => cases.contacts.find({ caseId })],
  ['contacts of a customer', (cases) => cases.contacts.find({ customer: 'ada' })],
  ['what a customer sees', (cases) => cases.customerView('ada')],
  ['what a customer sees, by a token', (cases, { token }) => cases.customerView(token)],
  ['figures of a span', (cases) => cases.metrics(SPAN)],
  ['what was done at a step before', (cases, { waiting }) => cases.suggest(waiting)],
  ['what may become part of the model', (cases) => cases.promotions.candidates()],
  ['how contacts go', (cases) => cases.trends.find({ at: SPAN.to })],
  ['what may be done in a deviation', (cases, { deviationId }) => cases.offers(deviationId, max)],
  ['a preview of leaving', (cases, { waiting }) => cases.previewLeave({ ...waiting, ...max })],
  ['leaving and coming back', leaveAndReturn],
  ['a fact', (cases, { caseId }) => cases.facts.record(caseId, { key: 'k', value: 1, ...max })],
  ['a case opened', (cases) => cases.open({ customer: 'ada', template: 't', ...max })],
  ['a case resolved and closed', resolveAndClose],
]

async function leaveAndReturn(cases: Cases, { waiting }: Known): Promise<void> {
  const away = await cases.leave({ ...waiting, reason: { code: 'r' }, ...max })
  const { id } = await cases.addItem(away.id, { kind: 'human', name: 'call', ...max })
  await cases.completeItem(id, max)
  await cases.return(away.id, { to: 'resume', ...max })
}

async function resolveAndClose(cases: Cases): Promise<void> {
  const { id } = await cases.open({ customer: 'bob', ...max })
  await cases.resolve(id, { code: 'done', ...max })
  await cases.close(id, max)
  await cases.delete(id, max)
}

/** Each criterion of a query, asked for what few cases have, or none. */
const CRITERIA: Readonly<Record<string, (known: Known) => CaseQuery>> = {
  customer: () => ({ customer: 'ada' }),
  instanceId: ({ instanceId }) => ({ instanceId }),
  state: () => ({ state: 'rejected' }),
  states: () => ({ state: ['rejected', 'failed'] }),
  template: () => ({ template: 'rare' }),
}

function by(...names: string[]): Named[] {
  const query = (known: Known): CaseQuery => Object.assign({}, ...names.map((name) => CRITERIA[name]?.(known)))
  const what = `cases by ${names.join(' and ')}`
  return [
    [what, (cases, known) => cases.find(query(known))],
    [`${what}, of a tenant`, (cases, known) => cases.as({ tenantId: 't' }).find(query(known))],
    [`${what}, of a person`, (cases, known) => cases.as({ actor: 'kim' }).find(query(known))],
    [`${what}, counted`, (cases, known) => cases.count(query(known))],
  ]
}

const { url, missing } = await testDatabase()

describe('an index serves every query of cases on SQLite', () => plansOn(watchedSqlite))
describe.skipIf(url === null)(missing ?? 'an index serves every query of cases on PostgreSQL', () =>
  plansOn(() => watchedPostgres(url ?? '')),
)

function plansOn(open: () => Promise<Watched>): void {
  test('and none reads a table from end to end', async () => {
    const database = await open()
    const desk = await openDesk(database.storage, { handlers: { tell: () => {} } }, manualClock(START), OPTIONS)
    const known = await work(desk)
    await desk.close()
    await database.multiply(COPIES)
    const engine = await createEngine({ storage: database.storage, clock: manualClock(START), handlers: { tell: () => {} } })
    const cases = await createCases(engine, OPTIONS)
    const queries = QUERIES.map(([what, ask]) => [what, () => ask(cases, known)] as const)
    await expectServed(database, queries, KNOWN)
    await engine.close()
    await database.storage.close()
    await database.close()
  })
}

/** Something of each kind: a case off its path, and one that is closed. */
async function work(desk: Desk): Promise<Known> {
  const { cases, engine } = desk
  const instanceId = await begun(desk)
  const further = await begun(desk)
  const [task] = await engine.tasks.find({ instanceId: further })
  const { id: deviationId, caseId } = await leaveAt(desk, instanceId, 'A', { actor: 'kim' })
  await cases.addItem(deviationId, { kind: 'human', name: 'call', ...max })
  const { id: other } = await cases.open({ customer: 'ada', template: 't', ...max })
  await cases.assign(other, { to: 'kim', ...max })
  for (const id of [caseId, other]) {
    await cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', category: 'modem', ...max })
    await cases.facts.record(id, { key: 'revenueAtRisk', value: 100, ...max })
    await cases.commitments.make(id, { what: 'a call', dueAt: '2026-03-02T09:30:00Z', ...max })
    const offer = {
      caseId: id,
      offer: 'a voucher',
      cost: { kind: 'goodwill', amount: 1 },
      reason: { code: 'r', customerStatement: 'make it good' },
    }
    const { id: proposalId } = await cases.proposals.draft({ ...offer, ...max })
    await cases.proposals.submit(proposalId, max)
  }
  const { id: over } = await cases.open({ customer: 'bob', ...max })
  await cases.resolve(over, { code: 'done', ...max })
  await cases.close(over, max)
  await engine.drain()
  const token = (await cases.get(other))?.customerToken ?? ''
  return { caseId, deviationId, instanceId, waiting: { instanceId: further, elementInstanceId: task?.elementInstanceId ?? '' }, token }
}
