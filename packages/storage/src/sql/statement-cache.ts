import type { Database, Statement } from 'better-sqlite3'
import type { CompiledSql, RawRow } from './dialect.ts'
import type { TableShape } from './table-shape.ts'

/** For one table. */
const STATEMENTS_MAX = 500

/** A prepared statement that takes its values as one list. */
export interface Prepared {
  /** Runs a statement that gives no rows; how many rows it changed. */
  run(values: readonly unknown[]): number
  first(values: readonly unknown[]): RawRow | undefined
  all(values: readonly unknown[]): readonly RawRow[]
}

/** Statements prepared once for one connection, by the table they are about and a key that names the query. */
export class StatementCache {
  readonly #database: Database
  readonly #prepared = new WeakMap<TableShape, Map<string, Prepared>>()
  readonly #byPattern = new WeakMap<TableShape, Map<string, Map<number, Prepared>>>()

  constructor(database: Database) {
    this.#database = database
  }

  /** The statement of this key; `make` compiles it at its first use. Of too many for one table the oldest goes. */
  of(shape: TableShape, key: string, make: (shape: TableShape) => CompiledSql): Prepared {
    let ofTable = this.#prepared.get(shape)
    if (ofTable === undefined) {
      ofTable = new Map()
      this.#prepared.set(shape, ofTable)
    }
    return ofTable.get(key) ?? this.#keep(ofTable, key, make(shape))
  }

  /** As `of`, for a statement that has one form for each pattern of fields: found without putting a key together. */
  ofPattern(shape: TableShape, verb: string, pattern: number, make: () => CompiledSql): Prepared {
    let ofTable = this.#byPattern.get(shape)
    if (ofTable === undefined) {
      ofTable = new Map()
      this.#byPattern.set(shape, ofTable)
    }
    let ofVerb = ofTable.get(verb)
    if (ofVerb === undefined) {
      ofVerb = new Map()
      ofTable.set(verb, ofVerb)
    }
    return ofVerb.get(pattern) ?? this.#keep(ofVerb, pattern, make())
  }

  #keep<K>(kept: Map<K, Prepared>, key: K, compiled: CompiledSql): Prepared {
    if (kept.size >= STATEMENTS_MAX) kept.delete(kept.keys().next().value as K) // not empty
    const prepared = prepare(this.#database, compiled)
    kept.set(key, prepared)
    return prepared
  }

  /** Runs a statement that is not worth keeping. */
  once(compiled: CompiledSql, values: readonly unknown[] = []): readonly RawRow[] {
    const statement = statementOf(this.#database, compiled.sql)
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
  const statement = statementOf(database, sql)
  if (statement.reader) statement.raw(true)
  const isInOrder = places.every((place, i) => place === i)
  const inOrder = (values: readonly unknown[]): unknown[] =>
    isInOrder && values.length === places.length ? (values as unknown[]) : places.map((place) => values[place])
  return {
    // one argument for each value: the driver reads a list element by element, a tenth slower
    run: (values) => statement.run(...inOrder(values)).changes,
    // raw statements give lists of values
    first: (values) => statement.get(...inOrder(values)) as RawRow | undefined,
    all: (values) => statement.all(...inOrder(values)) as RawRow[],
  }
}

/** Whole numbers are numbers, whatever the host chose for its connection. */
function statementOf(database: Database, sql: string): Statement<unknown[]> {
  return database.prepare<unknown[]>(sql).safeIntegers(false)
}
