import type { Database, Statement } from 'better-sqlite3'
import type { CompiledSql } from './dialect.ts'

const STATEMENTS_MAX = 1_000

/** A row as the driver gives it: the values of its columns, in order. */
export type RawRow = readonly (string | number | null)[]

/** A prepared statement that takes its values as one list. */
export interface Prepared {
  /** Runs a statement that gives no rows; how many rows it changed. */
  run(values: readonly unknown[]): number
  first(values: readonly unknown[]): RawRow | undefined
  all(values: readonly unknown[]): readonly RawRow[]
}

/** Statements prepared once for one connection, by a key that names the query; the least recently made go first when there are too many. */
export class StatementCache {
  readonly #database: Database
  readonly #prepared = new Map<string, Prepared>()

  constructor(database: Database) {
    this.#database = database
  }

  /** The statement of this key; `make` compiles it at its first use. */
  of(key: string, make: () => CompiledSql): Prepared {
    let prepared = this.#prepared.get(key)
    if (prepared === undefined) {
      if (this.#prepared.size >= STATEMENTS_MAX) this.#prepared.delete(this.#prepared.keys().next().value as string) // not empty
      prepared = prepare(this.#database, make())
      this.#prepared.set(key, prepared)
    }
    return prepared
  }

  /** Runs a statement that is not worth keeping. */
  once(compiled: CompiledSql, values: readonly unknown[] = []): readonly RawRow[] {
    const statement: Statement<unknown[]> = this.#database.prepare(compiled.sql)
    const bound = compiled.places.map((place) => values[place])
    if (statement.reader) return statement.raw(true).all(bound) as RawRow[] // raw statements give lists of values
    statement.run(bound)
    return []
  }

  /** The names of a table's columns; empty when there is no such table. */
  columnsOf(table: string): ReadonlySet<string> {
    const columns = this.once({ sql: 'select name from pragma_table_info(?)', places: [0] }, [table])
    return new Set(columns.map(([name]) => name as string))
  }
}

function prepare(database: Database, { sql, places }: CompiledSql): Prepared {
  const statement: Statement<unknown[]> = database.prepare(sql)
  if (statement.reader) statement.raw(true)
  const isInOrder = places.every((place, i) => place === i)
  const inOrder = (values: readonly unknown[]): unknown[] =>
    isInOrder && values.length === places.length ? (values as unknown[]) : places.map((place) => values[place])
  return {
    run: (values) => statement.run(inOrder(values)).changes,
    // raw statements give lists of values
    first: (values) => statement.get(inOrder(values)) as RawRow | undefined,
    all: (values) => statement.all(inOrder(values)) as RawRow[],
  }
}
