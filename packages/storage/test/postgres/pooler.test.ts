import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import type { ChangeSet, Collection, Storage, StoredRecord } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'
import { type TransactionPooler, transactionPooler } from './transaction-pooler.ts'

const { url, missing } = await testDatabase()

const few: Collection = { name: 'things', version: 1, fields: { name: 'text', size: 'integer' }, indexes: [{ fields: ['name'] }] }
const more: Collection = { ...few, indexes: [...few.indexes, { fields: ['size'] }] }

describe.skipIf(url === null)(missing ?? 'Behind a proxy that gives each transaction another connection', () => {
  let pooler: TransactionPooler
  let host: pg.Client
  const stores: Storage[] = []
  const node = (): Storage => {
    const storage = postgresStorage({ url: pooler.url, schema: 'pooled', preparedStatements: false })
    stores.push(storage)
    return storage
  }
  const rowsOf = async (sql: string) => (await host.query(sql)).rows
  beforeAll(async () => {
    pooler = await transactionPooler(url ?? '', 5)
    host = new pg.Client({ connectionString: url ?? '' })
    await host.connect()
  })
  afterAll(async () => {
    for (const storage of stores) await storage.close()
    await host?.end()
    await pooler?.stop()
  })

  test('an index that an existing table lacks is made once while others write, and nothing is left on the connections', async () => {
    const writer = node()
    await writer.prepare([few])
    expect(await writer.commit([setOf('a')])).toEqual(['committed'])
    await host.query(`begin; update pooled.leeway_things set size = size where id = 'a'`)
    const making = Promise.all([node(), node()].map((storage) => storage.prepare([more])))
    const begun = `select 1 from pg_index where indexrelid = to_regclass('pooled.leeway_things_by_size_id') and not indisvalid`
    while ((await rowsOf(begun)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await writer.commit([setOf('b'), setOf('c')])).toEqual(['committed', 'committed'])
    await host.query('commit')
    await making
    expect(await rowsOf(begun)).toEqual([])
    expect(await writer.find(more, { where: { size: { eq: 1 } } as never, limit: 9 })).toHaveLength(3)
    // the server has databases of other tests
    const held = `select 1 from pg_locks l join pg_database d on d.oid = l.database where locktype = 'advisory' and datname = current_database()`
    expect(await rowsOf(held)).toEqual([])
  })

  test('records are written, leased and read by whichever connection there is', async () => {
    const storage = node()
    const work: Collection = { name: 'work', version: 1, fields: { dueAt: 'instant', priority: 'integer' }, indexes: [], leased: true }
    await storage.prepare([few, work])
    const record = { id: 'w', dueAt: 0, priority: 1, body: {} } as StoredRecord
    await storage.commit([{ id: 'w', expect: [], touch: [], put: [{ collection: work, record }], delete: [], append: [] }])
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        storage.claim(work as never, { owner: `o${i}`, now: 'store', leaseMs: 60_000, where: {}, limit: 1 }),
      ),
    )
    expect(claims.flat()).toHaveLength(1)
    expect(storage.listen).toBeUndefined()
  })
})

function setOf(id: string): ChangeSet {
  const record = { id, name: id, size: 1, body: '' } as StoredRecord
  return { id, expect: [], touch: [], put: [{ collection: few, record }], delete: [], append: [] }
}
