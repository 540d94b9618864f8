import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { ChangeSet, Storage, StoredRecord } from '../../src/index.ts'
import { sqliteStorage } from '../../src/sqlite/index.ts'
import { counters } from './counters.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-host-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
let file: string
let storage: Storage
let host: Database

beforeEach(async () => {
  file = join(folder, `${files++}.db`)
  storage = sqliteStorage({ file, busyMs: 50 })
  await storage.prepare([counters])
  host = new SqliteDatabase(file)
  host.exec('create table orders (id text)')
  return async () => {
    host.close()
    await storage.close()
  }
})

test('what is committed within a transaction of the host lands and is undone with it', async () => {
  for (const [end, kept] of [
    ['rollback', 0],
    ['commit', 1],
  ] as const) {
    host.exec("begin; insert into orders values ('o1')")
    const joined = storage.within!(host)
    expect(await joined.commit([setOf('a')])).toEqual(['committed'])
    expect(await joined.get(counters, ['a'])).toHaveLength(1)
    expect(await storage.get(counters, ['a'])).toEqual([])
    host.exec(end)
    expect(await storage.get(counters, ['a'])).toHaveLength(kept)
    expect(host.prepare('select count(*) as count from orders').get()).toEqual({ count: kept })
  }
})

test('a set that fails within a transaction of the host leaves the host and the other sets their work', async () => {
  await storage.commit([setOf('taken')])
  host.exec("begin; insert into orders values ('o1')")
  const joined = storage.within!(host)
  expect(await joined.commit([setOf('a'), setOf('b', 'taken'), setOf('c')])).toMatchObject([
    'committed',
    { failed: { code: 'constraint' } },
    'committed',
  ])
  host.exec('commit')
  expect((await storage.find(counters, { where: {}, limit: 10 })).map(({ record }) => record.id)).toEqual(['a', 'c', 'taken'])
  expect(host.prepare('select count(*) as count from orders').get()).toEqual({ count: 1 })
})

test('within refuses what is no database, a database without a transaction, and work after its end', async () => {
  expect(() => storage.within!({})).toThrow(expect.objectContaining({ code: 'invalidQuery' }))
  expect(() => storage.within!(host)).toThrow(expect.objectContaining({ code: 'invalidQuery' }))
  host.exec('begin')
  const joined = storage.within!(host)
  host.exec('commit')
  await expect(joined.commit([setOf('a')])).rejects.toMatchObject({ code: 'closed' })
  await expect(joined.get(counters, ['a'])).rejects.toMatchObject({ code: 'closed' })
})

test('on a shared connection work waits while the host has a transaction open, then it is busy', async () => {
  const shared = sqliteStorage({ database: host, busyMs: 50 })
  await shared.prepare([counters])
  host.exec('begin')
  const [result] = await shared.commit([setOf('a')])
  expect(result).toMatchObject({ failed: { code: 'busy', message: expect.stringContaining('engine.within') } })
  const waiting = shared.commit([setOf('a')])
  const reading = shared.get(counters, ['b'])
  expect(await shared.within!(host).commit([setOf('b')])).toEqual(['committed'])
  host.exec('commit')
  expect(await waiting).toEqual(['committed'])
  expect(await reading).toHaveLength(1)
})

test('the busy timeout of a shared connection stays as the host set it', async () => {
  host.pragma('busy_timeout = 1234')
  const shared = sqliteStorage({ database: host, busyMs: 30 })
  await shared.prepare([counters])
  const other = new SqliteDatabase(file)
  other.exec('begin immediate')
  expect(await shared.commit([setOf('a')])).toMatchObject([{ failed: { code: 'busy' } }])
  other.exec('commit')
  other.close()
  expect(host.pragma('busy_timeout', { simple: true })).toBe(1234)
})

test("a connection of the host that reads whole numbers as bigint gives the store's own as they were written", async () => {
  host.defaultSafeIntegers(true)
  const shared = sqliteStorage({ database: host })
  await shared.prepare([counters])
  expect(await shared.commit([setOf('a')])).toEqual(['committed'])
  const written = { record: { id: 'a', size: 1, body: '' }, revision: 1 }
  expect(await shared.get(counters, ['a'])).toMatchObject([written])
  expect(await shared.count(counters, {}, 10)).toBe(1)
  host.exec('begin')
  for (const joined of [shared.within!(host), storage.within!(host)]) {
    expect(await joined.get(counters, ['a'])).toMatchObject([written])
    expect(await joined.commit([{ ...setOf(), expect: [{ collection: counters, id: 'a', revision: 2 }] }])).toMatchObject([
      { conflict: [{ actual: { revision: 1 } }] },
    ])
  }
  host.exec('commit')
  expect(host.prepare('select 1').pluck().get()).toBe(1n)
})

/** A set that appends the records of these ids. */
function setOf(...ids: readonly string[]): ChangeSet {
  const append = ids.map((id) => ({ collection: counters, record: { id, size: 1, body: '' } as StoredRecord }))
  return { id: 'set', expect: [], touch: [], put: [], delete: [], append }
}
