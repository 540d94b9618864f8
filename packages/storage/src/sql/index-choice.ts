import type { Index } from '../collection.ts'
import { fieldTypesOf } from '../declaration.ts'
import type { Filter, Operator, Test } from '../query.ts'
import type { Dialect } from './dialect.ts'
import { NONE_LATE, type TableShape } from './table-shape.ts'

/**
 * The shape as a query with these tests sees it. A database without figures takes any of the indexes that serve it, and reads the table in
 * the order of ids rather than a range of an index that is to be put in that order (`isById`): here one is chosen. Where only an index
 * serves that is a table of its own it begins there, with a field that is tested for equality.
 */
export function asAsked(dialect: Dialect, shape: TableShape, tests: readonly Test[], isById: boolean): TableShape {
  const isNamed = areIdsNamed(tests)
  const serving = isNamed ? undefined : chosen(shape, tests)
  if (serving === undefined && !isNamed) return throughLate(shape, tests)
  const first = serving?.fields[0]
  const passedBy = new Set(otherTexts(shape, first, tests))
  if (isById && isRange(tests, first)) passedBy.add('id')
  const isByMember = isById && first !== undefined && isOneMember(tests, first) && dialect.membersOf(shape, first) !== null
  return { ...withoutLate(shape), passedBy, goesBy: isByMember ? first : null }
}

/** Texts that are tested and stand in no index that begins with the field which was chosen. */
function otherTexts({ collection }: TableShape, first: string | undefined, tests: readonly Test[]): readonly string[] {
  const alike = collection.indexes.filter(({ fields }) => first !== undefined && fields[0] === first)
  const own = new Set(alike.flatMap(({ fields, whereNotNull }) => [...fields, whereNotNull]))
  const types = fieldTypesOf(collection)
  return tests.flatMap(({ field }) => (types[field] === 'text' && !own.has(field) ? [field] : []))
}

/** In the order of ids the members of a set are gone through themselves: no more of them are read than the page takes. */
function isOneMember(tests: readonly Test[], field: string): boolean {
  const asked = tests.filter((test) => test.field === field)
  return asked.length === 1 && asked[0]?.operator === 'has'
}

/**
 * A set that has one of several values is asked for each of them, so that each is gone through in the order of ids. As it is where that would
 * be too many questions.
 */
export function eachMember(filter: Filter): Filter {
  const lists = (filter.branches ?? [[]]).map((branch) => [...filter.tests, ...branch])
  const each = lists.flatMap(withOneMember)
  const isAsWas = each.length === lists.length && each.every((tests, i) => tests === lists[i])
  return isAsWas || each.length > MEMBERS_MAX ? filter : { tests: [], branches: each }
}

function withOneMember(tests: readonly Test[]): readonly (readonly Test[])[] {
  const [any, ...more] = tests.filter(({ operator }) => operator === 'hasAny')
  if (any === undefined || more.length > 0) return [tests]
  const rest = tests.filter((test) => test !== any)
  return (any.value as readonly string[]).map((value) => [...rest, { ...any, operator: 'has', value }]) // a list, by its operator
}

/** Work lists are asked for by the groups of one person. */
const MEMBERS_MAX = 32

/** The one declared first, but a span of values rather than a list of them. */
function chosen(shape: TableShape, tests: readonly Test[]): Index | undefined {
  const serving = shape.collection.indexes.filter((index) => isServing(shape, index, tests))
  const [first] = serving
  if (!tests.some(({ field, operator }) => field === first?.fields[0] && operator === 'in')) return first
  return serving.find(({ fields }) => isSpan(tests, fields[0])) ?? first
}

/** By the field that is declared first; other tests look at the row. */
function throughLate(shape: TableShape, tests: readonly Test[]): TableShape {
  const { collection, late } = shape
  const asked = new Set(tests.flatMap(({ field, operator }) => (operator === 'eq' && late.has(field) ? [field] : [])))
  const field = collection.indexes.flatMap(({ fields }) => fields).find((one) => asked.has(one)) ?? [...asked][0]
  return field === undefined ? shape : { ...shape, goesBy: field, late: new Map([[field, late.get(field) as string]]) } // it is one of these
}

/** The shape as a query sees it that is served without the indexes that are tables of their own. */
export function withoutLate(shape: TableShape): TableShape {
  return shape.late.size === 0 ? shape : { ...shape, late: NONE_LATE }
}

/** True where nothing but a range of the field is asked for. */
function isRange(tests: readonly Test[], field: string | undefined): boolean {
  return field !== undefined && tests.every((test) => test.field !== field || RANGES.has(test.operator))
}

const RANGES: ReadonlySet<Operator> = new Set(['lt', 'lte', 'gt', 'gte', 'isNull'])

/** True where the tests name ids, or two between which they lie. */
function areIdsNamed(tests: readonly Test[]): boolean {
  return tests.some(({ field, operator }) => field === 'id' && (operator === 'eq' || operator === 'in')) || isSpan(tests, 'id')
}

/** True where the tests say between which two values the field lies. */
function isSpan(tests: readonly Test[], field: string | undefined): boolean {
  const asked = new Set(tests.flatMap((test) => (test.field === field ? [test.operator] : [])))
  return (asked.has('gt') || asked.has('gte')) && (asked.has('lt') || asked.has('lte'))
}

/** True for an index of the table itself that begins with a field that is tested. */
function isServing(shape: TableShape, index: Index, tests: readonly Test[]): boolean {
  const [first] = index.fields
  const { whereNotNull } = index
  if (index.fields.length === 1 && shape.late.has(first ?? '')) return false
  const hasValue = ({ field, operator, value }: Test): boolean => field === whereNotNull && (operator !== 'isNull' || value === false)
  return (
    tests.some(({ field, operator }) => field === first && operator !== 'isNull') && (whereNotNull === undefined || tests.some(hasValue))
  )
}
