import type { Instant } from '@leeway/storage'
import type { Calendar } from './calendar.ts'
import { type Cron, nextCron } from './cron.ts'
import {
  addDuration,
  type Duration,
  durationOfMs,
  exactMs,
  hasCalendarPart,
  isZeroDuration,
  parseDuration,
  roughMs,
  spelledOut,
  timesDuration,
} from './duration.ts'
import { parseInstant } from './instant.ts'
import { parseCron } from './parse-cron.ts'
import { LAST_INSTANT } from './time-zone.ts'
import { addWorkingTime, workingDue, workingTimeBetween } from './working-time.ts'

/** When a timer fires, as BPMN 2.0.2 §10.5.5 writes it in a timerEventDefinition. Plain data. */
export type Schedule =
  /** Once, at an instant. */
  | { readonly type: 'date'; readonly at: Instant }
  /** Once, a duration after it is armed. */
  | { readonly type: 'duration'; readonly duration: Duration }
  /** At `start`, else one interval after it is armed, then each interval; `repetitions` times in all (null: endless), none after `end`. */
  | {
      readonly type: 'cycle'
      readonly repetitions: number | null
      readonly start: Instant | null
      readonly interval: Duration
      readonly end: Instant | null
    }
  /** Each time that a cron expression names, none after `end`. */
  | { readonly type: 'cron'; readonly cron: Cron; readonly text: string; readonly end: Instant | null }

/** The three ways in which BPMN gives a timer its time. */
export type ScheduleKind = 'timeDate' | 'timeDuration' | 'timeCycle'

type Parsed = { readonly schedule: Schedule } | { readonly problem: string }

/**
 * Reads a timer: a `timeDate` is an ISO 8601 date, a `timeDuration` an ISO 8601 duration, a `timeCycle` an ISO 8601 repetition (`R3/PT1H`,
 * `R/2026-01-01T00:00:00Z/P1D`, `R3/PT1H/2026-06-01`, `R5/start/end`, `R5/start/PT1H/end`) or a cron expression, with its end
 * (`0 9 * * MON/2026-06-01`) or without. `timeZone` is for dates that name none. A problem says what is wrong and what to write instead.
 */
export function parseSchedule(kind: ScheduleKind, text: string, timeZone: string): Parsed {
  const trimmed = text.trim()
  if (trimmed === '') return { problem: `the ${kind} is empty; ${EXAMPLE[kind]}` }
  switch (kind) {
    case 'timeDate':
      return parseDate(trimmed, timeZone)
    case 'timeDuration': {
      const parsed = parseDuration(trimmed)
      return 'problem' in parsed ? parsed : { schedule: { type: 'duration', duration: parsed.duration } }
    }
    case 'timeCycle':
      return parseCycle(trimmed, timeZone)
  }
}

/**
 * When a timer armed at `now` is due first; null when never (`R0`, a cycle that is over, a cron time that does not come again).
 * A date in the past is due at that instant, so at once. Of a cycle that started in the past the latest of the missed
 * times is due, so once at once, whatever it missed. By a calendar durations and intervals are working time, as
 * {@link workingDue} counts it; dates, the start of a cycle and cron times stay what they are.
 */
export function firstDue(schedule: Schedule, now: Instant, timeZone: string, calendar: Calendar | null = null): Instant | null {
  switch (schedule.type) {
    case 'date':
      return schedule.at
    case 'duration':
      return later(now, schedule.duration, timeZone, calendar)
    case 'cron':
      return cronAfter(schedule, now, timeZone)
    case 'cycle': {
      if (schedule.repetitions === 0) return null
      if (schedule.end !== null && schedule.end < now) return null
      const due =
        schedule.start === null
          ? later(now, schedule.interval, timeZone, calendar)
          : latestOf(schedule.start, schedule.interval, now, timeZone, calendar)
      return schedule.end !== null && due > schedule.end ? null : due
    }
  }
}

/**
 * When a timer is due again after it was due at `previousDue`, however late it fired; null when it is not. Always later than `previousDue`.
 * How often it fired is the caller's to count, see {@link occurrences}. Where the grid of the cycle is known (its start, else `anchor`:
 * when it was armed, or any time of the grid) and `previousDue` lies on it, month ends and clock changes leave no trace: monthly from 31
 * January is 28 February, then 31 March. A due time off the grid, such as one that a pause shifted, starts a new grid. By a calendar
 * several times of the grid may come to the same opening, behind holidays: they are one.
 */
