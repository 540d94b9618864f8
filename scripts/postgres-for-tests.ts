import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { POSTGRES_MISSING, type PostgresServer, startPostgres } from './postgres-server.ts'

/**
 * Vitest's global set-up: one PostgreSQL for all test files of a run, started when the first of them asks for it. They ask at the
 * socket named by LEEWAY_TEST_POSTGRES, and are told the address of the server or why there is none.
 */
export async function setup(): Promise<() => Promise<void>> {
  const hall = await mkdtemp(join(tmpdir(), 'leeway-tests-'))
  const door = join(hall, 'postgres.sock')
  let server: Promise<PostgresServer | null> | null = null
  const listening = createServer((connection) => {
    server ??= startPostgres()
    server.then(
      (started) => connection.end(JSON.stringify(started === null ? { missing: POSTGRES_MISSING } : { url: started.url() })),
      (error: Error) => connection.end(JSON.stringify({ failed: error.message })),
    )
    connection.on('error', () => {}) // a test file that ended meanwhile
  })
  await new Promise<void>((resolve, reject) => listening.once('error', reject).listen(door, resolve))
  process.env.LEEWAY_TEST_POSTGRES = door
  return async () => {
    listening.close()
    rmSync(hall, { recursive: true, force: true })
    await (await server?.catch(() => null))?.stop()
  }
}
