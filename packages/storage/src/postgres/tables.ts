import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { FieldType, Index } from '../collection.ts'
import { checkUpgrade, fieldTypesOf } from '../declaration.ts'
import { StorageError } from '../errors.ts'
import { laneFieldOf } from '../lanes.ts'
import { checkTable, columnsFor, readListed } from '../sql/check-tables.ts'
import { compileFor } from '../sql/dialect.ts'
import type { TableShape } from '../sql/table-shape.ts'
import type { Run } from './connection.ts'
import { claimIndexOf, type TableIndex, tableIndexOf } from './indexes.ts'
import { postgres } from './postgres-dialect.ts'

/** Where the tables stand: a schema (null = the connection's own), and what their names begin with. */
export interface Place {
  readonly schema: string | null
  readonly prefix: string
}

/** What the names of tables begin with in SQL. */
export function prefixOf({ schema, prefix }: Place): string {
  return schema === null ? prefix : `${schema}.${prefix}`
}

/** What the shapes need and the database lacks: `tables` or columns (or the version is another), and indexes of tables that are there. */
export interface Missing {
  readonly tables: boolean
  readonly indexes: readonly TableIndex[]
}

/** Where nothing is missing nothing has to be locked. Throws where the store is newer. */
export async function missingOf(run: Run, place: Place, shapes: readonly TableShape[]): Promise<Missing> {
  const kept = await keptIn(run, place)
  if (kept === null) return { tables: true, indexes: [] }
  const lacksTable = shapes.map(({ collection }): boolean => {
    const before = kept.get(collection.name)
    if (before === undefined) return true
    checkUpgrade(before, collection)
    const fields = Object.keys(fieldTypesOf(collection))
    const isLeased = collection.leased === true && !before.leased
    return before.version !== collection.version || isLeased || fields.some((field) => before.fields[field] === undefined)
  })
  await checkPresent(
    run,
    shapes.filter(({ collection }) => kept.has(collection.name)),
    kept,
  )
  const indexes = shapes.flatMap((shape) => lackingIndexes(shape, kept.get(shape.collection.name)))
  return { tables: lacksTable.some(Boolean), indexes }
}

/**
 * Creates or extends tables, one node at a time; throws before anything is changed where the store is newer. Runs in one transaction. A new
 * table has its indexes at once; those of one that is there only `withIndexes`, for writers wait for them until the transaction ends.
 */
export async function prepareTables(run: Run, place: Place, shapes: readonly TableShape[], withIndexes: boolean): Promise<void> {
  const named = (statement: RawBuilder<unknown>, values: readonly unknown[] = []) => run(compileFor(postgres, statement), values)
  await lockTables(run, place)
  if ((await keptIn(run, place)) === null) await checkEncoding(run)
  if (place.schema !== null && !(await exists(run, place.schema))) await named(sql`create schema ${sql.id(place.schema)}`)
  await named(
    sql`create table if not exists ${metaTable(place)} (name text collate "C" primary key, version integer not null,
      fields text not null, indexes text not null, leased boolean not null)`,
  )
  const kept = (await keptIn(run, place)) ?? new Map<string, Kept>()
  for (const { collection } of shapes) {
    const before = kept.get(collection.name)
    if (before !== undefined) checkUpgrade(before, collection)
  }
  await checkPresent(run, shapes, kept)
  for (const shape of shapes) {
    const { name, version, leased = false } = shape.collection
    const before = kept.get(name)
    for (const definition of before === undefined ? [createTable(shape)] : addColumns(shape, before)) await named(definition)
    const made = before === undefined || withIndexes ? lackingIndexes(shape, before) : []
    for (const { create } of made) await run(create)
    if (shape.isLeased && before?.leased !== true && laneFieldOf(shape.collection) === null) await run(claimIndexOf(shape).create)
    const fields = JSON.stringify({ ...before?.fields, ...fieldTypesOf(shape.collection) })
    await named(
      sql`insert into ${metaTable(place)} as kept (name, version, fields, indexes, leased)
        values (${{ slot: 0 }}, ${{ slot: 1 }}, ${{ slot: 2 }}, ${{ slot: 3 }}, ${{ slot: 4 }}) on conflict (name) do update
        set version = excluded.version, fields = excluded.fields, indexes = excluded.indexes, leased = kept.leased or excluded.leased`,
      [name, version, fields, withMore(before, made), leased],
    )
  }
}

/** Throws where a table is not what the list of tables says. What is not listed yet can be judged by who has the lock alone. */
async function checkPresent(run: Run, shapes: readonly TableShape[], kept: ReadonlyMap<string, Kept>): Promise<void> {
  const { rows } = await run(columnsThere, [shapes.map(({ table }) => quoted(table))])
  for (const shape of shapes) {
    const own = rows.filter(([table]) => table === quoted(shape.table)).map(([, column]) => column as string)
    const listed = kept.get(shape.collection.name)
    checkTable(shape.table, listed === undefined ? null : columnsFor(listed.fields), new Set(own))
  }
}

const columnsThere = compileFor(
  postgres,
  sql`select name, attname::text from unnest(${{ slot: 0 }}::text[]) as asked (name)
    join pg_attribute on attrelid = to_regclass(name) and attnum > 0 and not attisdropped`,
)

