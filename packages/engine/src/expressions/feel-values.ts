import { FeelDate, FeelDateTime, FeelDuration, FeelFunction, FeelRange, FeelTime, toFeel } from 'feelin'
import { ExpressionError } from './expression-error.ts'
import { STRING_LENGTH_MAX, VALUE_DEPTH_MAX, VALUES_TOUCHED_MAX } from './limits.ts'
import { isList, isMap, kindOf } from './plain-data.ts'

/**
 * Copies a variable for FEEL: plain data, and values of FEEL's own, which stay. Instants become FEEL's, bigints numbers. Refuses what FEEL
 * cannot hold.
 */
export function toFeelValue(value: unknown, depth = 0): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return exactNumber(value)
  if (depth > VALUE_DEPTH_MAX) throw tooDeep()
  if (isList(value)) return value.map((element) => toFeelValue(element, depth + 1))
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ExpressionError('type', 'A date is not valid')
    return toFeel(value)
  }
  if (isOfFeel(value)) return value
  if (!isMap(value)) throw new ExpressionError('type', 'FEEL takes plain data only, not an instance of a class or a function')
  return copyEntries(value, (entry) => toFeelValue(entry, depth + 1))
}

function isOfFeel(value: unknown): boolean {
  return OWN_CLASSES.some((own) => value instanceof own)
}

const OWN_CLASSES = [FeelDate, FeelDateTime, FeelTime, FeelDuration, FeelRange, FeelFunction] as const

/** True for a function of FEEL: one that an expression made, or {@link feelFunction}. */
export function isFeelFunction(value: unknown): value is FeelFunction {
  return value instanceof FeelFunction
}

/** A function that expressions can call by position and by the names of its parameters. */
export function feelFunction(parameters: readonly string[], call: (...given: unknown[]) => unknown): FeelFunction {
  return new FeelFunction(call, [...parameters])
}

function exactNumber(value: bigint): number {
  const converted = Number(value)
  if (!Number.isSafeInteger(converted)) throw new ExpressionError('type', 'A whole number is too large for FEEL to hold exactly')
  return converted
}

/**
 * Converts a result of FEEL to plain data: a date and time becomes a Date (one without a zone is read in `timeZone`), a date, time or
 * duration its ISO text, what is no finite number null. Ranges and functions are refused: they are no values of a process.
 */
export function fromFeelValue(value: unknown, timeZone: string): unknown {
  return convert(value, { timeZone, left: VALUES_TOUCHED_MAX }, 0)
}

interface Conversion {
  readonly timeZone: string
  left: number
}

function convert(value: unknown, conversion: Conversion, depth: number): unknown {
  if (--conversion.left < 0) throw new ExpressionError('limit', `A result has more than ${VALUES_TOUCHED_MAX} parts`)
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return boundedResult(value)
  if (depth > VALUE_DEPTH_MAX) throw tooDeep()
  if (isList(value)) return value.map((element) => convert(element, conversion, depth + 1))
  if (value instanceof FeelDateTime) return dateOf(value, conversion.timeZone)
  if (value instanceof FeelDate || value instanceof FeelTime || value instanceof FeelDuration) return value.toString()
  if (!isMap(value)) {
    throw new ExpressionError(
      'type',
      `The result is ${typeof value === 'object' ? 'a range or another object of FEEL' : kindOf(value)}, which is no value of a process`,
    )
  }
  return copyEntries(value, (entry) => convert(entry, conversion, depth + 1))
}

function boundedResult(value: string): string {
  if (value.length > STRING_LENGTH_MAX) throw new ExpressionError('limit', `A text is longer than ${STRING_LENGTH_MAX} characters`)
  return value
}

function dateOf(value: FeelDateTime, timeZone: string): Date {
  return new Date(value.value.toZonedDateTime(value.zone ?? timeZone).epochMilliseconds)
}

/** FEEL's value of an instant in a zone, and of its day. */
export function instantInZone(now: number, timeZone: string): { readonly dateTime: unknown; readonly date: unknown } {
  const utc: unknown = toFeel(new Date(now))
  if (!(utc instanceof FeelDateTime)) throw new ExpressionError('type', 'The instant of the command is not valid')
  const zoned = utc.value.toZonedDateTime('UTC').withTimeZone(timeZone)
  return { dateTime: toFeel(zoned), date: toFeel(zoned.toPlainDate()) }
}

function copyEntries(value: Readonly<Record<string, unknown>>, copy: (entry: unknown) => unknown): Record<string, unknown> {
  const copied: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    // Setting this key would change the prototype of the copies that feelin makes.
    if (key === '__proto__') continue
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property === undefined || !('value' in property)) {
      throw new ExpressionError('notAllowed', `"${key}" is computed by the host and cannot be read`)
    }
    copied[key] = copy(property.value)
  }
  return copied
}

function tooDeep(): ExpressionError {
  return new ExpressionError('limit', `A value nests deeper than ${VALUE_DEPTH_MAX} levels`)
}
