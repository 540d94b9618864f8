import { type Duration, parseDuration } from '@leeway/engine/extension'

/** A duration of the house's rules: they were read, so it is one. */
export function durationOf(text: string): Duration {
  const parsed = parseDuration(text)
  if ('problem' in parsed) throw new Error(`"${text}" is no duration: ${parsed.problem}`)
  return parsed.duration
}
