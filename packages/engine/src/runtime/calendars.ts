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

/** The business hours of a timer that was deployed here or on another node. Throws `calendarMissing`. */
export function calendarOf(calendars: ReadonlyMap<string, Calendar>, name: string): Calendar {
  const calendar = calendars.get(name)
  if (calendar !== undefined) return calendar
  const known = calendars.size === 0 ? 'it was given none' : `it has ${[...calendars.keys()].slice(0, 20).join(', ')}`
  throw new EngineError(
    'calendarMissing',
    `A timer goes by the calendar "${name}", which this engine does not have (${known}): give it to createEngine as calendars`,
    { calendar: name },
  )
}
