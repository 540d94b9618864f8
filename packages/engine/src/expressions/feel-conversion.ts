import { duration, FeelDate, FeelDateTime, FeelDuration, FeelTime, parseDate, parseDateTime, parseTime } from 'feelin'
import { ExpressionError } from './expression-error.ts'
import { isList, isMap, kindOf } from './plain-data.ts'

/** A type of FEEL that values are converted to. `instant` is Camunda's `date`: with or without a time of day. */
export type FeelType = 'string' | 'boolean' | 'number' | 'integer' | 'date' | 'time' | 'dateTime' | 'instant' | 'duration'

/**
 * Gives a value of FEEL in a type: texts become what they spell, whatever becomes its text. Null stays null. Throws `ExpressionError` of
 * code 'type' where the value is none of that type.
 */
export function convertFeel(value: unknown, type: FeelType): unknown {
  if (value === null || value === undefined) return null
  const converted = typeof value === 'string' ? fromText(value, type) : fromOther(value, type)
  if (converted !== null) return converted
  const shown = typeof value === 'string' ? `the text "${value.slice(0, 80)}"` : nameOf(value)
  throw new ExpressionError('type', `${shown} is no ${type}`)
}

function fromText(text: string, type: FeelType): unknown {
  const trimmed = text.trim()
  switch (type) {
    case 'string':
      return text
    case 'boolean':
      return trimmed === 'true' ? true : trimmed === 'false' ? false : null
    case 'number':
      return NUMBER.test(trimmed) ? finite(Number(trimmed)) : null
    case 'integer':
      return NUMBER.test(trimmed) ? whole(Number(trimmed)) : null
    case 'date':
      return (parseDate(trimmed) ?? dayOf(parseDateTime(trimmed))) || null
    case 'time':
      return parseTime(trimmed) || null
    case 'dateTime':
      return parseDateTime(trimmed) || null
    case 'instant':
      return (trimmed.includes('T') ? parseDateTime(trimmed) : parseDate(trimmed)) || null
    case 'duration':
      return /^-?P/.test(trimmed) ? duration(trimmed) : null
  }
}

function fromOther(value: unknown, type: FeelType): unknown {
  switch (type) {
    case 'string':
      return textOf(value)
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'number':
      return typeof value === 'number' ? finite(value) : null
    case 'integer':
      return typeof value === 'number' ? whole(value) : null
    case 'date':
      return value instanceof FeelDate ? value : dayOf(value)
    case 'time':
      return value instanceof FeelTime ? value : null
    case 'dateTime':
      return value instanceof FeelDateTime ? value : null
    case 'instant':
      return value instanceof FeelDateTime || value instanceof FeelDate ? value : null
    case 'duration':
      return value instanceof FeelDuration ? value : null
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function whole(value: number): number | null {
  return Number.isInteger(value) ? value : null
}

function dayOf(value: unknown): FeelDate | null {
  return value instanceof FeelDateTime ? new FeelDate(value.value.toPlainDate()) : null
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return TEMPORAL.some((own) => value instanceof own) ? String(value) : null
}

const TEMPORAL = [FeelDate, FeelDateTime, FeelTime, FeelDuration] as const

/** The kind of a value of FEEL, for messages. */
function nameOf(value: unknown): string {
  if (value instanceof FeelDateTime) return 'a date and time'
  if (value instanceof FeelDate) return 'a date'
  if (value instanceof FeelTime) return 'a time'
  if (value instanceof FeelDuration) return 'a duration'
  return isList(value) || isMap(value) || typeof value !== 'object' ? kindOf(value) : 'a value of FEEL'
}
