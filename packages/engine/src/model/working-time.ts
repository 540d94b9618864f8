import type { Instant } from '@leeway/storage'
import { type Calendar, FIRST_MONDAY, weekdayOf } from './calendar.ts'
import { addDuration, type Duration, exactMs } from './duration.ts'
import { changeBetween, LAST_INSTANT, type LocalTime, offsetAt, toInstant } from './time-zone.ts'

/*
 * Time is working time while the wall clocks of the calendar's zone show an hour of work. Between two clock changes that is plain
 * arithmetic on weeks and a search in the sorted holidays; only the changes themselves are looked for, a week a look. So a duration
 * costs the same whether it is long or short, but for one look at the zone a week, and nothing goes from minute to minute.
 */

/**
 * Until the end of 2199 clock changes are followed; before 1970 and from 2200 on clocks stay as they are then, nobody knows
 * better. This bounds the looks at the zone, whatever a duration asks for.
 */
const CHANGES_FROM: Instant = Date.UTC(1970, 0, 1)
const CHANGES_TO: Instant = Date.UTC(2200, 0, 1)

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS

/**
 * When a timer is due by a calendar, armed at an instant. Hours, minutes and seconds are working time, as {@link addWorkingTime}.
 * Days are working days: the same wall-clock time on the next day with hours, drawn back to its closing (or on to its opening) where it
 * is not open then. Years, months and weeks move the date as without a calendar, and on to the next opening where that is free. Any
 * such step from outside of the hours starts at the next opening. Steps of the date come first, then days, then exact time.
 */
export function workingDue(calendar: Calendar, at: Instant, duration: Duration): Instant {
  const { years, months, weeks, days } = duration
  let from = at
  if (years !== 0 || months !== 0 || weeks !== 0) {
    from = inHours(calendar, at)
    from = inHours(calendar, addDuration(from, { ...duration, days: 0, hours: 0, minutes: 0, seconds: 0 }, calendar.timeZone))
  }
  if (days !== 0) from = addDays(calendar, inHours(calendar, from), days)
  return addWorkingTime(calendar, from, exactMs(duration))
}

/**
 * The first instant, from `at` on, before which so many milliseconds of working time have passed since `at`: a closing rather than
 * the next opening. `at` itself for none. Ends at the last instant that a date has.
 */
export function addWorkingTime(calendar: Calendar, at: Instant, ms: number): Instant {
  let from = at
  let rest = ms
  while (rest > 0 && from < LAST_INSTANT) {
    const offset = offsetOf(calendar, from)
    const start = workedBy(calendar, from + offset)
    const due = localOf(calendar, start + rest) - offset
    const change = changeIn(calendar, from, due, offset)
    if (change === null) return Math.min(due, LAST_INSTANT)
    rest -= workedBy(calendar, change + offset) - start
    from = change
  }
  return Math.min(from, LAST_INSTANT)
}

/** How much working time lies between two instants, in milliseconds; 0 where `to` is not after `from`. */
export function workingTimeBetween(calendar: Calendar, from: Instant, to: Instant): number {
  let sum = 0
  let at = from
  while (at < to) {
    const offset = offsetOf(calendar, at)
    const until = changeIn(calendar, at, to, offset) ?? to
    sum += workedBy(calendar, until + offset) - workedBy(calendar, at + offset)
    at = until
  }
  return sum
}

/** The instant itself within hours or at their end, else the next opening. */
function inHours(calendar: Calendar, at: Instant): Instant {
  return workingTimeBetween(calendar, at - 1, at) > 0 ? at : addWorkingTime(calendar, at, 1) - 1
}

/** So many working days after an instant that lies within hours or at their end. */
function addDays(calendar: Calendar, at: Instant, days: number): Instant {
  const { holidays, daysBefore, week } = calendar
  const offset = offsetOf(calendar, at)
  // At an end of hours the day is the one that ends, also at midnight.
  const day = Math.floor((workingTimeBetween(calendar, at, at + 1) > 0 ? at + offset : at + offset - 1) / DAY_MS)
  const index = weekOf(day) * whole(daysBefore) + valueAt(daysBefore, weekdayOf(day)) + days
  const passed = countBelow(holidays, day + 1)
  let target = dayAt(daysBefore, index)
  for (let skipped = 0; ; ) {
    const found = countBelow(holidays, target + 1) - passed
    if (found === skipped) break
    skipped = found
    target = dayAt(daysBefore, index + skipped)
  }
  const time = timeInHours(week[weekdayOf(target)] ?? [], at + offset - day * DAY_MS)
  return instantOf(calendar, target * DAY_MS + time)
}

