import type { Instant } from '@leeway/storage'
import { daysInMonth } from './duration.ts'
import { isTimeZone, toInstant } from './time-zone.ts'

const DATE = /^(\d{4})(?:-(\d\d)-(\d\d)|-W(\d\d)-([1-7])|-(\d{3})|(\d\d)(\d\d))$/
const TIME = /^(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?$/
const OFFSET = /(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/
const DAY_MS = 86_400_000

/**
 * Reads an ISO 8601 date or date with time: calendar (`2026-03-01`), week (`2026-W09-7`) or ordinal (`2026-060`) date,
 * with `Z`, an offset, a zone in brackets (`[Europe/Berlin]`), or without: then it is local in `timeZone`. A date alone
 * is the start of that day. A local time that does not exist moves forward by the gap, one that comes twice is the first.
 */
export function parseInstant(text: string, timeZone: string): { readonly at: Instant } | { readonly problem: string } {
  const trimmed = text.trim()
  const problem = (why: string): { readonly problem: string } => ({ problem: `"${trimmed.slice(0, 60)}" ${why}` })
  const bracket = /\[([^\]]*)\]$/.exec(trimmed)
  const zone = bracket?.[1] ?? timeZone
  const [dateText = '', timeText, ...rest] = (bracket === null ? trimmed : trimmed.slice(0, bracket.index)).split(/[T ]/)
  if (rest.length > 0) return problem(NOT_A_DATE)
  const day = parseDay(dateText)
  if (day === null) return problem(NOT_A_DATE)
  if (day === 'absent') return problem('names a day that the calendar does not have')
  if (!isTimeZone(zone)) return problem(`needs the time zone "${zone}", which is not known here; use an IANA name such as Europe/Berlin`)
  if (timeText === undefined) return { at: toInstant(day, zone) }
  const offset = OFFSET.exec(timeText)
  const time = parseTime(offset === null ? timeText : timeText.slice(0, offset.index))
  if (time === null) return problem('has no time of day that a clock shows; write it as 2026-03-01T09:30:00Z')
  if (offset === null) return { at: toInstant(day + time, zone) }
  const ahead = (Number(offset[2] ?? 0) * 60 + Number(offset[3] ?? 0)) * 60_000
  return { at: day + time - (offset[1] === '-' ? -ahead : ahead) }
}

/**
 * Epoch milliseconds of what a program gives as a point in time: ISO 8601 text, local in `timeZone` where it has no offset, a Date, or
 * epoch milliseconds that a Date can say. Null for anything else.
 */
export function instantGiven(given: unknown, timeZone: string): Instant | null {
  if (typeof given === 'string') {
    const read = parseInstant(given, timeZone)
    return 'at' in read ? read.at : null
  }
  const at: unknown = given instanceof Date ? given.getTime() : given
  return Number.isSafeInteger(at) && Math.abs(at as number) <= INSTANT_MAX ? (at as number) : null // an integer is a number
}

/** What a Date can say at most. */
const INSTANT_MAX = 8_640_000_000_000_000

const NOT_A_DATE = 'is not an ISO 8601 date; write it as 2026-03-01, 2026-03-01T09:30:00Z or 2026-03-01T09:30:00+01:00'

/** The day's start as local time; null when the text is no date, `absent` when it is one that no calendar has. */
function parseDay(text: string): number | 'absent' | null {
  const found = DATE.exec(text)
  if (found === null) return null
  const year = Number(found[1])
  if (found[4] !== undefined) return dayOfWeek(year, Number(found[4]), Number(found[5]))
  if (found[6] !== undefined) {
    const ordinal = Number(found[6])
    return ordinal >= 1 && ordinal <= 337 + daysInMonth(year, 2) ? startOf(year, 1, ordinal) : 'absent'
  }
  const [month, day] = [Number(found[2] ?? found[7]), Number(found[3] ?? found[8])]
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month) ? startOf(year, month, day) : 'absent'
}

function dayOfWeek(year: number, week: number, day: number): number | 'absent' {
  const firstMonday = (of: number): number => {
    const fourth = startOf(of, 1, 4)
    return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS
  }
  const at = firstMonday(year) + ((week - 1) * 7 + day - 1) * DAY_MS
  return week >= 1 && at < firstMonday(year + 1) ? at : 'absent'
}

/** `Date.UTC` reads the years 0 to 99 as 1900 to 1999; this does not. */
function startOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}

function parseTime(text: string): number | null {
  const found = TIME.exec(text)
  if (found === null) return null
  const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)]
  const ms = Number((found[4] ?? '').padEnd(3, '0').slice(0, 3))
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + ms
  return time <= DAY_MS && minute < 60 && second < 60 ? time : null
}
