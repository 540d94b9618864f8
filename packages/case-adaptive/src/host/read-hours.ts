import { EngineError } from '@leeway/engine'
import { businessHours, type CalendarDefinition, readCalendar } from '@leeway/engine/extension'
import type { WorkingTime } from '../case/service/service-clock.ts'
import { AROUND_THE_CLOCK, byCalendar } from '../case/service/working-time.ts'

/** How the customer's clocks count. Throws `invalidOption`. */
export function readHours(engine: object, given: string | CalendarDefinition | undefined): WorkingTime {
  if (given === undefined) return AROUND_THE_CLOCK
  if (typeof given === 'string') {
    const known = businessHours(engine, given)
    if (known !== null) return byCalendar(known)
    throw new EngineError('invalidOption', `createCases: the engine has no calendar "${given}"; give it to createEngine as calendars.`, {
      calendar: given,
    })
  }
  const read = readCalendar(given)
  if ('calendar' in read) return byCalendar(read.calendar)
  throw new EngineError('invalidOption', `createCases: its calendar cannot be read: ${read.problem}`, {})
}
