import type { FieldConditions, Stored } from '@leeway/storage'
import { openDraft } from '../kernel/draft.ts'
import { splitTokenId } from '../kernel/state.ts'
import { concealVariables, revealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, isSeen } from './api-context.ts'
import type { CommandBody } from './command-body.ts'
import { EngineError } from './errors.ts'
import { isoOf } from './instance-view.ts'
import { tenantBranches } from './instances.ts'
import { valuesAt } from './job.ts'
import { commitAlone } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { durationMs } from './options.ts'
import { cursorOf, limitOf, type Page, pageOf } from './paging.ts'
import { parkIfHeld } from './park-held.ts'
import { incidents, type JobRecord, jobs } from './records.ts'
import { retryOf } from './retries.ts'
import { runCommand } from './run-command.ts'
import { loadEntry } from './state-cache.ts'

/** Which jobs are looked for. */
export interface JobQuery {
  readonly id?: string
  readonly instanceId?: string
  readonly type?: string
  /** `work`, `timer`, `continuation`, …; default: all. */
  readonly kind?: string
  readonly limit?: number
  readonly after?: string
}

/** An open job. */
export interface JobView {
  readonly id: string
  readonly kind: string
  readonly type: string
  readonly instanceId: string | null
  readonly processKey: string | null
  readonly elementId: string | null
  readonly elementInstanceId: string | null
  /** ISO 8601; null while it stands still. */
  readonly dueAt: string | null
  readonly priority: number
  readonly attempt: number
  readonly retriesLeft: number
  /** How the last attempt failed. */
  readonly error: { readonly code: string; readonly message: string } | null
  readonly leaseOwner: string | null
  readonly leasedUntil: string | null
}

/** A job in the hands of an external worker. */
export interface FetchedJob extends JobView {
  /** To be shown with `extend`, `complete`, `fail` and `throwError`: it tells this lease from later ones. */
  readonly token: number
  readonly idempotencyKey: string
  readonly variables: Variables
  readonly fields: Variables
  readonly headers: Readonly<Record<string, string>>
}

/** Which work an external worker asks for. */
export interface FetchRequest {
  /** Job types, at least one. */
  readonly types: readonly string[]
  /** The worker's name: owner of the leases. */
  readonly worker: string
  /** How long the jobs are the worker's: ISO 8601 duration. Default the engine's `worker.leaseMs`. */
  readonly lease?: string
  /** 1 to 1,000; default 1. */
  readonly max?: number
}

/** For how long a fetched job is kept from now on: `lease` is an ISO 8601 duration. */
export interface ExtendOptions {
  readonly token: number
  readonly lease: string
}

/** How a fetched job ended. */
export interface CompleteJobOptions {
  readonly token: number
  readonly variables?: Variables
  readonly actor?: string
}

/** How an attempt failed. */
export interface FailJobOptions {
  readonly token: number
  readonly message: string
  /** ISO 8601 duration until the next attempt. Default: the job's back-off. */
  readonly retryIn?: string
  readonly actor?: string
}

/** The BPMN error that a fetched job ends with. */
export interface JobErrorOptions {
  readonly token: number
  readonly code: string
  readonly message?: string
  /** Go to the event that catches it. */
  readonly variables?: Variables
  readonly actor?: string
}

/** A page of open jobs. */
export async function findJobs(api: Api, query: JobQuery = {}): Promise<Page<JobView>> {
  const asked = authorize(api, 'jobs.find', { instanceId: query.instanceId ?? null })
  if (asked !== null) await asked
  const limit = limitOf(query.limit)
  const after = cursorOf(query.after)
  const where: { -readonly [Field in keyof FieldConditions<JobRecord>]: FieldConditions<JobRecord>[Field] } & {
    anyOf?: FieldConditions<JobRecord>[]
  } = {}
  if (query.id !== undefined) where.id = { eq: query.id }
  if (query.instanceId !== undefined) where.instanceId = { eq: query.instanceId }
  if (query.type !== undefined) where.type = { eq: query.type }
  if (query.kind !== undefined) where.kind = { eq: query.kind }
  if (api.bound.isTenantBound) where.anyOf = tenantBranches(api)
  const found = await api.host.storage.find(jobs, { where, limit, ...(after && { after }) })
  return pageOf(
    found,
    limit,
    [],
    found.map((stored) => jobView(api, stored)),
  )
}

