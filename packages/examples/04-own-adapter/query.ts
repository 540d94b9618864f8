import { type Collection, type Cursor, StorageError, type StoredRecord } from '@leeway/storage'
import { checkLimit, isComparable, isText } from './checks.ts'

/** One condition on one field. */
interface Test {
  readonly field: string
  readonly operator: string
  readonly value: unknown
}

/** All tests, and those of at least one branch where there are any. */
interface Filter {
  readonly tests: readonly Test[]
  readonly branches: readonly (readonly Test[])[] | null
}

type Values = Readonly<Record<string, unknown>>

interface Criterion {
  readonly field: string
  readonly descending?: boolean
}

/** Reads a query; throws `invalidQuery`. `after` is a record that stands where the page before ended. */
export function readQuery(
  collection: Collection,
  query: { readonly orderBy?: readonly Criterion[]; readonly limit: number; readonly after?: Cursor },
): { readonly order: readonly Criterion[]; readonly limit: number; readonly after: StoredRecord | null } {
  const { orderBy = [], limit, after } = query
  if (orderBy.length > 3) refuse(collection, 'orders by more than 3 fields')
  for (const { field } of orderBy) if (typeOf(collection, field) === 'textSet') refuse(collection, `orders by the textSet "${field}"`)
  checkLimit(collection, limit)
  if (after === undefined) return { order: orderBy, limit, after: null }
  if (after.values.length !== orderBy.length) refuse(collection, 'goes on after another order')
  const ends = Object.fromEntries(orderBy.map(({ field }, i) => [field, after.values[i]]))
  return { order: orderBy, limit, after: { body: null, ...ends, id: after.id } }
}

/** Reads conditions; throws `invalidQuery`. */
export function readWhere(collection: Collection, where: object): Filter {
  const { anyOf } = where as { readonly anyOf?: readonly object[] }
  return { tests: testsOf(collection, where), branches: anyOf?.map((branch) => testsOf(collection, branch)) ?? null }
}

function testsOf(collection: Collection, conditions: object): readonly Test[] {
  return Object.entries(conditions).flatMap(([field, given]) => {
    if (field === 'anyOf' || given === undefined) return []
    return [given].flat().map((condition: object) => {
      const [operator = '', value] = Object.entries(condition)[0] ?? []
      if (!isAllowed(collection, field, operator, value)) refuse(collection, `cannot ask ${field} for ${operator}`)
      return { field, operator, value }
    })
  })
}

function isAllowed(collection: Collection, field: string, operator: string, value: unknown): boolean {
  const type = typeOf(collection, field)
  const isTextItem = (item: unknown): boolean => typeof item === 'string' && isText(item)
  switch (operator) {
    case 'eq':
      return isComparable(collection, field, value)
    case 'in':
      return type !== 'textSet' && Array.isArray(value) && value.every((item) => isComparable(collection, field, item))
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return type !== 'boolean' && isComparable(collection, field, value)
    case 'isNull':
      return typeof value === 'boolean'
    case 'has':
      return type === 'textSet' && isTextItem(value)
    case 'hasAny':
      return type === 'textSet' && Array.isArray(value) && value.every(isTextItem)
    default:
      return false
  }
}

function typeOf(collection: Collection, field: string): string {
  const type = field === 'id' ? 'text' : (collection.fields as Readonly<Record<string, string>>)[field]
  return type ?? refuse(collection, `names the field "${field}", which is not declared`)
}

export function passes(record: StoredRecord, { tests, branches }: Filter): boolean {
  const values = record as unknown as Values // by the names of the declaration
  const all = (list: readonly Test[]): boolean => list.every((test) => holds(values[test.field], test))
  return all(tests) && (branches === null || branches.some(all))
}

function holds(value: unknown, { operator, value: wanted }: Test): boolean {
  const list = Array.isArray(value) ? value : null
  if (operator === 'isNull') return (list === null ? value === null : list.length === 0) === wanted
  if (operator === 'has') return list?.includes(wanted) === true
  if (operator === 'hasAny') return list?.some((item) => (wanted as readonly unknown[]).includes(item)) === true
  if (value === null) return false
  if (operator === 'in') return (wanted as readonly unknown[]).includes(value)
  const order = compare(value, wanted)
  if (operator === 'eq') return order === 0
  if (operator === 'lt') return order < 0
  if (operator === 'lte') return order <= 0
  return operator === 'gt' ? order > 0 : order >= 0
}

/** Compares records by the criteria, nulls last in both directions, the id last. */
export function orderOf(order: readonly Criterion[]): (a: StoredRecord, b: StoredRecord) => number {
  return (a, b) => {
    const [one, other] = [a as unknown as Values, b as unknown as Values]
    for (const { field, descending } of order) {
      const [x, y] = [one[field], other[field]]
      if (x === y) continue
      if (x === null || y === null) return x === null ? 1 : -1
      const difference = compare(x, y)
      if (difference !== 0) return descending === true ? -difference : difference
    }
    return compare(a.id, b.id)
  }
}

/** Text by its UTF-8 bytes, all else by its number. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}

function refuse({ name }: Collection, message: string): never {
  throw new StorageError('invalidQuery', `A query of collection "${name}" ${message}.`, { collection: name })
}
