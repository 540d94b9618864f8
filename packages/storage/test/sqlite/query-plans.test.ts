import SqliteDatabase, { type Database } from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineCollection, type Order, type Storage, type StoredRecord, type Where } from '../../src/index.ts'
import { sqliteStorage } from '../../src/sqlite/index.ts'

interface Job extends StoredRecord {
  readonly instanceId: string
  readonly state: string | null
  readonly endedAt: number | null
  readonly assignee: string | null
  readonly groups: readonly string[]
  readonly dueAt: number | null
  readonly priority: number
}

const jobs = defineCollection<Job>({
  name: 'jobs',
  version: 1,
  leased: true,
  fields: {
    instanceId: 'text',
    state: 'text',
    endedAt: 'instant',
    assignee: 'text',
    groups: 'textSet',
    dueAt: 'instant',
    priority: 'integer',
  },
  indexes: [
    { fields: ['instanceId', 'state'] },
    { fields: ['state', 'endedAt'] },
    { fields: ['endedAt'], whereNotNull: 'endedAt' },
    { fields: ['assignee'], whereNotNull: 'assignee' },
    { fields: ['groups'] },
  ],
})

interface Errand extends StoredRecord {
  readonly owner: string | null
  readonly carrier: string | null
  readonly place: string
  readonly at: number
  readonly status: string
}

const errands = defineCollection<Errand>({
  name: 'errands',
  version: 1,
  fields: { owner: 'text', carrier: 'text', place: 'text', at: 'instant', status: 'text' },
  indexes: [
    { fields: ['owner'], whereNotNull: 'owner' },
    { fields: ['carrier'], whereNotNull: 'owner' },
    { fields: ['place', 'at'] },
    { fields: ['at'] },
    { fields: ['status'] },
  ],
})

const spoken: string[] = []
let database: Database
let storage: Storage

beforeAll(async () => {
  database = new SqliteDatabase(':memory:', { verbose: (sql) => spoken.push(String(sql)) })
  storage = sqliteStorage({ database })
  await storage.prepare([jobs, errands])
})
afterAll(() => {
  database.close()
})

