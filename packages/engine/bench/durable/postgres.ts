import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import pg from 'pg'
import { POSTGRES_MISSING, startPostgres } from '../../../../scripts/postgres-server.ts'
import { type Access, type Change, forInstance, laterId, type Row, recorder } from './recording.ts'
import { checkRows, deploy, record, roundTrips } from './round-trip.ts'
import { type Comparison, compare, repeating, type Side } from './slices.ts'

/** Of each side; the two engines share theirs. */
const CONNECTIONS = 8

/** Durable round trips of some callers on PostgreSQL against bare statements for the same rows in a copy of the database. */
export async function postgresAgainstStatements(seconds: number, callers: number): Promise<Comparison> {
  // a server as it comes: what is committed is on the disk
  const server = await startPostgres({ fsync: 'on', full_page_writes: 'on' })
  if (server === null) throw new Error(POSTGRES_MISSING)
  const admin = await connected(server.url())
  await admin.query('create database engine')
  const open = (): Storage => postgresStorage({ url: server.url('engine'), connectionsMax: CONNECTIONS / 2 })
  await deploy(open)
  await admin.query('create database floor template engine')
  const [engine, floor] = [await connected(server.url('engine')), await connected(server.url('floor'))] as const
  const rowOf = async (table: string, id: string): Promise<Row | null> =>
    (await engine.query(`select * from ${table} where id = $1`, [id])).rows[0] ?? null
  const { accesses, id, made } = await record(open, recorder(rowOf))
  const engines = await roundTrips(open)
  const ours = repeating(() => engines.once(), callers)
  const pool = new pg.Pool({ connectionString: server.url('floor'), max: CONNECTIONS, options: '-c jit=off' })
  const theirs = bareStatements(pool, accesses, id, callers)
  const result = await compare(ours, theirs, seconds, 'wall')
  await engines.close()
  await pool.end()
  const rows = async (client: pg.Client, table: string): Promise<number> =>
    Number((await client.query(`select count(*) from ${table}`)).rows[0].count)
  await checkRows((table) => rows(engine, table), made + ours.done())
  await checkRows((table) => rows(floor, table), theirs.done())
  for (const client of [admin, engine, floor]) await client.end()
  await server.stop()
  return result
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

interface Statement {
  readonly name: string
  readonly text: string
  readonly values: unknown[]
}

/** How many round trips are made ready before a slice begins. */
const READY = 6_000

/** The recorded accesses as prepared statements, of which each commit is one, and each reading between two commits. */
export function bareStatements(pool: pg.Pool, accesses: readonly Access[], recorded: string, callers: number): Side & { done(): number } {
  const ready: (readonly Statement[])[] = []
  let made = 0
  const repeated = repeating(async () => {
    for (const statement of ready.pop() ?? []) await pool.query(statement)
  }, callers)
  return {
    done: repeated.done,
    prepare() {
      while (ready.length < READY) ready.unshift(statementsOf(forInstance(accesses, recorded, laterId(recorded, made++))))
    },
    run: repeated.run,
  }
}

export function statementsOf(accesses: readonly Access[]): readonly Statement[] {
  const statements: Statement[] = []
  const reads = new Map<string, { readonly table: string; readonly id: string }>()
  for (const access of accesses) {
    if (access.type === 'read') for (const row of access.rows) reads.set(`${row.table} ${row.id}`, row)
    else {
      if (reads.size > 0) statements.push(readingOf([...reads.values()]))
      reads.clear()
      statements.push(commitOf(access.changes))
    }
  }
  return statements
}

function readingOf(rows: readonly { readonly table: string; readonly id: string }[]): Statement {
  const from = rows.map(({ table }, i) => `(select * from ${table} where id = $${i + 1}) as r${i}`)
  return named(
    `select * from ${from.join(', ')}`,
    rows.map(({ id }) => id),
  ) // each is there, or it would not have been read
}

function commitOf(changes: readonly Change[]): Statement {
  const values: unknown[] = []
  const bound = (value: unknown): string => `$${values.push(value)}`
  const parts: string[] = []
  const looks: string[] = []
  for (const change of changes) {
    const { table } = change
    const part = `c${parts.length} as`
    if (change.verb === 'insert') {
      const row = Object.values(change.row).map(bound)
      parts.push(`${part} (insert into ${table} (${Object.keys(change.row).join(', ')}) values (${row.join(', ')}))`)
    } else if (change.verb === 'update') {
      const set = Object.entries(change.set).map(([column, value]) => `${column} = ${bound(value)}`)
      parts.push(`${part} (update ${table} set ${set.join(', ')} where id = ${bound(change.id)} and revision = ${bound(change.revision)})`)
    } else if (change.verb === 'delete') parts.push(`${part} (delete from ${table} where id = ${bound(change.id)})`)
    else looks.push(`(select revision from ${table} where id = ${bound(change.id)})`)
  }
  return named(`with ${parts.join(', ')} select ${looks.join(', ') || '1'}`, values)
}

const names = new Map<string, string>()

function named(text: string, values: unknown[]): Statement {
  const name = names.get(text) ?? `bare_${names.size}`
  names.set(text, name)
  return { name, text, values }
}