export function nextDue(
  schedule: Schedule,
  previousDue: Instant,
  timeZone: string,
  anchor?: Instant,
  calendar: Calendar | null = null,
): Instant | null {
  switch (schedule.type) {
    case 'date':
    case 'duration':
      return null
    case 'cron':
      return cronAfter(schedule, previousDue, timeZone)
    case 'cycle': {
      const due = afterOnGrid(schedule.start ?? anchor ?? previousDue, schedule.interval, previousDue, timeZone, calendar)
      if (due <= previousDue || due >= LAST_INSTANT) return null
      return schedule.end !== null && due > schedule.end ? null : due
    }
  }
}

/**
 * When a timer is due again of which the occurrence that was due at `of` was put at another instant, `at`: at the first time of its grid
 * behind both. What the grid has between them is passed over. Null when it is not due again.
 */
export function nextAfter(
  schedule: Schedule,
  of: Instant,
  at: Instant,
  timeZone: string,
  anchor: Instant,
  calendar: Calendar | null = null,
): Instant | null {
  const next = nextDue(schedule, of, timeZone, anchor, calendar)
  if (next === null || next > at) return next
  if (schedule.type !== 'cycle') return nextDue(schedule, at, timeZone)
  const latest = latestOf(next, schedule.interval, at, timeZone, calendar)
  return nextDue(schedule, latest, timeZone, next, calendar)
}

function cronAfter({ cron, end }: Extract<Schedule, { type: 'cron' }>, at: Instant, timeZone: string): Instant | null {
  const due = nextCron(cron, at, timeZone)
  return due === null || (end !== null && due > end) ? null : due
}

/** How often a timer fires at most, from the first time on; null when there is no limit. */
export function occurrences(schedule: Schedule): number | null {
  if (schedule.type === 'cycle') return schedule.repetitions
  return schedule.type === 'cron' ? null : 1
}

const EXAMPLE: { readonly [Kind in ScheduleKind]: string } = {
  timeDate: 'write a date such as 2026-03-01T09:30:00Z',
  timeDuration: 'write a duration such as PT15M or P3D',
  timeCycle: 'write a repetition such as R3/PT10M or R/P1D, or a cron expression such as 0 0 9 * * MON-FRI',
}

