import type { Value, Values } from '../model/value.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen, tenantOf } from './api-context.ts'
import { checkCaller, checkMembers, checkTexts, keyOf, needText, refuseArgument } from './arguments.ts'
import { type BulkCall, bulkOperations } from './bulk-operations.ts'
import { EngineError } from './errors.ts'
import { type Once, withIdempotency } from './idempotency.ts'
import { isoOf } from './instance-view.ts'
import { checkQuery, type InstanceQuery, whereOf } from './instances.ts'
import { commitAlone, together } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { type BatchItemRecord, type BatchRecord, batches, batchItems, instances, type JobRecord, jobs } from './records.ts'
import { failureOf } from './run-batch.ts'

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

/** Whether the operation could be done to one instance, and if not, why. */
export interface BulkPreviewEntry {
  readonly instanceId: string
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
  /** Instances to which it is done. */
  readonly done: number
  /** Instances to which it could not be done; the report says why. */
  readonly failed: number
  /** ISO 8601. */
  readonly createdAt: string
  /** One entry an instance, in order. */
  readonly report: readonly BatchReportEntry[]
}

/** What became of one instance of a bulk operation, and if it failed, why. */
export interface BatchReportEntry {
  readonly instanceId: string
  readonly outcome: 'pending' | 'done' | 'failed'
  readonly code?: string
  readonly reason?: string
}

/** Most instances of one bulk operation. */
export const BATCH_MAX = 100_000

/** Writes a bulk operation down, or with `dryRun` tells what it would do. Throws `invalidArgument`, `idempotencyKeyReused`. */
export async function bulk(
  api: Api,
  call: BulkCall,
  many: ManyInstances,
  args: Values,
  options: CallOptions & { readonly dryRun?: boolean },
): Promise<BatchStarted | BulkPreview> {
  checkMembers(call, 'many', many, MANY)
  checkCaller(call, options)
  checkTexts(call, 'instances', many.instances)
  if ((many.instances === undefined) === (many.query === undefined)) refuseArgument(call, 'many', many, '{ instances } or { query }')
  if (many.query !== undefined) checkQuery(call, many.query)
  const key = keyOf(call, options.idempotencyKey)
  const own: Api = { host: api.host, bound: { ...forTenant(api, options).bound, actor: actorOf(api, options) } }
  const asked = authorize(own, call, { actor: own.bound.actor })
  if (asked !== null) await asked
  if (many.dryRun || options.dryRun) return preview(own, call, await instanceIdsOf(own, call, many), args)
  const once = { operation: `${call} (many)`, key, tenantId: tenantOf(api, options), args: { many, args } }
  const answer = await withIdempotency<Value>(messageHostOf(api.host), once, (receipt) => writeDown(own, call, many, args, receipt))
  api.host.wake()
  return answer as unknown as BatchStarted // as writeDown gave it
}

const MANY: ReadonlySet<string> = new Set(['instances', 'query', 'dryRun'])

/** All instances that are meant, at most {@link BATCH_MAX}. */
async function instanceIdsOf(api: Api, call: BulkCall, many: ManyInstances): Promise<readonly string[]> {
  const ids = new Set(many.instances)
  if (many.query !== undefined) {
    const where = whereOf(api, { status: bulkOperations[call].statuses, ...many.query })
    for (let after = ''; ids.size <= BATCH_MAX; ) {
      const page = await api.host.storage.find(instances, {
        where: { ...where, id: { gt: after } },
        orderBy: [{ field: 'id' }],
        limit: PAGE,
      })
      for (const { record } of page) ids.add(record.id)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) break
      after = last.record.id
    }
  }
  if (ids.size <= BATCH_MAX) return [...ids]
  throw new EngineError('invalidArgument', `${call}: more than ${BATCH_MAX} instances are meant; narrow the query`, { call })
}

const PAGE = 500

async function preview(api: Api, call: BulkCall, ids: readonly string[], args: Values): Promise<BulkPreview> {
  const report: BulkPreviewEntry[] = []
  for (const instanceId of ids) {
    try {
      report.push({ instanceId, outcome: 'possible' as const, ...(await bulkOperations[call].tryOut(api, instanceId, args)) })
    } catch (error) {
      report.push({ instanceId, outcome: 'refused', ...failureOf(error) })
    }
  }
  return { total: ids.length, report }
}

/**
 * The items first, then in one change set the batch, its job, and the answer. Null where another call with this key came first. The id is
 * new at each attempt: the items of a call that was cut off, or that came second, are not of this batch, whatever it meant.
 */
async function writeDown(api: Api, call: BulkCall, many: ManyInstances, args: Values, once: Once): Promise<Value> {
  const { host, bound } = api
  const id = host.newId()
  const ids = await instanceIdsOf(api, call, many)
  const items = ids.map((instanceId, i): BatchItemRecord => ({ id: itemId(id, i), body: { instanceId, outcome: 'pending' } }))
  for (let from = 0; from < items.length; from += PAGE) {
    const put = items.slice(from, from + PAGE).map((record) => ({ collection: batchItems, record }))
    await commitAlone(messageHostOf(host), call, bound.actor, { expect: [], put, delete: [] })
  }
  const batch: BatchRecord = {
    id,
    operation: call,
    state: ids.length === 0 ? 'done' : 'running',
    createdAt: host.now(),
    tenantId: bound.tenantId,
    body: { args, actor: bound.actor, isTenantBound: bound.isTenantBound, total: ids.length, done: 0, failed: 0 },
  }
  const job: JobRecord = {
    id: `${id}:batch`,
    dueAt: host.now(),
    priority: 0,
    kind: 'batch',
    type: '$batch',
    instanceId: null,
    tenantId: bound.tenantId,
    body: { data: { batchId: id, after: '' } },
  }
  const put = [{ collection: batches, record: batch }, ...(ids.length === 0 ? [] : [{ collection: jobs, record: job }])]
  const own = { expect: [{ collection: batches, id, revision: 0 }], put, delete: [] }
  const answer = { batchId: id }
  if (await commitAlone(messageHostOf(host), call, bound.actor, together(own, once.also(answer)))) return answer
  const ofThis = [{ gt: `${id}#` }, { lt: `${id}$` }]
  for (let purged = PAGE; purged === PAGE; ) purged = await host.storage.purge(batchItems, { id: ofThis }, PAGE)
  return null
}

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
  for (let after = `${id}#`; ; ) {
    const page = await storage.find(batchItems, {
      where: { id: [{ gt: after }, { lt: `${id}$` }] },
      orderBy: [{ field: 'id' }],
      limit: PAGE,
    })
    for (const { record } of page) report.push(record.body)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = last.record.id
  }
  const count = (outcome: BatchReportEntry['outcome']): number => report.filter((entry) => entry.outcome === outcome).length
  return { id, operation, state, total: body.total, done: count('done'), failed: count('failed'), createdAt: isoOf(createdAt), report }
}
