import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ChangeSet, defineCollection, type Query, type Storage, type StoredRecord, type Where } from '../../src/index.ts'
import { sqliteStorage } from '../../src/sqlite/index.ts'

interface Thing extends StoredRecord {
  readonly kind: string | null
  readonly owner: string | null
  readonly size: number
  readonly tags: readonly string[]
}

const bare = defineCollection<Thing>({
  name: 'things',
  version: 1,
  fields: { kind: 'text', owner: 'text', size: 'integer', tags: 'textSet' },
  indexes: [],
})
const indexed = defineCollection<Thing>({ ...bare, indexes: [{ fields: ['kind'], whereNotNull: 'kind' }, { fields: ['owner'] }] })

const ROWS = 12_000

let folder: string
let file: string
let stores: Storage[]
let database: Database
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'late-'))
  file = join(folder, 'things.db')
  stores = []
  await node().prepare([bare])
  database = new SqliteDatabase(file)
})
afterEach(async () => {
  for (const storage of stores) await storage.close()
  database.close()
  rmSync(folder, { recursive: true })
})

const node = (): Storage => {
  const storage = sqliteStorage({ file })
  stores.push(storage)
  return storage
}
const id = (i: number): string => `t${String(i).padStart(6, '0')}`
const kindOf = (i: number): string | null => (i % 7 === 0 ? null : `k${i % 5}`)
const filled = (rows: number): void => {
  database.exec(`with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${rows})
    insert into leeway_things (id, kind, owner, size, body, revision)
    select printf('t%06d', i), iif(i % 7 = 0, null, 'k' || (i % 5)), 'o' || (i % 3), i, 'null', 1 from n`)
}
const setOf = (own: string, put: readonly Thing[], gone: readonly string[] = []): ChangeSet => ({
  id: own,
  expect: [],
  touch: [],
  put: put.map((record) => ({ collection: bare, record })),
  delete: gone.map((one) => ({ collection: bare, id: one })),
  append: [],
})
const thing = (i: number, kind: string | null): Thing => ({ id: id(i), kind, owner: 'o1', size: i, tags: ['x'], body: null })
const tables = (): readonly unknown[] =>
  database.prepare(`select name from sqlite_master where name like '%late%' and type = 'table'`).pluck().all()

