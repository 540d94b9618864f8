import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import type { ChangeSet, Storage } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'
import { type Counter, counters } from '../sqlite/counters.ts'

const { url, missing } = await testDatabase()

function setOf(id: string): ChangeSet {
  const record: Counter = { id, size: 0, body: '' }
  return { id: `set ${id}`, expect: [], touch: [], put: [], delete: [], append: [{ collection: counters, record }] }
}

/** How libraries around the driver throw what it threw. */
const wrappings: readonly (readonly [string, (error: pg.DatabaseError) => Error])[] = [
  ['as its cause', (error) => new Error('Failed query', { cause: error })],
  [
    'as Prisma does',
    ({ code, message }) => {
      const driverAdapterError = new Error('postgres', { cause: { originalCode: code, originalMessage: message, kind: 'postgres' } })
      return Object.assign(new Error(`Raw query failed. Code: ${code}`), { code: 'P2010', meta: { driverAdapterError } })
    },
  ],
]

describe.skipIf(url === null)(missing ?? 'within a transaction of the host', () => {
  const pool = new pg.Pool({ connectionString: url ?? '', max: 2 })
  afterAll(() => pool.end())

  test('one that was joined twice does the work of both one after the other, so that what fails of one leaves the other alone', async () => {
    const storage = postgresStorage({ url: url ?? '', schema: 'twice' })
    await storage.prepare([counters])
    await storage.commit([setOf('there')])
    const client = await pool.connect()
    await client.query('begin')
    const [one, other] = [storage.within?.(client) as Storage, storage.within?.(client) as Storage]
    const results = await Promise.all(['a', 'b', 'c'].flatMap((id) => [one.commit([setOf('there')]), other.commit([setOf(id)])]))
    await client.query('commit')
    client.release()
    const failed = [{ failed: expect.objectContaining({ code: 'constraint' }) }]
    expect(results).toEqual([failed, ['committed'], failed, ['committed'], failed, ['committed']])
    expect((await storage.get(counters, ['a', 'b', 'c'])).map(({ record }) => record.id)).toEqual(['a', 'b', 'c'])
    await storage.close()
  })

  test.each(wrappings)('what the server refuses is told by its code where a library throws it %s', async (_, wrapped) => {
    const storage = postgresStorage({ url: url ?? '', schema: 'wrapped' })
    await storage.prepare([counters])
    await storage.commit([setOf('there')])
    const [client, other] = [await pool.connect(), await pool.connect()]
    await client.query('begin; set local lock_timeout = 1')
    const executeQuery = ({ sql, parameters }: { readonly sql: string; readonly parameters: unknown[] }) =>
      client.query(sql, parameters).catch((error) => Promise.reject(wrapped(error)))
    const joined = storage.within?.({ isTransaction: true, executeQuery }) as Storage
    expect(await joined.commit([setOf('there')])).toMatchObject([{ failed: { code: 'constraint' } }])
    await other.query(`begin; select * from wrapped.leeway_counters for update`)
    const touching = { ...setOf('new'), touch: [{ collection: counters, id: 'there' }] }
    expect(await joined.commit([touching])).toMatchObject([{ failed: { code: 'busy', message: expect.stringContaining('55P03') } }])
    for (const each of [client, other]) {
      await each.query('rollback')
      each.release()
    }
    await storage.close()
  })
})
