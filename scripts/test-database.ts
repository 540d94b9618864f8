import { createConnection } from 'node:net'
import pg from 'pg'

/** A database of its own on the server of this test run, or why there is none. */
export type TestDatabase = { readonly url: string; readonly missing: null } | { readonly url: null; readonly missing: string }

/** Asks the run's set-up for the server and makes a database on it; one a file is enough, schemas keep its tests apart. */
export async function testDatabase(): Promise<TestDatabase> {
  const answer = JSON.parse(await ask(process.env.LEEWAY_TEST_POSTGRES ?? '')) as { url?: string; missing?: string; failed?: string }
  if (answer.failed !== undefined) throw new Error(answer.failed)
  if (answer.url === undefined) return { url: null, missing: answer.missing ?? '' }
  const name = `test_${process.pid}_${Date.now().toString(36)}`
  const client = new pg.Client({ connectionString: answer.url })
  await client.connect()
  await client.query(`create database ${name} strategy file_copy`)
  await client.end()
  const url = new URL(answer.url)
  url.pathname = `/${name}`
  return { url: url.href, missing: null }
}

/** Gives a function that deletes what all tables of a schema hold: sooner done than another schema for each of many runs. */
export function emptier(url: string, schema: string): () => Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 100, allowExitOnIdle: true })
  pool.on('error', () => {}) // the server ends before this file's last connection
  let deleting: string | null = null
  return async () => {
    if (deleting === null) {
      const { rows } = await pool.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1 and tablename not like '%\\_collections'`,
        [schema],
      )
      if (rows.length === 0) return
      deleting = rows.map(({ name }) => `delete from ${name}`).join('; ')
    }
    await pool.query(deleting)
  }
}

function ask(door: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    createConnection(door)
      .on('data', (text) => {
        answer += text.toString()
      })
      .once('end', () => resolve(answer))
      .once('error', reject)
  })
}