describe('An index that a table with many rows comes to need', () => {
  test('is filled while others write, and finds what they wrote', async () => {
    filled(ROWS)
    const storage = node()
    const other = node()
    await other.prepare([bare])
    let isMade = false
    const making = storage.prepare([indexed]).then(() => {
      isMade = true
    })
    // each round writes before, behind and at where the filling may be
    let rounds = 0
    const kinds = new Map<number, string | null>(Array.from({ length: ROWS }, (_, i) => [i, kindOf(i)]))
    while (!isMade) {
      const changed = (rounds * 997) % ROWS
      const gone = (rounds * 1_409 + 1) % ROWS
      const put = [thing(changed, `k${rounds % 3}`), thing(ROWS + rounds, rounds % 2 === 0 ? 'k1' : null)]
      expect(await other.commit([setOf(`r${rounds}`, put, gone === changed ? [] : [id(gone)])])).toEqual(['committed'])
      for (const { size, kind } of put) kinds.set(size, kind)
      if (gone !== changed) kinds.delete(gone)
      rounds++
      await new Promise((resolve) => setImmediate(resolve))
    }
    await making
    expect(rounds).toBeGreaterThan(5)
    expect(tables()).toEqual(['leeway_things_late_kind', 'leeway_things_late_owner'])
    const expected = [...kinds].filter(([, kind]) => kind === 'k1').map(([i]) => id(i))
    expect(await storage.count(indexed, { kind: { eq: 'k1' } }, ROWS * 2)).toBe(expected.length)
    const found: string[] = []
    for (let after: Query<Thing>['after']; ; ) {
      const page = await storage.find(indexed, { where: { kind: { eq: 'k1' } }, limit: 1_000, ...(after && { after }) })
      found.push(...page.map(({ record }) => record.id))
      const last = page.at(-1)
      if (last === undefined) break
      after = { values: [], id: last.record.id }
    }
    expect(found).toEqual(expected.sort())
  })

  const questions: readonly (readonly [string, Where<Thing>])[] = [
    ['equality', { kind: { eq: 'k2' } }],
    ['equality beside other tests', { kind: { eq: 'k2' }, size: { gte: 11_000 }, id: { lt: id(11_900) } }],
    ['two of them', { kind: { eq: 'k2' }, owner: { eq: 'o0' } }],
    ['a list of values', { kind: { in: ['k2', 'k3'] } }],
    ['a list beside an equality', { owner: { eq: 'o1' }, kind: { in: ['k2', 'k3'] } }],
    ['no value', { kind: { isNull: true }, owner: { eq: 'o1' } }],
    ['branches', { kind: { eq: 'k2' }, anyOf: [{ owner: { eq: 'o1' } }, { tags: { has: 'x' } }, { size: { lt: 50 } }] }],
    ['branches with it', { anyOf: [{ kind: { eq: 'k2' } }, { owner: { in: ['o2'] } }] }],
  ]
  test('answers as one that was there from the start', async () => {
    filled(ROWS)
    const storage = node()
    await storage.prepare([indexed])
    const plain = sqliteStorage({ file: ':memory:' })
    stores.push(plain)
    await plain.prepare([indexed])
    for (let from = 0; from < ROWS; from += 500) {
      const records = Array.from({ length: 500 }, (_, k) => ({
        ...thing(from + k, kindOf(from + k)),
        owner: `o${(from + k) % 3}`,
        tags: [],
      }))
      await plain.commit([setOf(`f${from}`, records)])
    }
    const orders: readonly (Query<Thing>['orderBy'] | undefined)[] = [
      undefined,
      [{ field: 'size', descending: true }],
      [{ field: 'id', descending: true }],
    ]
    for (const [, where] of questions) {
      for (const orderBy of orders) {
        const query = { where, limit: 30, ...(orderBy && { orderBy }) }
        const one = await storage.find(indexed, query)
        expect(one).toEqual(await plain.find(indexed, query))
        const last = one.at(-1)?.record
        if (last === undefined) continue
        const after = { values: (orderBy ?? []).map(({ field }) => (field === 'size' ? last.size : last.id)), id: last.id }
        expect(await storage.find(indexed, { ...query, after })).toEqual(await plain.find(indexed, { ...query, after }))
      }
      expect(await storage.count(indexed, where, 100_000)).toBe(await plain.count(indexed, where, 100_000))
    }
    expect(await storage.purge(indexed, { kind: { eq: 'k2' } }, 1_000)).toBe(1_000)
    expect(await storage.count(indexed, { kind: { eq: 'k2' } }, 100_000)).toBe(
      (await plain.count(indexed, { kind: { eq: 'k2' } }, 100_000)) - 1_000,
    )
  })

  test('is gone through by a query, which does not read through the table', async () => {
    filled(ROWS)
    await node().prepare([indexed])
    const spoken: string[] = []
    const shared = new SqliteDatabase(file, { verbose: (sql) => spoken.push(String(sql)) })
    const storage = sqliteStorage({ database: shared })
    await storage.prepare([indexed])
    const plan = async (where: Where<Thing>): Promise<string> => {
      await storage.find(indexed, { where, orderBy: [{ field: 'id' }], limit: 10, after: { values: [id(5)], id: id(5) } })
      const asked = spoken.at(-1) ?? ''
      const rows = shared.prepare(`explain query plan ${asked}`).all() as readonly { readonly detail: string }[]
      return rows.map(({ detail }) => detail).join('; ')
    }
    expect(await plan({ kind: { eq: 'k2' } })).toBe(
      'SEARCH leeway_things_late_kind USING PRIMARY KEY (_value=? AND _id>?); SEARCH leeway_things USING PRIMARY KEY (id=?)',
    )
    expect(await plan({ owner: { eq: 'o1' }, kind: { eq: 'k2' } })).toMatch(
      /^SEARCH leeway_things_late_kind USING PRIMARY KEY \(_value=\? AND _id>\?\); SEARCH leeway_things /,
    )
    expect(await plan({ owner: { eq: 'o1' }, kind: { in: ['k2', 'k3'] } })).not.toMatch(/late_kind/)
    expect(await plan({ kind: { in: ['k2', 'k3'] } })).not.toMatch(/SCAN leeway_things\b/)
    shared.close()
  })

  test('is passed by where another index serves, in a query and in a claim', async () => {
    interface Work extends StoredRecord {
      readonly type: string
      readonly tenantId: string | null
      readonly dueAt: number | null
      readonly priority: number
      readonly tags: readonly string[]
    }
    const fewer = defineCollection<Work>({
      name: 'works',
      version: 1,
      leased: true,
      fields: { type: 'text', tenantId: 'text', dueAt: 'instant', priority: 'integer', tags: 'textSet' },
      indexes: [
        { fields: ['type', 'tenantId', 'dueAt'], whereNotNull: 'dueAt' },
        { fields: ['dueAt'], whereNotNull: 'dueAt' },
        { fields: ['tags'] },
      ],
    })
    const works = { ...fewer, indexes: [...fewer.indexes, { fields: ['type' as const] }] }
    const spoken: string[] = []
    const shared = new SqliteDatabase(file, { verbose: (sql) => spoken.push(String(sql)) })
    const storage = sqliteStorage({ database: shared })
    await storage.prepare([fewer])
    shared.exec(`with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${ROWS})
      insert into leeway_works (id, type, due_at, priority, body, revision) select printf('t%06d', i), 'k' || (i % 5), i, 0, 'null', 1 from n`)
    await storage.prepare([works])
    const goesByLate = async (work: () => Promise<unknown>): Promise<boolean> => {
      spoken.length = 0
      await work()
      return spoken.some((sql) => sql.includes('leeway_works_late_type'))
    }
    const found = (where: Where<Work>) => goesByLate(() => storage.find(works, { where, limit: 5 }))
    const type = { eq: 'k2' }
    expect(await found({ type })).toBe(true)
    expect(await found({ type, id: { gt: id(1) }, dueAt: { isNull: true } })).toBe(true)
    expect(await found({ type, anyOf: [{ tenantId: { isNull: true } }, { tenantId: { eq: 't' } }] })).toBe(true)
    expect(await found({ type, anyOf: [{ tags: { has: 'x' } }, { tenantId: { eq: 't' } }] })).toBe(true)
    expect(await found({ type, tags: { has: 'x' } })).toBe(false)
    expect(await found({ type, tenantId: { gte: '' }, dueAt: { lte: 5 } })).toBe(false)
    expect(await found({ type: { in: ['k2'] }, dueAt: { lte: 5 } })).toBe(false)
    expect(await found({ type, id: [{ gte: id(1) }, { lt: id(3) }] })).toBe(false)
    expect(await found({ type, anyOf: [{ tags: { has: 'x' } }, { id: { in: [id(1)] } }] })).toBe(false)
    const claim = (where: Where<Work>) => goesByLate(() => storage.claim(works, { owner: 'me', now: ROWS, leaseMs: 1, where, limit: 2 }))
    expect(await claim({ type })).toBe(false)
    expect(await claim({ type: { in: ['k2', 'k3'] } })).toBe(false)
    shared.close()
  })

  test('is filled by another process where the one that began it was cut off', async () => {
    filled(ROWS)
    const first = node()
    const cut = first.prepare([indexed]).catch((error) => error.code)
    while (tables().length === 0 || database.prepare('select 1 from leeway_things_late_kind').get() === undefined)
      await new Promise((resolve) => setImmediate(resolve))
    await first.close()
    expect(await cut).toBe('closed')
    const second = node()
    await second.prepare([indexed])
    expect(await second.count(indexed, { kind: { eq: 'k1' } }, ROWS)).toBe(
      Array.from({ length: ROWS }, (_, i) => kindOf(i)).filter((kind) => kind === 'k1').length,
    )
  })

  test('of a table with few rows is made at once, as the database makes its own', async () => {
    filled(5_000)
    await node().prepare([indexed])
    expect(tables()).toEqual([])
    expect(
      database.prepare(`select count(*) from sqlite_master where type = 'index' and name like 'leeway_things_by%'`).pluck().get(),
    ).toBe(2)
  })
})
