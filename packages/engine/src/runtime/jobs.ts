import type { FieldConditions, Stored } from '@leeway/storage'
import { openDraft } from '../kernel/draft.ts'
import { tokenIdOfRow, tokenOfRow } from '../kernel/state.ts'
import type { Value, Values } from '../model/value.ts'
import { concealVariables, revealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, expectDone, forTenant, isSeen, tenantOf } from './api-context.ts'
import {
  checkCaller,
  checkMembers,
  checkOptions,
  checkText,
  checkTexts,
  checkWhole,
  membersOf,
  needText,
  refuseArgument,
} from './arguments.ts'
import type { CommandBody } from './command-body.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { type Once, withIdempotency } from './idempotency.ts'
import { isoOf } from './instance-view.ts'
import { tenantBranches } from './instances.ts'
import { incidentIdOf, listenerOf, seenFrom, valuesOfJob } from './job-place.ts'
import { commitAlone, together } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { durationMs } from './options.ts'
import { ruling } from './own-lease.ts'
import { cursorOf, limitOf, type Page, pageOf } from './paging.ts'
import { parkIfStill } from './park-still.ts'
import { idempotency, incidents, instances, type JobRecord, jobs } from './records.ts'
import { attemptsOf, OWN_ATTEMPTS, retryOf } from './retries.ts'
import { runCommand } from './run-command.ts'
import { loadEntry } from './state-cache.ts'
import { handlerOfJob } from './work-types.ts'

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
  readonly definitionId: string | null
  readonly processKey: string | null
  /** Of its instance. */
  readonly businessKey: string | null
  readonly tenantId: string | null
  readonly elementId: string | null
  readonly elementInstanceId: string | null
  /** ISO 8601; null while it stands still. */
  readonly dueAt: string | null
  readonly priority: number
  /** From 1: the attempt that is made or comes next; with no attempts left, the last that was made. */
  readonly attempt: number
  /** Attempts from now on, the one being made included. */
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

/** For how long a fetched job is kept from now on: `lease` is an ISO 8601 duration. */
export interface ExtendOptions extends CallOptions {
  readonly token: number
  readonly lease: string
}

/** How a fetched job ended. */
export interface CompleteJobOptions extends CallOptions {
  readonly token: number
  readonly variables?: Variables
}

/** How an attempt failed. */
export interface FailJobOptions extends CallOptions {
  readonly token: number
  readonly message: string
  /** ISO 8601 duration until the next attempt. Default: the job's back-off. */
  readonly retryIn?: string
}

/** The BPMN error that a fetched job ends with. */
export interface JobErrorOptions extends CallOptions {
  readonly token: number
  readonly code: string
  readonly message?: string
  /** Go to the event that catches it. */
  readonly variables?: Variables
}

/** A page of open jobs. */
export async function findJobs(api: Api, query: JobQuery = {}): Promise<Page<JobView>> {
  checkMembers('jobs.find', 'query', query, QUERY)
  for (const name of QUERY_TEXTS) checkText('jobs.find', name, query[name])
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
  const ids = new Set<string>()
  for (const { record } of found) if (record.instanceId !== null) ids.add(record.instanceId)
  const read = ids.size === 0 ? [] : await api.host.storage.get(instances, [...ids])
  const businessKeys = new Map(read.map(({ record }) => [record.id as string | null, record.businessKey]))
  const views = found.map((stored) => jobView(api, stored, businessKeys.get(stored.record.instanceId) ?? null))
  return pageOf(found, limit, [], views)
}

const QUERY: ReadonlySet<string> = new Set(['id', 'instanceId', 'type', 'kind', 'limit', 'after'])
const QUERY_TEXTS = ['id', 'instanceId', 'type', 'kind'] as const

/** Gives a job new attempts, and resolves its incident; what waits for its next attempt is due now. Throws `unknownJob`, `illegalTransition` while a worker has it. */
export async function setRetries(api: Api, id: string, retries: number, options: CallOptions = {}): Promise<void> {
  needText('jobs.setRetries', 'id', id)
  if (retries === undefined) refuseArgument('jobs.setRetries', 'retries', retries, 'a whole number from 1')
  checkWhole('jobs.setRetries', 'retries', retries, 1)
  checkOptions('jobs.setRetries', options)
  const actor = actorOf(api, options)
  const asked = authorize(api, 'jobs.setRetries', { actor })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  await onceByKey(api, 'jobs.setRetries', options, { id, retries }, (once) => setRetriesOnce(own, id, retries, actor, once))
}

