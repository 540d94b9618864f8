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

describe.skipIf(url === null)(missing ?? 'a transaction of the host that was joined twice', () => {
  const pool = new pg.Pool({ connectionString: url ?? '', max: 1 })
  afterAll(() => pool.end())

  test('does the work of both one after the other, so that what fails of one leaves the other alone', async () => {
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
})
