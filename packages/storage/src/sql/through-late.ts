import type { Test } from '../query.ts'
import type { TableShape } from './table-shape.ts'

/**
 * The shape as a query with these tests sees it: where no other index serves them it begins at the index that is a table of its own, of a
 * field that is tested for equality.
 */
export function throughLate(shape: TableShape, tests: readonly Test[]): TableShape {
  if (shape.late.size === 0) return shape
  if (isServed(shape, tests)) return withoutLate(shape)
  const test = tests.find(({ field, operator }) => operator === 'eq' && shape.late.has(field))
  return test === undefined ? shape : { ...shape, goesBy: test.field }
}

/** The shape as a query sees it that is served without the indexes that are tables of their own. */
export function withoutLate(shape: TableShape): TableShape {
  return shape.late.size === 0 ? shape : { ...shape, late: NONE_LATE }
}

const NONE_LATE: TableShape['late'] = new Map()

/** True where the ids are named or lie between two, or where the table itself has an index that begins with a field that is tested. */
function isServed({ collection, late }: TableShape, tests: readonly Test[]): boolean {
  const isTested = (field: string): boolean => tests.some((test) => test.field === field && test.operator !== 'isNull')
  const hasValue = (field: string): boolean =>
    tests.some((test) => test.field === field && (test.operator !== 'isNull' || test.value === false))
  const ofIds = new Set(tests.flatMap(({ field, operator }) => (field === 'id' ? [operator.slice(0, 2)] : [])))
  if (ofIds.has('eq') || ofIds.has('in') || (ofIds.has('gt') && ofIds.has('lt'))) return true
  return collection.indexes.some(({ fields, whereNotNull }) => {
    const [first, other] = fields
    if (first === undefined || !isTested(first) || (other === undefined && late.has(first))) return false
    return whereNotNull === undefined || hasValue(whereNotNull)
  })
}
