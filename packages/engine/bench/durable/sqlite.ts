import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Storage } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import { type Access, type Change, forInstance, laterId, type Row, recorder } from './recording.ts'
import { checkRows, deploy, record, roundTrips } from './round-trip.ts'
import { type Comparison, compare, repeating, type Side } from './slices.ts'

/**
 * One caller's durable round trips on SQLite against bare statements that read and write the same rows in a copy of the database. Where
 * each commit is flushed to the disk (`full`) both wait for it, and what counts is the wall clock.
 */
export async function sqliteAgainstStatements(seconds: number, synchronous: 'normal' | 'full'): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'))
  const [file, copy] = [join(folder, 'engine.db'), join(folder, 'floor.db')] as const
  const open = (): Storage => sqliteStorage({ file, synchronous })
  await deploy(open)
  copyFileSync(file, copy)
  const reader = new Database(file)
  const rowOf = (table: string, id: string): Row | undefined =>
    reader.prepare(`select * from ${table} where id = ?`).get(id) as Row | undefined
  const { accesses, id, made } = await record(
    open,
    recorder(async (table, of) => rowOf(table, of) ?? null),
  )
  const engines = await roundTrips(open)
  const ours = repeating(() => engines.once(), 1)
  await ours.run(WARM_MS)
  const theirs = bareStatements([openAsWeDo(copy, synchronous), openAsWeDo(copy, synchronous)], accesses, id)
  const result = await compare(ours, theirs, seconds, synchronous === 'full' ? 'wall' : 'cpu')
  await engines.close()
  const rows = (database: Database.Database, table: string): number =>
    database.prepare(`select count(*) from ${table}`).pluck().get() as number // a count
  const floor = new Database(copy)
  await checkRows(async (table) => rows(reader, table), made + ours.done())
  await checkRows(async (table) => rows(floor, table), theirs.done())
  rmSync(folder, { recursive: true })
  return result
}

/**
 * A node of a server runs for days: V8 takes its time until it compiles for good what runs once in a round trip, so that the first seconds
 * would tell of the compiler. The statements' own loop is small enough for the slices that do not count.
 */
const WARM_MS = 8_000

/** A connection with the settings of the store's own. */
function openAsWeDo(file: string, synchronous: 'normal' | 'full'): Database.Database {
  const database = new Database(file, { timeout: 0 })
  for (const pragma of [
    'journal_mode = wal',
    `synchronous = ${synchronous}`,
    'cache_size = -16384',
    'wal_autocheckpoint = 8192',
    'temp_store = memory',
  ])
    database.pragma(pragma)
  return database
}

interface Bound {
  readonly statement: Database.Statement
  readonly values: readonly unknown[]
}

/** What one access is as bare statements: begin and commit around what writes. */
interface Piece {
  readonly begin: Database.Statement | null
  readonly statements: readonly Bound[]
  readonly commit: Database.Statement | null
}

/** How many round trips are made ready before a slice begins. */
const READY = 6_000

/** The recorded accesses as prepared statements, each commit a transaction; what comes after the first is on a second connection. */
function bareStatements(databases: readonly Database.Database[], accesses: readonly Access[], recorded: string): Side & { done(): number } {
  const prepared = databases.map(() => new Map<string, Database.Statement>())
  const prepare = (on: number, sql: string): Database.Statement => {
    const known = prepared[on]?.get(sql)
    if (known !== undefined) return known
    const statement = (databases[on] as Database.Database).prepare(sql)
    prepared[on]?.set(sql, statement.reader ? statement.raw(true) : statement)
    return statement
  }
  const pieceOf = (access: Access, place: number): Piece => {
    const on = Math.min(place, databases.length - 1)
    if (access.type === 'read') {
      const statements = access.rows.map(({ table, id }) => ({
        statement: prepare(on, `select * from ${table} where id = ?`),
        values: [id],
      }))
      return { begin: null, statements, commit: null }
    }
    const statements = access.changes.map(statementOf).map(({ sql, values }) => ({ statement: prepare(on, sql), values }))
    return { begin: prepare(on, 'begin immediate'), statements, commit: prepare(on, 'commit') }
  }
  let ready: (readonly Piece[])[] = []
  let made = 0
  let done = 0
  return {
    done: () => done,
    prepare() {
      while (ready.length < READY) ready.push(forInstance(accesses, recorded, laterId(recorded, made++)).map(pieceOf))
    },
    async run(ms) {
      const end = performance.now() + ms
      let times = 0
      while (performance.now() < end && times < ready.length) perform(ready[times++] ?? [])
      ready = ready.slice(times)
      done += times
      return times
    },
  }
}

function perform(trip: readonly Piece[]): void {
  for (const { begin, statements, commit } of trip) {
    begin?.run()
    for (const { statement, values } of statements) {
      if (statement.reader ? statement.get(values) === undefined : statement.run(values).changes !== 1) throw new Error('not there')
    }
    commit?.run()
  }
}

function statementOf(change: Change): { readonly sql: string; readonly values: readonly unknown[] } {
  const { table } = change
  if (change.verb === 'insert') {
    const columns = Object.keys(change.row)
    const sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
    return { sql, values: Object.values(change.row) }
  }
  const { id } = change
  if (change.verb === 'look') return { sql: `select revision from ${table} where id = ?`, values: [id] }
  if (change.verb === 'delete') return { sql: `delete from ${table} where id = ?`, values: [id] }
  const set = Object.keys(change.set).map((column) => `${column} = ?`)
  const sql = `update ${table} set ${set.join(', ')} where id = ? and revision = ?`
  return { sql, values: [...Object.values(change.set), id, change.revision] }
}
