import type { FieldConditions, Where } from '@leeway/storage'
import type { Case } from '../case/case-state.ts'
import type { CaseState } from '../lifecycles/case.ts'
import { type Sight, sightOf } from '../people/sight.ts'
import type { CasePage, CaseQuery } from './case-api.ts'
import { listed } from './in-sight.ts'
import { checkLimit, cursorBy, nextBy } from './paging.ts'
import { type Readers, summaryOf, whereIn, whereSeen } from './read-case.ts'
import { caseRecords } from './records.ts'
import type { DashboardQuery } from './service-api.ts'

/** Cases in the order of their ids, which is that of their opening. */
export async function findCases({ port, bound, people }: Pick<Readers, 'port' | 'bound' | 'people'>, query: CaseQuery): Promise<CasePage> {
  const { limit = 100, after } = query
  checkLimit(limit)
  const sight = sightOf(people, bound.actor)
  if (sight.of === 'none') return []
  const where = { ...seenBy(bound, sight, query), ...(after !== undefined && { id: { gt: after } }) }
  const found = await port.find(caseRecords, { where, orderBy: [{ field: 'id' }], limit })
  const last = found.at(-1)
  return Object.assign(
    found.map((record) => summaryOf(record, port.now())),
    last !== undefined && found.length === limit && { next: last.id },
  )
}

/** Cases that are not over and that a person has to do with, the next due first, those without a goal last. */
export async function findDashboard(
  readers: Pick<Readers, 'port' | 'bound' | 'people'>,
  person: string,
  { overdue = false, limit = 100, after }: DashboardQuery,
): Promise<CasePage> {
  const { port, bound } = readers
  checkLimit(limit)
  const now = port.now()
  const { tenantId } = bound
  const where: Where<Case> = {
    people: { has: person },
    state: { in: [...ALIVE] },
    ...(overdue && { dueAt: { lte: now } }),
    ...whereSeen(tenantId),
  }
  const page = {
    where,
    orderBy: [{ field: 'dueAt' as const }],
    limit,
    ...(after !== undefined && { after: cursorBy(after, { orNull: true }) }),
  }
  const found = await port.find(caseRecords, page)
  const last = found.at(-1)
  const named = found.map((record) => ({ caseId: record.id, record }))
  const told = await listed(readers, named, person, ({ record }) => record.body.owner === person)
  const next = last !== undefined && found.length === limit ? { next: nextBy(last.dueAt, last.id) } : {}
  return Object.assign(
    told.map(({ record }) => summaryOf(record, now)),
    next,
  )
}

/** Case states in which something is still owed. */
export const ALIVE: readonly CaseState[] = ['new', 'open', 'pending', 'suspended', 'failed']

/** How many cases there are, counted up to {@link COUNT_MAX}. */
export async function countCases({ port, bound, people }: Pick<Readers, 'port' | 'bound' | 'people'>, query: CaseQuery): Promise<number> {
  const sight = sightOf(people, bound.actor)
  return sight.of === 'none' ? 0 : port.count(caseRecords, seenBy(bound, sight, query), COUNT_MAX)
}

/** How far is counted. */
const COUNT_MAX = 1_000_000

function seenBy({ tenantId }: Readers['bound'], sight: Sight, query: CaseQuery): Where<Case> {
  const { state } = query
  return {
    ...whereOf(query),
    ...(sight.of === 'own' && { people: { hasAny: [...sight.names] } }),
    ...(state === undefined || typeof state === 'string' ? whereSeen(tenantId) : whereIn(state, tenantId)),
  }
}

function whereOf({ customer, instanceId, state, template }: CaseQuery): FieldConditions<Case> {
  return {
    ...(customer !== undefined && { customer: { eq: customer } }),
    ...(instanceId !== undefined && { instanceIds: { has: instanceId } }),
    ...(typeof state === 'string' && { state: { eq: state } }),
    ...(template !== undefined && { template: { eq: template } }),
  }
}
