import type { Condition, Stored } from '@leeway/storage'
import type { JobRecord } from './records/job.ts'

/** Work that is to have a share of its own: that of a type, and of a tenant where tenants share a type. */
export interface Lane {
  readonly type: Condition
  readonly tenantId?: Condition
}

/**
 * Claims from several lanes so that none waits behind another's backlog: each gets its share first, by priority and due time within it;
 * what some leave over goes to the others. Where there are fewer jobs wanted than lanes the first lanes are asked.
 */
export async function claimFairly<L extends Lane>(
  claim: (lane: L, limit: number) => Promise<readonly Stored<JobRecord>[]>,
  lanes: readonly L[],
  limit: number,
): Promise<Stored<JobRecord>[]> {
  let open = lanes
  const claimed: Stored<JobRecord>[] = []
  while (open.length > 0 && claimed.length < limit) {
    const share = Math.max(1, Math.floor((limit - claimed.length) / open.length))
    const more: L[] = []
    for (const lane of open) {
      const wanted = Math.min(share, limit - claimed.length)
      if (wanted === 0) break
      const found = await claim(lane, wanted)
      claimed.push(...found)
      if (found.length === wanted) more.push(lane)
    }
    open = more
  }
  return claimed
}

/** By priority, then due time, as one claim would have given them. */
export function inOrderOfClaims(claimed: readonly Stored<JobRecord>[]): readonly Stored<JobRecord>[] {
  return [...claimed].sort(({ record: a }, { record: b }) => b.priority - a.priority || (a.dueAt ?? 0) - (b.dueAt ?? 0))
}
