import type { Instant } from '@leeway/storage'
import type { Calendar } from './calendar.ts'
import { addWorkingTime, workingTimeBetween } from './working-time.ts'

/** What is left until an instant, by a calendar: so that it can be counted off from another one. */
export interface Remaining {
  /** Milliseconds of working time. */
  readonly ms: number
  /** How far behind the end of that working time the instant lies: milliseconds, or at the next opening; absent where it is that end. */
  readonly idle?: number | 'opening'
}

/** What is left until an instant; nothing where it has passed. */
export function remainingUntil(calendar: Calendar, at: Instant, until: Instant): Remaining {
  const ms = workingTimeBetween(calendar, at, until)
  const end = addWorkingTime(calendar, at, ms)
  if (until <= end) return { ms }
  return { ms, idle: until === openingFrom(calendar, end) ? 'opening' : until - end }
}

/**
 * The instant until which so much is left. From where it was taken it is the same instant again; elsewhere no later than the opening behind
 * it.
 */
export function dueAfter(calendar: Calendar, at: Instant, { ms, idle }: Remaining): Instant {
  const end = addWorkingTime(calendar, at, ms)
  if (idle === undefined) return end
  const opening = openingFrom(calendar, end)
  return idle === 'opening' ? opening : Math.min(end + idle, opening)
}

/** The instant itself where work goes on then, else the next opening. */
function openingFrom(calendar: Calendar, at: Instant): Instant {
  return addWorkingTime(calendar, at, 1) - 1
}
