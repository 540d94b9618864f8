import type { Write } from '@leeway/storage'
import type { Host } from './host.ts'

/** The lease of a job that this node takes on in the commit that writes it. */
export function ownLease(host: Host): NonNullable<Write['lease']> {
  const now = ruling(host)
  return { owner: host.nodeId, leaseMs: host.settings.leaseMs, ...(now !== undefined && { now }) }
}

/** The instant by which leases are dated where a manual clock rules; undefined: the store's own. */
export function ruling(host: Host): number | undefined {
  return 'onMove' in host.settings.clock ? host.now() : undefined
}
