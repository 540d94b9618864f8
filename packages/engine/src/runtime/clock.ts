import { isLeewayError, LeewayError } from '@leeway/storage'
import { addDuration, parseDuration } from '../model/duration.ts'
import { parseInstant } from '../model/instant.ts'

/** Tells the engine the time, in epoch milliseconds. */
export interface Clock {
  /** Epoch milliseconds, a whole number. */
  now(): number
}

/** The computer's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** A clock that stands still until it is moved, and only moves forward: for tests, simulations and demonstrations. */
export interface ManualClock extends Clock {
  /** Moves to an instant: epoch milliseconds, a `Date`, or ISO 8601 text (UTC where it names no zone). Throws {@link ClockError}. */
  set(to: string | number | Date): void
  /** Moves forward by an ISO 8601 duration (days and months are UTC's) or by milliseconds. Throws {@link ClockError}. */
  advance(by: string | number): void
  /** Calls the listener with the new instant after each move. Gives the function that ends this. */
  onMove(listener: (now: number) => void): () => void
}

/**
 * A clock that starts at the given instant; default 2026-01-01T00:00:00Z, so that runs repeat. Throws {@link ClockError} for text that is
 * no instant.
 */
export function manualClock(start: string | number | Date = '2026-01-01T00:00:00Z'): ManualClock {
  let now = instantOf(start)
  const listeners = new Set<(now: number) => void>()
  const move = (to: number): void => {
    if (to < now) {
      const [from, target] = [new Date(now).toISOString(), new Date(to).toISOString()]
      throw new ClockError('backwards', `The clock is at ${from} and cannot go back to ${target}; make a new clock instead`, {
        from,
        target,
      })
    }
    if (to === now) return
    now = to
    for (const listener of [...listeners]) listener(now)
  }
  return {
    now: () => now,
    set: (to) => move(instantOf(to)),
    advance: (by) => move(instantOf(after(now, by))),
    onMove(listener) {
      const entry = (at: number): void => listener(at)
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
  }
}

/** What can be wrong with a clock's move. */
export type ClockErrorCode = 'backwards' | 'invalidTime'

/** A manual clock's refusal: to go backwards, or to something that is no time. The clock has not moved. */
export class ClockError extends LeewayError {
  readonly code: ClockErrorCode

  constructor(code: ClockErrorCode, message: string, details?: Readonly<Record<string, unknown>>) {
    super('ClockError', message, details)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'ClockError')
  }
}

function instantOf(time: string | number | Date): number {
  if (typeof time === 'string') {
    const parsed = parseInstant(time, 'UTC')
    if ('problem' in parsed) throw new ClockError('invalidTime', parsed.problem, { time })
    return parsed.at
  }
  const at = Number(time)
  if (Number.isNaN(new Date(at).getTime()))
    throw new ClockError('invalidTime', `${at} is no instant in epoch milliseconds`, { time: String(time) })
  return at
}

function after(now: number, by: string | number): number {
  if (typeof by === 'number') return now + by
  const parsed = parseDuration(by)
  if ('problem' in parsed) throw new ClockError('invalidTime', parsed.problem, { by })
  return addDuration(now, parsed.duration, 'UTC')
}
