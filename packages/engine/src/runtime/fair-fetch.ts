import type { Condition, Storage, Stored } from '@leeway/storage'
import { claimFairly, inOrderOfClaims, type Lane } from './claim-fairly.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** What an external worker asks for. `tenants`: those that it named or is bound to; null: whichever have work. */
export interface FairRequest {
  readonly types: readonly string[]
  readonly tenants: readonly Condition[] | null
  readonly limit: number
  readonly now: number
}

/** Claims up to so many jobs that meet the conditions. */
export type ClaimWhere = (where: Partial<Lane>, limit: number) => Promise<readonly Stored<JobRecord>[]>

/** Whose turn it is: for one engine. */
export interface Turns {
  next: number
  /** The tenant that was asked last, by type. */
  readonly lastTenant: Map<string, Tenant>
}

/** Null: work of no tenant, which comes before all tenants; undefined: before that. */
type Tenant = string | null | undefined

/** Claims so that each type and each tenant that has work gets its share; who is asked first goes around. */
export async function claimInTurn(
  storage: Storage,
  claim: ClaimWhere,
  request: FairRequest,
  turns: Turns,
): Promise<readonly Stored<JobRecord>[]> {
  const { limit, tenants } = request
  const turn = turns.next++
  if (tenants !== null) {
    const types = [...new Set(request.types)]
    const lanes = types.flatMap((type) => tenants.map((tenantId): Lane => ({ type: { eq: type }, tenantId })))
    return inOrderOfClaims(await claimFairly(claim, rotated(lanes, turn), limit))
  }
  const types = rotated([...new Set(request.types)], turn)
  if (await isAnyOfTenants(storage, types, request.now)) return inOrderOfClaims(await claimByTenant(storage, claim, types, request, turns))
  const lanes = types.map((type): Lane => ({ type: { eq: type } }))
  return inOrderOfClaims(await claimFairly(claim, lanes, limit))
}

async function claimByTenant(
  storage: Storage,
  claim: ClaimWhere,
  types: readonly string[],
  { limit, now }: FairRequest,
  { lastTenant }: Turns,
): Promise<readonly Stored<JobRecord>[]> {
  const owners = new Map<Lane, { readonly type: string; readonly tenant: string | null }>()
  const places: Lane[][] = []
  for (const type of types) {
    const found = await tenantsInTurn(storage, type, now, lastTenant.get(type), Math.min(limit, TENANTS_MAX))
    for (const [place, tenant] of found.entries()) {
      const lane: Lane = { type: { eq: type }, tenantId: tenant === null ? { isNull: true } : { eq: tenant } }
      owners.set(lane, { type, tenant })
      places[place] = [...(places[place] ?? []), lane]
    }
  }
  const claimLane = (lane: Lane, wanted: number): Promise<readonly Stored<JobRecord>[]> => {
    const owner = owners.get(lane)
    if (owner !== undefined) lastTenant.set(owner.type, owner.tenant)
    owners.delete(lane) // it had its turn; what it is asked for beyond is what others left over
    return claim(lane, wanted)
  }
  const claimed = await claimFairly(claimLane, places.flat(), limit)
  if (claimed.length === limit) return claimed
  // the rest goes to whoever has work, also to tenants that were not looked at this time
  return [...claimed, ...(await claim({ type: { in: types } }, limit - claimed.length))]
}

/** Tenants of one type that a call looks at; the others have their turn at the next. */
const TENANTS_MAX = 20

function rotated<T>(list: readonly T[], turn: number): readonly T[] {
  const first = turn % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** Hosts without tenants need no more than this look. */
async function isAnyOfTenants(storage: Storage, types: readonly string[], now: number): Promise<boolean> {
  const where = { type: { in: types }, tenantId: { gte: '' }, dueAt: { lte: now } }
  return (await storage.find(jobs, { where, limit: 1 })).length > 0
}

/** Tenants that have due work of a type, at most so many, from the one behind `last` around to it. */
async function tenantsInTurn(storage: Storage, type: string, now: number, last: Tenant, max: number): Promise<readonly (string | null)[]> {
  const found: (string | null)[] = []
  let at = last
  let isAround = last === undefined
  while (found.length < max) {
    const next = await nextTenant(storage, type, now, at)
    if (next === undefined) {
      if (isAround) break
      isAround = true
      at = undefined
      continue
    }
    if (isAround && isBehind(next, last)) break
    found.push(next)
    at = next
  }
  return found
}

function isBehind(tenant: string | null, last: Tenant): boolean {
  return last !== undefined && tenant !== null && (last === null || tenant > last)
}

/** The first behind this one that has due work of the type; undefined where none has. */
async function nextTenant(storage: Storage, type: string, now: number, at: Tenant): Promise<Tenant> {
  const due = { type: { eq: type }, dueAt: { lte: now } }
  if (at === undefined) {
    const [shared] = await storage.find(jobs, { where: { ...due, tenantId: { isNull: true } }, orderBy: [{ field: 'dueAt' }], limit: 1 })
    if (shared !== undefined) return null
  }
  const tenantId = typeof at === 'string' ? { gt: at } : { gte: '' }
  const [next] = await storage.find(jobs, { where: { ...due, tenantId }, orderBy: [{ field: 'tenantId' }], limit: 1 })
  return next === undefined ? undefined : next.record.tenantId
}
