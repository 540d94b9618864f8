import type { Clock } from './clock.ts'
import { TIMER_MAX_MS } from './invoke.ts'

/** The store's time as far as this node knows it: leases and due times are judged by the store's. */
export interface StoreClock {
  /** Epoch milliseconds: this node's clock and how far the store's is ahead of it. */
  now(): number
  stop(): void
}

/** How often the node's clock is held against the store's, and how often it is looked whether somebody has set it; milliseconds. */
export interface Heartbeat {
  readonly measureMs: number
  readonly lookMs: number
}

/**
 * Measures how far the store's clock is ahead of ours, and measures again as long as it is not stopped: a clock may be set right, or drift.
 */
export async function storeClock(storage: { now(): Promise<number> }, clock: Clock, { measureMs, lookMs }: Heartbeat): Promise<StoreClock> {
  let offset = await measured(storage, clock, 0)
  let pace = paceOf(clock)
  let measuredAt = performance.now()
  let isMeasuring = false
  const look = async (): Promise<void> => {
    if (isMeasuring) return
    const isSet = Math.abs(paceOf(clock) - pace) > NOISE_MS
    if (!isSet && performance.now() - measuredAt < measureMs) return
    isMeasuring = true
    try {
      pace = paceOf(clock)
      offset = await measured(storage, clock, offset)
    } catch {
      // what is known stays; the worker tells of a store that does not answer
    } finally {
      measuredAt = performance.now()
      isMeasuring = false
    }
  }
  const timer = setInterval(look, Math.max(5, Math.min(measureMs, lookMs, TIMER_MAX_MS)))
  if (typeof timer === 'object') timer.unref() // a browser gives a number
  return { now: () => clock.now() + offset, stop: () => clearInterval(timer) }
}

/** Differences below this are the measurement's own noise. */
const NOISE_MS = 20

/** Two clocks that go on alike: this changes where ours is set. */
function paceOf(clock: Clock): number {
  return clock.now() - performance.now()
}

/** The answer was given between our asking and our hearing it; what is known stays where it may be so still. */
async function measured(storage: { now(): Promise<number> }, clock: Clock, known: number): Promise<number> {
  const before = clock.now()
  const there = await storage.now()
  const [least, most] = [there - clock.now(), there - before]
  return known > least - NOISE_MS && known < most + NOISE_MS ? known : Math.round((least + most) / 2)
}
