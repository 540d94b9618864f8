import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { type ChangeSet, memoryStorage, type Storage, type StoredRecord } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'
import { sqliteStorage } from '../../src/sqlite/index.ts'
import { type Counter, counters, duties } from './counters.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-failures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a newer schema is refused as tooNew and the file stays as it was', async () => {
  const file = join(folder, 'newer.db')
  await withStorage(sqliteStorage({ file }), (storage) => storage.prepare([{ ...counters, version: 7 }]))
  const before = schemaOf(file)
  const storage = sqliteStorage({ file })
  const more = { name: 'more', version: 1, fields: {}, indexes: [] }
  await expect(storage.prepare([more, counters])).rejects.toMatchObject({
    code: 'tooNew',
    details: { collection: 'counters', keptVersion: 7, knownVersion: 1 },
  })
  await storage.close()
  expect(schemaOf(file)).toEqual(before)
})

test('a file that cannot be written is refused as readOnly when the storage is prepared', async () => {
  const file = join(folder, 'readOnly.db')
  await withStorage(sqliteStorage({ file }), (storage) => storage.prepare([counters]))
  const database = new SqliteDatabase(file, { readonly: true })
  await expect(sqliteStorage({ database }).prepare([counters])).rejects.toMatchObject({ name: 'StorageError', code: 'readOnly' })
  database.close()
})

test('a full disk fails the set that does not fit as full, and what fits still lands', async () => {
  const database = new SqliteDatabase(join(folder, 'full.db'))
  const storage = sqliteStorage({ database })
  await storage.prepare([counters])
  const pages = Number(database.pragma('page_count', { simple: true }))
  database.pragma(`max_page_count = ${pages + 20}`)
  const results = await storage.commit([setOf('a', 'small'), setOf('b', 'x'.repeat(200_000)), setOf('c', 'small')])
  expect(results).toMatchObject(['committed', { failed: { code: 'full' } }, 'committed'])
  expect((await storage.find(counters, { where: {}, limit: 10 })).map(({ record }) => record.id)).toEqual(['a', 'c'])
  database.close()
})

test('a file that is no database is refused as corrupt', async () => {
  const file = join(folder, 'text.db')
  writeFileSync(file, 'this is not a database. '.repeat(1_000))
  await expect(sqliteStorage({ file }).prepare([counters])).rejects.toMatchObject({ code: 'corrupt' })
})

test('a directory that is not there is refused as unavailable', async () => {
  const file = join(folder, 'no', 'such.db')
  await expect(sqliteStorage({ file }).prepare([counters])).rejects.toMatchObject({ code: 'unavailable', details: { file } })
})

test.each<readonly [string, () => unknown]>([
  ['sqliteStorage takes an object with options', () => sqliteStorage(undefined as never)],
  ['has no option "fiel"; there are file, database', () => sqliteStorage({ fiel: 'x.db' } as never)],
  ['The option file of sqliteStorage must be text', () => sqliteStorage({ file: 5 as never })],
  ['The option database of sqliteStorage must be an object', () => sqliteStorage({ database: {} as never })],
  [
    'The option synchronous of sqliteStorage must be "normal" or "full"',
    () => sqliteStorage({ file: 'x.db', synchronous: 'off' as never }),
  ],
  ['postgresStorage has no option "shema"', () => postgresStorage({ url: 'postgres://localhost/x', shema: 'x' } as never)],
  ['The option pool of postgresStorage must be an object', () => postgresStorage({ pool: 5 as never })],
  [
    'The option connectionsMax of postgresStorage must be a whole number',
    () => postgresStorage({ url: 'postgres://localhost/x', connectionsMax: 0 }),
  ],
  ...[Number.POSITIVE_INFINITY, 0.5, 3_000_000_000].map(
    (statementMs) =>
      [
        `The option statementMs of postgresStorage must be a whole number of milliseconds from 0 (no limit) to 2,000,000,000`,
        () => postgresStorage({ url: 'postgres://localhost/x', statementMs }),
      ] as const,
  ),
  ...['my schema', 'a.b', 'x"', '1a', 'ü', 'a'.repeat(32), ''].map(
    (schema) =>
      [
        'The option schema of postgresStorage must be a letter or underscore',
        () => postgresStorage({ url: 'postgres://localhost/x', schema }),
      ] as const,
  ),
  ...['my ', 'a.b', 'x"', '1', 'ü', 'a'.repeat(32), 'sqlite_', 'SQLite_x'].flatMap((tablePrefix) => [
    [
      'The option tablePrefix of postgresStorage must be empty, or a letter',
      () => postgresStorage({ url: 'postgres://localhost/x', tablePrefix }),
    ] as const,
    ['The option tablePrefix of sqliteStorage must be empty, or a letter', () => sqliteStorage({ file: 'x.db', tablePrefix })] as const,
  ]),
  ['The option now of memoryStorage must be a function', () => memoryStorage({ now: 5 as never })],
])('an option that cannot be is refused: %s', (message, make) => {
  expect(make).toThrow(expect.objectContaining({ name: 'StorageError', code: 'invalidQuery', message: expect.stringContaining(message) }))
})

