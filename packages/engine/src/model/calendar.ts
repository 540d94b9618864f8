import { daysInMonth } from './duration.ts'
import { isTimeZone } from './time-zone.ts'

/** Business hours as a host writes them: when people work, by the wall clocks of one zone. Plain data. */
export interface CalendarDefinition {
  /** IANA zone whose wall clocks the hours mean, such as `Europe/Berlin`. */
  readonly timeZone: string
  /**
   * Opening and closing times by weekday as `HH:MM`, in their order and without overlap; the end of a day is `24:00`. A weekday that
   * is left out is free. At least one weekday has hours.
   */
  readonly hours: { readonly [Day in Weekday]?: readonly (readonly [opens: string, closes: string])[] }
  /** Days without any hours, as `YYYY-MM-DD` in the zone. Default: none. */
  readonly holidays?: readonly string[]
}

/** A weekday in a calendar's hours, `mon` to `sun`. */
export type Weekday = (typeof WEEKDAYS)[number]

/** Business hours that were read: what working time is computed with. Made by {@link readCalendar}. */
export interface Calendar {
  readonly timeZone: string
  /** The hours of each weekday, Monday first: opening and closing in milliseconds of the day, ascending. */
  readonly week: readonly (readonly (readonly [opens: number, closes: number])[])[]
  /** Milliseconds of work, and days of work, before each weekday in its week; an eighth entry has those of the whole week. */
  readonly msBefore: readonly number[]
  readonly daysBefore: readonly number[]
  /** The holidays that fall on days with hours, as days since 1970-01-01, ascending. */
  readonly holidays: readonly number[]
  /** Milliseconds of work that the first n holidays take away, from n = 0 on. */
  readonly holidayMs: readonly number[]
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const MEMBERS: ReadonlySet<string> = new Set(['timeZone', 'hours', 'holidays'])

/** Most holidays of a calendar, and most hours of a weekday. */
const HOLIDAYS_MAX = 10_000
const HOURS_MAX = 100

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Day number of 1970-01-05, a Monday: weeks are counted from it. */
export const FIRST_MONDAY = 4

/** The weekday of a day since 1970-01-01, 0 = Monday. */
export function weekdayOf(day: number): number {
  const weekday = (day - FIRST_MONDAY) % 7
  return weekday < 0 ? weekday + 7 : weekday
}

/** Reads business hours, given by whoever. A problem says which member is wrong, what it is and what to write instead. */
export function readCalendar(definition: unknown): { readonly calendar: Calendar } | { readonly problem: string } {
  if (!isObject(definition)) return { problem: `it is ${shown(definition)}; ${EXAMPLE}` }
  const strange = Object.keys(definition).find((member) => !MEMBERS.has(member))
  if (strange !== undefined) return { problem: `it has no member "${strange}"; there are ${[...MEMBERS].join(', ')}` }
  const { timeZone, hours, holidays = [] } = definition
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone))
    return { problem: `timeZone is ${shown(timeZone)}; it must be an IANA name such as Europe/Berlin` }
  const week = readWeek(hours)
  if ('problem' in week) return week
  const free = readHolidays(holidays)
  if ('problem' in free) return free
  return { calendar: calendarOf(timeZone, week.week, free.days) }
}

const EXAMPLE = "write { timeZone: 'Europe/Berlin', hours: { mon: [['09:00', '17:00']] }, holidays: ['2026-12-25'] }"

type Hours = readonly (readonly [number, number])[]

function calendarOf(timeZone: string, week: readonly Hours[], days: readonly number[]): Calendar {
  const msOf = week.map((hours) => hours.reduce((sum, [opens, closes]) => sum + closes - opens, 0))
  const holidays = [...new Set(days)].filter((day) => msOf[weekdayOf(day)] !== 0).sort((a, b) => a - b)
  return {
    timeZone,
    week,
    msBefore: sums(msOf),
    daysBefore: sums(msOf.map((ms) => (ms > 0 ? 1 : 0))),
    holidays,
    holidayMs: sums(holidays.map((day) => msOf[weekdayOf(day)] ?? 0)),
  }
}

