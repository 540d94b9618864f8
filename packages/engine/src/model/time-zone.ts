import type { Instant } from '@leeway/storage'

/**
 * A wall clock's reading, as the milliseconds that the same reading has in UTC: 2026-01-01T09:00 in any zone is
 * `Date.UTC(2026, 0, 1, 9)`. Calendar arithmetic on it is plain UTC arithmetic.
 */
export type LocalTime = number

/** The last instant that JavaScript's dates can hold, in the year 275760. */
export const LAST_INSTANT: Instant = 8.64e15

/** Most formatters kept at once, the least recently used one goes first; one costs some 50 KB to keep and 50 µs to make. */
const FORMATTERS_MAX = 64

const DAY_MS = 86_400_000
const UTC_NAMES: ReadonlySet<string> = new Set(['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT'])
const formatters = new Map<string, Intl.DateTimeFormat>()

/** What the wall clocks of an IANA zone show at an instant. Throws a `RangeError` when there is no such zone. */
export function toLocal(at: Instant, timeZone: string): LocalTime {
  return at + offsetAt(at, timeZone)
}

/**
 * The instant at which the wall clocks of a zone show a local time. A time that comes twice (clocks set back) is the
 * first of the two. A time that never comes (clocks set forward) is, by `gap`, moved forward by the length of the gap
 * (`shift`, the default) or to the end of the gap (`end`). Throws a `RangeError` when there is no such zone.
 */
export function toInstant(local: LocalTime, timeZone: string, gap: 'shift' | 'end' = 'shift'): Instant {
  if (UTC_NAMES.has(timeZone)) return local
  // No offset reaches a day, so these two instants lie before and after everything that the local time can mean.
  const before = offsetAt(within(local - DAY_MS), timeZone)
  const after = offsetAt(within(local + DAY_MS), timeZone)
  const first = local - Math.max(before, after)
  const second = local - Math.min(before, after)
  if (offsetAt(within(first), timeZone) === local - first) return first
  if (offsetAt(within(second), timeZone) === local - second) return second
  return gap === 'shift' ? local - before : changeBetween(first, second, timeZone)
}

/** How far the wall clocks of a zone are ahead of UTC at an instant, in milliseconds. Throws a `RangeError` when there is no such zone. */
export function offsetAt(at: Instant, timeZone: string): number {
  if (UTC_NAMES.has(timeZone)) return 0
  const text = formatterOf(timeZone).format(at)
  const found = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (found === null || found[1] === undefined) return 0
  const ms = (Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0)) * 1000
  return found[1] === '-' ? -ms : ms
}

/** The first instant after `from` with the offset that holds at `to`; between the two the zone's offset changes once. */
export function changeBetween(from: Instant, to: Instant, timeZone: string): Instant {
  const target = offsetAt(to, timeZone)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle, timeZone) === target) high = middle
    else low = middle
  }
  return high
}

/** Whether a name is a time zone here: an IANA name such as `Europe/Berlin`, or `UTC`. */
export function isTimeZone(name: string): boolean {
  if (UTC_NAMES.has(name)) return true
  try {
    formatterOf(name)
    return true
  } catch {
    return false
  }
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known !== undefined) {
    formatters.delete(timeZone)
    formatters.set(timeZone, known)
    return known
  }
  const made = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  formatters.set(timeZone, made)
  if (formatters.size > FORMATTERS_MAX) {
    for (const oldest of formatters.keys()) {
      formatters.delete(oldest)
      break
    }
  }
  return made
}

function within(at: Instant): Instant {
  return Math.min(Math.max(at, -LAST_INSTANT), LAST_INSTANT)
}