test('a lock held for longer than busyMs fails as busy, without blocking the event loop', async () => {
  const file = join(folder, 'busy.db')
  const storage = sqliteStorage({ file, busyMs: 300 })
  await storage.prepare([counters])
  const other = new SqliteDatabase(file)
  other.exec('begin immediate')
  let turns = 0
  const turning = setInterval(() => turns++, 1)
  expect(await storage.commit([setOf('a')])).toMatchObject([{ failed: { code: 'busy' } }])
  clearInterval(turning)
  expect(turns, 'turns of the event loop, few on a busy machine').toBeGreaterThan(2)
  const later = storage.commit([setOf('a')])
  other.exec('commit')
  expect(await later).toEqual(['committed'])
  other.close()
  await storage.close()
})

test.each([
  ['moved', (file: string) => renameSync(file, `${file}.moved`)],
  [
    'replaced',
    (file: string) => {
      cpSync(file, `${file}.new`)
      renameSync(`${file}.new`, file)
    },
  ],
  ['deleted', (file: string) => rmSync(file)],
])('a file that is %s while it is open is written no more, at the latest after a second', async (how, change) => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const file = join(folder, `${how}.db`)
  const storage = sqliteStorage({ file })
  await storage.prepare([counters])
  expect(await storage.commit([setOf('before')])).toEqual(['committed'])
  change(file)
  const refusal = { failed: { code: 'unavailable', message: expect.stringContaining('was moved, replaced or deleted'), details: { file } } }
  expect(await storage.commit([setOf('soon')])).toEqual(['committed'])
  vi.advanceTimersByTime(1_000)
  for (const id of ['later', 'again']) expect(await storage.commit([setOf(id)])).toMatchObject([refusal])
  await storage.close()
})

test('a database that orders text otherwise is refused before anything is made', async () => {
  const database = new SqliteDatabase(':memory:')
  database.pragma(`encoding = 'UTF-16'`)
  const storage = sqliteStorage({ database })
  await expect(storage.prepare([counters])).rejects.toMatchObject({ code: 'constraint', message: expect.stringContaining('UTF-16le') })
  expect(database.prepare('select name from sqlite_master').all()).toEqual([])
  database.close()
})

test('a body that is not JSON fails its set alone as constraint', async () => {
  const storage = sqliteStorage({ file: ':memory:' })
  await storage.prepare([counters])
  const loop: { self?: unknown } = {}
  loop.self = loop
  const results = await storage.commit([setOf('a'), setOf('b', loop as unknown as string), setOf('c')])
  expect(results).toMatchObject(['committed', { failed: { code: 'constraint' } }, 'committed'])
  await storage.close()
})

test('closing again does nothing, and a database of the host stays open', async () => {
  const database = new SqliteDatabase(':memory:')
  const storage = sqliteStorage({ database })
  await storage.prepare([counters])
  await storage.close()
  await storage.close()
  expect(database.open).toBe(true)
  await expect(storage.now()).rejects.toMatchObject({ code: 'closed' })
  database.close()
})

function setOf(id: string, body = ''): ChangeSet {
  const record: Counter = { id, size: 1, body }
  return { id, expect: [], touch: [], put: [], delete: [], append: [{ collection: counters, record: record as StoredRecord }] }
}

test('a row that was spoilt is told as corrupt with its id, and keeps nobody from the others', async () => {
  const database = new SqliteDatabase(':memory:')
  const storage = sqliteStorage({ database })
  await storage.prepare([duties])
  const put = ['bad', 'good'].map((id) => ({ collection: duties, record: { id, dueAt: 1, priority: 0, body: { id } } }))
  await storage.commit([{ id: 's', expect: [], touch: [], put, delete: [], append: [] }])
  database.exec(`update leeway_duties set body = '{"id":"ba' where id = 'bad'`)
  const corrupt = { name: 'StorageError', code: 'corrupt', details: { collection: 'duties', id: 'bad' } }
  await expect(storage.get(duties, ['bad'])).rejects.toMatchObject(corrupt)
  await expect(storage.find(duties, { where: {}, limit: 10 })).rejects.toMatchObject(corrupt)
  expect(await storage.get(duties, ['good'])).toHaveLength(1)
  const request = { owner: 'o', now: 10, leaseMs: 1_000, limit: 10, where: {} }
  expect((await storage.claim(duties, request)).map(({ record }) => record.id)).toEqual(['good'])
  expect(await storage.claim(duties, request)).toEqual([])
  await expect(storage.claim(duties, { ...request, now: 2_000, limit: 1 })).rejects.toMatchObject(corrupt)
  expect((await storage.claim(duties, { ...request, now: 2_000, limit: 1 })).map(({ record }) => record.id)).toEqual(['good'])
  database.close()
})

async function withStorage(storage: Storage, act: (storage: Storage) => Promise<void>): Promise<void> {
  await act(storage)
  await storage.close()
}

function schemaOf(file: string): unknown {
  const database = new SqliteDatabase(file, { readonly: true })
  const schema = [database.prepare('select sql from sqlite_master').all(), database.prepare('select * from leeway_collections').all()]
  database.close()
  return schema
}
