import { type RawBuilder, sql } from 'kysely'
import type { FieldType, Index, StoredRecord } from '../collection.ts'
import { fieldTypesOf } from '../declaration.ts'
import { StorageError } from '../errors.ts'
import { laneFieldOf } from '../lanes.ts'
import { fieldOf } from '../records.ts'
import type { CompiledSql } from './dialect.ts'
import { compile, sqlite } from './sqlite-dialect.ts'
import type { StatementCache } from './statement-cache.ts'
import { columnOf, type TableShape } from './table-shape.ts'

/** The values of the record's fields as they are bound: booleans as 0 and 1, a set as JSON, null where it is empty. */
export function fieldValuesOf({ layout: { names, types } }: TableShape, record: StoredRecord): unknown[] {
  const values: unknown[] = []
  for (let i = 0; i < names.length; i++) values.push(boundOf(types[i] as FieldType, fieldOf(record, names[i] as string)))
  return values
}

function boundOf(type: FieldType, value: unknown): unknown {
  if (value === null) return null
  if (type === 'boolean') return value ? 1 : 0
  if (type !== 'textSet') return value
  return (value as readonly string[]).length === 0 ? null : JSON.stringify(value)
}

const COLUMN_TYPES: Readonly<Record<FieldType, 'text' | 'integer' | 'real'>> = {
  text: 'text',
  integer: 'integer',
  real: 'real',
  boolean: 'integer',
  instant: 'integer',
  textSet: 'text',
}

/**
 * What has to be run to have the collection's tables and indexes, given the columns that its table has already (none: there is no table).
 * `late`: fields whose index is a table of its own.
 */
export function definitionsOf(shape: TableShape, present: ReadonlySet<string>, late: ReadonlySet<string>): readonly CompiledSql[] {
  const statements = present.size === 0 ? [createTable(shape)] : addColumns(shape, present)
  for (const { sideTable } of shape.sets) {
    statements.push(
      sql`create table if not exists ${sql.table(sideTable)} (value text not null, id text not null, primary key (value, id)) without rowid`,
    )
  }
  for (const index of shape.collection.indexes) {
    const [first] = index.fields
    // membership is served by the side table, order by id alone by the table itself
    if (fieldTypesOf(shape.collection)[first as string] === 'textSet' || index.fields.join() === 'id') continue
    if (late.has(first as string) && canBeLate(shape, index)) continue
    statements.push(createIndex(shape, index.fields.map(columnOf), index.whereNotNull === undefined ? null : columnOf(index.whereNotNull)))
  }
  if (shape.isLeased && laneFieldOf(shape.collection) === null) statements.push(createIndex(shape, ['priority', 'due_at'], 'due_at'))
  return statements.map((statement) => compile(statement))
}

function createTable(shape: TableShape): RawBuilder<unknown> {
  const columns = [
    sql`id text not null primary key`,
    ...shape.fieldColumns.map((column, i) => definitionOf(column, COLUMN_TYPES[shape.layout.types[i] as FieldType])),
    sql`body text not null`,
    sql`revision integer not null`,
    ...(shape.isLeased ? leaseDefinitions() : []),
  ]
  return sql`create table ${sql.table(shape.table)} (${sql.join(columns)}) without rowid`
}

function addColumns(shape: TableShape, present: ReadonlySet<string>): RawBuilder<unknown>[] {
  const fields = shape.fieldColumns.flatMap((column, i) =>
    present.has(column) ? [] : [definitionOf(column, COLUMN_TYPES[shape.layout.types[i] as FieldType])],
  )
  const leases = shape.isLeased && !present.has('fence') ? leaseDefinitions() : []
  return [...fields, ...leases].map((column) => sql`alter table ${sql.table(shape.table)} add column ${column}`)
}

function leaseDefinitions(): RawBuilder<unknown>[] {
  return [sql`fence integer not null default 0`, definitionOf('leased_until', 'integer'), definitionOf('lease_owner', 'text')]
}

function definitionOf(column: string, type: 'text' | 'integer' | 'real'): RawBuilder<unknown> {
  return sql`${sql.ref(column)} ${sql.raw(type)}`
}

/** True for an index that a table of its own can stand for: over one text. */
export function canBeLate({ collection }: TableShape, { fields, whereNotNull }: Index): boolean {
  const [field, other] = fields
  const isText = field !== undefined && other === undefined && fieldTypesOf(collection)[field] === 'text'
  return isText && (whereNotNull === undefined || whereNotNull === field)
}

/** The name says what the index holds, so that another declaration makes another index. */
export function indexNameOf({ table }: TableShape, columns: readonly string[], notNull: string | null): string {
  return `${table}_by_${columns.join('_')}${notNull === null ? '' : `_where_${notNull}`}`
}

function createIndex(shape: TableShape, columns: readonly string[], notNull: string | null): RawBuilder<unknown> {
  const name = indexNameOf(shape, columns, notNull)
  // the id is in every index already, for the table is kept by it
  const keys = columns.filter((column, i) => column !== 'id' || i < columns.length - 1)
  const all = sql`create index if not exists ${sql.ref(name)} on ${sql.table(shape.table)} (${sql.join(keys.map((key) => sql.ref(key)))})`
  return notNull === null ? all : sql`${all} where ${sql.ref(notNull)} is not null`
}

/** The table of tables: which collections are kept, in which version, with which fields. */
export function metaStatements(prefix: string): { readonly create: CompiledSql; readonly all: CompiledSql; readonly keep: CompiledSql } {
  const table = `${prefix}collections`
  return {
    create: compile(
      sqlite.builder.schema
        .createTable(table)
        .ifNotExists()
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('fields', 'text', (column) => column.notNull()),
    ),
    all: compile(sqlite.builder.selectFrom(table).select(['name', 'version', 'fields'])),
    keep: compile(
      sql`insert into ${sql.table(table)} (name, version, fields) values (${{ slot: 0 }}, ${{ slot: 1 }}, ${{ slot: 2 }})
        on conflict (name) do update set version = excluded.version, fields = excluded.fields`,
    ),
  }
}

/** Refuses a database of another encoding: text has another order there. Only a database that somebody made so has one. */
export function checkEncoding(statements: StatementCache): void {
  const encoding = statements.once({ sql: 'select encoding from pragma_encoding', places: [] })[0]?.[0]
  if (encoding === 'UTF-8') return
  throw new StorageError(
    'constraint',
    `The database has the encoding ${encoding}, in which text is ordered otherwise. Give the store a file of its own.`,
    { encoding },
  )
}
