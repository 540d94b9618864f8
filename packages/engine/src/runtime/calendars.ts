import { type Calendar, type CalendarDefinition, readCalendar } from '../model/calendar.ts'
import { EngineError } from './errors.ts'

/** Reads the business hours of the options. Throws `invalidOption` that names the calendar and what is wrong in it. */
export function readCalendars(given: Readonly<Record<string, CalendarDefinition>> | undefined): ReadonlyMap<string, Calendar> {
  const calendars = new Map<string, Calendar>()
  for (const [name, definition] of Object.entries(given ?? {})) {
    const option = `calendars.${name}`
    const read = readCalendar(definition)
    if ('problem' in read) throw new EngineError('invalidOption', `Option ${option}: ${read.problem}`, { option })
    calendars.set(name, read.calendar)
  }
  return calendars
}
