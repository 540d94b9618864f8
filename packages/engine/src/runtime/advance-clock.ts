import { addDuration, parseDuration } from '../model/duration.ts'
import { refuseArgument } from './arguments.ts'
import { ClockError, type ManualClock } from './clock.ts'
import { nextDueAt, nextLeaseEnd } from './due-work.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { isoOf } from './instance-view.ts'
import { instantOf } from './instances.ts'
import type { Worker } from './worker.ts'

/** Most instants at which one `advance` stops. */
export const STOPS_MAX = 1_000_000

/**
 * Moves the manual clock to each instant at which something is due, up to the end, and does the work there. `by` is an ISO 8601
 * duration, or `{ to }` a point in time. Throws `invalidArgument` where the clock is not a manual one, `ClockError` where
 * it would go backwards.
 */
export async function advanceClock(host: Host, worker: Worker, by: string | { readonly to: string | number | Date }): Promise<void> {
  const { clock } = host.settings
  if (!('onMove' in clock)) throw new EngineError('invalidArgument', 'engine.advance needs createEngine({ clock: manualClock() })', {})
  const manual = clock as ManualClock // only manual clocks tell their moves
  if (typeof by !== 'string' && (typeof by !== 'object' || by === null || !('to' in by)))
    refuseArgument('advance', 'by', by, 'an ISO 8601 duration such as PT1H, or { to } a point in time')
  const end = typeof by === 'string' ? endOf(manual.now(), by) : instantOf(by.to, host.settings.timeZone)
  if (end < manual.now()) {
    const [from, to] = [isoOf(manual.now()), isoOf(end)]
    throw new ClockError('backwards', `The clock is at ${from} and cannot go back to ${to}; make a new engine instead`, { from, to })
  }
  await worker.drain()
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    const [due, lease] = [await nextDueAt(host, host.now()), await nextLeaseEnd(host)]
    const next = Math.min(due ?? Number.POSITIVE_INFINITY, lease ?? Number.POSITIVE_INFINITY)
    if (next > end) break
    manual.set(next)
    await worker.drain()
  }
  if (manual.now() < end) manual.set(end)
  await worker.drain()
}

function endOf(now: number, by: string): number {
  const parsed = parseDuration(by)
  if ('problem' in parsed) throw new EngineError('invalidArgument', `advance: ${parsed.problem}`, { by })
  return addDuration(now, parsed.duration, 'UTC')
}
