import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Collection, FieldType } from '../collection.ts'
import { checkUpgrade, fieldTypesOf } from '../declaration.ts'
import { compileFor } from '../sql/dialect.ts'
import { columnOf, type TableShape } from '../sql/table-shape.ts'
import type { Run } from './connection.ts'
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

/** True where everything that the shapes need is there: nothing has to be locked then. */
export async function isPrepared(run: Run, place: Place, shapes: readonly TableShape[]): Promise<boolean> {
  const kept = await keptIn(run, place)
  if (kept === null) return false
  for (const { collection } of shapes) {
    const before = kept.get(collection.name)
    if (before === undefined) return false
    checkUpgrade(before, collection)
    if (before.version !== collection.version || before.indexes !== indexesOf(collection)) return false
    const fields = fieldTypesOf(collection)
    if (Object.keys(fields).some((field) => before.fields[field] === undefined)) return false
    if (collection.leased === true && !before.leased) return false
  }
  return true
}

/** Creates or extends tables, one node at a time; throws before anything is changed where the store is newer. Runs in one transaction. */
export async function prepareTables(run: Run, place: Place, shapes: readonly TableShape[]): Promise<void> {
  const named = (statement: RawBuilder<unknown>, values: readonly unknown[] = []) => run(compileFor(postgres, statement), values)
  await named(sql`select pg_advisory_xact_lock(${{ slot: 0 }}::bigint)`, [lockOf(place)])
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
  for (const shape of shapes) {
    const { name, version, leased = false } = shape.collection
    const before = kept.get(name)
    for (const definition of definitionsOf(shape, before ?? null)) await named(definition)
    const fields = JSON.stringify({ ...before?.fields, ...fieldTypesOf(shape.collection) })
    await named(
      sql`insert into ${metaTable(place)} as kept (name, version, fields, indexes, leased)
        values (${{ slot: 0 }}, ${{ slot: 1 }}, ${{ slot: 2 }}, ${{ slot: 3 }}, ${{ slot: 4 }}) on conflict (name) do update
        set version = excluded.version, fields = excluded.fields, indexes = excluded.indexes, leased = kept.leased or excluded.leased`,
      [name, version, fields, indexesOf(shape.collection), leased],
    )
  }
}

interface Kept {
  readonly version: number
  readonly fields: Readonly<Record<string, FieldType>>
  readonly indexes: string
  readonly leased: boolean
}

/** What the table of tables says; null where there is none. */
async function keptIn(run: Run, place: Place): Promise<Map<string, Kept> | null> {
  const there = await run(compileFor(postgres, sql`select to_regclass(${{ slot: 0 }}) is not null`), [
    quoted(`${prefixOf(place)}collections`),
  ])
  if (there.rows[0]?.[0] !== true) return null
  const { rows } = await run(compileFor(postgres, sql`select name, version, fields, indexes, leased from ${metaTable(place)}`))
  return new Map(
    rows.map(([name, version, fields, indexes, leased]) => [
      name as string,
      // written by prepareTables
      {
        version: version as number,
        fields: JSON.parse(fields as string) as Kept['fields'],
        indexes: indexes as string,
        leased: leased as boolean,
      },
    ]),
  )
}

function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}

async function exists(run: Run, schema: string): Promise<boolean> {
  const { rows } = await run(compileFor(postgres, sql`select 1 from pg_namespace where nspname = ${{ slot: 0 }}`), [schema])
  return rows.length > 0
}

/** The number of the lock that nodes take while they prepare. */
function lockOf(place: Place): string {
  return createHash('sha256').update(prefixOf(place)).digest().readBigInt64BE().toString()
}

function metaTable(place: Place): RawBuilder<unknown> {
  return sql.table(`${prefixOf(place)}collections`)
}

function indexesOf(collection: Collection): string {
  return JSON.stringify(collection.indexes)
}

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text collate "C"',
  integer: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  instant: 'bigint',
  textSet: 'text[]',
}

/** What has to be run to have the collection's table and indexes, given what is kept of it (null: there is no table). */
function definitionsOf(shape: TableShape, kept: Kept | null): readonly RawBuilder<unknown>[] {
  const statements = kept === null ? [createTable(shape)] : addColumns(shape, kept)
  for (const index of shape.collection.indexes) {
    const [first] = index.fields
    if (index.fields.join() === 'id') continue
    const isSet = fieldTypesOf(shape.collection)[first as string] === 'textSet'
    statements.push(isSet ? createSetIndex(shape, first as string) : createIndex(shape, index.fields, index.whereNotNull ?? null))
  }
  if (shape.isLeased) statements.push(createIndex(shape, ['priority', 'dueAt'], 'dueAt'))
  return statements
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

/** The id stands last in each index: it is the last criterion of each order. */
function createIndex(shape: TableShape, fields: readonly string[], notNull: string | null): RawBuilder<unknown> {
  const columns = [...fields.filter((field, i) => field !== 'id' || i < fields.length - 1), 'id'].map(columnOf)
  const where = notNull === null ? sql`` : sql` where ${sql.ref(columnOf(notNull))} is not null`
  const name = indexName(shape, columns, notNull)
  return sql`create index if not exists ${sql.ref(name)} on ${sql.table(shape.table)} (${sql.join(columns.map((column) => sql.ref(column)))})${where}`
}

function createSetIndex(shape: TableShape, field: string): RawBuilder<unknown> {
  const column = columnOf(field)
  const name = indexName(shape, [column], field)
  return sql`create index if not exists ${sql.ref(name)} on ${sql.table(shape.table)} using gin (${sql.ref(column)}) where ${sql.ref(column)} is not null`
}

const NAME_MAX = 63

/** The name says what the index holds, so that another declaration makes another index; a long one ends in its digest. */
function indexName({ table }: TableShape, columns: readonly string[], notNull: string | null): string {
  const own = table.slice(table.indexOf('.') + 1)
  const name = `${own}_by_${columns.join('_')}${notNull === null ? '' : `_where_${columnOf(notNull)}`}`
  if (name.length <= NAME_MAX) return name
  return `${name.slice(0, NAME_MAX - 9)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