function parseDate(text: string, timeZone: string): Parsed {
  const parsed = parseInstant(text, timeZone)
  if ('at' in parsed) return { schedule: { type: 'date', at: parsed.at } }
  if (/^P/.test(text)) return { problem: `"${text.slice(0, 60)}" is a duration, not a date: put it into a timeDuration` }
  if (/^R\d*\//.test(text)) return { problem: `"${text.slice(0, 60)}" is a cycle, not a date: put it into a timeCycle` }
  return parsed
}

function parseCycle(text: string, timeZone: string): Parsed {
  const shown = `"${text.slice(0, 60)}"`
  if (/^-?P/.test(text)) {
    return {
      problem: `${shown} has no repetition: write R/${text.slice(0, 40)} for an endless cycle, or put it into a timeDuration to fire once`,
    }
  }
  const interval = spelledOut(text.split('###').at(-1) ?? '')
  if (interval !== null) return { problem: `${shown} is not an ISO 8601 repetition; write it as R/${interval}` }
  const found = /^R(-?\d*)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(text)
  if (found === null)
    return /^R[\d-]*(\/|$)/.test(text)
      ? { problem: `${shown} is not an ISO 8601 repetition; ${EXAMPLE.timeCycle}` }
      : parseCronCycle(text, timeZone)
  const [, count = '', first = '', second, third] = found
  const repetitions = count === '' || count === '-1' ? null : Number(count)
  if (repetitions !== null && !(repetitions >= 0 && repetitions <= Number.MAX_SAFE_INTEGER)) {
    return { problem: `${shown} repeats ${count.slice(0, 20)} times; write R/… for endless or R3/… for three times in all` }
  }
  const span = parseSpan(first, second, third, timeZone)
  if ('problem' in span) return { problem: `${shown}: ${span.problem}` }
  if (isZeroDuration(span.interval)) return { problem: `${shown} repeats without any time between; give an interval of at least PT0.001S` }
  return { schedule: { type: 'cycle', repetitions, ...span } }
}

interface Span {
  readonly start: Instant | null
  readonly interval: Duration
  readonly end: Instant | null
}

/** The parts behind `R/`: interval, start/interval, interval/end, start/end of the first interval, or start/interval/end. */
function parseSpan(
  first: string,
  second: string | undefined,
  third: string | undefined,
  timeZone: string,
): Span | { readonly problem: string } {
  if (third !== undefined && (second === undefined || !/^-?P/.test(second)))
    return { problem: 'it has three parts, which are to be a start, an interval and an end' }
  if (/^-?P/.test(first)) {
    const interval = parseDuration(first)
    if ('problem' in interval) return interval
    if (second === undefined) return { start: null, interval: interval.duration, end: null }
    const end = parseInstant(second, timeZone)
    return 'problem' in end ? end : { start: null, interval: interval.duration, end: end.at }
  }
  const start = parseInstant(first, timeZone)
  if ('problem' in start) return start
  if (second === undefined) return { problem: 'it has a start but no interval; write it as R3/2026-03-01T09:30:00Z/PT1H' }
  if (/^-?P/.test(second)) {
    const interval = parseDuration(second)
    if ('problem' in interval || third === undefined)
      return 'problem' in interval ? interval : { start: start.at, interval: interval.duration, end: null }
    const last = parseInstant(third, timeZone)
    return 'problem' in last ? last : { start: start.at, interval: interval.duration, end: last.at }
  }
  const end = parseInstant(second, timeZone)
  if ('problem' in end) return end
  if (end.at < start.at) return { problem: 'its first interval ends before it starts' }
  return { start: start.at, interval: durationOfMs(end.at - start.at), end: null }
}

function parseCronCycle(text: string, timeZone: string): Parsed {
  const [, until] = /\/(\d{4}-\d\d.*)$/.exec(text) ?? [] // no field of cron goes on like this
  const end = until === undefined ? null : parseInstant(until, timeZone)
  if (end !== null && 'problem' in end) return end
  const parsed = parseCron(until === undefined ? text : text.slice(0, -until.length - 1))
  return 'problem' in parsed ? parsed : { schedule: { type: 'cron', cron: parsed.cron, text, end: end?.at ?? null } }
}

/** The first time after `previous` on the grid, if `previous` is on it; else one interval after `previous`. */
function afterOnGrid(anchor: Instant, interval: Duration, previous: Instant, timeZone: string, calendar: Calendar | null): Instant {
  // Working time adds up, so every due time is on the grid of the one before it.
  if (calendar !== null && !hasCalendarPart(interval)) return addWorkingTime(calendar, previous, exactMs(interval))
  const step = stepAt(anchor, interval, previous, timeZone, calendar)
  return step >= 0 && timeAt(anchor, interval, step, timeZone, calendar) === previous
    ? timeAt(anchor, interval, step + 1, timeZone, calendar)
    : later(previous, interval, timeZone, calendar)
}

/** The latest time of the grid that is not after `now`, or the anchor if that is still to come. */
function latestOf(anchor: Instant, interval: Duration, now: Instant, timeZone: string, calendar: Calendar | null): Instant {
  return timeAt(anchor, interval, Math.max(stepAt(anchor, interval, now, timeZone, calendar), 0), timeZone, calendar)
}

/** The largest n with anchor + n intervals not after `at`; negative when the anchor is after it. */
function stepAt(anchor: Instant, interval: Duration, at: Instant, timeZone: string, calendar: Calendar | null): number {
  if (at < anchor) return -1
  if (calendar !== null && !hasCalendarPart(interval)) return Math.floor(workingTimeBetween(calendar, anchor, at) / exactMs(interval))
  // A guess by average lengths is off by a few steps at most (months, clock changes): two weeks of slack hold them all. By a calendar
  // an interval takes no less time than without one.
  const length = roughMs(interval)
  let low = calendar === null ? Math.max(0, Math.floor((at - anchor - SLACK_MS) / length)) : 0
  let high = Math.ceil((at - anchor + SLACK_MS) / length) + 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (timeAt(anchor, interval, middle, timeZone, calendar) <= at) low = middle
    else high = middle
  }
  return low
}

const SLACK_MS = 14 * 86_400_000

function timeAt(anchor: Instant, interval: Duration, n: number, timeZone: string, calendar: Calendar | null): Instant {
  return n === 0 ? anchor : later(anchor, timesDuration(interval, n), timeZone, calendar)
}

function later(at: Instant, duration: Duration, timeZone: string, calendar: Calendar | null): Instant {
  return calendar === null ? addDuration(at, duration, timeZone) : workingDue(calendar, at, duration)
}
