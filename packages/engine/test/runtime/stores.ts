import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage, type Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import pg from 'pg'
import { afterFile } from '../../../../scripts/after-file.ts'
import { testDatabase } from '../../../../scripts/test-database.ts'

/** A store, by how it is opened: each time an empty one. */
interface Store {
  readonly name: string
  readonly open: () => Storage
}

/** Both stores that every rule of the runtime must hold on; PostgreSQL too where LEEWAY_POSTGRES is `all`. */
export const stores: readonly Store[] = [
  { name: 'memory', open: () => memoryStorage() },
  { name: 'SQLite', open: () => sqliteStorage({ file: newFile() }) },
  ...(process.env.LEEWAY_POSTGRES === 'all' ? await postgresStores() : []),
]

/** PostgreSQL as a store, each time a schema of its own; none where it is not installed. */
export async function postgresStores(): Promise<readonly Store[]> {
  const { url } = await testDatabase()
  if (url === null) return []
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    options: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off',
  })
  pool.on('error', () => {}) // the server ends before this file's last connection
  let schemas = 0
  return [{ name: 'PostgreSQL', open: () => postgresStorage({ pool, schema: `engine_${schemas++}` }) }]
}

/** The name of a database file that does not exist yet; its folder is removed after the tests of the file. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-runtime-'))
  afterFile(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'engine.db')
}
