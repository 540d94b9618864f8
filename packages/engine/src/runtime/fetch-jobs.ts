import { openDraft } from '../kernel/draft.ts'
import type { Value, Values } from '../model/value.ts'
import { concealVariables, revealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, tenantOf } from './api-context.ts'
import { checkCaller, checkMembers, checkTexts, membersOf, needText, refuseArgument } from './arguments.ts'
import { withIdempotency } from './idempotency.ts'
import { tenantBranches } from './instances.ts'
import { jobInPlace, seenFrom, valuesOfJob } from './job-place.ts'
import { type JobView, jobView } from './jobs.ts'
import { messageHostOf } from './message-host-of.ts'
import { durationMs } from './options.ts'
import { ruling } from './own-lease.ts'
import { limitOf } from './paging.ts'
import { parkIfStill } from './park-still.ts'
import { tokenOfRow } from './record-ids.ts'
import { jobs } from './records.ts'
import { loadEntry } from './state-cache.ts'

/** A job in the hands of an external worker. */
export interface FetchedJob extends JobView {
  /** To be shown with `extend`, `complete`, `fail` and `throwError`: it tells this lease from later ones. */
  readonly token: number
  readonly idempotencyKey: string
  readonly variables: Variables
  readonly fields: Variables
  readonly headers: Readonly<Record<string, string>>
  /** The trace in which the job was made, as `traceparent` of W3C Trace Context (and its `tracestate` behind a space): for the worker to go on in. */
  readonly trace: string | null
}

/** Which work an external worker asks for. */
export interface FetchRequest extends CallOptions {
  /** Job types, at least one. */
  readonly types: readonly string[]
  /** The worker's name: owner of the leases. */
  readonly worker: string
  /** How long the jobs are the worker's: ISO 8601 duration. Default the engine's `worker.leaseMs`. */
  readonly lease?: string
  /** 1 to 1,000; default 1. */
  readonly max?: number
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
  const limit = limitOf(request.max ?? 1)
  const asked = authorize(api, call, { actor: actorOf(api, request), tenantId: request.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, request)
  const { idempotencyKey: key = null, actor: _actor, tenantId: _tenantId, ...args } = request
  if (key === null) return fetchOnce(own, request, leaseMs, limit)
  // What is kept is JSON; dates, bigints and bytes in it are tagged.
  const keep = (job: FetchedJob): Value =>
    ({ ...job, variables: concealVariables(job.variables), fields: concealVariables(job.fields) }) as unknown as Value // an interface of JSON
  const kept = await withIdempotency<Value>(
    messageHostOf(api.host),
    { operation: call, key, tenantId: tenantOf(api, request), args },
    async () => (await fetchOnce(own, request, leaseMs, limit)).map(keep),
  )
  const known = kept as unknown as readonly (FetchedJob & { readonly variables: Values; readonly fields: Values })[] // as kept above
  return known.map((job) => ({ ...job, variables: revealVariables(job.variables), fields: revealVariables(job.fields) }))
}

const FETCH = membersOf('types', 'worker', 'lease', 'max')

async function fetchOnce(api: Api, request: FetchRequest, leaseMs: number, limit: number): Promise<FetchedJob[]> {
  const { host } = api
  const where = { type: { in: request.types }, kind: { eq: 'work' }, ...(api.bound.isTenantBound && { anyOf: tenantBranches(api) }) }
  const claimed = await host.storage.claim(jobs, { owner: request.worker, now: ruling(api.host) ?? 'store', leaseMs, where, limit })
  const fetched: FetchedJob[] = []
  for (const stored of claimed) {
    const { record, fence } = stored
    const place = tokenOfRow(record.id)
    const entry = record.instanceId === null || place === null ? null : await loadEntry(host, record.instanceId, seenFrom(record))
    if (entry?.record && !host.extensions.hasAll(entry.record.extensions)) continue
    if (entry !== null && (await parkIfStill(host, entry, record, fence))) continue
    const variables = entry === null || place === null ? {} : revealVariables(valuesOfJob(openDraft(entry.state, true), record))
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

/** The milliseconds of an ISO 8601 duration. Throws `invalidArgument`. */
export function leaseOf(call: string, text: string, name = 'lease'): number {
  if (typeof text !== 'string') refuseArgument(call, name, text, 'an ISO 8601 duration such as PT30S')
  return durationMs(text, name)
}
