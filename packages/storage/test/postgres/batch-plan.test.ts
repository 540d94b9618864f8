import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import type { ChangeSet, Collection, StoredRecord } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'

const { url, missing } = await testDatabase()

const things: Collection = { name: 'things', version: 1, fields: { name: 'text' }, indexes: [{ fields: ['name'] }] }
const thing = (id: string): StoredRecord => ({ id, name: id, body: null }) as StoredRecord

/** Each expects, updates, touches and deletes records of its own, and expects one that all share. */
function setOf(i: number): ChangeSet {
  const key = (what: string) => ({ collection: things, id: `${what}${i}` })
  return {
    id: `s${i}`,
    expect: [
      { ...key('put'), revision: 1 },
      { collection: things, id: 'shared', revision: 1 },
      { ...key('absent'), revision: 0 },
    ],
    touch: [key('touched')],
    put: [{ collection: things, record: thing(`put${i}`) }],
    delete: [key('gone')],
    append: [{ collection: things, record: thing(`new${i}`) }],
  }
}

describe.skipIf(url === null)(missing ?? 'A batch of sets', () => {
  const settings = ['', '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off']
  test.each(settings)(
    'looks each row up by its id and compares none with each other, in a plan made while the table was empty (%s)',
    async (options) => {
      const pool = new pg.Pool({ connectionString: url ?? '', max: 1, options })
      const asked: string[] = []
      pool.on('connect', (client) => {
        const query = client.query.bind(client) as (...given: unknown[]) => unknown
        client.query = ((...given: unknown[]) => {
          asked.push((given[0] as { readonly text?: string }).text ?? String(given[0]))
          return query(...given)
        }) as typeof client.query
      })
      const storage = postgresStorage({ pool, schema: `batch_${settings.indexOf(options)}`, onWarning: () => {} })
      await storage.prepare([things])
      // the table is empty still: all conflict
      const results = await storage.commit([setOf(1), setOf(2), setOf(3)])
      expect(results.map((result) => typeof result === 'object' && 'conflict' in result && result.conflict.map(({ id }) => id))).toEqual(
        [1, 2, 3].map((i) => [`put${i}`, 'shared']),
      )
      const batch = asked.findLast((sql) => sql.includes('json_to_recordset')) ?? ''
      const places = new Set(batch.match(/\$\d+/g)).size
      await pool.query('set plan_cache_mode = force_generic_plan')
      await pool.query(`prepare batch as ${batch}`)
      const { rows } = await pool.query(`explain execute batch(${Array.from({ length: places }, () => 'null').join()})`)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).not.toMatch(/Join Filter|Hash|Merge|Seq Scan|Materialize/)
      expect(plan.match(/Index Cond: \(id = /g)).toHaveLength(5)

      await storage.commit([...['put', 'gone', 'touched'].flatMap((what) => [1, 2, 3].map((i) => `${what}${i}`)), 'shared'].map(seeded))
      expect(
        await storage.commit([
          setOf(1),
          { ...setOf(2), append: [] },
          { ...setOf(3), expect: [{ collection: things, id: 'put3', revision: 7 }] },
        ]),
      ).toEqual([
        'committed',
        'committed',
        { conflict: [{ collection: things, id: 'put3', revision: 7, actual: { revision: 1, fence: 0 } }] },
      ])
      const left = await storage.find(things, { where: {}, limit: 100 })
      expect(left.map(({ record, revision }) => `${record.id} ${revision}`)).toEqual([
        'gone3 1',
        'new1 1',
        'put1 2',
        'put2 2',
        'put3 1',
        'shared 1',
        'touched1 2',
        'touched2 2',
        'touched3 1',
      ])
      await storage.close()
      await pool.end()
    },
  )
})

function seeded(id: string): ChangeSet {
  return { id, expect: [], touch: [], put: [{ collection: things, record: thing(id) }], delete: [], append: [] }
}
