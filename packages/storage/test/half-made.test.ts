import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../scripts/test-database.ts'
import { defineCollection, type Storage, type StoredRecord } from '../src/index.ts'
import { postgresStorage } from '../src/postgres/index.ts'
import { sqliteStorage } from '../src/sqlite/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-half-'))
const { url, missing } = await testDatabase()
const pool = new pg.Pool({ connectionString: url ?? '', max: 2 })
afterAll(async () => {
  await pool.end()
  rmSync(folder, { recursive: true, force: true })
})

interface Box extends StoredRecord {
  readonly size: number
  readonly marks: readonly string[]
}
const boxes = defineCollection<Box>({ name: 'boxes', version: 1, fields: { size: 'integer', marks: 'textSet' }, indexes: [] })
const others = defineCollection<StoredRecord>({ name: 'others', version: 1, fields: {}, indexes: [] })

/** A database that somebody changes by hand: with what is `run` on it, and the tables that it has then. */
interface Spoilt {
  readonly open: () => Storage
  readonly run: (sql: string) => Promise<unknown>
  readonly tables: () => Promise<readonly unknown[]>
}
let count = 0

function onSqlite(): Spoilt {
  const database = new SqliteDatabase(join(folder, `${count++}.db`))
  return {
    open: () => sqliteStorage({ database }),
    run: async (sql) => database.exec(sql),
    tables: async () => database.prepare('select name, sql from sqlite_master order by name').all(),
  }
}

function onPostgres(): Spoilt {
  const schema = `half_${count++}`
  const run = async (sql: string) => (await pool.query(`set search_path to ${schema}; ${sql}`)) as unknown as { rows: unknown[] }[]
  return {
    open: () => postgresStorage({ url: url ?? '', schema }),
    run,
    tables: async () => {
      const all = `select table_name, column_name from information_schema.columns where table_schema = '${schema}' order by 1, 2`
      return (await pool.query(all)).rows
    },
  }
}

const databases: readonly (readonly [string, () => Spoilt])[] = [
  ['SQLite', onSqlite],
  ...(url === null ? [] : ([['PostgreSQL', onPostgres]] as const)),
]

test.skipIf(missing !== null)(missing ?? 'PostgreSQL is there', () => {})

describe.each(databases)('a store on %s of which a part is missing', (name, make) => {
  const faults: readonly (readonly [string, string, string])[] = [
    ['a table that it lists', 'drop table leeway_boxes', 'leeway_boxes'],
    ['a column of a table that it lists', 'alter table leeway_boxes drop column size', 'size'],
    ['its list of tables', 'drop table leeway_collections', 'leeway_boxes'],
    ['a line of its list of tables', `delete from leeway_collections where name = 'boxes'`, 'leeway_boxes'],
    ['a part of its list of tables', `update leeway_collections set fields = '{"si' where name = 'boxes'`, 'leeway_collections'],
    ...(name === 'SQLite' ? [['the table of a set', 'drop table leeway_boxes_marks', 'leeway_boxes_marks'] as const] : []),
  ]

  test.each(faults)('%s is refused and left as it is', async (_, fault, told) => {
    const { open, run, tables } = make()
    const first = open()
    await first.prepare([boxes, others])
    await first.close()
    await run(fault)
    const before = await tables()
    const storage = open()
    const refused = { name: 'StorageError', code: 'corrupt', message: expect.stringContaining(told) }
    await expect(storage.prepare([boxes, others])).rejects.toMatchObject(refused)
    await storage.close()
    expect(await tables()).toEqual(before)
  })
})
