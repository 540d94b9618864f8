import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { newFile } from '../runtime/stores.ts'

/** A database whose statements are heard and explained. */
export interface Watched {
  readonly storage: Storage
  /** Copies each row of each table so often, under other ids. PostgreSQL then counts, as it does by itself; on SQLite few hosts have it count. */
  multiply(times: number): Promise<void>
  /** True where each reading from end to end is told, though the page be full soon. */
  readonly tellsScans: boolean
  /** What the work reads that it has no use for, each with its statement. */
  scansOf(work: () => Promise<unknown>): Promise<readonly string[]>
  close(): Promise<void>
}

/** Told apart in the copies, so that few records have a value that is asked for. */
const VARIED: ReadonlySet<string> = new Set([
  ...['id', 'business_key', 'assignee', 'instance_id', 'key', 'value'],
  ...['case_id', 'customer', 'deviation_id', 'token'],
])
/** Told apart in half of the copies, so that a value has many rows, or one. */
const HALF: ReadonlySet<string> = new Set(['process_key', 'element_id', 'name', 'job_type', 'type', 'template'])
/** Five minutes later in each copy. */
const LATER: ReadonlySet<string> = new Set(['due_at', 'opened_at', 'left_at', 'given_at', 'at'])

function copyOf(column: string): string {
  if (LATER.has(column)) return `${column} + k * 300000`
  if (HALF.has(column)) return `case when k % 2 = 0 then ${column} else k || '~' || ${column} end`
  return VARIED.has(column) ? `k || '~' || ${column}` : column
}

/** SQLite tells no more than how it goes about a statement: whether a table or an index is read from its beginning on. */
export async function watchedSqlite(): Promise<Watched> {
  const spoken: string[] = []
  const database = new SqliteDatabase(newFile(), { verbose: (sql) => spoken.push(String(sql)) })
  database.pragma('journal_mode = wal')
  return {
    storage: sqliteStorage({ database }),
    tellsScans: true,
    async multiply(times) {
      for (const table of database.prepare<[], { name: string }>(`select name from sqlite_master where type = 'table'`).all()) {
        const columns = database.prepare<[], { name: string }>(`select name from pragma_table_info('${table.name}')`).all()
        if (!columns.some(({ name }) => name === 'id')) continue
        const values = columns.map(({ name }) => copyOf(name))
        database.exec(`with recursive n(k) as (select 1 union all select k + 1 from n where k < ${times})
          insert into ${table.name} select ${values.join()} from ${table.name}, n`)
      }
    },
    async scansOf(work) {
      spoken.length = 0
      await work()
      const scans: string[] = []
      for (const sql of distinct(spoken.filter((one) => /^\s*(?:select|update|delete|with)/i.test(one) && !isOfFilling(one)))) {
        const steps = database.prepare(`explain query plan ${sql}`).all() as readonly { readonly detail: string }[] // as SQLite answers
        for (const { detail } of steps) if (isScan(detail)) scans.push(`${detail} in ${sql}`)
      }
      return scans
    },
    async close() {
      database.close()
    },
  }
}

