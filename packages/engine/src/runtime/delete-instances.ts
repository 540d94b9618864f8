import type { Stored } from '@leeway/storage'
import { commitAlone, together } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen } from './api-context.ts'
import { checkOptions, needText } from './arguments.ts'
import { EngineError } from './errors.ts'
import { everyRecord, purgeEvery } from './every-record.ts'
import { EXTENSION_KINDS } from './extension-jobs.ts'
import type { Host } from './host.ts'
import type { Once } from './idempotency.ts'
import { onceByKey } from './idempotent.ts'
import { unknownInstance } from './instances.ts'
import { activities, history } from './records/history.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { chunks, instances, scopes } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { jobs } from './records/job.ts'
import { subscriptions } from './records/message.ts'
import { within } from './state-cache.ts'

/** Deletes an ended instance and its history for good. Throws `unknownInstance`, `instanceRunning`. */
export async function deleteInstance(api: Api, id: string, options: CallOptions = {}): Promise<void> {
  needText('instances.delete', 'id', id)
  checkOptions('instances.delete', options)
  const actor = actorOf(api, options)
  const asked = authorize(api, 'instances.delete', { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  await onceByKey(api, 'instances.delete', options, { id }, (once) => deleteOnce(forTenant(api, options), id, actor, once))
}

/** Deletes one, with more in the last change set. */
export async function deleteOnce(api: Api, id: string, actor: string | null, once: Once): Promise<true> {
  const { host } = api
  const [stored] = await host.storage.get(instances, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownInstance(id)
  if (stored.record.endedAt === null) {
    throw new EngineError('instanceRunning', `Instance ${id} is ${stored.record.status}; cancel it before deleting it`, { instanceId: id })
  }
  await purgeHanging(host, [id], false)
  const own = { expect: [{ collection: instances, id, revision: stored.revision }], put: [], delete: [{ collection: instances, id }] }
  const isDeleted = await commitAlone(host, 'instances.delete', actor, together(own, once.also(true)))
  if (!isDeleted) throw new EngineError('conflict', `Instance ${id} was changed by another; look again`, { instanceId: id })
  host.states.delete(id)
  return true
}

/** Most instances that {@link purgeInstances} takes. */
export const PURGED_TOGETHER = 25

/**
 * Deletes ended instances whose time is over, but for their rows where these are kept, and tells how many: one that another changed or
 * deleted meanwhile is left to that.
 */
export async function purgeInstances(host: Host, ended: readonly Stored<InstanceRecord>[], keepsRows: boolean): Promise<number> {
  await purgeHanging(
    host,
    ended.map(({ record }) => record.id),
    keepsRows,
  )
  let left = ended
  while (left.length > 0) {
    const expect = left.map(({ record: { id }, revision }) => ({ collection: instances, id, revision }))
    const deleted = left.map(({ record: { id } }) => ({ collection: instances, id }))
    const isDeleted = await commitAlone(host, 'cleanUp', null, { expect, put: [], delete: deleted })
    for (const { id } of deleted) host.states.delete(id)
    if (isDeleted) return left.length
    const same = await unchanged(host, left)
    left = same.length < left.length ? same : [] // where none of them was changed it is not tried for ever
  }
  return 0
}

async function unchanged({ storage }: Host, all: readonly Stored<InstanceRecord>[]): Promise<readonly Stored<InstanceRecord>[]> {
  const ids = all.map(({ record }) => record.id)
  const now = new Map((await storage.get(instances, ids)).map(({ record, revision }) => [record.id, revision]))
  return all.filter(({ record, revision }) => now.get(record.id) === revision)
}

/** What hangs on them goes first, the instances last: cut off in between, deleting them again does the rest. */
async function purgeHanging(host: Host, ids: readonly string[], keepsRows: boolean): Promise<void> {
  const { storage } = host
  await purgeHistory(host, ids)
  if (!keepsRows) await purgeRows(host, ids)
  await purgeEvery(storage, scopes, inside(ids, within))
  await purgeEvery(storage, chunks, inside(ids, within))
  await releaseOutliving(host, ids)
  await purgeEvery(storage, incidents, { instanceId: { in: ids } })
  await purgeEvery(storage, subscriptions, { instanceId: { in: ids } })
}

/** Jobs of extensions outlive the instance, and so does what they are stuck with: it is of no instance then. */
async function releaseOutliving(host: Host, instanceIds: readonly string[]): Promise<void> {
  const { storage } = host
  const stuck: IncidentRecord[] = []
  for await (const { record } of everyRecord(storage, incidents, { instanceId: { in: instanceIds } })) stuck.push(record)
  for (const incident of stuck) {
    const { jobId } = incident.body
    const [job] = jobId === undefined ? [] : await storage.get(jobs, [jobId])
    if (job === undefined || !(EXTENSION_KINDS as readonly string[]).includes(job.record.kind)) continue
    const { record, revision, fence } = job
    const expect = [{ collection: jobs, id: record.id, revision, fence }]
    // Somebody who has it tried again meanwhile takes the incident away.
    const put = [{ collection: incidents, record: { ...incident, instanceId: null } }]
    await commitAlone(host, 'instances.delete', null, { expect, put, delete: [] })
  }
}

/** Deletes what the history of instances tells. */
export function purgeHistory({ storage }: Host, ids: readonly string[]): Promise<void> {
  return purgeEvery(
    storage,
    history,
    inside(ids, (id) => [{ gt: `${id}#` }, { lt: `${id}$` }]),
  )
}

/** Deletes the rows for reports of instances. */
export function purgeRows({ storage }: Host, ids: readonly string[]): Promise<void> {
  return purgeEvery(storage, activities, inside(ids, within))
}

type Range = ReturnType<typeof within>
type Inside = { readonly id: Range } | { readonly anyOf: readonly { readonly id: Range }[] }

/** What has its id in the range of one of these. Of many the last stands for those that there are not, so that the store is asked one thing. */
function inside(ids: readonly string[], rangeOf: (id: string) => Range): Inside {
  const ranges = ids.map((id) => ({ id: rangeOf(id) }))
  const [only, ...more] = ranges
  const last = ranges.at(-1)
  if (only === undefined || last === undefined) return { anyOf: [] }
  if (more.length === 0) return only
  return { anyOf: [...ranges, ...Array.from({ length: PURGED_TOGETHER - ranges.length }, () => last)] }
}
