import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import type { ChangeSet, Storage } from '../../src/index.ts'
import { type PostgresStorageOptions, postgresStorage } from '../../src/postgres/index.ts'
import { counters } from '../sqlite/counters.ts'
import { silentProxy } from './silent-proxy.ts'
import { transactionPooler } from './transaction-pooler.ts'

const { url, missing } = await testDatabase()

describe.skipIf(url === null)(missing ?? 'A connection of PostgreSQL storage', () => {
  const database = new URL(url ?? 'postgres://x/y').pathname.slice(1)
  const ends: (() => Promise<void>)[] = []
  let host: pg.Client
  beforeAll(async () => {
    host = new pg.Client({ connectionString: url ?? '' })
    await host.connect()
    await storageOf({}).prepare([counters])
  })
  afterAll(async () => {
    for (const end of ends) await end()
    await host?.end()
  })
  const storageOf = (options: PostgresStorageOptions, make = postgresStorage): Storage => {
    const storage = make({ ...(options.pool === undefined && { url: url ?? '' }), schema: 'connections', onWarning: () => {}, ...options })
    ends.push(() => storage.close())
    return storage
  }
  const poolOf = (config: pg.PoolConfig): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url ?? '', ...config })
    ends.push(() => pool.end())
    return pool
  }

  test('is waited for while the server has none to give', async () => {
    await host.query(`create role few login connection limit 1; grant usage on schema connections to few`)
    const connectionString = (url ?? '').replace('//leeway@', '//few@')
    const held = new pg.Client({ connectionString })
    await held.connect()
    const pool = poolOf({ connectionString })
    const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>
    const refused = new Promise((resolve) => {
      const observed = (): Promise<pg.PoolClient> =>
        connect().catch((error) => {
          resolve(error.code)
          throw error
        })
      pool.connect = observed as typeof pool.connect
    })
    const asked = storageOf({ pool, reconnectMs: 10_000 }).now()
    expect(await refused).toBe('53300')
    await held.end()
    expect(await asked).toBeGreaterThan(1e12)
  })

  test('that is not to be had leaves no set in doubt: none was sent', async () => {
    const pool = poolOf({})
    const storage = storageOf({ pool, reconnectMs: 0 })
    await storage.prepare([counters])
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    pool.connect = (() => Promise.reject(refused)) as typeof pool.connect
    expect(await storage.commit([setOf('doubt'), setOf('doubt too')])).toMatchObject([
      { failed: { code: 'unavailable' } },
      { failed: { code: 'unavailable' } },
    ])
  })

  test('to a server that takes no writes is given up, so that the next one may find another', async () => {
    const pool = poolOf({ max: 1 })
    const storage = storageOf({ pool })
    await host.query(`alter database ${database} set default_transaction_read_only = on`)
    await storage.prepare([counters])
    await host.query(`alter database ${database} reset default_transaction_read_only`)
    expect(await storage.commit([setOf('first')])).toMatchObject([{ failed: { code: 'readOnly' } }])
    expect(await storage.commit([setOf('second')])).toEqual(['committed'])
  })

  test('that forgot what was prepared on it is given up, and told so', async () => {
    const pool = poolOf({ max: 1 })
    vi.resetModules() // with room for more prepared statements, whatever other files of the worker had prepared
    const fresh = await import('../../src/postgres/index.ts')
    const storage = storageOf({ pool }, fresh.postgresStorage)
    await storage.prepare([counters])
    await storage.get(counters, ['a'])
    await pool.query('deallocate all')
    await expect(storage.get(counters, ['a'])).rejects.toThrow('preparedStatements: false')
    expect(await storage.get(counters, ['a'])).toEqual([])
  })

  test('is shared with another copy of the module, whose statements have names of their own', async () => {
    const pool = poolOf({ max: 1 })
    const one = storageOf({ pool })
    vi.resetModules()
    const copy = await import('../../src/postgres/index.ts')
    const other = storageOf({ pool }, copy.postgresStorage)
    expect(copy.postgresStorage).not.toBe(postgresStorage)
    for (const storage of [one, other]) await storage.prepare([counters])
    const statements = Array.from({ length: 30 }, (_, i) => Array.from({ length: i + 1 }, () => ({ lt: 0 })))
    for (const size of statements) expect(await one.count(counters, { size }, 10)).toBe(0)
    for (const size of statements.toReversed()) expect(await other.count(counters, { size }, 10)).toBe(0)
  })

  test('to a proxy that keeps no settings is refused at once, and told what to do', async () => {
    const pooler = await transactionPooler(url ?? '', 1)
    ends.push(() => pooler.stop())
    const storage = postgresStorage({ url: pooler.url, schema: 'connections', reconnectMs: 600_000 })
    await expect(storage.prepare([counters])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('preparedStatements: false'),
    })
    await storage.close()
  })

  test('to a database that cannot keep every text is refused before anything is made', async () => {
    await host.query(`create database ${database}_latin template template0 encoding 'LATIN1' locale 'C'`)
    const latin = (url ?? '').replace(database, `${database}_latin`)
    const storage = storageOf({ url: latin })
    await expect(storage.prepare([counters])).rejects.toThrow("encoding 'UTF8'")
    const pool = poolOf({ connectionString: latin })
    expect((await pool.query(`select 1 from pg_namespace where nspname = 'connections'`)).rows).toEqual([])
  })

  test('of a pool that has values sent as bytes is refused, and so is a client of the host', async () => {
    const binary: object = { binary: true } // its types leave it out
    expect(() => postgresStorage({ pool: poolOf(binary) })).toThrow('without binary')
    const client = new pg.Client({ connectionString: url ?? '', ...binary })
    await client.connect()
    await client.query('begin')
    expect(() => storageOf({}).within?.(client)).toThrow('without binary')
    await client.end()
  })

  test('on which nothing is heard any more is left all the same', async () => {
    const proxy = await silentProxy(url ?? '')
    const storage = postgresStorage({ url: proxy.url, schema: 'connections' })
    await storage.prepare([counters])
    const unlisten = await storage.listen?.(() => {})
    await storage.listen?.(() => {})
    proxy.fallSilent()
    await unlisten?.()
    await storage.close()
    await proxy.stop()
  })

  test('whose search path names no schema is told to name one', async () => {
    const storage = postgresStorage({ pool: poolOf({ options: '-c search_path=' }), onWarning: () => {} })
    await expect(storage.prepare([counters])).rejects.toThrow('option schema')
    await storage.close()
  })
})

test('a server that lets a client in and ends it in the same breath is unavailable', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'breath-'))
  const said = (type: string, text: string): Buffer => {
    const bytes = Buffer.from(`${type}\0\0\0\0${text}`, 'latin1')
    bytes.writeInt32BE(bytes.length - 1, 1)
    return bytes
  }
  const breath = Buffer.concat([said('R', '\0\0\0\0'), said('Z', 'I'), said('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0')])
  const server = createServer((client) => {
    client.on('error', () => {}).once('data', () => client.end(breath))
  })
  await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
  for (const reconnectMs of [0, 20]) {
    const storage = postgresStorage({ url: `postgres://nobody@localhost/x?host=${encodeURIComponent(folder)}`, reconnectMs })
    await expect(storage.prepare([counters])).rejects.toMatchObject({ code: 'unavailable' })
    await storage.close()
  }
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

function setOf(id: string): ChangeSet {
  const record = { id, size: 1, body: '' }
  return { id, expect: [], touch: [], put: [{ collection: counters, record }], delete: [], append: [] }
}
