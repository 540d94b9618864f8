import type { Instant } from '@leeway/storage'
import { daysInMonth } from './duration.ts'
import { changeBetween, LAST_INSTANT, type LocalTime, offsetAt, toInstant, toLocal } from './time-zone.ts'

/** A cron expression as read: the times of the day and the days on which it fires. Plain data; lists ascend and are not empty. */
export interface Cron {
  readonly seconds: readonly number[]
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  /** 1 to 12. */
  readonly months: readonly number[]
  /** null: every year. */
  readonly years: readonly number[] | null
  /** null: every day. */
  readonly daysOfMonth: readonly CronMonthDay[] | null
  /** null: every day. */
  readonly daysOfWeek: readonly CronWeekDay[] | null
  /** Whether a day must be in one of the two lists (`crontab` with five fields) or in both. Counts where both are lists. */
  readonly days: 'either' | 'both'
}

/**
 * A day of the month: 1 to 31 from its start; 0 is the last, -1 the last but one. With `weekday` it is the nearest Monday
 * to Friday in that month.
 */
export interface CronMonthDay {
  readonly day: number
  readonly weekday: boolean
}

/** A day of the week, 0 (Sunday) to 6: each (`nth` null), the first to fifth of the month, or the last (`nth` -1). */
export interface CronWeekDay {
  readonly day: number
  readonly nth: number | null
}

/** How many years ahead a time is looked for. 29 February on a given weekday is 40 years away at most. */
export const CRON_YEARS_MAX = 100

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** No change of clocks sets them back or forward by more, but for islands that changed the day. */
const CHANGE_MS = 3 * HOUR_MS

/**
 * The first time after an instant at which a cron expression fires, read off the wall clocks of a zone; null when none comes
 * within {@link CRON_YEARS_MAX} years. A time that clocks skip fires once, at the end of the gap; one that comes twice fires
 * once, at the first. An expression for every hour counts real hours instead: it fires in both passes of an hour that
 * comes twice and has nothing to make up for one that is skipped.
 */
export function nextCron(cron: Cron, after: Instant, timeZone: string): Instant | null {
  const everyHour = cron.hours.length === 24
  if (everyHour) {
    const near = nextOverChange(cron, after, timeZone)
    if (near !== null) return near
  }
  let from = Math.floor(toLocal(after, timeZone) / 1000) * 1000 + 1000
  // More than one round only where the found time is the second pass of an hour, so the rounds are bounded by its seconds.
  for (let round = 0; round <= CHANGE_MS / 1000; round++) {
    const local = nextCronLocal(cron, from)
    if (local === null) return null
    const at = toInstant(local, timeZone, 'end')
    if (at > after) return at
    if (everyHour) return local - offsetAt(after, timeZone)
    from = local + 1000
  }
  return null
}

/** The first time not before `from` at which a cron expression fires, by one wall clock that nobody sets; null when none comes. */
export function nextCronLocal(cron: Cron, from: LocalTime): LocalTime | null {
  const start = new Date(from)
  const startDay = Math.floor(from / DAY_MS) * DAY_MS
  const firstYear = start.getUTCFullYear()
  for (const year of yearsFrom(cron, firstYear)) {
    for (const month of cron.months) {
      if (year === firstYear && month < start.getUTCMonth() + 1) continue
      for (const day of daysOf(cron, year, month)) {
        const dayStart = Date.UTC(year, month - 1, day)
        if (dayStart < startDay) continue
        const time = timeOfDay(cron, Math.max(from - dayStart, 0))
        if (time !== null) return dayStart + time
      }
    }
  }
  return null
}

/** For expressions that fire every hour: the next time if clocks change shortly after `after`, null if they do not. */
function nextOverChange(cron: Cron, after: Instant, timeZone: string): Instant | null {
  const horizon = Math.min(after + CHANGE_MS, LAST_INSTANT)
  const [before, behind] = [offsetAt(after, timeZone), offsetAt(horizon, timeZone)]
  if (before === behind) return null
  const change = changeBetween(after, horizon, timeZone)
  const beforeChange = nextCronLocal(cron, Math.floor((after + before) / 1000) * 1000 + 1000)
  if (beforeChange !== null && beforeChange - before < change) return beforeChange - before
  const local = nextCronLocal(cron, Math.ceil((change + behind) / 1000) * 1000)
  if (local === null) return null
  const at = toInstant(local, timeZone, 'end')
  return at >= change ? at : local - behind
}

function yearsFrom(cron: Cron, first: number): readonly number[] {
  if (cron.years !== null) return cron.years.filter((year) => year >= first)
  return Array.from({ length: CRON_YEARS_MAX + 1 }, (_, index) => first + index).filter((year) => year <= 275_759)
}

/** The days of a month on which a cron expression fires, ascending. */
function daysOf(cron: Cron, year: number, month: number): readonly number[] {
  const length = daysInMonth(year, month)
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  const weekdayOf = (day: number): number => (firstWeekday + day - 1) % 7
  const { daysOfMonth, daysOfWeek } = cron
  const inMonth = daysOfMonth === null ? null : new Set(daysOfMonth.map((each) => monthDay(each, length, weekdayOf)))
  const inWeek = (day: number): boolean =>
    daysOfWeek === null ||
    daysOfWeek.some(({ day: weekday, nth }) => {
      if (weekdayOf(day) !== weekday) return false
      return nth === null || (nth === -1 ? day + 7 > length : Math.ceil(day / 7) === nth)
    })
  const days: number[] = []
  for (let day = 1; day <= length; day++) {
    if (inMonth === null || daysOfWeek === null || cron.days === 'both') {
      if ((inMonth === null || inMonth.has(day)) && inWeek(day)) days.push(day)
    } else if (inMonth.has(day) || inWeek(day)) days.push(day)
  }
  return days
}

/** The day that an entry means in a month; 0 when the month has no such day. */
function monthDay(entry: CronMonthDay, length: number, weekdayOf: (day: number) => number): number {
  const day = entry.day > 0 ? entry.day : length + entry.day
  if (day < 1 || day > length) return 0
  if (!entry.weekday) return day
  const weekday = weekdayOf(day)
  if (weekday === 6) return day > 1 ? day - 1 : day + 2
  if (weekday === 0) return day < length ? day + 1 : day - 2
  return day
}

/** The first time of day, in milliseconds, not before `from`; null when the day has no more. */
function timeOfDay(cron: Cron, from: number): number | null {
  if (from >= DAY_MS) return null
  const startSecond = Math.ceil(from / 1000)
  for (const hour of cron.hours) {
    if (hour * 3600 + 3599 < startSecond) continue
    for (const minute of cron.minutes) {
      const base = hour * 3600 + minute * 60
      if (base + 59 < startSecond) continue
      for (const second of cron.seconds) if (base + second >= startSecond) return (base + second) * 1000
    }
  }
  return null
}
