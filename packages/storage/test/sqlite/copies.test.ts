import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type SqliteDatabase from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { sqliteStorage } from '../../src/sqlite/index.ts'
import { counters } from './counters.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-copies-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A second copy of the driver, as a package has it that depends on another version of it. */
const Copy = secondCopy()

function secondCopy(): typeof SqliteDatabase {
  const source = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))
  const target = join(folder, 'better-sqlite3')
  cpSync(source, target, { recursive: true, filter: (path) => !/[\\/](?:deps|src)$/.test(path) })
  return createRequire(import.meta.url)(target) as typeof SqliteDatabase // the same package
}

test('a database of another copy of the driver is refused where the store opened the file: they would not see the locks of each other', async () => {
  const file = join(folder, 'own.db')
  const storage = sqliteStorage({ file })
  await storage.prepare([counters])
  const database = new Copy(file)
  database.exec('begin')
  expect(() => storage.within?.(database)).toThrow(
    expect.objectContaining({ code: 'invalidQuery', message: expect.stringContaining('sqliteStorage({ database })') }),
  )
  database.exec('commit')
  database.close()
  await storage.close()
})

test('a connection of another copy of the driver can be shared', async () => {
  const database = new Copy(join(folder, 'shared.db'))
  const storage = sqliteStorage({ database })
  await storage.prepare([counters])
  database.exec('begin')
  const record = { id: 'a', size: 1, body: '' }
  const set = { id: 'set', expect: [], touch: [], put: [], delete: [], append: [{ collection: counters, record }] }
  expect(await storage.within?.(database).commit([set])).toEqual(['committed'])
  database.exec('commit')
  expect(await storage.get(counters, ['a'])).toMatchObject([{ record }])
  database.close()
})
