import { ExpressionError } from './expression-error.ts'
import { STRING_LENGTH_MAX, VALUE_DEPTH_MAX } from './limits.ts'
import { isList, isMap, kindOf, ownValue } from './plain-data.ts'

/**
 * Whether a value passes as a condition inside an expression: null is false, the texts 'true' and 'false' read as such. Unified EL 1.8.5.
 */
export function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (value === null || value === undefined || value === '') return false
  if (typeof value === 'string') {
    const word = value.toLowerCase()
    if (word === 'true') return true
    if (word === 'false') return false
  }
  throw new ExpressionError('type', `${kindOf(value)} is neither true nor false`)
}

/** The operand of a calculation: null and '' count as 0, a text as the number that it spells. Unified EL 1.8.3. */
export function numeric(value: unknown): number | bigint {
  const found = numericOrNull(value)
  if (found === null) throw new ExpressionError('type', `${kindOf(value)} is not a number`)
  return found
}

/** As `numeric`, with null where the value is not a number. */
export function numericOrNull(value: unknown): number | bigint | null {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (value === null || value === undefined || value === '') return 0
  if (typeof value !== 'string' || value.length > NUMBER_LENGTH_MAX || !NUMBER.test(value)) return null
  const parsed = Number(value)
  return Number.isInteger(parsed) && !Number.isSafeInteger(parsed) && WHOLE.test(value) ? BigInt(value) : parsed
}

const NUMBER_LENGTH_MAX = 400
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const WHOLE = /^-?\d+$/

/** A value as text, as it stands inside a composite text: null is empty, an instant its ISO form, a list or object its JSON. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
  if (isList(value) || isMap(value)) return boundedText(JSON.stringify(plain(value, 0)))
  throw new ExpressionError('type', `${kindOf(value)} has no text`)
}

/** The text itself, refused where it is longer than an expression may make. */
export function boundedText(made: string): string {
  if (made.length > STRING_LENGTH_MAX) throw new ExpressionError('limit', `The text made is longer than ${STRING_LENGTH_MAX} characters`)
  return made
}

function plain(value: unknown, depth: number): unknown {
  if (depth > VALUE_DEPTH_MAX) throw new ExpressionError('limit', `A value nests deeper than ${VALUE_DEPTH_MAX} levels`)
  if (isList(value)) return value.map((element) => plain(element, depth + 1))
  if (isMap(value)) return Object.fromEntries(Object.keys(value).map((key) => [key, plain(ownValue(value, key), depth + 1)]))
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : text(value)
}

/**
 * Equality of Unified EL 1.8.2: numbers by value across texts, instants by time, lists and objects by content. Never throws for unlike
 * kinds.
 */
export function equal(a: unknown, b: unknown, depth = 0): boolean {
  if (a === b) return true
  if (a === null || a === undefined) return b === null || b === undefined
  if (b === null || b === undefined) return false
  if (typeof a === 'number' || typeof a === 'bigint' || typeof b === 'number' || typeof b === 'bigint') return equalNumbers(a, b)
  if (typeof a === 'boolean' || typeof b === 'boolean') return typeof a === typeof b ? false : String(a) === String(b)
  if (a instanceof Date || b instanceof Date) {
    const left = instant(a)
    return left !== null && left === instant(b)
  }
  if (depth > VALUE_DEPTH_MAX) throw new ExpressionError('limit', `Values nest deeper than ${VALUE_DEPTH_MAX} levels`)
  if (isList(a)) return isList(b) && a.length === b.length && a.every((element, index) => equal(element, b[index], depth + 1))
  if (!isMap(a) || !isMap(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(ownValue(a, key), ownValue(b, key), depth + 1))
  )
}

/** Java's `equals`, which does not convert: a number never equals a text. */
export function equalInKind(a: unknown, b: unknown): boolean {
  const isSameKind = typeof a === typeof b || (isNumeric(a) && isNumeric(b))
  return isSameKind ? equal(a, b) : (a ?? null) === null && (b ?? null) === null
}

function equalNumbers(a: unknown, b: unknown): boolean {
  const left = numericOrNull(a)
  const right = numericOrNull(b)
  // `==` compares a bigint with a number by value; both sides are numbers here.
  // biome-ignore lint/suspicious/noDoubleEquals: see above
  return left !== null && right !== null && left == right
}

/** -1, 0, 1, or null where neither side comes before the other. Unified EL 1.8.1: numbers, then instants, then texts by code unit. */
export function order(a: unknown, b: unknown): number | null {
  if (a === null || a === undefined || b === null || b === undefined) return a === b || (a ?? null) === (b ?? null) ? 0 : null
  if (a instanceof Date || b instanceof Date) return sign(need(instant(a), a), need(instant(b), b))
  if (isNumeric(a) || isNumeric(b)) return sign(numeric(a), numeric(b))
  if (typeof a === 'string' && typeof b === 'string') return sign(a, b)
  throw new ExpressionError('type', `${kindOf(a)} cannot be compared with ${kindOf(b)}`)
}

function sign<Sortable extends number | bigint | string>(a: Sortable, b: Sortable): number | null {
  if (a < b) return -1
  return a > b ? 1 : a >= b ? 0 : null
}

function need(found: number | null, value: unknown): number {
  if (found === null) throw new ExpressionError('type', `${kindOf(value)} is not an instant`)
  return found
}

/** Epoch milliseconds of a Date, or of a text in ISO form with a zone or without a time. */
function instant(value: unknown): number | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime()
  if (typeof value !== 'string' || value.length > 40 || !INSTANT.test(value)) return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : at
}

const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Whether `empty` holds: null, the empty text, list or object. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  if (isList(value)) return value.length === 0
  return isMap(value) && Object.keys(value).length === 0
}
