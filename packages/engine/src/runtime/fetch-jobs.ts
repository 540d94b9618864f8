import type { Condition } from '@leeway/storage'
import { draftToRead } from '../kernel/draft.ts'
import type { Value, Values } from '../model/value.ts'
import { concealVariables, revealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, tenantOf } from './api-context.ts'
import { checkCaller, checkMembers, checkTexts, membersOf, needText, refuseArgument } from './arguments.ts'
import { claimInTurn, type Turns } from './fair-fetch.ts'
import type { Host } from './host.ts'
import { withIdempotency } from './idempotency.ts'
import { tenantBranches } from './instances.ts'
import { jobInPlace, seenFrom, valuesOfJob } from './job-place.ts'
import { type JobView, jobView } from './jobs.ts'
import { durationMs, LEASE_MAX_MS } from './options.ts'
import { ruling } from './own-lease.ts'
import { LIMIT_MAX } from './paging.ts'
import { parkIfStill } from './park-still.ts'
import { tokenOfRow } from './record-ids.ts'
import { jobs } from './records/job.ts'
import { loadCurrent } from './state-cache.ts'

/** A job in the hands of an external worker. */
export interface FetchedJob extends JobView {
  /** To be shown with `extend`, `complete`, `fail` and `throwError`: it tells this lease from later ones. */
  readonly token: number
  readonly idempotencyKey: string
  readonly variables: Variables
  readonly fields: Variables
  readonly headers: Readonly<Record<string, string>>
  /**
   * The trace in which the job was made, as `traceparent` of W3C Trace Context (and its `tracestate` behind a space): for the worker to go
   * on in.
   */
  readonly trace: string | null
}

/** Which work an external worker asks for. */
export interface FetchRequest extends CallOptions {
  /** Job types, at least one. */
  readonly types: readonly string[]
  /** The worker's name: owner of the leases. */
  readonly worker: string
  /** How long the jobs are the worker's: ISO 8601 duration, at most P365D. Default the engine's `worker.leaseMs`. */
  readonly lease?: string
  /** 1 to 1,000; default 1. */
  readonly max?: number
  /** Only work of these tenants. Each tenant gets its share, named here or not. */
  readonly tenantIds?: readonly string[]
  /** How long to wait where there is no work, in real time: ISO 8601 duration, at most PT5M. Default: not at all. */
  readonly wait?: string
  /** Ends the call where nobody waits for its answer any more: it throws the signal's reason, and no job is leased. */
  readonly signal?: AbortSignal
}

