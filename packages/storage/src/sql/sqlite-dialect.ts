import { type Compilable, DummyDriver, Kysely, type RawBuilder, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import { type AnyTables, type CompiledSql, compileFor, type Dialect } from './dialect.ts'
import { columnOf, type TableShape } from './table-shape.ts'

/**
 * SQLite's SQL. It peeks at the value behind a bare parameter that is compared for equality beside an order, or is a limit, and then
 * prepares the statement anew whenever another value is bound: ten times the cost of a small query. So these stand in a sum or a
 * concatenation, which it does not look into.
 */
export const sqlite: Dialect = {
  builder: new Kysely<AnyTables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  equal: (type, given) => (type === 'text' || type === 'textSet' ? sql`(${given} || '')` : sql`(${given} + 0)`),
  unindexed: (column) => sql`+${column}`,
  isIn: (column, given) => sql`${column} in (select value from json_each(${given}))`,
  membersOf: (shape, field) => sql`(select value as _value, id as _id from ${sideTableOf(shape, field)})`,
  has: (shape, field, given) => sql`id in (select id from ${sideTableOf(shape, field)} where value = ${given})`,
  hasAny: (shape, field, given) =>
    sql`id in (select id from ${sideTableOf(shape, field)} where value in (select value from json_each(${given})))`,
  among: (ids) => sql`id in (${ids})`,
  limit: (given) => sql`(${given} + 0)`,
  // null is the smallest value: already last
  descending: (column) => sql`${column} desc`,
  bound(value) {
    if (typeof value === 'boolean') return value ? 1 : 0
    return Array.isArray(value) ? JSON.stringify(value) : value
  },
}

/** Every parameter of the query has to be a slot. */
export function compile(query: Compilable | RawBuilder<unknown>): CompiledSql {
  return compileFor(sqlite, query)
}

function sideTableOf({ table }: TableShape, field: string): RawBuilder<unknown> {
  return sql`${sql.table(`${table}_${columnOf(field)}`)}`
}