/** One of those that differ in their values only. */
function distinct(statements: readonly string[]): Iterable<string> {
  return new Map(statements.map((sql) => [sql.replace(/'[^']*'(?:\/\*[^*]*\*\/)?|\b\d[\d.]*/g, '?'), sql])).values()
}

/** An index that is made late reads the table once. */
function isOfFilling(sql: string): boolean {
  return / offset [\d.]+$/.test(sql)
}

/** A range of ids with one end only is read until the page is full, or to the end of the table. */
function isScan(step: string): boolean {
  return /^SCAN leeway_(?!collections)|^SEARCH leeway_\w+ USING PRIMARY KEY \(id[<>]\?\)/.test(step)
}

/** PostgreSQL tells what it read when it runs a statement. */
export async function watchedPostgres(url: string): Promise<Watched> {
  const heard: { text: string; values: unknown[] }[] = []
  const large = new Set<string>()
  const pool = new pg.Pool({ connectionString: url, max: 4, options: '-c search_path=plans' })
  await pool.query('create schema plans')
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    client.query = ((config: { text: string; values: unknown[] }, ...rest: unknown[]) => {
      if (typeof config === 'object' && config.text !== undefined && !config.text.startsWith('explain')) heard.push(config)
      return query(config, ...rest)
    }) as typeof client.query // heard, and passed on
  })
  for (const idle of [await pool.connect()]) idle.release(true) // made before it could be heard
  return {
    storage: postgresStorage({ pool, schema: 'plans' }),
    tellsScans: false,
    async multiply(times) {
      const { rows } = await pool.query<{ name: string; columns: string[]; sets: string[] }>(
        `select table_name as name, array_agg(column_name::text order by ordinal_position) as columns,
          coalesce(array_agg(column_name::text) filter (where data_type = 'ARRAY'), '{}') as sets
        from information_schema.columns where table_schema = 'plans' group by table_name`,
      )
      for (const { name, columns, sets } of rows) {
        if (!columns.includes('id')) continue
        const values = columns.map((column) =>
          sets.includes(column) ? `array(select k || '~' || one from unnest(${column}) as one)` : copyOf(column),
        )
        await pool.query(`insert into plans.${name} select ${values.join()} from plans.${name}, generate_series(1, ${times}) as k`)
      }
      await pool.query('vacuum analyze')
      const kept = await pool.query<{ name: string }>(`select relname as name from pg_class where reltuples > ${ROWS_FREE}`)
      for (const { name } of kept.rows) large.add(name)
    },
    async scansOf(work) {
      heard.length = 0
      await work()
      const scans: string[] = []
      const asked = new Map(
        heard.filter(({ text }) => /^\s*(?:select|update|delete|insert|with)/i.test(text)).map((one) => [one.text, one]),
      )
      const client = await pool.connect()
      for (const { text, values } of asked.values()) {
        const isRun = !text.includes('insert into') // what was inserted once cannot be again
        await client.query('begin')
        const { rows } = await client.query<[readonly [{ readonly Plan: PlanStep }]]>({
          text: `explain (${isRun ? 'analyze, buffers, timing off, ' : ''}format json) ${text}`,
          values,
          rowMode: 'array',
        })
        await client.query('rollback')
        const plan = rows[0]?.[0][0].Plan
        if (plan !== undefined) scans.push(...wasteOf(plan, large).map((waste) => `${waste} in ${text}`))
      }
      client.release()
      return scans
    },
    close: () => pool.end(),
  }
}

/** A step of a plan; how many rows came of it where it was run. */
interface PlanStep {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly PlanStep[]
}

/** So many rows may be read for nothing, and so many more for each that is used. */
const ROWS_FREE = 100
const ROWS_EACH = 10
/** So many pages may be read, and so many more for each row that is used: the entries of an index that are passed over are counted nowhere. */
const PAGES_FREE = 60
const PAGES_EACH = 5

/** `large`: the tables that have many rows, by name. */
function wasteOf(plan: PlanStep, large: ReadonlySet<string>): string[] {
  const found: string[] = []
  const given = (plan['Actual Rows'] ?? 0) * (plan['Actual Loops'] ?? 0)
  let used = 0
  for (const step of stepsOf(plan)) {
    const { 'Relation Name': table, 'Index Name': index, 'Node Type': type, 'Actual Loops': loops = 0 } = step
    if ((table ?? index) === undefined || !type.includes('Scan')) continue
    const rows = (step['Actual Rows'] ?? 0) * loops
    const removed = ((step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0)) * loops
    const isWhole = type === 'Seq Scan' && large.has(table ?? '') && rows + removed >= ROWS_EACH * given
    if (isWhole || removed > ROWS_FREE + ROWS_EACH * rows)
      found.push(`${type} of ${index ?? table} reads ${rows + removed} rows for ${rows}`)
    used += rows
  }
  const pages = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)
  if (found.length === 0 && pages > PAGES_FREE + PAGES_EACH * used) found.push(`${pages} pages are read for ${used} rows`)
  return found
}

function stepsOf(plan: PlanStep): PlanStep[] {
  return [plan, ...(plan.Plans ?? []).flatMap(stepsOf)]
}
