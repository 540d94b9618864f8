import { concealVariables, type Variables } from '../model/variables.ts'
import { AD_HOC_MEMBERS, type AdHocInstructions, turnOf } from './ad-hoc-turn.ts'
import { type Api, actorOf, authorize, type CallOptions, expectDone, forTenant } from './api-context.ts'
import { checkCaller, checkMembers, membersOf, needText, refuseArgument } from './arguments.ts'
import { changeJob } from './change-job.ts'
import type { CommandBody } from './command-body.ts'
import { contended } from './contended.ts'
import { EngineError } from './errors.ts'
import { leaseOf, waitOf } from './fetch-jobs.ts'
import { onceByKey } from './idempotent.ts'
import { messageOf } from './job.ts'
import { listenerOf } from './job-place.ts'
import { storedJob } from './jobs.ts'
import { ruling } from './own-lease.ts'
import { instanceOfRow, tokenOfRow } from './record-ids.ts'
import { idempotency } from './records/idempotency.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { retryFactsOf, retryOf } from './retries.ts'
import { runCommand } from './run-command.ts'
import { leaseLost } from './worker-errors.ts'

/** For how long a fetched job is kept from now on: `lease` is an ISO 8601 duration. */
export interface ExtendOptions extends CallOptions {
  readonly token: number
  readonly lease: string
}

/** Which fetch of a job is given back. */
export interface ReleaseJobOptions extends CallOptions {
  readonly token: number
}

/** How a fetched job ended. */
export interface CompleteJobOptions extends CallOptions, AdHocInstructions {
  readonly token: number
  readonly variables?: Variables
}

/** How an attempt failed. */
export interface FailJobOptions extends CallOptions {
  readonly token: number
  /** Any text; the first 2,000 characters are kept. */
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

/** Keeps a fetched job for longer. Throws `unknownJob`, `leaseLost`. */
export async function extendJob(api: Api, id: string, options: ExtendOptions): Promise<void> {
  const call = 'jobs.extend'
  checkLeased(call, id, options, EXTEND)
  const leaseMs = leaseOf(call, options.lease)
  const asked = authorize(api, call, { actor: actorOf(api, options), tenantId: options.tenantId, instanceId: instanceOfRow(id) })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  await onceByKey(api, call, options, { id, token: options.token, lease: options.lease }, async () => {
    if (own.bound.isTenantBound) await storedJob(own, id)
    const [isKept] = await api.host.storage.renew([{ collection: jobs, id, fence: options.token }], leaseMs, ruling(api.host))
    if (isKept !== true) throw notYours(id)
    return true
  })
}

const EXTEND = membersOf('token', 'lease')

/**
 * Gives a fetched job back before its lease ends: it can be fetched again at once, and no attempt is counted. Throws `unknownJob`,
 * `leaseLost`.
 */
export async function releaseJob(api: Api, id: string, options: ReleaseJobOptions): Promise<void> {
  const call = 'jobs.release'
  checkLeased(call, id, options, RELEASE)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { actor, tenantId: options.tenantId, instanceId: instanceOfRow(id) })
  if (asked !== null) await asked
  const { token } = options
  const own = forTenant(api, options)
  await onceByKey(api, call, options, { id, token }, (once) =>
    contended(`Job ${id} was changed by others`, { jobId: id }, async () => {
      const stored = await storedJob(own, id)
      const { record, fence, leaseOwner } = stored
      if (leaseOwner === null || fence !== token) throw notYours(id)
      return changeJob(api.host, stored, { call, actor, record }, once)
    }),
  )
}

const RELEASE = membersOf('token')

/** Ends a fetched job; its variables go where the model says. Throws `leaseLost`, `invalidVariable`. */
export async function completeJob(api: Api, id: string, options: CompleteJobOptions): Promise<void> {
  checkLeased('jobs.complete', id, options, COMPLETE)
  const set = options.variables === undefined ? {} : concealVariables(options.variables)
  const turn = turnOf('jobs.complete', options)
  await finish(api, 'jobs.complete', id, options, { set, ...(turn && { turn }) }, (place, record) => ({
    type: 'finishWork',
    ...place,
    ...listenerOf(record),
    result: {
      type: 'completed',
      set,
      local: {},
      ...(record.body.work?.resultVariable !== undefined && { result: set }),
      ...(turn && { turn }),
    },
  }))
}

const COMPLETE = membersOf('token', 'variables', ...AD_HOC_MEMBERS)

/** A fetched job failed: it is tried again after `retryIn`, else by its back-off; out of attempts it is an incident. */
export async function failJob(api: Api, id: string, options: FailJobOptions): Promise<void> {
  const { host } = api
  checkLeased('jobs.fail', id, options, FAIL)
  checkMessage('jobs.fail', options.message)
  const wait = options.retryIn === undefined ? null : waitOf('jobs.fail', options.retryIn, 'retryIn')
  const message = messageOf(options.message ?? 'The worker gave no message')
  const { retryIn } = options
  await finish(api, 'jobs.fail', id, options, { message, retryIn }, (place, record) => {
    const retry = retryOf(host.settings, null, retryFactsOf(record), false, host.now())
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
  checkMessage(call, options.message)
  const values = options.variables === undefined ? {} : concealVariables(options.variables)
  const result = { type: 'error' as const, code: options.code, message: options.message ?? '', values }
  await finish(api, call, id, options, { result }, (place, record) => ({ type: 'finishWork', ...place, ...listenerOf(record), result }))
}

const ERROR = membersOf('token', 'code', 'message', 'variables')

/** What was thrown outside is told as it is, whatever is in it: refused, the failure would never be counted. */
function checkMessage(call: string, message: unknown): void {
  if (message !== undefined && typeof message !== 'string') refuseArgument(call, 'message', message, 'text')
}

function checkLeased(call: string, id: string, options: CallOptions & { readonly token: number }, known: ReadonlySet<string>): void {
  needText(call, 'id', id)
  checkMembers(call, 'options', options, known)
  checkCaller(call, options)
  if (!Number.isSafeInteger(options.token)) refuseArgument(call, 'token', options.token, 'the token that jobs.fetch gave')
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
  const asked = authorize(api, operation, { actor, tenantId: options.tenantId, instanceId: instanceOfRow(id) })
  if (asked !== null) await asked
  const { token } = options
  const own = forTenant(api, options)
  await onceByKey(api, operation, options, { id, token, ...args }, async (once) => {
    const { record, fence, leaseOwner } = await storedJob(own, id)
    const place = tokenOfRow(id)
    if (place === null || record.instanceId === null || leaseOwner === null || fence !== token) throw notYours(id)
    const request = { instanceId: record.instanceId, command: commandFor(place, record), actor, job: { record, fence: token } }
    const outcome = await runCommand(api.host, { ...request, also: once.also(true) })
    if (outcome.type === 'lost' && outcome.conflict.some(({ collection }) => collection.name === idempotency.name)) return null
    if (outcome.type === 'lost' || outcome.type === 'absent') throw notYours(id)
    if (outcome.type === 'done') return true
    if (outcome.rejection.code === 'onHold') expectDone(outcome, { jobId: id })
    throw new EngineError('notWaiting', `Job ${id}: ${outcome.rejection.message}`, { jobId: id })
  })
}

function notYours(id: string): EngineError {
  return leaseLost(id, `Job ${id} is not yours any more: its lease ended and another worker may have it, or its activity is over`)
}
