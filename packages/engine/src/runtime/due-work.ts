import type { Host } from './host.ts'
import { jobs } from './records/job.ts'
import { awaitedWork } from './work-types.ts'

/** When the next job of this node is due, past now; null where none is. */
export async function nextDueAt(host: Host): Promise<number | null> {
  const where = { ...awaitedWork(host), dueAt: { gt: host.now() } }
  const [next] = await host.storage.find(jobs, { where, orderBy: [{ field: 'dueAt' }], limit: 1 })
  return next?.record.dueAt ?? null
}

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
