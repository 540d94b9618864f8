import { parseDuration, roughMs } from '../model/duration.ts'
import { refuseOption } from './check-options.ts'

/** An option that is an ISO 8601 duration, in milliseconds; null is for ever. Throws `invalidOption`. */
export function durationOption(name: string, given: string | null): number | null {
  if (given === null) return null
  const parsed = typeof given === 'string' ? parseDuration(given) : { problem: 'no text' }
  if ('problem' in parsed) return refuseOption(name, given, 'an ISO 8601 duration such as P180D, or null for ever')
  return roughMs(parsed.duration)
}
