import { addWorkingTime, type Calendar, roughMs, workingDue, workingTimeBetween } from '@leeway/engine/extension'
import type { WorkingTime } from './service-clock.ts'

/** Time around the clock. */
export const AROUND_THE_CLOCK: WorkingTime = {
  add: (at, ms) => at + ms,
  between: (from, to) => Math.max(0, to - from),
  length: (_at, duration) => roughMs(duration),
}

/** Time by business hours. */
export function byCalendar(calendar: Calendar): WorkingTime {
  return {
    add: (at, ms) => addWorkingTime(calendar, at, ms),
    between: (from, to) => workingTimeBetween(calendar, from, to),
    length: (at, duration) => workingTimeBetween(calendar, at, workingDue(calendar, at, duration)),
  }
}
