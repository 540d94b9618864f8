import { type Api, actorOf, authorize, type CallOptions, isSeen } from './api-context.ts'
import { EngineError } from './errors.ts'
import { unknownInstance } from './instances.ts'
import { commitAlone } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { chunks, history, incidents, instances, scopes } from './records.ts'
import { within } from './state-cache.ts'

/** Deletes an ended instance and its history for good. Throws `unknownInstance`, `instanceRunning`. */
export async function deleteInstance(api: Api, id: string, options: CallOptions = {}): Promise<void> {
  const { host } = api
  const actor = actorOf(api, options)
  const asked = authorize(api, 'instances.delete', { instanceId: id, actor })
  if (asked !== null) await asked
  const [stored] = await host.storage.get(instances, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownInstance(id)
  if (stored.record.endedAt === null) {
    throw new EngineError('instanceRunning', `Instance ${id} is ${stored.record.status}; cancel it before deleting it`, { instanceId: id })
  }
  // What hangs on it first, the instance last: cut off in between, deleting it again does the rest.
  const historyIds = [{ gt: `${id}#` }, { lt: `${id}$` }]
  for (let purged = PAGE; purged === PAGE; ) purged = await host.storage.purge(history, { id: historyIds }, PAGE)
  for (let purged = PAGE; purged === PAGE; ) purged = await host.storage.purge(scopes, { id: within(id) }, PAGE)
  for (let purged = PAGE; purged === PAGE; ) purged = await host.storage.purge(chunks, { id: within(id) }, PAGE)
  await host.storage.purge(incidents, { instanceId: { eq: id } }, PAGE)
  const expect = [{ collection: instances, id, revision: stored.revision }]
  const isDeleted = await commitAlone(messageHostOf(host), 'instances.delete', actor, {
    expect,
    put: [],
    delete: [{ collection: instances, id }],
  })
  if (!isDeleted) throw new EngineError('conflict', `Instance ${id} was changed by another; look again`, { instanceId: id })
  host.states.delete(id)
}

const PAGE = 1_000
