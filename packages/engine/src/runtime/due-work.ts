import type { Host } from './host.ts'
import { jobs } from './records/job.ts'
import { awaitedWork } from './work-types.ts'

/**
 * When the first job of this node is due that was not due yet at `after`; null where there is none. One that somebody works on counts only
 * where all that were looked at are such. `until`: what is due later does not matter, so that the many that wait for long are not read.
 */
export async function nextDueAt(host: Host, after: number, until: number | null = null): Promise<number | null> {
  const dueAt = until === null ? { gt: after } : [{ gt: after }, { lte: until }]
  const look = (limit: number) => host.storage.find(jobs, { where: { ...awaitedWork(host), dueAt }, orderBy: [{ field: 'dueAt' }], limit })
  const [first] = await look(1)
  if (first === undefined || first.leasedUntil === null || first.leasedUntil <= after) return first?.record.dueAt ?? null
  const found = await look(DUE_LOOKED_AT)
  const free = found.find(({ leasedUntil }) => leasedUntil === null || leasedUntil <= after) ?? found.at(-1)
  return free?.record.dueAt ?? null
}

const DUE_LOOKED_AT = 20

/** When the first lease of a due job ends that another holds; null where none is held. */
export async function nextLeaseEnd(host: Host): Promise<number | null> {
  const now = host.now()
  const where = { ...awaitedWork(host), dueAt: { lte: now } }
  const due = await host.storage.find(jobs, { where, orderBy: [{ field: 'dueAt' }], limit: LEASES_LOOKED_AT })
  let first: number | null = null
  for (const { leasedUntil } of due)
    if (leasedUntil !== null && leasedUntil > now && (first === null || leasedUntil < first)) first = leasedUntil
  return first
}

const LEASES_LOOKED_AT = 100