describe('an index serves', () => {
  const found: readonly (readonly [string, Where<Job>, (readonly Order<Job>[])?])[] = [
    ['equality on the first field', { instanceId: { eq: 'i' } }],
    ['equality on several fields', { instanceId: { eq: 'i' }, state: { eq: 's' } }],
    ['a list of values', { instanceId: { in: ['i', 'j'] } }],
    ['a range after an equality, in its order', { state: { eq: 's' }, endedAt: { lt: 5 } }, [{ field: 'endedAt' }]],
    ['a range of a partial index, in its order', { endedAt: { gte: 5 } }, [{ field: 'endedAt' }]],
    ['a range of a partial index, backwards', { endedAt: { isNull: false } }, [{ field: 'endedAt', descending: true }]],
    ['an equality of a partial index', { assignee: { eq: 'a' } }],
    ['membership', { groups: { has: 'g' } }],
    ['membership in any', { groups: { hasAny: ['g', 'h'] } }],
    ['a union of an equality and a membership', { anyOf: [{ assignee: { eq: 'a' } }, { groups: { hasAny: ['g', 'h'] } }] }],
  ]
  for (const [what, where, orderBy = []] of found) {
    test(`find: ${what}`, async () => {
      const plan = await planOf(() => storage.find(jobs, { where, orderBy, limit: 10 }))
      expect(plan.filter((step) => /^SCAN leeway_jobs/.test(step))).toEqual([])
      if (orderBy.length > 0) expect(plan.filter((step) => step === 'USE TEMP B-TREE FOR ORDER BY')).toEqual([])
    })
    test(`count: ${what}`, async () => {
      const plan = await planOf(() => storage.count(jobs, where, 10))
      expect(plan.filter((step) => /^SCAN leeway_jobs/.test(step))).toEqual([])
    })
  }

  test('the order of ids, without sorting', async () => {
    const plan = await planOf(() => storage.find(jobs, { where: {}, limit: 10, after: { values: [], id: 'a' } }))
    expect(plan).toEqual(['SEARCH leeway_jobs USING PRIMARY KEY (id>?)'])
  })

  test.each<[string, Where<Job>]>([
    ['one group', { groups: { has: 'g' } }],
    ['one of several, with other conditions', { groups: { hasAny: ['g', 'h', 'g'] }, state: { isNull: true } }],
    ['a union with a person', { state: { isNull: true }, anyOf: [{ assignee: { eq: 'a' } }, { groups: { hasAny: ['g', 'h'] } }] }],
  ])('a work list of %s: its members in the order of ids, no further than the page', async (_name, where) => {
    const plan = await planOf(() => storage.find(jobs, { where, limit: 10, after: { values: [], id: 'a' } }))
    expect(plan).toContain('SEARCH leeway_jobs_groups USING PRIMARY KEY (value=? AND id>?)')
    expect(plan.filter((step) => /^SCAN leeway/.test(step))).toEqual([])
    expect(plan.filter((step) => step.startsWith('SEARCH leeway_jobs_groups')).length).toBe(
      plan.filter((step) => step.includes('value=? AND id>?')).length,
    )
  })

  test('the next page of an order', async () => {
    const query = {
      where: { endedAt: { isNull: false } },
      orderBy: [{ field: 'endedAt' }],
      limit: 10,
      after: { values: [5], id: 'a' },
    } as const
    const plan = await planOf(() => storage.find(jobs, query))
    expect(plan.join()).toMatch(/SEARCH leeway_jobs USING INDEX \w+ \(ended_at>/)
  })

  test('a query that several could serve: the one that is declared first', async () => {
    const byIndex = async (where: Where<Errand>) => {
      const plan = await planOf(() => storage.find(errands, { where, orderBy: [{ field: 'id' }], limit: 10 }), 'leeway_errands')
      return plan.flatMap((step) => /^SEARCH leeway_errands USING (?:INDEX leeway_errands_by_)?(\w+)/.exec(step)?.[1] ?? []).join()
    }
    const status = { eq: 's' }
    expect(await byIndex({ status })).toBe('status')
    expect(await byIndex({ status, owner: { eq: 'o' } })).toBe('owner_where_owner')
    expect(await byIndex({ status: { in: ['s'] }, owner: { eq: 'o' } })).toBe('owner_where_owner')
    expect(await byIndex({ status, owner: { isNull: true } })).toBe('status')
    expect(await byIndex({ carrier: { eq: 'c' }, owner: { isNull: false }, status })).toBe('carrier_where_owner')
    expect(await byIndex({ status, id: { in: ['a', 'b'] } })).toBe('PRIMARY')
    expect(await byIndex({ status, id: [{ gt: 'a' }, { lt: 'b' }] })).toBe('PRIMARY')
    expect(await byIndex({ status, id: { gt: 'a' } })).toBe('status')
    expect(await byIndex({ status, place: { eq: 'p' }, owner: { eq: 'o' } })).toBe('owner_where_owner')
    expect(await byIndex({ status, place: { eq: 'p' } })).toBe('place_at')
    expect(await byIndex({ at: { lt: 5 } })).toBe('at')
    expect(await byIndex({ at: { lt: 5 }, id: { gt: 'a' } })).toBe('at')
    expect(await byIndex({ at: [{ lt: 5 }, { gte: 1 }], status })).toBe('at')
    expect(await byIndex({ at: { lt: 5 }, place: { in: ['p'] } })).toBe('place_at')
    expect(await byIndex({ at: [{ lt: 5 }, { gte: 1 }], place: { in: ['p'] } })).toBe('at')
  })

  test('a claim: the priorities and the due of each', async () => {
    const claimed = () => storage.claim(jobs, { owner: 'me', now: 50, leaseMs: 1, where: { state: { in: ['a', 'b'] } }, limit: 10 })
    await storage.commit([
      { id: 'x', expect: [], touch: [], put: [{ collection: jobs, record: job('a', { dueAt: 1, state: 'a' }) }], delete: [], append: [] },
    ])
    const plan = await planOf(claimed)
    expect(plan.filter((step) => step.includes('leeway_jobs_by_priority_due_at_where_due_at')).length).toBeGreaterThan(1)
    expect(plan.filter((step) => /^SCAN leeway_jobs/.test(step) || step === 'USE TEMP B-TREE FOR ORDER BY')).toEqual([])
  })
})

test('a claim that names states reads the due of these alone, where an index keeps the states apart', async () => {
  const index = { fields: ['state', 'priority', 'dueAt'] as const, whereNotNull: 'dueAt' as const }
  const lanes = defineCollection<Job>({ ...jobs, name: 'lanes', indexes: [index] })
  await storage.prepare([lanes])
  const put = (id: string, state: string) => ({ collection: lanes, record: job(id, { state, dueAt: 1 }) })
  await storage.commit([{ id: 'x', expect: [], touch: [], put: [put('a', 'a'), put('b', 'b')], delete: [], append: [] }])
  const request = { owner: 'me', now: 50, leaseMs: 1, limit: 10 }
  const plan = await planOf(() => storage.claim(lanes, { ...request, where: { state: { in: ['a', 'b'] } } }), 'leeway_lanes')
  const own = 'SEARCH leeway_lanes USING INDEX leeway_lanes_by_state_priority_due_at_where_due_at (state=? AND priority=? AND due_at<?)'
  expect(plan).toContain(own)
  expect(plan.filter((step) => /SCAN|TEMP B-TREE|\(priority|\(due_at/.test(step))).toEqual([])
  const byId = await planOf(() => storage.claim(lanes, { ...request, where: { id: { in: ['a'] } } }), 'leeway_lanes')
  expect(byId.filter((step) => /SCAN leeway_lanes|USING INDEX/.test(step))).toEqual([])
})

test('a put writes only the indexes over fields that changed', async () => {
  const put = (record: StoredRecord) =>
    storage.commit([{ id: 'x', expect: [], touch: [], put: [{ collection: jobs, record }], delete: [], append: [] }])
  await put(job('b', { state: 'waiting', assignee: 'ann' }))
  spoken.length = 0
  await put(job('b', { state: 'waiting', assignee: 'bob', body: 'more' }))
  const updates = spoken.filter((sql) => sql.startsWith('update'))
  expect(updates).toHaveLength(1)
  expect(updates[0]).toContain('"assignee"')
  expect(updates[0]).not.toContain('"state"')
})

function job(id: string, fields: Partial<Job>): StoredRecord {
  const all: Job = {
    id,
    instanceId: 'i',
    state: null,
    endedAt: null,
    assignee: null,
    groups: [],
    dueAt: null,
    priority: 0,
    body: null,
    ...fields,
  }
  return all
}

/** The steps by which SQLite runs what the work asks of the table. */
async function planOf(work: () => Promise<unknown>, table = 'leeway_jobs'): Promise<readonly string[]> {
  spoken.length = 0
  await work()
  const asked = spoken.filter((sql) => /^(?:select|update)/.test(sql) && sql.includes(table))
  expect(asked).not.toEqual([])
  return asked.flatMap((sql) => {
    const steps = database.prepare(`explain query plan ${sql}`).all() as readonly { readonly detail: string }[]
    return steps.map(({ detail }) => detail)
  })
}
