import { type RawBuilder, sql } from 'kysely'
import type { Cursor } from '../contract.ts'
import { fieldTypesOf } from '../declaration.ts'
import type { Filter, Selection, Test } from '../query.ts'
import { allOf, columnIn, filterValues, testSql } from './condition.ts'
import { type CompiledSql, compileFor, type Dialect, slot } from './dialect.ts'
import { asAsked } from './index-choice.ts'
import type { TableShape } from './table-shape.ts'

/** What is to be done with the rows that pass a filter; no order = as they come. */
export interface Wanted {
  readonly order: Selection['order'] | null
  readonly limit: number
  readonly after: Cursor | null
}

/** True where rows are wanted in the order of ids. */
export function isById({ order }: Wanted): boolean {
  return order !== null && (order[0]?.field ?? 'id') === 'id'
}

/** A query that is compiled at its first use: those of one table with one key have the same SQL. */
export interface Asked {
  readonly key: string
  readonly make: () => CompiledSql
  readonly values: readonly unknown[]
}

/** The rows that pass, with all columns of the shape, in order. A filter with an empty list of branches passes nothing and is not asked. */
export function askRows(dialect: Dialect, shape: TableShape, filter: Filter, wanted: Wanted): Asked {
  return {
    key: `find${keyOf(filter, wanted)}`,
    make: () => compileFor(dialect, selectSql(dialect, shape, filter, wanted)),
    values: valuesOf(dialect, filter, wanted),
  }
}

/** How many rows pass, counted up to `cap`: one row with one number. */
export function askCount(dialect: Dialect, shape: TableShape, filter: Filter, cap: number): Asked {
  const wanted: Wanted = { order: null, limit: cap, after: null }
  return {
    key: `count${keyOf(filter, wanted)}`,
    make: () => compileFor(dialect, countSql(dialect, shape, filter, wanted)),
    values: valuesOf(dialect, filter, wanted),
  }
}

/** Queries of one table and one key have the same SQL. */
function keyOf(filter: Filter, { order, after }: Wanted): string {
  let key = keyOfTests(filter.tests)
  for (const branch of filter.branches ?? []) key += ` |${keyOfTests(branch)}`
  for (const { field, descending } of order ?? []) key += descending ? ` -${field}` : ` +${field}`
  if (after !== null) for (const value of after.values) key += value === null ? ' null' : ' value'
  return after === null ? key : `${key} after`
}

function keyOfTests(tests: readonly Test[]): string {
  let key = ''
  for (const { field, operator, value } of tests) key += operator === 'isNull' ? ` ${field} isNull ${value}` : ` ${field} ${operator}`
  return key
}

/** The values in the order of their slots: those of the tests, of the branches' tests, of the cursor, the limit. */
function valuesOf(dialect: Dialect, filter: Filter, { limit, after }: Wanted): unknown[] {
  const values = filterValues(dialect, filter)
  if (after !== null) {
    for (const value of after.values) if (value !== null) values.push(dialect.bound(value))
    values.push(after.id)
  }
  values.push(limit)
  return values
}

function selectSql(dialect: Dialect, shape: TableShape, filter: Filter, wanted: Wanted): RawBuilder<unknown> {
  const columns = sql.join(shape.columns.map((column) => sql.ref(column)))
  const { parts, limit } = partsOf(dialect, shape, filter, wanted)
  const [only] = parts
  if (filter.branches === null && only !== undefined) {
    const order = orderSql(dialect, only.shape, filter, wanted)
    return sql`select ${columns} from ${fromSql(dialect, only.shape)} where ${only.condition}${order} limit ${limit}`
  }
  const ids = parts.map(({ shape: own, condition }) => {
    const order = orderSql(dialect, own, filter, wanted)
    return sql`select id from (select id from ${fromSql(dialect, own)} where ${condition}${order} limit ${limit}) as part`
  })
  const among = dialect.among(sql.join(ids, sql` union `))
  return sql`select ${columns} from ${fromSql(dialect, shape)} where ${among}${orderSql(dialect, shape, filter, wanted)} limit ${limit}`
}

function countSql(dialect: Dialect, shape: TableShape, filter: Filter, wanted: Wanted): RawBuilder<unknown> {
  const { parts, limit } = partsOf(dialect, shape, filter, wanted)
  const ids = parts.map(
    ({ shape: own, condition }) => sql`select id from (select id from ${fromSql(dialect, own)} where ${condition} limit ${limit}) as part`,
  )
  return sql`select count(*) from (${sql.join(ids, sql` union `)} limit ${limit}) as counted`
}

