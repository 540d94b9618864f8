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
  await purgeHanging(host, id, false)
  const own = { expect: [{ collection: instances, id, revision: stored.revision }], put: [], delete: [{ collection: instances, id }] }
  const isDeleted = await commitAlone(host, 'instances.delete', actor, together(own, once.also(true)))
  if (!isDeleted) throw new EngineError('conflict', `Instance ${id} was changed by another; look again`, { instanceId: id })
  host.states.delete(id)
  return true
}

/**
 * Deletes an ended instance whose time is over, but for its rows where they are kept; false where another changed or deleted it meanwhile.
 */
export async function purgeInstance(
  host: Host,
  { record: { id }, revision }: Stored<InstanceRecord>,
  keepsRows: boolean,
): Promise<boolean> {
  await purgeHanging(host, id, keepsRows)
  const own = { expect: [{ collection: instances, id, revision }], put: [], delete: [{ collection: instances, id }] }
  const isDeleted = await commitAlone(host, 'cleanUp', null, own)
  host.states.delete(id)
  return isDeleted
}

/** What hangs on it goes first, the instance last: cut off in between, deleting it again does the rest. */
async function purgeHanging(host: Host, id: string, keepsRows: boolean): Promise<void> {
  const { storage } = host
  await purgeHistory(host, id)
  if (!keepsRows) await purgeRows(host, id)
  await purgeEvery(storage, scopes, { id: within(id) })
  await purgeEvery(storage, chunks, { id: within(id) })
  await releaseOutliving(host, id)
  await purgeEvery(storage, incidents, { instanceId: { eq: id } })
  await purgeEvery(storage, subscriptions, { instanceId: { eq: id } })
}

/** Jobs of extensions outlive the instance, and so does what they are stuck with: it is of no instance then. */
async function releaseOutliving(host: Host, instanceId: string): Promise<void> {
  const { storage } = host
  const stuck: IncidentRecord[] = []
  for await (const { record } of everyRecord(storage, incidents, { instanceId: { eq: instanceId } })) stuck.push(record)
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

/** Deletes what an instance's history tells. */
export function purgeHistory({ storage }: Host, id: string): Promise<void> {
  return purgeEvery(storage, history, { id: [{ gt: `${id}#` }, { lt: `${id}$` }] })
}

/** Deletes an instance's rows for reports. */
export function purgeRows({ storage }: Host, id: string): Promise<void> {
  return purgeEvery(storage, activities, { id: within(id) })
}
