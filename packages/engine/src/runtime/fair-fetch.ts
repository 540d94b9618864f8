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
  /** Where to begin, by what is asked for: behind what had work last. */
  readonly next: Map<string, number>
  /** The tenant that was asked last, by type. */
  readonly lastTenant: Map<string, Tenant>
}

/** Lists of types that are remembered: workers mostly ask for the same ones. */
const LISTS_MAX = 1_000

/** Null: work of no tenant, which comes before all tenants; undefined: before that. */
type Tenant = string | null | undefined

/** Claims so that each type and each tenant that has work gets its share; who is asked first goes around. */
export async function claimInTurn(
  storage: Storage,
  claim: ClaimWhere,
  request: FairRequest,
  turns: Turns,
): Promise<readonly Stored<JobRecord>[]> {
  const types = [...new Set(request.types)]
  const lanes = types.map((type): TypeLane => ({ type: { eq: type } }))
  const claimType = await claimOfType(storage, claim, request, types, turns)
  return inOrderOfClaims(await claimAround(claimType, lanes, request.limit, turns))
}

/** Where no tenant has work of these types, whatever there is of a type is its share. */
async function claimOfType(
  storage: Storage,
  claim: ClaimWhere,
  request: FairRequest,
  types: readonly string[],
  turns: Turns,
): Promise<ClaimType> {
  if (request.tenants !== null) return ofNamed(claim, request.tenants, turns)
  return (await isAnyOfTenants(storage, types, request.now)) ? byTenant(storage, claim, request, turns) : claim
}

/** The share of a type is shared by the tenants that are named, so that one that has work of few of them gets no less than another. */
function ofNamed(claim: ClaimWhere, tenants: readonly Condition[], turns: Turns): ClaimType {
  return (lane, wanted) =>
    claimAround(
      claim,
      tenants.map((tenantId): Lane => ({ ...lane, tenantId })),
      wanted,
      turns,
    )
}

interface TypeLane extends Lane {
  readonly type: { readonly eq: string }
}

/** Claims the share of one type. */
type ClaimType = (lane: TypeLane, wanted: number) => Promise<readonly Stored<JobRecord>[]>

/** Begins behind the lane that had work last time, so that the turn of one that has none is no other's. */
async function claimAround<L extends Lane>(
  claim: (lane: L, limit: number) => Promise<readonly Stored<JobRecord>[]>,
  lanes: readonly L[],
  limit: number,
  { next }: Turns,
): Promise<readonly Stored<JobRecord>[]> {
  const key = JSON.stringify(lanes)
  const first = next.get(key) ?? 0
  if (next.size >= LISTS_MAX) next.clear()
  next.set(key, first + 1) // for who asks meanwhile
  const claimLane = async (lane: L, wanted: number): Promise<readonly Stored<JobRecord>[]> => {
    const found = await claim(lane, wanted)
    if (found.length > 0) next.set(key, lanes.indexOf(lane) + 1)
    return found
  }
  return claimFairly(claimLane, rotated(lanes, first), limit)
}

/** The share of a type is shared by the tenants that have work of it; what they leave over goes to whoever has work of the type. */
function byTenant(storage: Storage, claim: ClaimWhere, { limit, now }: FairRequest, { lastTenant }: Turns): ClaimType {
  const waiting = new Map<TypeLane, readonly TenantLane[]>()
  const asked = new Set<Lane>()
  return async (lane, wanted) => {
    const type = lane.type.eq
    const found =
      waiting.get(lane) ??
      (await tenantsInTurn(storage, type, now, lastTenant.get(type), Math.min(limit, TENANTS_MAX))).map(
        (tenant): TenantLane => ({ ...lane, tenant, tenantId: tenant === null ? { isNull: true } : { eq: tenant } }),
      )
    if (found.length === 0) return []
    waiting.set(lane, rotated(found, wanted))
    const claimTenant = (one: TenantLane, most: number): Promise<readonly Stored<JobRecord>[]> => {
      if (!asked.has(one)) lastTenant.set(type, one.tenant)
      asked.add(one) // it had its turn; what it is asked for beyond is what others left over
      return claim({ type: one.type, tenantId: one.tenantId }, most)
    }
    const claimed = await claimFairly(claimTenant, found, wanted)
    if (claimed.length === wanted) return claimed
    return [...claimed, ...(await claim(lane, wanted - claimed.length))]
  }
}

interface TenantLane extends TypeLane {
  readonly tenantId: Condition
  readonly tenant: string | null
}

/** Tenants of one type that a call looks at; the others have their turn at the next. */
const TENANTS_MAX = 20

function rotated<T>(list: readonly T[], turn: number): readonly T[] {
  const first = turn % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** Hosts without tenants need no more than this look. */
async function isAnyOfTenants(storage: Storage, types: readonly string[], now: number): Promise<boolean> {
  const where = { anyOf: types.map((type) => ({ type: { eq: type }, tenantId: { gte: '' }, dueAt: { lte: now } })) }
  return (await storage.find(jobs, { where, orderBy: BY_TENANT, limit: 1 })).length > 0
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
  const [next] = await storage.find(jobs, { where: { ...due, tenantId }, orderBy: BY_TENANT, limit: 1 })
  return next === undefined ? undefined : next.record.tenantId
}

/** As the index of types and tenants has it, so that the first that is found is the first there is. */
const BY_TENANT = [{ field: 'tenantId' as const }, { field: 'dueAt' as const }]