/** Notes that the indexes are there. Runs in one transaction. */
export async function keepIndexes(run: Run, place: Place, made: readonly TableIndex[]): Promise<void> {
  await lockTables(run, place)
  const kept = await keptIn(run, place)
  for (const name of new Set(made.map(({ shape }) => shape.collection.name))) {
    const own = made.filter(({ shape }) => shape.collection.name === name)
    await run(compileFor(postgres, sql`update ${metaTable(place)} set indexes = ${{ slot: 1 }} where name = ${{ slot: 0 }}`), [
      name,
      withMore(kept?.get(name), own),
    ])
  }
}

/** Nodes wait here for each other, however long one takes; for tables that others use they wait no longer than for other locks. */
async function lockTables(run: Run, place: Place): Promise<void> {
  const lockMs = (await run({ sql: `select current_setting('lock_timeout'), set_config('lock_timeout', '0', true)`, places: [] }))
    .rows[0]?.[0]
  await run(compileFor(postgres, sql`select true from pg_advisory_xact_lock(${{ slot: 0 }}::bigint)`), [lockOf(prefixOf(place))])
  await run(compileFor(postgres, sql`select set_config('lock_timeout', ${{ slot: 0 }}, true)`), [lockMs])
}

/** Text beyond another encoding would be refused one day, in the middle of a process. */
async function checkEncoding(run: Run): Promise<void> {
  const { rows } = await run({ sql: `select current_database(), current_setting('server_encoding')`, places: [] })
  const [database, encoding] = rows[0] ?? [] // one row
  if (encoding === 'UTF8') return
  throw new StorageError(
    'constraint',
    `Database "${database}" has the encoding ${encoding}, which cannot keep every text. Make one for the store: create database … encoding 'UTF8' template template0.`,
    { database, encoding },
  )
}

function lackingIndexes(shape: TableShape, before: Kept | undefined): readonly TableIndex[] {
  const there = new Set(before?.indexes.map((index) => JSON.stringify(index)))
  return shape.collection.indexes
    .flatMap((index) => (there.has(JSON.stringify(index)) ? [] : [tableIndexOf(shape, index)]))
    .filter((index) => index !== null)
}

function withMore(before: Kept | undefined, made: readonly TableIndex[]): string {
  return JSON.stringify([...(before?.indexes ?? []), ...made.map(({ index }) => index)])
}

interface Kept {
  readonly version: number
  readonly fields: Readonly<Record<string, FieldType>>
  /** All that were ever needed: a node that needs fewer takes none away. */
  readonly indexes: readonly Index[]
  readonly leased: boolean
}

/** What the table of tables says; null where there is none. */
async function keptIn(run: Run, place: Place): Promise<Map<string, Kept> | null> {
  const list = listName(place)
  const there = await run(compileFor(postgres, sql`select to_regclass(${{ slot: 0 }}) is not null`), [quoted(list)])
  if (there.rows[0]?.[0] !== true) return null
  const { rows } = await run(compileFor(postgres, sql`select name, version, fields, indexes, leased from ${metaTable(place)}`))
  return new Map(
    rows.map(([name, version, fields, indexes, leased]) => [
      name as string,
      // written by prepareTables
      {
        version: version as number,
        fields: readListed(list, name as string, fields as string) as Kept['fields'],
        indexes: readListed(list, name as string, indexes as string) as Kept['indexes'],
        leased: leased as boolean,
      },
    ]),
  )
}

/** A name as `to_regclass` takes it. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}

async function exists(run: Run, schema: string): Promise<boolean> {
  const { rows } = await run(compileFor(postgres, sql`select 1 from pg_namespace where nspname = ${{ slot: 0 }}`), [schema])
  return rows.length > 0
}

/** The number of a lock by its name. */
export function lockOf(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString()
}

function metaTable(place: Place): RawBuilder<unknown> {
  return sql.table(listName(place))
}

/** The table that lists all others. */
function listName(place: Place): string {
  return `${prefixOf(place)}collections`
}

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text collate "C"',
  integer: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  instant: 'bigint',
  textSet: 'text[]',
}

function createTable(shape: TableShape): RawBuilder<unknown> {
  const columns = [
    sql`id text collate "C" not null primary key`,
    ...shape.fieldColumns.map((column, i) => definitionOf(column, shape.layout.types[i] as FieldType)),
    sql`body text not null`,
    sql`revision bigint not null`,
    ...(shape.isLeased ? leaseDefinitions() : []),
  ]
  return sql`create table ${sql.table(shape.table)} (${sql.join(columns)})`
}

function addColumns(shape: TableShape, kept: Kept): RawBuilder<unknown>[] {
  const fields = shape.fieldColumns.flatMap((column, i) =>
    kept.fields[shape.layout.names[i] as string] === undefined ? [definitionOf(column, shape.layout.types[i] as FieldType)] : [],
  )
  const leases = shape.isLeased && !kept.leased ? leaseDefinitions() : []
  return [...fields, ...leases].map((column) => sql`alter table ${sql.table(shape.table)} add column ${column}`)
}

function leaseDefinitions(): RawBuilder<unknown>[] {
  return [sql`fence bigint not null default 0`, sql`leased_until bigint`, sql`lease_owner text`]
}

function definitionOf(column: string, type: FieldType): RawBuilder<unknown> {
  return sql`${sql.ref(column)} ${sql.raw(COLUMN_TYPES[type])}`
}
