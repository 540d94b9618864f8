import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../scripts/test-database.ts'
import type { Collection, Storage } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'
import { type Duty, duties } from '../sqlite/counters.ts'

const more: Collection = { ...duties, indexes: [...duties.indexes, { fields: ['priority', 'id'] }] }

// each level in a database of its own, as an operator sets it
const levels: (TestDatabase & { readonly level: string })[] = []
for (const level of ['repeatable read', 'serializable']) {
  const database = await testDatabase()
  if (database.url !== null) await setDefault(database.url, level)
  levels.push({ level, ...database })
}

describe.each(levels)('Where the database has transactions be $level', ({ url, missing }) => {
  const stores: Storage[] = []
  let host: pg.Pool
  beforeAll(() => {
    host = new pg.Pool({ connectionString: url ?? '', max: 24 })
  })
  afterAll(async () => {
    for (const store of stores) await store.close()
    await host.end()
  })
  const node = (schema: string, given: { url: string } | { pool: pg.Pool } = { url: url ?? '' }): Storage => {
    const store = postgresStorage({ ...given, schema, onWarning: () => {} })
    stores.push(store)
    return store
  }

  test.skipIf(url === null)(missing ?? 'nodes that start at the same time make the tables once', async () => {
    const nodes = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? node('started') : node('started', { pool: host })))
    await Promise.all(nodes.map((store) => store.prepare([duties])))
    expect(await nodes[5]?.count(duties, {}, 10)).toBe(0)
  })

  test.skipIf(url === null)(missing ?? 'an index that a table lacks is made', async () => {
    const store = node('indexed')
    await store.prepare([duties])
    await store.prepare([more])
    const { rows } = await host.query(`select indisvalid from pg_index where indexrelid = 'indexed.leeway_duties_by_priority_id'::regclass`)
    expect(rows).toEqual([{ indisvalid: true }])
  })

  test.skipIf(url === null)(
    missing ?? 'nodes read, claim, renew and give up at the same time, on connections of the host too',
    async () => {
      const store = node('contested', { pool: host })
      await store.prepare([duties])
      const append = Array.from({ length: 120 }, (_, i) => ({ collection: duties, record: duty(`d${i}`) }))
      await store.commit([{ id: 'duties', expect: [], touch: [], put: [], delete: [], append }])
      const work = async (owner: string): Promise<void> => {
        for (let round = 0; round < 12; round++) {
          const claimed = await store.claim(duties, { owner, now: 'store', leaseMs: 1, where: {}, limit: 10 })
          const leases = claimed.map(({ record, fence }) => ({ collection: duties, id: record.id, fence }))
          await store.renew(leases, 1)
          await store.find(duties, { where: { dueAt: { lte: 1 } }, limit: 20 })
          await store.release(leases)
        }
      }
      await Promise.all(Array.from({ length: 10 }, (_, i) => work(`o${i}`)))
      expect(await store.purge(duties, {}, 1_000)).toBe(120)
    },
  )
})

function duty(id: string): Duty {
  return { id, dueAt: 1, priority: 0, body: { id } }
}

async function setDefault(url: string, level: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation = '${level}'`)
  await client.end()
}
