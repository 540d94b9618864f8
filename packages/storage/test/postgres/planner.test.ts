import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { type PostgresStorageOptions, type PostgresWarning, postgresStorage } from '../../src/postgres/index.ts'
import { connectionOf } from '../../src/postgres/planner.ts'
import { counters } from '../sqlite/counters.ts'

const { url, missing } = await testDatabase()

describe.skipIf(url === null)(missing ?? 'a pool of the host', () => {
  const pools: pg.Pool[] = []
  afterAll(async () => {
    for (const pool of pools) await pool.end()
  })
  const warned = async (options: string, more: Partial<PostgresStorageOptions> = {}) => {
    const pool = new pg.Pool({ connectionString: url ?? '', max: 1, options })
    pools.push(pool)
    const told: PostgresWarning[] = []
    const storage = postgresStorage({ pool, onWarning: (warning) => void told.push(warning), ...more })
    await storage.prepare([counters])
    await storage.prepare([counters])
    await storage.close()
    return told
  }

  test('that plans as it likes is warned of, once, with what to set', async () => {
    const told = await warned('-c enable_hashjoin=off')
    expect(told).toMatchObject([{ code: 'plannerSettings', details: { settings: ['enable_seqscan', 'enable_mergejoin'] } }])
    expect(told[0]?.message).toContain('-c enable_seqscan=off -c enable_mergejoin=off')
  })

  test('that has the settings is not, and neither is a pool of the store’s own', async () => {
    expect(await warned('-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off')).toEqual([])
    const told: PostgresWarning[] = []
    const storage = postgresStorage({ url: url ?? '', onWarning: (warning) => void told.push(warning) })
    await storage.prepare([counters])
    await storage.close()
    expect(told).toEqual([])
  })

  test('is not needed for options of an address: the store’s own connections have them and the settings', async () => {
    const theirs = '-c search_path=theirs -c enable_mergejoin=on'
    for (const options of [`options=${encodeURIComponent(theirs)}`, `options=${theirs.replaceAll(' ', '+')}&application_name=x`]) {
      const pool = new pg.Pool({ ...connectionOf(`${url}&${options}`), max: 1 })
      pools.push(pool)
      const names = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'search_path']
      const { rows } = await pool.query({ text: `select ${names.map((name) => `current_setting('${name}')`).join()}`, rowMode: 'array' })
      expect(rows).toEqual([['off', 'off', 'on', 'theirs']])
    }
  })
})