/** Null where another call with this key came first. */
async function setRetriesOnce(api: Api, id: string, retries: number, actor: string | null, once: Once): Promise<true | null> {
  const { host } = api
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const { record, revision, fence, leasedUntil, leaseOwner } = await storedJob(api, id)
    if (leasedUntil !== null && leasedUntil > host.now()) {
      throw new EngineError(
        'illegalTransition',
        `Job ${id} is in the hands of ${leaseOwner}; give it new attempts when that one has ended`,
        { jobId: id, leaseOwner },
      )
    }
    const place = tokenOfRow(id)
    const { work, failures = 0 } = record.body
    const changed: JobRecord = { ...record, body: { ...record.body, ...(work && { work: { ...work, retriesLeft: retries } }) } }
    const expect = [{ collection: jobs, id, revision, fence }]
    const [incident] = await host.storage.get(incidents, [incidentIdOf(record)])
    if (incident !== undefined && work !== undefined && place !== null && record.instanceId !== null) {
      // First the attempts, then the incident: cut off in between, the incident is there to be resolved again.
      const attempts = { expect, put: [{ collection: jobs, record: changed }], delete: [] }
      if (!(await commitAlone(messageHostOf(host), 'jobs.setRetries', actor, attempts))) continue
      const command = { type: 'resolveIncident' as const, ...place }
      const outcome = await runCommand(host, { instanceId: record.instanceId, command, actor, also: once.also(true) })
      if (outcome.type === 'done') return true
      if (outcome.type === 'lost') return null
      if (outcome.type === 'rejected' && (outcome.rejection.code === 'onHold' || outcome.rejection.code === 'suspended'))
        expectDone(outcome, { jobId: id })
      if (outcome.type === 'rejected') return true
      continue
    }
    const isRetrying = failures > 0 && record.dueAt !== null
    const due = { ...changed, dueAt: isRetrying || incident !== undefined ? host.now() : record.dueAt }
    const gone = incident === undefined ? [] : [{ collection: incidents, id: incident.record.id }]
    const also = together({ expect, put: [{ collection: jobs, record: due }], delete: gone }, once.also(true))
    if (await commitAlone(messageHostOf(host), 'jobs.setRetries', actor, also)) {
      host.wake()
      return true
    }
    const [now] = await host.storage.get(jobs, [id])
    if (now?.revision === revision && now.fence === fence) return null // it was the key that another call had
  }
  throw tooMany(id)
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
  const leaseMs = request.lease === undefined ? api.host.settings.leaseMs : lease(call, request.lease)
  const limit = limitOf(request.max ?? 1)
  const asked = authorize(api, call, { actor: actorOf(api, request) })
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
      ...jobView(api, stored, entry?.record?.businessKey ?? null),
      token: fence,
      idempotencyKey: work?.key ?? '',
      variables,
      fields: revealVariables(work?.fields ?? {}),
      headers: work?.headers ?? {},
    })
  }
  return fetched
}

/** Keeps a fetched job for longer. Throws `unknownJob`, `leaseLost`. */
export async function extendJob(api: Api, id: string, options: ExtendOptions): Promise<void> {
  const call = 'jobs.extend'
  checkLeased(call, id, options, EXTEND)
  const leaseMs = lease(call, options.lease)
  const asked = authorize(api, call, { actor: actorOf(api, options) })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  await onceByKey(api, call, options, { id, token: options.token, lease: options.lease }, async () => {
    if (own.bound.isTenantBound) await storedJob(own, id)
    const [isKept] = await api.host.storage.renew([{ collection: jobs, id, fence: options.token }], leaseMs, ruling(api.host))
    if (isKept !== true) throw leaseLost(id)
    return true
  })
}

const EXTEND = membersOf('token', 'lease')

/** Ends a fetched job; its variables go where the model says. Throws `leaseLost`, `invalidVariable`. */
export async function completeJob(api: Api, id: string, options: CompleteJobOptions): Promise<void> {
  checkLeased('jobs.complete', id, options, COMPLETE)
  const set = options.variables === undefined ? {} : concealVariables(options.variables)
  await finish(api, 'jobs.complete', id, options, { set }, (place, record) => ({
    type: 'finishWork',
    ...place,
    ...listenerOf(record),
    result: { type: 'completed', set, local: {}, ...(record.body.work?.resultVariable !== undefined && { result: set }) },
  }))
}

const COMPLETE = membersOf('token', 'variables')

/** A fetched job failed: it is tried again after `retryIn`, else by its back-off; out of attempts it is an incident. */
export async function failJob(api: Api, id: string, options: FailJobOptions): Promise<void> {
  const { host } = api
  checkLeased('jobs.fail', id, options, FAIL)
  checkText('jobs.fail', 'message', options.message)
  const wait = options.retryIn === undefined ? null : lease('jobs.fail', options.retryIn, 'retryIn')
  const { message = 'The worker gave no message', retryIn } = options
  await finish(api, 'jobs.fail', id, options, { message, retryIn }, (place, record) => {
    const { work, failures = 0 } = record.body
    const facts = { attempts: work?.attempts ?? null, waits: work?.waits ?? [], failures, retriesLeft: work?.retriesLeft ?? null }
    const retry = retryOf(host.settings, null, facts, false, host.now())
    const retryAt = retry.retryAt === null || wait === null ? retry.retryAt : host.now() + wait
    return { type: 'failWork', ...place, ...listenerOf(record), code: 'workerFailed', message, retriesLeft: retry.retriesLeft, retryAt }
  })
}