/** A time of the day drawn into its hours: on to their opening, else back to the closing before it. */
function timeInHours(hours: readonly (readonly [number, number])[], time: number): number {
  let drawn = hours[0]?.[0] ?? time
  for (const [opens, closes] of hours) if (opens <= time) drawn = Math.min(time, closes)
  return drawn
}

/** The day whose turn it is in the count of days with hours, holidays counted in. */
function dayAt(daysBefore: readonly number[], index: number): number {
  const perWeek = whole(daysBefore)
  const week = Math.floor(index / perWeek)
  const rest = index - week * perWeek
  let weekday = 0
  while (weekday < 6 && valueAt(daysBefore, weekday + 1) <= rest) weekday += 1
  return FIRST_MONDAY + week * 7 + weekday
}

/** Working time up to a reading of the wall clock, counted from the first Monday; differences of it mean something. */
function workedBy(calendar: Calendar, local: LocalTime): number {
  const { msBefore, holidays, holidayMs, week } = calendar
  const day = Math.floor(local / DAY_MS)
  const weekday = weekdayOf(day)
  const passed = countBelow(holidays, day)
  let ms = weekOf(day) * whole(msBefore) + valueAt(msBefore, weekday) - valueAt(holidayMs, passed)
  if (holidays[passed] === day) return ms
  const time = local - day * DAY_MS
  for (const [opens, closes] of week[weekday] ?? []) if (opens < time) ms += Math.min(time, closes) - opens
  return ms
}

/** The first reading of the wall clock by which so much working time has passed, by the count of {@link workedBy}. */
function localOf(calendar: Calendar, worked: number): LocalTime {
  const { holidays, holidayMs } = calendar
  let missed = 0
  // Each turn moves on over the holidays that the one before it ran into.
  for (;;) {
    const local = plainLocalOf(calendar, worked + missed)
    const found = valueAt(holidayMs, countBelow(holidays, Math.ceil(local / DAY_MS)))
    if (found === missed || local > LAST_INSTANT) return local
    missed = found
  }
}

/** The same without holidays. */
function plainLocalOf({ msBefore, week }: Calendar, worked: number): LocalTime {
  const perWeek = whole(msBefore)
  const weeks = Math.ceil(worked / perWeek) - 1
  let rest = worked - weeks * perWeek
  let weekday = 0
  while (weekday < 6 && valueAt(msBefore, weekday + 1) < rest) weekday += 1
  rest -= valueAt(msBefore, weekday)
  const start = (FIRST_MONDAY + weeks * 7 + weekday) * DAY_MS
  for (const [opens, closes] of week[weekday] ?? []) {
    if (rest <= closes - opens) return start + opens + rest
    rest -= closes - opens
  }
  return start + DAY_MS
}

/** The first clock change after `from` and not after `to`; null when there is none. */
function changeIn({ timeZone }: Calendar, from: Instant, to: Instant, offset: number): Instant | null {
  const end = Math.min(to, CHANGES_TO)
  for (let at = Math.max(from, CHANGES_FROM); at < end; ) {
    const next = Math.min(at + WEEK_MS, end)
    if (offsetAt(next, timeZone) !== offset) return changeBetween(at, next, timeZone)
    at = next
  }
  return null
}

function offsetOf({ timeZone }: Calendar, at: Instant): number {
  return offsetAt(Math.min(Math.max(at, CHANGES_FROM), CHANGES_TO), timeZone)
}

function instantOf(calendar: Calendar, local: LocalTime): Instant {
  const late = local - offsetOf(calendar, CHANGES_TO)
  if (late >= CHANGES_TO) return Math.min(late, LAST_INSTANT)
  const early = local - offsetOf(calendar, CHANGES_FROM)
  return early <= CHANGES_FROM ? early : toInstant(local, calendar.timeZone, 'end')
}

function weekOf(day: number): number {
  return Math.floor((day - FIRST_MONDAY) / 7)
}

/** How many of the ascending numbers are below a limit. */
function countBelow(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (valueAt(numbers, middle) < limit) low = middle + 1
    else high = middle
  }
  return low
}

function whole(sums: readonly number[]): number {
  return valueAt(sums, 7)
}

function valueAt(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0
}