/** Gives a job new attempts, and resolves its incident; what waits for its next attempt is due now. Throws `unknownJob`, `illegalTransition` while a worker has it. */
export async function setRetries(api: Api, id: string, retries: number, options: CallOptions = {}): Promise<void> {
  const { host } = api
  if (!Number.isSafeInteger(retries) || retries < 1)
    throw new EngineError('invalidArgument', `retries is ${retries}; it must be a whole number from 1`, { retries })
  const actor = actorOf(api, options)
  const asked = authorize(api, 'jobs.setRetries', { actor })
  if (asked !== null) await asked
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const { record, revision, fence, leasedUntil, leaseOwner } = await storedJob(api, id)
    if (leasedUntil !== null && leasedUntil > host.now()) {
      throw new EngineError(
        'illegalTransition',
        `Job ${id} is in the hands of ${leaseOwner}; give it new attempts when that one has ended`,
        { jobId: id, leaseOwner },
      )
    }
    const place = splitTokenId(id)
    const { work, failures = 0 } = record.body
    const changed: JobRecord = { ...record, body: { ...record.body, ...(work && { work: { ...work, retriesLeft: retries } }) } }
    const expect = [{ collection: jobs, id, revision, fence }]
    const [incident] = await host.storage.get(incidents, [`${id}:incident`])
    if (incident !== undefined && work !== undefined && place !== null && record.instanceId !== null) {
      // First the attempts, then the incident: cut off in between, the incident is there to be resolved again.
      if (
        !(await commitAlone(messageHostOf(host), 'jobs.setRetries', actor, {
          expect,
          put: [{ collection: jobs, record: changed }],
          delete: [],
        }))
      )
        continue
      const outcome = await runCommand(host, { instanceId: record.instanceId, command: { type: 'resolveIncident', ...place }, actor })
      if (outcome.type === 'done' || outcome.type === 'rejected') return
      continue
    }
    const isRetrying = failures > 0 && record.dueAt !== null
    const due = { ...changed, dueAt: isRetrying || incident !== undefined ? host.now() : record.dueAt }
    const also = {
      expect,
      put: [{ collection: jobs, record: due }],
      delete: incident === undefined ? [] : [{ collection: incidents, id: incident.record.id }],
    }
    if (await commitAlone(messageHostOf(host), 'jobs.setRetries', actor, also)) return host.wake()
  }
  throw tooMany(id)
}

/** Leases due work to an external worker. */
export async function fetchJobs(api: Api, request: FetchRequest): Promise<readonly FetchedJob[]> {
  const { host } = api
  const asked = authorize(api, 'jobs.fetch')
  if (asked !== null) await asked
  if (!Array.isArray(request.types) || request.types.length === 0)
    throw new EngineError('invalidArgument', 'jobs.fetch needs the types of the jobs to fetch', {})
  const leaseMs = request.lease === undefined ? host.settings.leaseMs : durationMs(request.lease, 'lease')
  const where = { type: { in: request.types }, kind: { eq: 'work' } }
  const now = 'onMove' in host.settings.clock ? host.now() : 'store'
  const claimed = await host.storage.claim(jobs, { owner: String(request.worker), now, leaseMs, where, limit: limitOf(request.max ?? 1) })
  const fetched: FetchedJob[] = []
  for (const stored of claimed) {
    const { record, fence } = stored
    const place = splitTokenId(record.id)
    const entry = record.instanceId === null || place === null ? null : await loadEntry(host, record.instanceId, place.scopeId)
    if (entry?.record && !host.extensions.hasAll(entry.record.extensions)) continue
    if (entry !== null && (await parkIfHeld(host, entry, record, fence))) continue
    const variables =
      entry === null || place === null ? {} : revealVariables(valuesAt(openDraft(entry.state, true), place.scopeId, place.n))
    const work = record.body.work
    fetched.push({
      ...jobView(api, stored),
      token: fence,
      idempotencyKey: work?.key ?? '',
      variables,
      fields: revealVariables(work?.fields ?? {}),
      headers: work?.headers ?? {},
    })
  }
  return fetched
}

/** Keeps a fetched job for longer. Throws `leaseLost`. */
export async function extendJob(api: Api, id: string, options: ExtendOptions): Promise<void> {
  const asked = authorize(api, 'jobs.extend')
  if (asked !== null) await asked
  const [isKept] = await api.host.storage.renew([{ collection: jobs, id, fence: options.token }], durationMs(options.lease, 'lease'))
  if (isKept !== true) throw leaseLost(id)
}

