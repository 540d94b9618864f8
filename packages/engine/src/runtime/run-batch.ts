import { isLeewayError, StorageError } from '@leeway/storage'
import { type Also, commitAlone } from './also.ts'
import { type Api, authorize } from './api-context.ts'
import { type BulkCall, bulkOperations } from './bulk-operations.ts'
import { type Target, targetIdOf } from './bulk-targets.ts'
import { purgeEvery } from './every-record.ts'
import type { Host } from './host.ts'
import { messageOf } from './job.ts'
import { migrationId } from './record-ids.ts'
import { type BatchItemRecord, type BatchRecord, batches, batchItems } from './records/batch.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** How many instances, incidents or jobs one turn of a batch's job deals with: then other work has its turn. */
export const BATCH_TURN = 50

/**
 * Does the next of a batch. What became of each lands in the change set of its effect, so that a batch which is cut off goes on
 * where it stood and does nothing twice.
 */
export async function runBatch(host: Host, job: JobRecord, fence: () => number): Promise<void> {
  const { batchId, after } = job.body.data as { readonly batchId: string; readonly after: string } // written by us
  const [stored] = await host.storage.get(batches, [batchId])
  const over: Also = { expect: [{ collection: jobs, id: job.id, fence: fence() }], put: [], delete: [{ collection: jobs, id: job.id }] }
  if (stored === undefined) {
    // The call was cut off while it wrote its items down.
    await deleteItems(host, batchId)
    await commitAlone(host, 'batch', null, over)
    return
  }
  const batch: BatchRecord = stored.record
  const turn = await host.storage.find(batchItems, { where: itemsOf(batchId, after), orderBy: [{ field: 'id' }], limit: BATCH_TURN })
  for (const { record, revision } of turn) if (record.body.outcome === 'pending') await doOne(host, batch, record, revision, null)
  const ids = turn.map(({ record }) => record.id)
  const results = await host.storage.get(batchItems, ids)
  const count = (outcome: string): number => results.filter(({ record }) => record.body.outcome === outcome).length
  const isOver = turn.length < BATCH_TURN
  const { body } = batch
  const next: BatchRecord = {
    ...batch,
    state: isOver ? 'done' : 'running',
    body: { ...body, done: body.done + count('done'), failed: body.failed + count('failed') },
  }
  const moved: JobRecord = { ...job, dueAt: host.now(), body: { data: { batchId, after: ids.at(-1) ?? after } } }
  const progress = { collection: batches, record: next }
  await commitAlone(host, 'batch', body.actor, {
    expect: [
      { collection: jobs, id: job.id, fence: fence() },
      { collection: batches, id: batchId, revision: stored.revision },
    ],
    put: isOver ? [progress] : [progress, { collection: jobs, record: moved }],
    delete: isOver ? over.delete : [],
  })
  if (!isOver) host.wake()
}

/** What was deferred until nobody is off the path: it is done now, or waits on. */
export async function runDeferred(host: Host, job: JobRecord, fence: number): Promise<void> {
  const { batchId, itemId } = job.body.data as { readonly batchId: string; readonly itemId: string } // written by us
  const [[batch], [item]] = await Promise.all([host.storage.get(batches, [batchId]), host.storage.get(batchItems, [itemId])])
  if (batch !== undefined && item?.record.body.outcome === 'deferred')
    return doOne(host, batch.record, item.record, item.revision, { record: job, fence })
  const expect = [{ collection: jobs, id: job.id, fence }]
  await commitAlone(host, 'batch', null, { expect, put: [], delete: [{ collection: jobs, id: job.id }] })
}

