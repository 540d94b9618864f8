import type { Write } from '@leeway/storage'
import type { MigrationProblem } from '../kernel/migration-problems.ts'
import type { TokenMigration } from '../kernel/migration-way.ts'
import type { Value, Values } from '../model/value.ts'
import { commitAlone, together } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen, tenantOf } from './api-context.ts'
import { checkBoolean, checkCaller, checkMembers, checkTexts, keyOf, needText, refuseArgument } from './arguments.ts'
import { createBreather } from './breather.ts'
import { type BulkCall, bulkOperations } from './bulk-operations.ts'
import { type Target, targetIdOf } from './bulk-targets.ts'
import { EngineError } from './errors.ts'
import { everyRecord, PAGE } from './every-record.ts'
import { type Once, withIdempotency } from './idempotency.ts'
import type { IncidentQuery } from './incidents.ts'
import { isoOf } from './instance-view.ts'
import type { InstanceQuery } from './instances.ts'
import type { JobQuery } from './jobs.ts'
import { type BatchItemRecord, type BatchRecord, batches, batchItems } from './records/batch.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { deleteItems, failureOf } from './run-batch.ts'

/** Many incidents: by their ids, or all that a query finds when the call is made. */
export interface ManyIncidents {
  readonly incidents?: readonly string[]
  readonly query?: Omit<IncidentQuery, 'limit' | 'after'>
  /** True: nothing is done; the answer says for each incident whether it could be. */
  readonly dryRun?: boolean
}

/** Many jobs: by their ids, or all that a query finds when the call is made. */
export interface ManyJobs {
  readonly jobs?: readonly string[]
  /** Without `kind` those of work. */
  readonly query?: Omit<JobQuery, 'limit' | 'after'>
  /** True: nothing is done; the answer says for each job whether it could be. */
  readonly dryRun?: boolean
}

/** What a bulk call is done to. */
export type Many = ManyInstances | ManyIncidents | ManyJobs

/** Many instances: by their ids, or all that a query finds when the call is made. */
export interface ManyInstances {
  readonly instances?: readonly string[]
  /** Without `status` those that the operation can be done to. `limit`, `after` and `orderBy` mean nothing here. */
  readonly query?: Omit<InstanceQuery, 'limit' | 'after' | 'orderBy'>
  /** True: nothing is done; the answer says for each instance whether it could be. */
  readonly dryRun?: boolean
}

/** A bulk operation was written down; a worker or `drain` does it. */
export interface BatchStarted {
  readonly batchId: string
}

/** What a bulk operation would do. */
export interface BulkPreview {
  readonly total: number
  readonly report: readonly BulkPreviewEntry[]
}

/**
 * Where each instance's tokens would go. `problems`: what stands in the way and is no token's, a join that fired, something that can be
 * compensated.
 */
export interface MigrationPreview extends BulkPreview {
  readonly report: readonly (BulkPreviewEntry & {
    readonly tokens?: readonly TokenMigration[]
    readonly problems?: readonly MigrationProblem[]
  })[]
}

/** Whether the operation could be done to one instance, incident or job, and if not, why. */
export interface BulkPreviewEntry {
  /** Null where an incident or a job belongs to none, or is not known. */
  readonly instanceId: string | null
  readonly incidentId?: string
  readonly jobId?: string
  readonly outcome: 'possible' | 'refused'
  readonly code?: string
  readonly reason?: string
  /** What the operation tells of itself, such as where a migration puts each token. */
  readonly [name: string]: unknown
}

/** How far a bulk operation is. */
export interface BatchView {
  readonly id: string
  readonly operation: string
  readonly state: 'running' | 'done'
  readonly total: number
  /** To how many it is done. */
  readonly done: number
  /** To how many it could not be done; the report says why. Once all are looked at, the rest were skipped. */
  readonly failed: number
  /** ISO 8601. */
  readonly createdAt: string
  /** One entry an instance, incident or job, in order. */
  readonly report: readonly BatchReportEntry[]
}

/** What became of one instance, incident or job of a bulk operation, and if it failed, why. */
export interface BatchReportEntry {
  /** Null where an incident or a job belongs to none, or is not known. */
  readonly instanceId: string | null
  readonly incidentId?: string
  readonly jobId?: string
  /** A version of a process that is deleted behind its instances. */
  readonly definitionId?: string
  /** `deferred`: a migration that waits until nobody is off the path (`afterReturn`). `skipped`: it was as is wanted, and nothing was written over. */
  readonly outcome: 'pending' | 'deferred' | 'done' | 'failed' | 'skipped'
  readonly code?: string
  readonly reason?: string
}

/** Most instances, incidents or jobs of one bulk operation. */
export const BATCH_MAX = 100_000

/**
 * Writes a bulk operation down, or with `dryRun` tells what it would do. Arguments that must be looked up are read once it is allowed.
 * Throws `invalidArgument`, `idempotencyKeyReused`.
 */
