import type { RegisteredHandler } from './handlers.ts'
import type { Host } from './host.ts'
import type { JobRecord } from './records/job.ts'
import { handlerOfJob } from './work-types.ts'

/** The handler that takes a place of its own few for this job; null where it may run as often as it will. */
export function limitedHandler(host: Host, record: JobRecord): RegisteredHandler | null {
  if (record.kind !== 'work' || host.handlers.limited.length === 0) return null
  // What is not compiled yet was claimed by the type of its row, which names the handler.
  const handler = handlerOfJob(host, host.definitions.byId.get(record.body.definitionId ?? '')?.definition ?? null, record)
  return handler === null || handler.concurrency === Number.POSITIVE_INFINITY ? null : handler
}

/** How many jobs can be claimed at once, whichever they turn out to be, without one handler getting more than its concurrency allows. */
export function roomOf({ handlers }: Host, busy: ReadonlyMap<RegisteredHandler, number>): number {
  let room = Number.POSITIVE_INFINITY
  for (const handler of handlers.limited) {
    const left = handler.concurrency - (busy.get(handler) ?? 0)
    if (left > 0 && left < room) room = left
  }
  return room
}

/** The handlers that now run as often at once as they may. */
export function fullOf(busy: ReadonlyMap<RegisteredHandler, number>): ReadonlySet<RegisteredHandler> {
  if (busy.size === 0) return NONE
  const full = new Set<RegisteredHandler>()
  for (const [handler, count] of busy) if (count >= handler.concurrency) full.add(handler)
  return full
}

const NONE: ReadonlySet<RegisteredHandler> = new Set()
