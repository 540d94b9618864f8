// Writes the golden databases of this version: `node packages/engine/test/golden/main.ts`. One of each store is kept for every released version, and
// golden.test.ts opens each with the code of today. Once its version is released a file is never written again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { startPostgres } from '../../../../scripts/postgres-server.ts'
import { dumpOf } from './dump-postgres.ts'
import { writeGolden } from './write-golden.ts'

const VERSION = '0.1'
const wanted = process.argv[2] ?? 'sqlite postgres'
const write = (name: string, text: string): void => writeFileSync(new URL(name, import.meta.url), text)

if (wanted.includes('sqlite')) await writeSqlite()
if (wanted.includes('postgres')) await writePostgres()

async function writePostgres(): Promise<void> {
  const server = await startPostgres()
  if (server === null) throw new Error('There is no PostgreSQL to write with.')
  const pool = new pg.Pool({ connectionString: server.url() })
  const storage = postgresStorage({ pool, schema: 'golden' })
  await writeGolden(storage)
  write(`${VERSION}.postgres.sql`, await dumpOf(pool, 'golden'))
  await storage.close()
  await pool.end()
  await server.stop()
}

async function writeSqlite(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'))
  const file = join(folder, 'golden.db')
  const storage = sqliteStorage({ file })
  await writeGolden(storage)
  await storage.close()
  const database = new SqliteDatabase(file)
  const lines = database
    .prepare<[], { sql: string }>(`select sql from sqlite_master where sql is not null order by type desc, name`)
    .all()
    .map(({ sql }) => `${sql};`)
  for (const { name } of database
    .prepare<[], { name: string }>(`select name from sqlite_master where type = 'table' order by name`)
    .all()) {
    const columns = database.prepare<[], { name: string }>(`select name from pragma_table_info('${name}')`).all()
    const quoted = columns.map((column) => `quote("${column.name}")`).join(` || ',' || `)
    for (const { row } of database.prepare<[], { row: string }>(`select ${quoted} as row from ${name}`).all())
      lines.push(`insert into ${name} values (${row});`)
  }
  database.close()
  write(`${VERSION}.sql`, `${lines.join('\n')}\n`)
  rmSync(folder, { recursive: true, force: true })
}
