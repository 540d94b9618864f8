import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { defineCollection, type LeasedRecord, type Storage } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'

const { url, missing } = await testDatabase()

interface Thing extends LeasedRecord {
  readonly size: number
  readonly ratio: number
  readonly isOpen: boolean
  readonly groups: readonly string[]
  readonly body: unknown
}

const things = defineCollection<Thing>({
  name: 'things',
  version: 1,
  leased: true,
  fields: { size: 'integer', ratio: 'real', isOpen: 'boolean', dueAt: 'instant', priority: 'integer', groups: 'textSet' },
  indexes: [{ fields: ['groups'] }],
})

const thing: Thing = {
  id: 'a',
  size: 2 ** 40,
  ratio: 0.5,
  isOpen: true,
  dueAt: 1,
  priority: 0,
  groups: ['x', 'a "b", c', '{}', 'null', '\\'],
  body: {},
}

/** The types that a host may have the driver read otherwise: boolean, bigint, integer, double precision, text[]. */
const READ_ANEW: readonly number[] = [16, 20, 23, 701, 1009]

describe.skipIf(url === null)(missing ?? 'where the host reads types of PostgreSQL in a way of its own', () => {
  const { getTypeParser, setTypeParser } = pg.types as {
    getTypeParser(oid: number): (text: string) => unknown
    setTypeParser(oid: number, read: (text: string) => unknown): void // any type has a number, not those alone that are named
  }
  beforeAll(() => {
    const kept = READ_ANEW.map((oid) => [oid, getTypeParser(oid)] as const)
    for (const oid of READ_ANEW) setTypeParser(oid, (text) => `the host's ${text}`)
    return () => {
      for (const [oid, read] of kept) setTypeParser(oid, read)
    }
  })
  const pool = new pg.Pool({ connectionString: url ?? '', max: 2 })
  afterAll(() => pool.end())

  const works = async (storage: Storage): Promise<void> => {
    const put = (record: Thing, revision: number) => ({
      id: `${record.id} ${revision}`,
      expect: [{ collection: things, id: record.id, revision }],
      touch: [],
      put: [{ collection: things, record }],
      delete: [],
      append: [],
    })
    const other = { ...thing, id: 'b' }
    expect(await storage.commit([put(thing, 0)])).toEqual(['committed'])
    expect(await storage.commit([put(thing, 0), put(other, 0)])).toMatchObject([{ conflict: [{ actual: { revision: 1 } }] }, 'committed'])
    expect(await storage.get(things, ['a'])).toMatchObject([{ record: thing, revision: 1, fence: 0, leasedUntil: null }])
    expect(await storage.count(things, { groups: { has: 'a "b", c' } }, 10)).toBe(2)
    const claimed = await storage.claim(things, { owner: 'o', now: 10, leaseMs: 5, limit: 1, where: {} })
    expect(claimed).toMatchObject([{ record: thing, fence: 1, leasedUntil: 15 }])
    expect(await storage.renew([{ collection: things, id: 'a', fence: 1 }], 5, 12)).toEqual([true])
    expect(await storage.now()).toBeGreaterThan(1e12)
    expect(await storage.purge(things, {}, 10)).toBe(2)
  }

  test('a store on connections of its own reads what it wrote', async () => {
    const storage = postgresStorage({ url: url ?? '', schema: 'reading' })
    await storage.prepare([things])
    await works(storage)
    await storage.prepare([things])
    await storage.close()
  })

  test('a store in a transaction of the host reads what it wrote', async () => {
    const storage = postgresStorage({ url: url ?? '', schema: 'reading' })
    await storage.prepare([things])
    const client = await pool.connect()
    await client.query('begin')
    await works(storage.within?.(client) as Storage)
    await client.query('rollback')
    client.release()
    await storage.close()
  })
})
