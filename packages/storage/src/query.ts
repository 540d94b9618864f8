import type { Collection, FieldType } from './collection.ts'
import type { Cursor, FieldValue } from './contract.ts'
import { fieldTypesOf } from './declaration.ts'
import { StorageError } from './errors.ts'
import { isStorableText } from './records.ts'

/** Most records that one call returns or deletes. */
export const LIMIT_MAX = 1_000
const ORDER_FIELDS_MAX = 3

/** What a condition asks of a field. */
export type Operator = 'eq' | 'in' | 'lt' | 'lte' | 'gt' | 'gte' | 'isNull' | 'has' | 'hasAny'

/** One condition on one field. */
export interface Test {
  readonly field: string
  readonly operator: Operator
  readonly value: unknown
}

/** A where clause read and checked: all `tests`, and the tests of at least one of `branches` where there are any. */
export interface Filter {
  readonly tests: readonly Test[]
  readonly branches: readonly (readonly Test[])[] | null
}

/** A query read and checked. */
export interface Selection {
  readonly filter: Filter
  readonly order: readonly { readonly field: string; readonly descending: boolean }[]
  readonly limit: number
  readonly after: Cursor | null
}

/** A query of any record type. */
export interface AnyQuery {
  readonly where: object
  readonly orderBy?: readonly { readonly field: string; readonly descending?: boolean }[]
  readonly limit: number
  readonly after?: Cursor
}

const NOTHING: readonly never[] = []

/** Reads a query; throws `invalidQuery` for what the contract does not allow. */
export function readQuery(collection: Collection, query: AnyQuery): Selection {
  const { orderBy = NOTHING } = query
  if (orderBy.length > ORDER_FIELDS_MAX) refuse(collection, `orders by ${orderBy.length} fields; ${ORDER_FIELDS_MAX} are allowed`)
  const order: { field: string; descending: boolean }[] = []
  for (const { field, descending } of orderBy) {
    if (typeOf(collection, field) === 'textSet') refuse(collection, `orders by the textSet "${field}"`)
    order.push({ field, descending: descending === true })
  }
  const after = query.after ?? null
  if (after !== null && after.values.length !== order.length) {
    refuse(collection, `goes on after ${after.values.length} values but orders by ${order.length} fields`)
  }
  if (after !== null) checkCursor(collection, order, after)
  checkLimit(collection, query.limit)
  return { filter: readWhere(collection, query.where), order, limit: query.limit, after }
}

/** Cursors go out into the world and come back. */
function checkCursor(collection: Collection, order: Selection['order'], { values, id }: Cursor): void {
  if (!isScalarOf('text', id)) refuse(collection, `goes on after the id ${JSON.stringify(id)}, which no record can have`)
  for (const [i, { field }] of order.entries()) {
    const value = values[i]
    if (value !== null && !isScalarOf(typeOf(collection, field), value))
      refuse(collection, `goes on after ${JSON.stringify(value)}, which "${field}" cannot be`)
  }
}

/** Throws `invalidQuery` for a limit that is not 1 to 1,000. */
export function checkLimit(collection: Collection, limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    refuse(collection, `has the limit ${limit}; 1 to ${LIMIT_MAX} are allowed`)
}

/** Reads a where clause; throws `invalidQuery` for what the contract does not allow. */
export function readWhere(collection: Collection, where: object): Filter {
  const tests: Test[] = []
  readConditions(collection, where, tests)
  const { anyOf } = where as { readonly anyOf?: readonly object[] }
  if (anyOf === undefined) return { tests, branches: null }
  return {
    tests,
    branches: anyOf.map((branch) => {
      const branchTests: Test[] = []
      readConditions(collection, branch, branchTests)
      return branchTests
    }),
  }
}

function readConditions(collection: Collection, conditions: object, tests: Test[]): void {
  for (const field in conditions) {
    if (field === 'anyOf') continue
    const given = (conditions as Readonly<Record<string, object | readonly object[] | undefined>>)[field]
    if (given === undefined) continue
    if (Array.isArray(given)) for (const condition of given) tests.push(readCondition(collection, field, condition))
    else tests.push(readCondition(collection, field, given))
  }
}

function readCondition(collection: Collection, field: string, condition: object): Test {
  const type = typeOf(collection, field)
  for (const operator in condition) {
    const value = (condition as Readonly<Record<string, unknown>>)[operator]
    if (!isAllowed(operator, type, value))
      refuse(collection, `cannot ask a ${type} field (${field}) for ${operator} ${JSON.stringify(value)}`)
    return { field, operator: operator as Operator, value } // isAllowed knows the operators
  }
  return refuse(collection, `has a condition without operator on "${field}"`)
}

function isAllowed(operator: string, type: FieldType, value: unknown): boolean {
  switch (operator) {
    case 'eq':
      return isScalarOf(type, value)
    case 'in':
      return Array.isArray(value) && value.every((item) => isScalarOf(type, item))
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return type !== 'boolean' && isScalarOf(type, value)
    case 'isNull':
      return typeof value === 'boolean'
    case 'has':
      return type === 'textSet' && isScalarOf('text', value)
    case 'hasAny':
      return type === 'textSet' && Array.isArray(value) && value.every((item) => isScalarOf('text', item))
    default:
      return false
  }
}

function isScalarOf(type: FieldType, value: unknown): value is FieldValue {
  switch (type) {
    case 'text':
      return typeof value === 'string' && isStorableText(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'textSet':
      return false
    default:
      return typeof value === 'number' && !Number.isNaN(value)
  }
}

function typeOf(collection: Collection, field: string): FieldType {
  if (field === 'id') return 'text'
  return fieldTypesOf(collection)[field] ?? refuse(collection, `names the field "${field}", which is not declared`)
}

function refuse(collection: Collection, message: string): never {
  throw new StorageError('invalidQuery', `A query of collection "${collection.name}" ${message}.`, { collection: collection.name })
}