const FAIL = membersOf('token', 'message', 'retryIn')

/** A fetched job ends with a BPMN error. */
export async function throwJobError(api: Api, id: string, options: JobErrorOptions): Promise<void> {
  const call = 'jobs.throwError'
  checkLeased(call, id, options, ERROR)
  needText(call, 'code', options.code)
  checkText(call, 'message', options.message)
  const values = options.variables === undefined ? {} : concealVariables(options.variables)
  const result = { type: 'error' as const, code: options.code, message: options.message ?? '', values }
  await finish(api, call, id, options, { result }, (place, record) => ({ type: 'finishWork', ...place, ...listenerOf(record), result }))
}

const ERROR = membersOf('token', 'code', 'message', 'variables')
const ATTEMPTS_MAX = 20

function checkLeased(call: string, id: string, options: CallOptions & { readonly token: number }, known: ReadonlySet<string>): void {
  needText(call, 'id', id)
  checkMembers(call, 'options', options, known)
  checkCaller(call, options)
  if (typeof options.token !== 'number') refuseArgument(call, 'token', options.token, 'the token that jobs.fetch gave')
}

function lease(call: string, text: string, name = 'lease'): number {
  if (typeof text !== 'string') refuseArgument(call, name, text, 'an ISO 8601 duration such as PT30S')
  return durationMs(text, name)
}

/** Runs a call that answers nothing: once by its key, or just so where there is none. */
async function onceByKey(
  api: Api,
  operation: string,
  options: CallOptions,
  args: { readonly [name: string]: unknown },
  effect: (once: Once) => Promise<true | null>,
): Promise<void> {
  const { idempotencyKey: key = null } = options
  await withIdempotency<Value>(messageHostOf(api.host), { operation, key, tenantId: tenantOf(api, options), args }, effect)
}

async function finish(
  api: Api,
  operation: string,
  id: string,
  options: CallOptions & { readonly token: number },
  args: { readonly [name: string]: unknown },
  commandFor: (place: { readonly scopeId: string; readonly n: number }, record: JobRecord) => CommandBody,
): Promise<void> {
  const actor = actorOf(api, options)
  const asked = authorize(api, operation, { actor })
  if (asked !== null) await asked
  const { token } = options
  const own = forTenant(api, options)
  await onceByKey(api, operation, options, { id, token, ...args }, async (once) => {
    const { record, fence, leaseOwner } = await storedJob(own, id)
    const place = tokenOfRow(id)
    if (place === null || record.instanceId === null || leaseOwner === null || fence !== token) throw leaseLost(id)
    const request = { instanceId: record.instanceId, command: commandFor(place, record), actor, job: { record, fence: token } }
    const outcome = await runCommand(api.host, { ...request, also: once.also(true) })
    if (outcome.type === 'lost' && outcome.conflict.some(({ collection }) => collection.name === idempotency.name)) return null
    if (outcome.type === 'lost' || outcome.type === 'absent') throw leaseLost(id)
    if (outcome.type === 'done') return true
    if (outcome.rejection.code === 'onHold') expectDone(outcome, { jobId: id })
    throw new EngineError('notWaiting', `Job ${id}: ${outcome.rejection.message}`, { jobId: id })
  })
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

function jobView({ host }: Api, { record, leaseOwner, leasedUntil }: Stored<JobRecord>, businessKey: string | null): JobView {
  const { body } = record
  const failures = body.failures ?? 0
  const isSpent = failures > 0 && record.dueAt === null && body.wasDueAt == null && body.work?.pending !== true
  return {
    id: record.id,
    kind: record.kind,
    type: body.work?.type ?? record.type,
    instanceId: record.instanceId,
    definitionId: body.definitionId ?? null,
    processKey: body.processKey ?? null,
    businessKey,
    tenantId: record.tenantId,
    elementId: body.elementId ?? null,
    elementInstanceId: record.instanceId !== null && record.kind === 'work' ? tokenIdOfRow(record.id) : null,
    dueAt: record.dueAt === null ? null : isoOf(record.dueAt),
    priority: record.priority,
    attempt: isSpent ? failures : failures + 1,
    retriesLeft: isSpent ? 0 : retriesLeftOf(host, record),
    error: body.error ?? null,
    leaseOwner,
    leasedUntil: leasedUntil === null ? null : isoOf(leasedUntil),
  }
}

function retriesLeftOf(host: Host, record: JobRecord): number {
  const { work, failures = 0 } = record.body
  if (record.kind !== 'work') return Math.max(0, OWN_ATTEMPTS - failures)
  const definition = host.definitions.byId.get(record.body.definitionId ?? '')?.definition ?? null
  const attempts = attemptsOf(host.settings, handlerOfJob(host, definition, record), work?.attempts ?? null)
  return work?.retriesLeft ?? Math.max(0, attempts - failures)
}