/** A cross join is run in the order in which it is written. */
function fromSql(dialect: Dialect, shape: TableShape): RawBuilder<unknown> {
  const { goesBy, late } = shape
  const table = sql`${sql.table(shape.table)}`
  if (goesBy === null) return table
  const through = late.get(goesBy)
  return sql`${through === undefined ? dialect.membersOf(shape, goesBy) : sql.table(through)} cross join ${table} on id = _id`
}

/** Each branch (the one there is without `anyOf`), as it sees the table and with its condition, and the limit. */
function partsOf(
  dialect: Dialect,
  shape: TableShape,
  filter: Filter,
  wanted: Wanted,
): { parts: { readonly shape: TableShape; readonly condition: RawBuilder<unknown> }[]; limit: RawBuilder<unknown> } {
  const branches = filter.branches ?? [[]]
  const { order, after } = wanted
  const behind = valued(filter.tests).length + branches.reduce((sum, branch) => sum + valued(branch).length, 0)
  let place = valued(filter.tests).length
  const parts = branches.map((branch) => {
    const own = asAsked(dialect, shape, [...filter.tests, ...branch], isById(wanted))
    const conditions = (tests: readonly Test[], from: number) =>
      tests.map((test) => testSql(dialect, own, test, from + placeIn(tests, test)))
    const rest = after === null ? [] : afterSql(dialect, own, filter, order ?? [], after, behind)
    const condition = allOf([...conditions(filter.tests, 0), ...conditions(branch, place), ...rest])
    place += valued(branch).length
    return { shape: own, condition }
  })
  const last = after === null ? behind : behind + after.values.filter((value) => value !== null).length + 1
  return { parts, limit: dialect.limit(slot(last)) }
}

function placeIn(tests: readonly Test[], test: Test): number {
  return valued(tests.slice(0, tests.indexOf(test))).length
}

function valued(tests: readonly Test[]): readonly Test[] {
  return tests.filter(({ operator }) => operator !== 'isNull')
}

/** Nulls last in both directions; said only where there can be some, so that an index can give the order. */
function orderSql(dialect: Dialect, shape: TableShape, filter: Filter, { order }: Wanted): RawBuilder<unknown> {
  if (order === null) return sql``
  const terms = order.map(({ field, descending }) => {
    const column = columnIn(dialect, shape, field)
    const canBeNull = isNullable(shape, filter, field)
    if (descending) return dialect.descending(column, canBeNull)
    return canBeNull ? sql`${column} asc nulls last` : sql`${column} asc`
  })
  if (!order.some(({ field }) => field === 'id')) terms.push(sql`${columnIn(dialect, shape, 'id')} asc`)
  return sql` order by ${sql.join(terms)}`
}

/** What comes after the cursor: a later first value, or the same and a later second one, and so on. The slots begin at `place`. */
function afterSql(
  dialect: Dialect,
  shape: TableShape,
  filter: Filter,
  order: Selection['order'],
  after: Cursor,
  place: number,
): RawBuilder<unknown>[] {
  let next = place
  const slots = after.values.map((value) => (value === null ? null : slot(next++)))
  const alternatives: RawBuilder<unknown>[] = []
  const equal: RawBuilder<unknown>[] = []
  for (const [i, { field, descending }] of order.entries()) {
    const column = columnIn(dialect, shape, field)
    const value = slots[i] ?? null
    if (value === null) {
      equal.push(sql`${column} is null`)
      continue
    }
    const later = descending ? sql`${column} < ${value}` : sql`${column} > ${value}`
    alternatives.push(allOf([...equal, isNullable(shape, filter, field) ? sql`(${later} or ${column} is null)` : later]))
    equal.push(sql`${column} = ${value}`)
  }
  if (!order.some(({ field }) => field === 'id'))
    alternatives.push(allOf([...equal, sql`${columnIn(dialect, shape, 'id')} > ${slot(next)}`]))
  if (alternatives.length === 0) return [sql`false`]
  const conditions = [sql`(${sql.join(alternatives, sql` or `)})`]
  const leading = order[0]
  const first = slots[0] ?? null
  if (alternatives.length > 1 && leading !== undefined && first !== null && !isNullable(shape, filter, leading.field)) {
    // says the same again in a form that lets an index begin where the page ended
    const column = columnIn(dialect, shape, leading.field)
    conditions.push(leading.descending ? sql`${column} <= ${first}` : sql`${column} >= ${first}`)
  }
  return conditions
}

/** False where the tests leave no null in the field. */
function isNullable(shape: TableShape, { tests }: Filter, field: string): boolean {
  if (field === 'id' || fieldTypesOf(shape.collection)[field] === undefined) return false
  return !tests.some((test) => test.field === field && !(test.operator === 'isNull' && test.value === true))
}