export async function bulk(
  api: Api,
  call: BulkCall,
  many: Many,
  given: Values | ((own: Api) => Promise<Values>),
  options: CallOptions & { readonly dryRun?: boolean },
): Promise<BatchStarted | BulkPreview> {
  const { targets } = bulkOperations[call]
  const { member } = targets
  checkMembers(call, 'many', many, new Set([member, 'query', 'dryRun']))
  checkBoolean(call, 'dryRun', many.dryRun)
  checkBoolean(call, 'dryRun', options.dryRun)
  checkCaller(call, options)
  const named: unknown = Reflect.get(many, member)
  checkTexts(call, member, named)
  if ((named === undefined) === (many.query === undefined)) refuseArgument(call, 'many', many, `{ ${member} } or { query }`)
  if (many.query !== undefined) targets.check(call, many.query)
  const key = keyOf(call, options.idempotencyKey)
  const own: Api = { host: api.host, bound: { ...forTenant(api, options).bound, actor: actorOf(api, options) } }
  const asked = authorize(own, call, { actor: own.bound.actor })
  if (asked !== null) await asked
  const args = typeof given === 'function' ? await given(own) : given
  const find = (): Promise<readonly Target[]> => findTargets(own, call, (named ?? []) as readonly string[], many.query) // as checked
  if (many.dryRun || options.dryRun) return preview(own, call, await find(), args)
  const once = { operation: `${call} (many)`, key, tenantId: tenantOf(api, options), args: { many, args } }
  const answer = await withIdempotency<Value>(api.host, once, async (receipt) => writeDownBatch(own, call, await find(), args, receipt))
  api.host.wake()
  return answer as unknown as BatchStarted // as writeDown gave it
}

/** All that are meant, at most {@link BATCH_MAX}. */
async function findTargets(api: Api, call: BulkCall, ids: readonly string[], query: Many['query']): Promise<readonly Target[]> {
  const { targets } = bulkOperations[call]
  const found = new Map<string, Target>()
  const distinct = [...new Set(ids)]
  const breathe = createBreather()
  for (let from = 0; from < distinct.length; from += PAGE) {
    await breathe()
    for (const target of await targets.named(api, distinct.slice(from, from + PAGE))) found.set(targetIdOf(target), target)
  }
  if (query !== undefined)
    for await (const target of targets.every(api, query)) {
      found.set(targetIdOf(target), target)
      if (found.size > BATCH_MAX) break
      if (found.size % PAGE === 0) await breathe()
    }
  if (found.size <= BATCH_MAX) return [...found.values()]
  throw new EngineError('invalidArgument', `${call}: more than ${BATCH_MAX} ${targets.member} are meant; narrow the query`, { call })
}

async function preview(api: Api, call: BulkCall, targets: readonly Target[], args: Values): Promise<BulkPreview> {
  const report: BulkPreviewEntry[] = []
  const breathe = createBreather()
  for (const target of targets) {
    await breathe()
    try {
      report.push({ ...target, outcome: 'possible' as const, ...(await bulkOperations[call].tryOut(api, targetIdOf(target), args)) })
    } catch (error) {
      report.push({ ...target, outcome: 'refused', ...failureOf(error) })
    }
  }
  return { total: targets.length, report }
}

/**
 * In one change set the items, the batch, its job, and the answer. Of more than {@link PAGE} items the others come first, with the job: it
 * is due when nobody writes any more, finds no batch where the call was cut off, and deletes them. Null where another call with this key
 * came first. The id is new at each attempt: the items of a call that was cut off, or that came second, are not of this batch, whatever it
 * meant.
 */
export async function writeDownBatch(api: Api, call: BulkCall, targets: readonly Target[], args: Values, once: Once): Promise<Value> {
  const { host, bound } = api
  const id = host.newId()
  const items = targets.map((target, i) => {
    const record: BatchItemRecord = { id: itemId(id, i), body: { ...target, outcome: 'pending' } }
    return { collection: batchItems, record }
  })
  const jobDue = (dueAt: number): Write => {
    const record: JobRecord = {
      id: `${id}:batch`,
      dueAt,
      priority: 0,
      kind: 'batch',
      type: '$batch',
      instanceId: null,
      tenantId: bound.tenantId,
      body: { data: { batchId: id, after: '' } },
    }
    return { collection: jobs, record }
  }
  const breathe = createBreather()
  while (items.length > PAGE) {
    await breathe()
    const put = [...items.splice(0, PAGE), jobDue(host.now() + WRITING_MS)]
    await commitAlone(host, call, bound.actor, { expect: [], put, delete: [] })
  }
  const total = targets.length
  const batch: BatchRecord = {
    id,
    operation: call,
    state: total === 0 ? 'done' : 'running',
    createdAt: host.now(),
    tenantId: bound.tenantId,
    body: { args, actor: bound.actor, isTenantBound: bound.isTenantBound, total, done: 0, failed: 0 },
  }
  const put = [...items, { collection: batches, record: batch }, ...(total === 0 ? [] : [jobDue(host.now())])]
  const own = { expect: [{ collection: batches, id, revision: 0 }], put, delete: [] }
  const answer = { batchId: id }
  if (await commitAlone(host, call, bound.actor, together(own, once.also(answer)))) return answer
  await deleteItems(host, id)
  return null
}

/** How long one page of items may take to be written: after that the call that wrote them is taken as cut off. */
const WRITING_MS = 3_600_000

function itemId(batchId: string, index: number): string {
  return `${batchId}#${String(index).padStart(6, '0')}`
}

/** How far a bulk operation is, with its report; null where there is none that the caller sees. */
export async function getBatch(api: Api, id: string): Promise<BatchView | null> {
  const { storage } = api.host
  needText('batches.get', 'id', id)
  const asked = authorize(api, 'batches.get')
  if (asked !== null) await asked
  const [stored] = await storage.get(batches, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) return null
  const { operation, state, createdAt, body } = stored.record
  const report: BatchReportEntry[] = []
  const own = { id: { lt: `${id}$` } }
  for await (const { record } of everyRecord(storage, batchItems, own, { from: { gt: `${id}#` } })) report.push(record.body)
  const count = (outcome: BatchReportEntry['outcome']): number => report.filter((entry) => entry.outcome === outcome).length
  return { id, operation, state, total: body.total, done: count('done'), failed: count('failed'), createdAt: isoOf(createdAt), report }
}