/** The sums of the first n numbers, from n = 0 on. */
function sums(numbers: readonly number[]): readonly number[] {
  const found = [0]
  for (const each of numbers) found.push((found.at(-1) ?? 0) + each)
  return found
}

function readWeek(hours: unknown): { readonly week: readonly Hours[] } | { readonly problem: string } {
  if (!isObject(hours)) return { problem: `hours is ${shown(hours)}; ${EXAMPLE}` }
  const days: readonly string[] = WEEKDAYS
  const strange = Object.keys(hours).find((day) => !days.includes(day))
  if (strange !== undefined) return { problem: `hours has no weekday "${strange}"; there are ${WEEKDAYS.join(', ')}` }
  const week: Hours[] = []
  for (const day of WEEKDAYS) {
    const read = readDay(`hours.${day}`, hours[day] === undefined ? [] : hours[day])
    if ('problem' in read) return read
    week.push(read.hours)
  }
  if (week.every((each) => each.length === 0)) return { problem: `hours has no working time on any weekday; ${EXAMPLE}` }
  return { week }
}

function readDay(name: string, given: unknown): { readonly hours: Hours } | { readonly problem: string } {
  if (!Array.isArray(given)) return { problem: `${name} is ${shown(given)}; it must be a list such as [['09:00', '17:00']]` }
  if (given.length > HOURS_MAX) return { problem: `${name} has ${given.length} entries; ${HOURS_MAX} are the most` }
  const hours: (readonly [number, number])[] = []
  for (const [index, entry] of given.entries()) {
    const [opens, closes] = Array.isArray(entry) && entry.length === 2 ? entry.map(timeOf) : []
    if (opens === undefined || closes === undefined || opens === null || closes === null)
      return { problem: `${name}[${index}] is ${shown(entry)}; it must be two times from 00:00 to 24:00 such as ['09:00', '17:00']` }
    if (closes <= opens)
      return {
        problem: `${name}[${index}] closes at ${entry[1]}, not after it opens at ${entry[0]}; hours over midnight are two: until 24:00, and from 00:00 of the next weekday`,
      }
    const last = hours.at(-1)
    if (last !== undefined && opens < last[1])
      return { problem: `${name}[${index}] opens at ${entry[0]}, before the entry in front of it closes; write them in their order` }
    hours.push([opens, closes])
  }
  return { hours }
}

function timeOf(text: unknown): number | null {
  const found = typeof text === 'string' ? /^(\d\d):(\d\d)$/.exec(text) : null
  if (found === null) return null
  const [hour, minute] = [Number(found[1]), Number(found[2])]
  const ms = (hour * 60 + minute) * MINUTE_MS
  return minute < 60 && ms <= DAY_MS ? ms : null
}

function readHolidays(given: unknown): { readonly days: readonly number[] } | { readonly problem: string } {
  if (!Array.isArray(given)) return { problem: `holidays is ${shown(given)}; it must be a list of days such as ['2026-12-25']` }
  if (given.length > HOLIDAYS_MAX) return { problem: `holidays has ${given.length} days; ${HOLIDAYS_MAX} are the most` }
  const days: number[] = []
  for (const [index, entry] of given.entries()) {
    const day = dayOf(entry)
    if (day === null) return { problem: `holidays[${index}] is ${shown(entry)}; it must be a day such as "2026-12-25"` }
    days.push(day)
  }
  return { days }
}

function dayOf(text: unknown): number | null {
  const found = typeof text === 'string' ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) : null
  if (found === null) return null
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, 60)}"`
  if (Array.isArray(value)) return `[${value.slice(0, 3).map(shown).join(', ')}${value.length > 3 ? ', …' : ''}]`.slice(0, 200)
  return value === null || typeof value !== 'object' ? String(value).slice(0, 60) : 'an object'
}