/** Ends a fetched job; its variables go where the model says. Throws `leaseLost`, `invalidVariable`. */
export async function completeJob(api: Api, id: string, options: CompleteJobOptions): Promise<void> {
  const set = options.variables === undefined ? {} : concealVariables(options.variables)
  await finish(api, 'jobs.complete', id, options, (place, record) => ({
    type: 'finishWork',
    ...place,
    result: { type: 'completed', set, local: {}, ...(record.body.work?.resultVariable !== undefined && { result: set }) },
  }))
}

/** A fetched job failed: it is tried again after `retryIn`, else by its back-off; out of attempts it is an incident. */
export async function failJob(api: Api, id: string, options: FailJobOptions): Promise<void> {
  const { host } = api
  const wait = options.retryIn === undefined ? null : durationMs(options.retryIn, 'retryIn')
  await finish(api, 'jobs.fail', id, options, (place, record) => {
    const { work, failures = 0 } = record.body
    const facts = { attempts: work?.attempts ?? null, waits: work?.waits ?? [], failures, retriesLeft: work?.retriesLeft ?? null }
    const retry = retryOf(host.settings, null, facts, false, host.now())
    const retryAt = retry.retryAt === null || wait === null ? retry.retryAt : host.now() + wait
    return { type: 'failWork', ...place, code: 'workerFailed', message: String(options.message), retriesLeft: retry.retriesLeft, retryAt }
  })
}

/** A fetched job ends with a BPMN error. */
export async function throwJobError(api: Api, id: string, options: JobErrorOptions): Promise<void> {
  const values = options.variables === undefined ? {} : concealVariables(options.variables)
  const result = { type: 'error' as const, code: options.code, message: options.message ?? '', values }
  await finish(api, 'jobs.throwError', id, options, (place) => ({ type: 'finishWork', ...place, result }))
}

const ATTEMPTS_MAX = 20

async function finish(
  api: Api,
  operation: string,
  id: string,
  options: { readonly token: number; readonly actor?: string | undefined },
  commandFor: (place: { readonly scopeId: string; readonly n: number }, record: JobRecord) => CommandBody,
): Promise<void> {
  const actor = actorOf(api, options)
  const asked = authorize(api, operation, { actor })
  if (asked !== null) await asked
  const { record, fence, leaseOwner } = await storedJob(api, id)
  const place = splitTokenId(id)
  if (place === null || record.instanceId === null || leaseOwner === null || fence !== options.token) throw leaseLost(id)
  const outcome = await runCommand(api.host, {
    instanceId: record.instanceId,
    command: commandFor(place, record),
    actor,
    job: { record, fence: options.token },
  })
  if (outcome.type === 'lost' || outcome.type === 'absent') throw leaseLost(id)
  if (outcome.type === 'rejected') throw new EngineError('notWaiting', `Job ${id}: ${outcome.rejection.message}`, { jobId: id })
}

async function storedJob(api: Api, id: string): Promise<Stored<JobRecord>> {
  const [stored] = await api.host.storage.get(jobs, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId))
    throw new EngineError('unknownJob', `There is no open job ${id}`, { jobId: id })
  return stored
}

function leaseLost(id: string): EngineError {
  return new EngineError(
    'leaseLost',
    `Job ${id} is not yours any more: its lease ended and another worker may have it, or its activity is over`,
    { jobId: id },
  )
}

function tooMany(id: string): EngineError {
  return new EngineError('tooManyConflicts', `Job ${id} was changed by others ${ATTEMPTS_MAX} times; try again`, { jobId: id })
}

function jobView({ host }: Api, { record, leaseOwner, leasedUntil }: Stored<JobRecord>): JobView {
  const { body } = record
  const failures = body.failures ?? 0
  const attempts = body.work?.attempts ?? host.settings.attempts
  return {
    id: record.id,
    kind: record.kind,
    type: body.work?.type ?? record.type,
    instanceId: record.instanceId,
    processKey: body.processKey ?? null,
    elementId: body.elementId ?? null,
    elementInstanceId: record.instanceId !== null && record.kind === 'work' ? record.id : null,
    dueAt: record.dueAt === null ? null : isoOf(record.dueAt),
    priority: record.priority,
    attempt: failures + 1,
    retriesLeft: body.work?.retriesLeft ?? Math.max(0, attempts - failures),
    error: body.error ?? null,
    leaseOwner,
    leasedUntil: leasedUntil === null ? null : isoOf(leasedUntil),
  }
}
