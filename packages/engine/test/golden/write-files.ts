import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import pg from 'pg'
import { startPostgres } from '../../../../scripts/postgres-server.ts'
import { dumpOf } from './dump-postgres.ts'
import { dumpOfSqlite } from './dump-sqlite.ts'

/**
 * Writes `VERSION.sql` and `VERSION.postgres.sql` into the folder `at` with what `leave` leaves in a storage; `wanted` names the stores.
 */
export async function writeFiles(at: URL, version: string, leave: (storage: Storage) => Promise<void>, wanted: string): Promise<void> {
  if (wanted.includes('sqlite')) writeFileSync(new URL(`${version}.sql`, at), await fromSqlite(leave))
  if (wanted.includes('postgres')) writeFileSync(new URL(`${version}.postgres.sql`, at), await fromPostgres(leave))
}

async function fromPostgres(leave: (storage: Storage) => Promise<void>): Promise<string> {
  const server = await startPostgres()
  if (server === null) throw new Error('There is no PostgreSQL to write with.')
  const pool = new pg.Pool({ connectionString: server.url() })
  const storage = postgresStorage({ pool, schema: 'golden' })
  await leave(storage)
  const text = await dumpOf(pool, 'golden')
  await storage.close()
  await pool.end()
  await server.stop()
  return text
}

async function fromSqlite(leave: (storage: Storage) => Promise<void>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'))
  const file = join(folder, 'golden.db')
  const storage = sqliteStorage({ file })
  await leave(storage)
  await storage.close()
  const text = dumpOfSqlite(file)
  rmSync(folder, { recursive: true, force: true })
  return text
}
