import { type RawBuilder, sql } from 'kysely'
import type { FieldType } from '../collection.ts'
import { fieldTypesOf } from '../declaration.ts'
import type { Filter, Test } from '../query.ts'
import { type Dialect, slot } from './dialect.ts'
import { columnOf, type TableShape } from './table-shape.ts'

/** What a filter asks of one row. The values of its tests are bound from this place on. */
export function filterSql(dialect: Dialect, shape: TableShape, { tests, branches }: Filter, from: number): RawBuilder<unknown> {
  let place = from
  const take = (list: readonly Test[]): RawBuilder<unknown> =>
    allOf(list.map((test) => testSql(dialect, shape, test, test.operator === 'isNull' ? place : place++)))
  const conditions = [take(tests)]
  if (branches !== null) {
    const any = branches.map((branch) => sql`(${take(branch)})`)
    conditions.push(sql`(${sql.join(any, sql` or `)})`)
  }
  return allOf(conditions)
}

/** The values of a filter in the order of their slots: those of the tests, of the branches' tests. */
export function filterValues(dialect: Dialect, { tests, branches }: Filter): unknown[] {
  const values = testValues(dialect, tests)
  for (const branch of branches ?? []) values.push(...testValues(dialect, branch))
  return values
}

function testValues(dialect: Dialect, tests: readonly Test[]): unknown[] {
  const values: unknown[] = []
  for (const { operator, value } of tests) if (operator !== 'isNull') values.push(dialect.bound(value))
  return values
}

/** One test, its value in the slot of this place. */
export function testSql(dialect: Dialect, shape: TableShape, { field, operator, value }: Test, place: number): RawBuilder<unknown> {
  const column = columnIn(dialect, shape, field)
  const given = slot(place)
  const through = field === shape.goesBy ? undefined : shape.late.get(field)
  if (through !== undefined && operator === 'in')
    return sql`id in (select _id from ${sql.table(through)} where ${dialect.isIn(sql.ref('_value'), given)})`
  switch (operator) {
    case 'eq':
      return sql`${column} = ${dialect.equal(typeOf(shape, field), given)}`
    case 'in':
      return dialect.isIn(column, given)
    case 'lt':
      return sql`${column} < ${given}`
    case 'lte':
      return sql`${column} <= ${given}`
    case 'gt':
      return sql`${column} > ${given}`
    case 'gte':
      return sql`${column} >= ${given}`
    case 'isNull':
      return value === true ? sql`${column} is null` : sql`${column} is not null`
    case 'has':
      return field === shape.goesBy ? sql`_value = ${dialect.equal('text', given)}` : dialect.has(shape, field, given)
    case 'hasAny':
      return dialect.hasAny(shape, field, given)
  }
}

/** The type of a declared field, or of the id. */
export function typeOf({ collection }: TableShape, field: string): FieldType {
  return field === 'id' ? 'text' : (fieldTypesOf(collection)[field] ?? 'text') // queries are checked before
}

export function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`true` : sql`${sql.join(conditions, sql` and `)}`
}

/** The column that has the field: of the table of an index, where the query goes through that. */
export function columnIn(dialect: Dialect, { goesBy, passedBy }: TableShape, field: string): RawBuilder<unknown> {
  if (goesBy !== null && field === 'id') return sql.ref('_id')
  const column = sql.ref(goesBy === field ? '_value' : columnOf(field))
  return passedBy.has(field) ? dialect.unindexed(column) : column
}
