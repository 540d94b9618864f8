import { type RawBuilder, sql } from 'kysely'
import type { Collection, FieldType, StoredRecord } from '../collection.ts'
import type { Stored } from '../contract.ts'
import { fieldTypesOf } from '../declaration.ts'
import { fieldOf, type Layout } from '../records.ts'
import { builder, type CompiledSql, compile, type RawRow } from './dialect.ts'

/** How a collection lies in SQL: a table with a column for each declared field, the body as JSON text, and what a store adds. */
export interface TableShape {
  readonly collection: Collection
  readonly layout: Layout
  readonly table: string
  /** In the order of a row as it is read: id, the fields, body, revision and, where leased, fence, leased_until, lease_owner. */
  readonly columns: readonly string[]
  readonly fieldColumns: readonly string[]
  /** Columns that an index or a side table holds. */
  readonly searched: ReadonlySet<string>
  readonly isLeased: boolean
  /** A record with all its fields and no values: copied and filled, every record of the collection has one form. */
  readonly blank: Readonly<Record<string, unknown>>
  /** The textSet fields: their place among the fields, and the side table (value, id) that makes them searchable. */
  readonly sets: readonly { readonly place: number; readonly sideTable: string }[]
}

export function tableShapeOf(collection: Collection, prefix: string): TableShape {
  const fields = fieldTypesOf(collection)
  const names = Object.keys(fields)
  const types = names.map((name) => fields[name] as FieldType)
  const table = prefix + collection.name
  const fieldColumns = names.map(columnOf)
  const isLeased = collection.leased === true
  return {
    collection,
    layout: { names, types },
    table,
    columns: ['id', ...fieldColumns, 'body', 'revision', ...(isLeased ? LEASE_COLUMNS : [])],
    fieldColumns,
    searched: new Set(
      [
        ...collection.indexes.flatMap(({ fields: indexed, whereNotNull = [] }) => [...indexed, ...[whereNotNull].flat()]),
        ...names.filter((name) => fields[name] === 'textSet'),
      ].map(columnOf),
    ),
    isLeased,
    blank: Object.fromEntries(['id', ...names, 'body'].map((name) => [name, null])),
    sets: types.flatMap((type, place) => (type === 'textSet' ? [{ place, sideTable: `${table}_${fieldColumns[place]}` }] : [])),
  }
}

const LEASE_COLUMNS = ['fence', 'leased_until', 'lease_owner']

/** dueAt -> due_at. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A row with all columns of the shape, as a record. */
export function storedOf(shape: TableShape, row: RawRow): Stored {
  const { names, types } = shape.layout
  const record: Record<string, unknown> = { ...shape.blank, id: row[0] }
  let at = 1
  for (let i = 0; i < names.length; i++) record[names[i] as string] = fieldValueOf(types[i] as FieldType, row[at++] ?? null)
  record.body = JSON.parse(row[at++] as string)
  const revision = row[at++] as number
  return {
    record: record as unknown as StoredRecord, // id, the fields and the body were just set
    revision,
    fence: shape.isLeased ? (row[at] as number) : 0,
    leasedUntil: shape.isLeased ? (row[at + 1] as number | null) : null,
    leaseOwner: shape.isLeased ? (row[at + 2] as string | null) : null,
  }
}

function fieldValueOf(type: FieldType, value: string | number | null): unknown {
  if (type === 'textSet') return value === null ? [] : JSON.parse(value as string)
  return type === 'boolean' && value !== null ? value === 1 : value
}

/** The values of the record's fields as they are bound: booleans as 0 and 1, a set as JSON, null where it is empty. */
export function fieldValuesOf({ layout }: TableShape, record: StoredRecord): unknown[] {
  return layout.names.map((name, i) => {
    const value = fieldOf(record, name)
    if (value === null) return null
    if (layout.types[i] === 'boolean') return value ? 1 : 0
    if (layout.types[i] !== 'textSet') return value
    return (value as readonly string[]).length === 0 ? null : JSON.stringify(value)
  })
}

const COLUMN_TYPES: Readonly<Record<FieldType, 'text' | 'integer' | 'real'>> = {
  text: 'text',
  integer: 'integer',
  real: 'real',
  boolean: 'integer',
  instant: 'integer',
  textSet: 'text',
}

/** What has to be run to have the collection's tables and indexes, given the columns that its table has already (none: there is no table). */
export function definitionsOf(shape: TableShape, present: ReadonlySet<string>): readonly CompiledSql[] {
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
    statements.push(createIndex(shape, index.fields.map(columnOf), index.whereNotNull === undefined ? null : columnOf(index.whereNotNull)))
  }
  if (shape.isLeased) statements.push(createIndex(shape, ['priority', 'due_at'], 'due_at'))
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

/** The name says what the index holds, so that another declaration makes another index. */
function createIndex(shape: TableShape, columns: readonly string[], notNull: string | null): RawBuilder<unknown> {
  const name = `${shape.table}_by_${columns.join('_')}${notNull === null ? '' : `_where_${notNull}`}`
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
      builder.schema
        .createTable(table)
        .ifNotExists()
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('fields', 'text', (column) => column.notNull()),
    ),
    all: compile(builder.selectFrom(table).select(['name', 'version', 'fields'])),
    keep: compile(
      sql`insert into ${sql.table(table)} (name, version, fields) values (${{ slot: 0 }}, ${{ slot: 1 }}, ${{ slot: 2 }})
        on conflict (name) do update set version = excluded.version, fields = excluded.fields`,
    ),
  }
}
