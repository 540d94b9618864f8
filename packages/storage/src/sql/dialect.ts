import { type Compilable, DummyDriver, Kysely, type RawBuilder, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

/** Tables and columns are known by declaration, not by type. */
export type AnyTables = Record<string, Record<string, unknown>>

/** Builds SQLite's SQL and runs nothing: statements are compiled once here and run prepared by the connection. */
export const builder: Kysely<AnyTables> = new Kysely<AnyTables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

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
export function compile(query: Compilable | RawBuilder<unknown>): CompiledSql {
  const { sql, parameters } = query.compile(builder)
  return { sql, places: (parameters as readonly Slot[]).map((parameter) => parameter.slot) }
}

/** A row as the driver gives it: the values of its columns, in order. */
export type RawRow = readonly (string | number | null)[]
