import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import type { ChangeSet, Collection, Storage, StoredRecord } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'

const { url, missing } = await testDatabase()

const FIELDS = { name: 'text', size: 'integer' } as const
const few: Collection = { name: 'things', version: 1, fields: FIELDS, indexes: [{ fields: ['name'] }] }
const more: Collection = { ...few, indexes: [{ fields: ['name'] }, { fields: ['size'], whereNotNull: 'size' }] }
const MADE = 'leeway_things_by_size_id_where_size'

describe.skipIf(url === null)(missing ?? 'An index that an existing table lacks', () => {
  const stores: Storage[] = []
  let schema = ''
  let host: pg.Client
  let watcher: pg.Client
  const node = (options: { readonly lockMs?: number; readonly connectionsMax?: number } = {}): Storage => {
    const storage = postgresStorage({ url: url ?? '', schema, connectionsMax: 2, ...options })
    stores.push(storage)
    return storage
  }
  const rowsOf = async (sql: string, values: readonly unknown[] = []) => (await watcher.query({ text: sql, values: [...values] })).rows
  const until = async (what: () => Promise<boolean>): Promise<void> => {
    while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  /** Resolves when the index is begun and waits for the transaction of the host. */
  const isBegun = () => until(async () => (await validity()) === false)
  const validity = async (): Promise<boolean | null> => {
    const rows = await rowsOf('select indisvalid from pg_index where indexrelid = to_regclass($1)', [`${schema}.${MADE}`])
    return rows[0]?.indisvalid ?? null
  }
  const hostWrites = async (): Promise<void> => {
    await host.query('begin')
    await host.query(`update ${schema}.leeway_things set size = size where id = 'a'`)
  }

  beforeAll(async () => {
    host = new pg.Client({ connectionString: url ?? '' })
    watcher = new pg.Client({ connectionString: url ?? '' })
    await host.connect()
    await watcher.connect()
  })
  afterAll(async () => {
    for (const storage of stores) await storage.close()
    await host?.end()
    await watcher?.end()
  })
  let count = 0
  const fresh = async (): Promise<Storage> => {
    schema = `indexes_${process.pid}_${++count}`
    const storage = node({ lockMs: 300 })
    await storage.prepare([few])
    await storage.commit([setOf('a')])
    return storage
  }

  test('is made while others write, whoever else has a transaction open', async () => {
    const writer = await fresh()
    await hostWrites()
    const making = node().prepare([more])
    await isBegun()
    expect(await writer.commit([setOf('b'), setOf('c')])).toEqual(['committed', 'committed'])
    await host.query('commit')
    await making
    expect(await validity()).toBe(true)
  })

  test('is made once, by however many nodes that need it', async () => {
    await fresh()
    await hostWrites()
    const making = Promise.all([node(), node(), node()].map((storage) => storage.prepare([more])))
    await isBegun()
    await host.query('commit')
    await making
    expect(await validity()).toBe(true)
  })

  test('is made anew where the connection that made it was cut off', async () => {
    await fresh()
    await hostWrites()
    const making = node().prepare([more])
    await isBegun()
    await watcher.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%concurrently%' and query like $1 and pid <> pg_backend_pid()`,
      [`%${schema}%`],
    )
    await host.query('commit')
    await making
    expect(await validity()).toBe(true)
  })

  test.each([MADE, 'another'])('is made where a node died whose connection is still at %s of the table', async (left) => {
    await fresh()
    await hostWrites()
    const orphan = new pg.Client({ connectionString: url ?? '' })
    await orphan.connect()
    const making = orphan.query(`create index concurrently ${left} on ${schema}.leeway_things (size, id) where size is not null`)
    await until(async () => (await rowsOf('select 1 from pg_stat_progress_create_index')).length > 0)
    const storage = node()
    const preparing = storage.prepare([more])
    // it has looked, or waits for a lock
    const met = `select 1 from pg_stat_activity where application_name = 'leeway prepares'
      and (query like '%pg_stat_progress_create_index%' or wait_event_type = 'Lock')`
    await until(async () => (await rowsOf(met)).length > 0)
    await host.query('commit')
    await making
    await preparing
    await orphan.end()
    expect(await validity()).toBe(true)
  })

  test('is given up when the store is closed', async () => {
    await fresh()
    await hostWrites()
    const closing = node()
    const making = closing.prepare([more]).catch((error) => error.code)
    await isBegun()
    await closing.close()
    expect(await making).toBe('closed')
    await host.query('commit')
  })

  test('is made inside the transaction of a host that prepares there', async () => {
    const storage = await fresh()
    await host.query('begin')
    await storage.within?.(host).prepare([more])
    await host.query('commit')
    expect(await validity()).toBe(true)
  })

  test('stays when a node comes that does not need it, and neither node locks the table', async () => {
    await fresh()
    await node().prepare([more])
    await hostWrites() // an index made in a transaction would wait for this one
    await node({ lockMs: 50 }).prepare([few])
    await node({ lockMs: 50 }).prepare([more])
    await host.query('commit')
    expect(await validity()).toBe(true)
  })

  test('does not hinder a node that starts meanwhile', async () => {
    await fresh()
    await hostWrites()
    const making = node().prepare([more])
    await isBegun()
    await node({ lockMs: 50 }).prepare([few, { ...few, name: 'others' }])
    await host.query('commit')
    await making
  })
})

