import type { Condition, Stored } from '@leeway/storage'
import type { JobRecord } from './records.ts'

type Where = { readonly type: Condition; readonly tenantId?: Condition }

/** Claims up to so many jobs that meet the conditions. */
export type ClaimLane = (where: Where, limit: number) => Promise<readonly Stored<JobRecord>[]>

/**
 * Claims for several types, and where they are named for several tenants, so that none waits behind another's backlog: each gets its share first, by
 * priority and due time within it; what some leave over goes to the others. `turn` says who is asked first, where there are fewer jobs wanted than lanes.
 */
export async function claimFairly(
  claim: ClaimLane,
  types: readonly string[],
  tenantIds: readonly string[] | null,
  limit: number,
  turn: number,
): Promise<readonly Stored<JobRecord>[]> {
  const tenants = tenantIds === null ? [{}] : [...new Set(tenantIds)].map((tenantId) => ({ tenantId: { eq: tenantId } }))
  const lanes = [...new Set(types)].flatMap((type) => tenants.map((tenant): Where => ({ type: { eq: type }, ...tenant })))
  const first = turn % lanes.length
  let open = [...lanes.slice(first), ...lanes.slice(0, first)]
  const claimed: Stored<JobRecord>[] = []
  while (open.length > 0 && claimed.length < limit) {
    const share = Math.max(1, Math.floor((limit - claimed.length) / open.length))
    const more: Where[] = []
    for (const lane of open) {
      const wanted = Math.min(share, limit - claimed.length)
      if (wanted === 0) break
      const found = await claim(lane, wanted)
      claimed.push(...found)
      if (found.length === wanted) more.push(lane)
    }
    open = more
  }
  return claimed.sort(({ record: a }, { record: b }) => b.priority - a.priority || (a.dueAt ?? 0) - (b.dueAt ?? 0))
}