async function doOne(
  host: Host,
  batch: BatchRecord,
  item: BatchItemRecord,
  revision: number,
  deferred: { readonly record: JobRecord; readonly fence: number } | null,
): Promise<void> {
  const { outcome: _pending, ...target } = item.body
  const { actor, isTenantBound, args } = batch.body
  const api: Api = { host, bound: { actor, tenantId: batch.tenantId, isTenantBound } }
  const endsAs = (body: Omit<BatchItemRecord['body'], keyof Target>): Also => ({
    expect: [{ collection: batchItems, id: item.id, revision }, ...heldBy(deferred)],
    put: [{ collection: batchItems, record: { ...item, body: { ...target, ...body } } as BatchItemRecord }],
    delete: deferred === null ? [] : [{ collection: jobs, id: deferred.record.id }],
  })
  const instanceId = target.instanceId ?? ''
  const [before] = args.afterReturn === true ? await host.storage.get(instances, [instanceId]) : []
  const refusal = await refusalOf(authorize(api, batch.operation, { instanceId: target.instanceId, actor }))
  try {
    if (refusal !== null) throw refusal
    await bulkOperations[batch.operation as BulkCall].run(api, targetIdOf(target), args, endsAs({ outcome: 'done' })) // only such are written down
  } catch (error) {
    if (error instanceof StorageError || (isLeewayError(error) && PASSING.has(error.code))) throw error
    if (before !== undefined && isLeewayError(error) && error.code === 'offPath') {
      const [queued] = deferred === null ? await host.storage.get(jobs, [migrationId(instanceId)]) : []
      if (queued === undefined && (await defer(host, batch, item, revision, { instanceId, revision: before.revision, deferred }))) return
      // They came back meanwhile.
      if (queued === undefined) return doOne(host, batch, item, revision, deferred)
    }
    await commitAlone(host, batch.operation, actor, endsAs({ outcome: 'failed', ...failureOf(error) }))
  }
}

/** What the host's `authorize` answers, as an error. What it throws itself says nothing of who may: the batch is tried again. */
async function refusalOf(asked: Promise<void> | null): Promise<unknown> {
  try {
    await asked
    return null
  } catch (error) {
    if (isLeewayError(error) && error.code === 'notAuthorized') return error
    throw error
  }
}

function heldBy(deferred: { readonly record: JobRecord; readonly fence: number } | null) {
  return deferred === null ? [] : [{ collection: jobs, id: deferred.record.id, fence: deferred.fence }]
}

/** Waits for the instance: its job is due when somebody comes back. False where the instance, or the job, is not as it was. */
async function defer(
  host: Host,
  batch: BatchRecord,
  item: BatchItemRecord,
  revision: number,
  at: {
    readonly instanceId: string
    readonly revision: number
    readonly deferred: { readonly record: JobRecord; readonly fence: number } | null
  },
): Promise<boolean> {
  const { instanceId, deferred } = at
  const id = migrationId(instanceId)
  const job: JobRecord = {
    id,
    dueAt: null,
    priority: 0,
    kind: 'migration',
    type: '$migration',
    instanceId,
    tenantId: batch.tenantId,
    body: { data: { batchId: batch.id, itemId: item.id } },
  }
  return commitAlone(host, batch.operation, batch.body.actor, {
    expect: [
      { collection: batchItems, id: item.id, revision },
      { collection: instances, id: instanceId, revision: at.revision },
      ...(deferred === null ? [{ collection: jobs, id, revision: 0 }] : heldBy(deferred)),
    ],
    put: [
      { collection: batchItems, record: { ...item, body: { ...item.body, outcome: 'deferred' } } },
      { collection: jobs, record: job },
    ],
    delete: [],
  })
}

/** Faults that say nothing about the instance: the batch's job is tried again. */
const PASSING: ReadonlySet<string> = new Set(['closed', 'extensionMissing', 'scriptEngineMissing'])

/** Deletes what was written down of a batch. */
export function deleteItems({ storage }: Host, batchId: string): Promise<void> {
  return purgeEvery(storage, batchItems, itemsOf(batchId))
}

/** The items of a batch behind this one; all where there is none. */
function itemsOf(batchId: string, after = ''): { readonly id: readonly [{ readonly gt: string }, { readonly lt: string }] } {
  return { id: [{ gt: after === '' ? `${batchId}#` : after }, { lt: `${batchId}$` }] }
}

/** Why one could not be dealt with, as a report tells it. */
export function failureOf(error: unknown): { readonly code: string; readonly reason: string } {
  return { code: isLeewayError(error) ? error.code : 'failed', reason: messageOf(error) }
}