describe.skipIf(url === null)(missing ?? 'A preparation that takes long', () => {
  test('is begun again where its connection was cut off', async () => {
    const schema = `cut_${process.pid}`
    const storage = postgresStorage({ url: url ?? '', schema, lockMs: 60_000 })
    const [host, watcher] = [new pg.Client({ connectionString: url ?? '' }), new pg.Client({ connectionString: url ?? '' })]
    await host.connect()
    await watcher.connect()
    await storage.prepare([few])
    await host.query(`begin; lock table ${schema}.leeway_things`)
    const wider: Collection = { ...few, fields: { ...FIELDS, more: 'text' } }
    const preparing = storage.prepare([wider])
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table%${schema}%'`
    while ((await watcher.query(cut)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await host.query('commit')
    await preparing
    expect(await storage.count(wider, { more: { isNull: true } } as never, 10)).toBe(0)
    await storage.close()
    await host.end()
    await watcher.end()
  })

  test('is waited for by nodes that start meanwhile, longer than for a lock', async () => {
    const schema = `prepared_${process.pid}`
    const first = postgresStorage({ url: url ?? '', schema, lockMs: 60_000 })
    const second = postgresStorage({ url: url ?? '', schema, lockMs: 20, statementMs: 20 })
    const host = new pg.Client({ connectionString: url ?? '' })
    const watcher = new pg.Client({ connectionString: url ?? '' })
    await host.connect()
    await watcher.connect()
    await first.prepare([few])
    await host.query(`begin; lock table ${schema}.leeway_things`)
    const wider: Collection = { ...few, fields: { ...FIELDS, more: 'text' } }
    const preparing = first.prepare([wider])
    const waiting = `select 1 from pg_stat_activity where wait_event = 'advisory' and now() - query_start > interval '100 ms' and query like '%xact_lock%'`
    const until = async (sql: string): Promise<void> => {
      while ((await watcher.query(sql)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await until(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table%${schema}%'`)
    const alsoPreparing = second.prepare([wider])
    await until(waiting)
    await host.query('commit')
    await Promise.all([preparing, alsoPreparing])
    await first.close()
    await second.close()
    await host.end()
    await watcher.end()
  })
})

function setOf(id: string): ChangeSet {
  const record = { id, name: id, size: 1, body: '' } as StoredRecord
  return { id, expect: [], touch: [], put: [{ collection: few, record }], delete: [], append: [] }
}
