import type { Instant } from '@leeway/storage'
import { LAST_INSTANT, toInstant, toLocal } from './time-zone.ts'

/**
 * A length of time as ISO 8601 writes it. Years, months, weeks and days are steps in a calendar, their length depends on
 * where they start; hours, minutes and seconds are exact. All are 0 or more; only exact parts may have a fraction.
 */
export interface Duration {
  readonly years: number
  readonly months: number
  readonly weeks: number
  readonly days: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
}

/** The longest duration that is read, in years. */
export const DURATION_YEARS_MAX = 10_000

const EXAMPLES = 'for example P3D, PT15M or P1Y2M3W4DT5H6M7.5S'
const PATTERN = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/
const NONE: Duration = { years: 0, months: 0, weeks: 0, days: 0, hours: 0, minutes: 0, seconds: 0 }

/**
 * Reads an ISO 8601 duration such as `P1Y2M3W4DT5H6M7.5S`. Only the last part may have a fraction, and only an exact
 * one. Negative durations, and those over 10,000 years, are a problem.
 */
export function parseDuration(text: string): { readonly duration: Duration } | { readonly problem: string } {
  const trimmed = text.trim()
  const shown = `"${trimmed.slice(0, 60)}"`
  if (trimmed.startsWith('-P') || /^P.*-\d/.test(trimmed)) {
    return { problem: `${shown} is a negative duration; a timer can only wait forwards: write it without the minus` }
  }
  const found = PATTERN.exec(trimmed)
  if (found === null || /[PT]$/.test(trimmed)) return { problem: `${shown} is not an ISO 8601 duration${hintFor(trimmed)}` }
  if (/[.,]\d+[HM]./.test(trimmed)) return { problem: `${shown}: only the last part of a duration may have a fraction` }
  const part = (index: number): number => Number(found[index]?.replace(',', '.') ?? 0)
  const duration: Duration = {
    years: part(1),
    months: part(2),
    weeks: part(3),
    days: part(4),
    hours: part(6),
    minutes: part(7),
    seconds: part(8),
  }
  if (roughMs(duration) > DURATION_YEARS_MAX * YEAR_MS) return { problem: `${shown} is longer than ${DURATION_YEARS_MAX} years` }
  return { duration }
}

/**
 * The instant that lies a duration after another. Calendar parts move the wall clock of the zone (years and months first,
 * clamped to the month's last day, then weeks and days) and keep its time of day over clock changes; a time of day
 * that does not exist moves forward by the gap, one that comes twice is the first. Hours, minutes and seconds then are exact.
 * Ends at the last instant that a Date can hold. Throws a `RangeError` when there is no such zone.
 */
export function addDuration(at: Instant, duration: Duration, timeZone: string): Instant {
  const moved = hasCalendarPart(duration) ? addCalendarPart(at, duration, timeZone) : at
  const sum = moved + exactMs(duration)
  return Math.min(sum, LAST_INSTANT)
}

/** A duration `times` over, part by part: twice `P1M` is `P2M`, which from 31 January is 31 March. */
export function timesDuration(duration: Duration, times: number): Duration {
  return {
    years: duration.years * times,
    months: duration.months * times,
    weeks: duration.weeks * times,
    days: duration.days * times,
    hours: duration.hours * times,
    minutes: duration.minutes * times,
    seconds: duration.seconds * times,
  }
}

/** The duration of exactly so many milliseconds. */
export function durationOfMs(ms: number): Duration {
  return { ...NONE, seconds: ms / 1000 }
}

/** Whether a duration is no time at all: less than half a millisecond, and no calendar part. */
export function isZeroDuration(duration: Duration): boolean {
  return !hasCalendarPart(duration) && exactMs(duration) === 0
}

/** About how long a duration is, in milliseconds: with average months and years. For estimates and limits only. */
export function roughMs(duration: Duration): number {
  const days = duration.weeks * 7 + duration.days
  return duration.years * YEAR_MS + duration.months * (YEAR_MS / 12) + days * DAY_MS + exactMs(duration)
}

const DAY_MS = 86_400_000
const YEAR_MS = 365.2425 * DAY_MS

/** Whether a duration has parts whose length depends on where they start. */
export function hasCalendarPart(duration: Duration): boolean {
  return duration.years !== 0 || duration.months !== 0 || duration.weeks !== 0 || duration.days !== 0
}

/** The hours, minutes and seconds of a duration in milliseconds. */
export function exactMs(duration: Duration): number {
  return Math.round(duration.hours * 3_600_000 + duration.minutes * 60_000 + duration.seconds * 1000)
}

function addCalendarPart(at: Instant, duration: Duration, timeZone: string): Instant {
  const date = new Date(toLocal(at, timeZone))
  const day = date.getUTCDate()
  const months = duration.years * 12 + duration.months
  if (months !== 0) {
    date.setUTCDate(1)
    date.setUTCMonth(date.getUTCMonth() + months)
    date.setUTCDate(Math.min(day, daysInMonth(date.getUTCFullYear(), date.getUTCMonth() + 1)))
  }
  const local = date.getTime() + (duration.weeks * 7 + duration.days) * DAY_MS
  return local <= LAST_INSTANT ? toInstant(local, timeZone) : LAST_INSTANT
}

/** How many days a month has, with `month` 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** `500ms` -> `PT0.5S`, `1d 2h` -> `P1DT2H`, as jBPM and Quarkus write them; null where it is something else. */
export function spelledOut(text: string): string | null {
  const found = /^(?:(\d{1,6})\s*d)?\s*(?:(\d{1,6})\s*h)?\s*(?:(\d{1,6})\s*m(?!s))?\s*(?:(\d{1,6})\s*s)?\s*(?:(\d{1,9})\s*ms)?$/i.exec(
    text.trim(),
  )
  if (found === null || text.trim() === '') return null
  const [, days, hours, minutes, seconds, ms] = found
  const whole = seconds === undefined && ms === undefined ? '' : `${Number(seconds ?? 0) + Number(ms ?? 0) / 1000}S`
  const time = `${hours === undefined ? '' : `${hours}H`}${minutes === undefined ? '' : `${minutes}M`}${whole}`
  return `P${days === undefined ? '' : `${days}D`}${time === '' ? '' : `T${time}`}`
}

function hintFor(text: string): string {
  const meant = spelledOut(text)
  if (meant !== null) return `; write it as ${meant}`
  if (/^p/.test(text) || /^P.*[a-z]/.test(text)) return `; its letters are capitals, ${EXAMPLES}`
  if (/^R\d*\//.test(text)) return '; it is a cycle: put it into a timeCycle'
  if (/^\d{4}-\d\d/.test(text)) return '; it is a date: put it into a timeDate'
  if (/^P[^T]*[HS]/.test(text)) return `; hours, minutes and seconds stand behind a T, ${EXAMPLES}`
  if (/^P\d+[.,]\d+/.test(text)) return '; years, months, weeks and days have no fraction: write half a day as PT12H'
  return `, ${EXAMPLES}`
}
