import type { Compilable, Kysely, RawBuilder } from 'kysely'
import type { FieldType } from '../collection.ts'
import type { TableShape } from './table-shape.ts'

/** Tables and columns are known by declaration, not by type. */
export type AnyTables = Record<string, Record<string, unknown>>

/** What one kind of SQL says in words of its own. */
export interface Dialect {
  /** Builds its SQL and runs nothing: statements are compiled once and run prepared. */
  readonly builder: Kysely<AnyTables>
  /** A bound value that a column of this type is compared with for equality. */
  equal(type: FieldType, given: Slot): RawBuilder<unknown>
  /** The column of a test that is to be served by no index, as far as the database cannot judge that itself. */
  unindexed(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** The column is one of a bound list. */
  isIn(column: RawBuilder<unknown>, given: Slot): RawBuilder<unknown>
  /** What has the members of a set as rows (`_value`, `_id`), in the order of values, then ids; null where a set is a column. */
  membersOf(shape: TableShape, field: string): RawBuilder<unknown> | null
  /** The set has the bound value, or one of a bound list. */
  has(shape: TableShape, field: string, given: Slot): RawBuilder<unknown>
  hasAny(shape: TableShape, field: string, given: Slot): RawBuilder<unknown>
  /** The id is one of those that a query gives. */
  among(ids: RawBuilder<unknown>): RawBuilder<unknown>
  /** A bound limit. */
  limit(given: Slot): RawBuilder<unknown>
  /** The column from the largest value down, nulls last. */
  descending(column: RawBuilder<unknown>, isNullable: boolean): RawBuilder<unknown>
  /** A value of a test as the driver takes it. */
  bound(value: unknown): unknown
}

/** Stands in a query for a value that is bound at each run: the one at this place of the list of values. */
export interface Slot {
  readonly slot: number
}

export function slot(place: number): Slot {
  return { slot: place }
}

/** A compiled query: its SQL, and for each of its parameters the place of the value, in order. */
export interface CompiledSql {
  readonly sql: string
  readonly places: readonly number[]
}

/** Every parameter of the query has to be a slot. */
export function compileFor({ builder }: Dialect, query: Compilable | RawBuilder<unknown>): CompiledSql {
  const { sql, parameters } = query.compile(builder)
  return { sql, places: (parameters as readonly Slot[]).map((parameter) => parameter.slot) }
}

/** A row as the driver gives it: the values of its columns, in order. */
export type RawRow = readonly (string | number | null)[]
