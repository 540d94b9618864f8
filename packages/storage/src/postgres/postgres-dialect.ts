import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import type { FieldType } from '../collection.ts'
import type { FieldValue } from '../contract.ts'
import type { Filter, Test } from '../query.ts'
import { typeOf } from '../sql/condition.ts'
import type { AnyTables, Dialect } from '../sql/dialect.ts'
import { columnOf, type TableShape } from '../sql/table-shape.ts'

/** PostgreSQL's SQL: sets are arrays, lists are bound as arrays. */
export const postgres: Dialect = {
  builder: new Kysely<AnyTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
  equal: (_, given) => sql`${given}`,
  // it keeps figures of each column
  unindexed: (column) => column,
  isIn: (column, given) => sql`${column} = any(${given})`,
  membersOf: () => null,
  has: (_, field, given) => sql`${sql.ref(columnOf(field))} @> array[${given}::text]`,
  hasAny: (_, field, given) => sql`${sql.ref(columnOf(field))} && ${given}::text[]`,
  // an array is looked up in the index, whatever the planner thinks of the query that gives it
  among: (ids) => sql`id = any(array(${ids}))`,
  limit: (given) => sql`${given}::bigint`,
  descending: (column, isNullable) => (isNullable ? sql`${column} desc nulls last` : sql`${column} desc`),
  bound: (value) => value,
}

/** The store's clock, epoch milliseconds. */
export const CLOCK: ReturnType<typeof sql> = sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** The same filter asked in whole numbers where the column holds whole numbers: it is not compared with 1.5 or infinity. */
export function inWholeNumbers(shape: TableShape, { tests, branches }: Filter): Filter {
  const whole = (test: Test): Test => wholeTest(typeOf(shape, test.field), test)
  return { tests: tests.map(whole), branches: branches?.map((branch) => branch.map(whole)) ?? null }
}

/** Beyond every number that is kept, and within what the column's type knows. */
const BEYOND = 2 ** 53

function wholeTest(type: FieldType, test: Test): Test {
  const { operator, value } = test
  if (type !== 'integer' && type !== 'instant') return test
  if (operator === 'in') return { ...test, value: (value as readonly FieldValue[]).filter(Number.isSafeInteger) }
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return test
  if (operator === 'eq') return { ...test, operator: 'in', value: [] }
  const up = operator === 'lt' || operator === 'gte'
  return { ...test, value: Math.min(BEYOND, Math.max(-BEYOND, up ? Math.ceil(value) : Math.floor(value))) }
}