/** Leases due work to an external worker. */
export async function fetchJobs(api: Api, request: FetchRequest): Promise<readonly FetchedJob[]> {
  const call = 'jobs.fetch'
  checkMembers(call, 'request', request, FETCH)
  checkCaller(call, request)
  checkTexts(call, 'types', request.types)
  if (request.types === undefined || request.types.length === 0)
    refuseArgument(call, 'types', request.types, 'the types of the jobs to fetch')
  needText(call, 'worker', request.worker)
  const leaseMs = request.lease === undefined ? api.host.settings.leaseMs : leaseOf(call, request.lease)
  const limit = request.max ?? 1
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    refuseArgument(call, 'max', limit, `a whole number from 1 to ${LIMIT_MAX}`)
  checkTexts(call, 'tenantIds', request.tenantIds)
  if (request.types.length * Math.max(1, request.tenantIds?.length ?? 1) > LANES_MAX)
    refuseArgument(call, 'types', request.types, `at most ${LANES_MAX} types, or types times tenants`)
  const { signal } = request
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') refuseArgument(call, 'signal', signal, 'an AbortSignal')
  const waitMs = request.wait === undefined ? 0 : waitOf(call, request.wait, 'wait')
  if (waitMs > WAIT_MAX_MS) refuseArgument(call, 'wait', request.wait, 'at most PT5M')
  if (waitMs > 0 && api.host.isJoined) refuseArgument(call, 'wait', request.wait, 'left out within a transaction of the host')
  const asked = authorize(api, call, { actor: actorOf(api, request), tenantId: request.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, request)
  for (const tenantId of request.tenantIds ?? []) tenantOf(own, { tenantId })
  const { idempotencyKey: key = null, actor: _actor, tenantId: _tenantId, wait: _wait, signal: _signal, ...args } = request
  if (key === null) return fetchPatiently(own, request, leaseMs, limit, waitMs)
  // What is kept is JSON; dates, bigints and bytes in it are tagged.
  const keep = (job: FetchedJob): Value =>
    ({ ...job, variables: concealVariables(job.variables), fields: concealVariables(job.fields) }) as unknown as Value // an interface of JSON
  const kept = await withIdempotency<Value>(api.host, { operation: call, key, tenantId: tenantOf(api, request), args }, async () =>
    (await fetchPatiently(own, request, leaseMs, limit, waitMs)).map(keep),
  )
  const known = kept as unknown as readonly (FetchedJob & { readonly variables: Values; readonly fields: Values })[] // as kept above
  return known.map((job) => ({ ...job, variables: revealVariables(job.variables), fields: revealVariables(job.fields) }))
}

const FETCH = membersOf('types', 'worker', 'lease', 'max', 'tenantIds', 'wait', 'signal')
/** Each type of each named tenant is claimed for by itself. */
const LANES_MAX = 100
const WAIT_MAX_MS = 300_000

/** Asks again whenever this node hears of work, and as often as it polls, until there is some or the time is over. */
async function fetchPatiently(api: Api, request: FetchRequest, leaseMs: number, limit: number, waitMs: number): Promise<FetchedJob[]> {
  const { host } = api
  const { types, signal } = request
  const until = performance.now() + waitMs
  for (;;) {
    signal?.throwIfAborted()
    host.checkOpen() // it may have been closed while the host's authorize was asked
    const heard = host.news.count()
    const fetched = await fetchOnce(api, request, leaseMs, limit)
    if (signal?.aborted) await giveBack(host, fetched)
    signal?.throwIfAborted()
    const left = until - performance.now()
    if (fetched.length > 0 || waitMs === 0 || left <= 0) return fetched
    host.checkOpen()
    await host.news.next(heard, Math.min(left, host.settings.pollMs), { types, signal })
  }
}

async function giveBack(host: Host, fetched: readonly Pick<FetchedJob, 'id' | 'token'>[]): Promise<void> {
  if (fetched.length > 0) await host.storage.release(fetched.map(({ id, token }) => ({ collection: jobs, id, fence: token })))
}

/** By host. */
const turnsOf = new WeakMap<object, Turns>()

async function fetchOnce(api: Api, request: FetchRequest, leaseMs: number, limit: number): Promise<FetchedJob[]> {
  const { host } = api
  const { types, tenantIds = null, worker: owner } = request
  const seen = { kind: { eq: 'work' }, ...(api.bound.isTenantBound && { anyOf: tenantBranches(api) }) }
  const now = ruling(api.host) ?? ('store' as const)
  const turns = turnsOf.get(host) ?? { next: new Map(), lastTenant: new Map() }
  turnsOf.set(host, turns)
  const claimed = await claimInTurn(
    host.storage,
    (where, wanted) => host.storage.claim(jobs, { owner, now, leaseMs, where: { ...seen, ...where }, limit: wanted }),
    { types, tenants: tenantsOf(api, tenantIds), limit, now: host.now() },
    turns,
  )
  const fetched: FetchedJob[] = []
  for (const stored of claimed) {
    const { record, fence } = stored
    const place = tokenOfRow(record.id)
    const entry = record.instanceId === null || place === null ? null : await loadCurrent(host, record.instanceId, seenFrom(record))
    if (entry?.record && !host.extensions.hasAll(entry.record.extensions)) continue
    if (entry !== null && (await parkIfStill(host, entry, record, fence))) continue
    const variables = entry === null || place === null ? {} : revealVariables(valuesOfJob(draftToRead(entry.state), record))
    const work = record.body.work
    fetched.push({
      ...jobView(api, entry === null ? stored : { ...stored, record: jobInPlace(entry, record) }, entry?.record?.businessKey ?? null),
      token: fence,
      idempotencyKey: work?.key ?? '',
      variables,
      fields: revealVariables(work?.fields ?? {}),
      headers: work?.headers ?? {},
      trace: record.body.trace ?? null,
    })
  }
  return fetched
}

/** Those whose work is asked for; null: of all that have any. */
function tenantsOf(api: Api, named: readonly string[] | null): readonly Condition[] | null {
  if (named !== null) return [...new Set(named)].map((tenantId) => ({ eq: tenantId }))
  return api.bound.isTenantBound ? tenantBranches(api).map(({ tenantId }) => tenantId) : null
}

/**
 * How long a worker may have a job, in milliseconds: nobody else gets it meanwhile, though the worker be dead. Throws `invalidArgument`.
 */
export function leaseOf(call: string, text: string): number {
  const ms = waitOf(call, text, 'lease')
  if (ms === 0 || ms > LEASE_MAX_MS) refuseArgument(call, 'lease', text, 'longer than nothing and at most P365D')
  return ms
}

/** The milliseconds of an ISO 8601 duration, at most a century. Throws `invalidArgument`. */
export function waitOf(call: string, text: string, name: string): number {
  if (typeof text !== 'string') refuseArgument(call, name, text, 'an ISO 8601 duration such as PT30S')
  const ms = durationMs(text, name)
  if (!(ms >= 0 && ms <= CENTURY_MS)) refuseArgument(call, name, text, 'an ISO 8601 duration of at most P100Y')
  return ms
}

const CENTURY_MS = 100 * 366 * 86_400_000
