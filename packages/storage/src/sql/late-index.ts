import { sql } from 'kysely'
import { slot } from './dialect.ts'
import { compile } from './sqlite-dialect.ts'
import type { StatementCache } from './statement-cache.ts'
import { columnOf, type TableShape } from './table-shape.ts'
import { canBeLate, indexNameOf, metaStatements } from './tables.ts'

/** An index that a table with many rows came to need: a table of its own, kept by triggers and filled bit by bit. */
export interface LateIndex {
  readonly shape: TableShape
  readonly field: string
  readonly table: string
  readonly isFull: boolean
}

/** SQLite makes an index in one go, and nobody writes meanwhile: of so many rows in some 20 milliseconds. */
const ROWS_FEW = 10_000

/** Rows that are looked at in one transaction. */
const ROWS_A_TIME = 2_000

/** The field's index in the table of tables: no collection has such a name. Version 1 is a full one. */
function metaNameOf({ collection }: TableShape, field: string): string {
  return `${collection.name}.${field}`
}

/**
 * The indexes of the collection that are tables of their own, those included that are begun here: what a table with many rows lacks.
 * `kept`: the versions in the table of tables; `present`: the columns that the table has. Runs in the transaction that makes tables.
 */
export function lateIndexesOf(
  statements: StatementCache,
  prefix: string,
  shape: TableShape,
  present: ReadonlySet<string>,
  kept: ReadonlyMap<string, { readonly version: number }>,
): readonly LateIndex[] {
  const found: LateIndex[] = []
  for (const index of shape.collection.indexes) {
    const [field] = index.fields
    if (field === undefined || !canBeLate(shape, index)) continue
    const column = columnOf(field)
    const table = `${shape.table}_late_${column}`
    const before = kept.get(metaNameOf(shape, field))
    const name = indexNameOf(shape, [column], index.whereNotNull === undefined ? null : column)
    if (before === undefined && (!present.has(column) || isThere(statements, name) || !hasMany(statements, shape))) continue
    if (before === undefined) begin(statements, prefix, shape, field, table)
    found.push({ shape, field, table, isFull: before?.version === 1 })
  }
  return found
}

/** Where one transaction of the filling left off: the id of its last row; null when the index is full. */
export function fillOn(statements: StatementCache, prefix: string, { shape, field, table }: LateIndex, after: string): string | null {
  const column = sql.ref(columnOf(field))
  const [last] = statements.once(
    compile(sql`select id from ${sql.table(shape.table)} where id > ${slot(0)} order by id limit 1 offset ${slot(1)}`),
    [after, ROWS_A_TIME - 1],
  )
  const until = (last?.[0] ?? null) as string | null
  const isUntil = until === null ? sql`` : sql` and id <= ${slot(1)}`
  statements.once(
    compile(
      sql`insert or ignore into ${sql.table(table)} (_value, _id)
        select ${column}, id from ${sql.table(shape.table)} where id > ${slot(0)}${isUntil} and ${column} is not null`,
    ),
    [after, until],
  )
  if (until === null) statements.once(metaStatements(prefix).keep, [metaNameOf(shape, field), 1, '{}'])
  return until
}

function begin(statements: StatementCache, prefix: string, shape: TableShape, field: string, table: string): void {
  const of = sql.table(shape.table)
  const late = sql.table(table)
  const column = sql.ref(columnOf(field))
  const trigger = (verb: string) => sql.ref(`${table}_${verb}`)
  const add = sql`insert or ignore into ${late} (_value, _id) select new.${column}, new.id where new.${column} is not null;`
  const remove = sql`delete from ${late} where _value = old.${column} and _id = old.id;`
  for (const definition of [
    sql`create table ${late} (_value text not null, _id text not null, primary key (_value, _id)) without rowid`,
    sql`create trigger ${trigger('insert')} after insert on ${of} begin ${add} end`,
    sql`create trigger ${trigger('delete')} after delete on ${of} begin ${remove} end`,
    sql`create trigger ${trigger('update')} after update of ${column} on ${of} when old.${column} is not new.${column} begin ${remove} ${add} end`,
  ])
    statements.once(compile(definition))
  statements.once(metaStatements(prefix).keep, [metaNameOf(shape, field), 0, '{}'])
}

function isThere(statements: StatementCache, index: string): boolean {
  return statements.once(compile(sql`select 1 from sqlite_master where type = 'index' and name = ${slot(0)}`), [index]).length > 0
}

/** Reads that many ids and no more. */
function hasMany(statements: StatementCache, { table }: TableShape): boolean {
  return statements.once(compile(sql`select 1 from ${sql.table(table)} where id >= '' limit 1 offset ${slot(0)}`), [ROWS_FEW]).length > 0
}
