import type { Expectation, Key, Write } from '@leeway/storage'
import { forgetStale, loadDefinition } from './definition-cache.ts'
import { refuseUsed } from './definition-in-use.ts'
import { dropUnused } from './delete-resources.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { type Also, commitAlone, NOTHING, together } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { type DefinitionRecord, definitions, deployments, processKeyId, processKeys } from './records/definition.ts'
import { disarmed, startEventChanges } from './start-events.ts'
import { asSuspended, setSuspended } from './stop-definition.ts'

/** One version, where nothing uses it; throws `definitionInUse` where something does; false where `also` was not met. The one before it becomes the latest again where this was it. */
export async function deleteVersion(host: Host, id: string, actor: string | null, also: Also): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    await markDeleting(host, id, actor)
    const [stored] = await host.storage.get(definitions, [id])
    if (stored === undefined) return also === NOTHING || commitAlone(messageHostOf(host), 'processes.delete', actor, also)
    const { record } = stored
    if (!record.body.suspended?.isDeleting) continue // somebody resumed it just now
    // What is found from here on counts: it is deleted only as it was read before that, marked.
    await refuseUsed(host, id)
    const expect: Expectation[] = [{ collection: definitions, id, revision: stored.revision }]
    const put: Write[] = []
    const gone: Key[] = [{ collection: definitions, id }]
    await fallBack(host, record, expect, put, gone)
    await takeOut(host, record, expect, put, gone)
    await dropUnused(host.storage, [record.body.resource], { definitionIds: [id] }, expect, gone)
    const set = together({ expect, put, delete: gone }, also)
    if (await commitAlone(messageHostOf(host), 'processes.delete', actor, set)) {
      forgetStale(host.definitions, expect)
      if (host.events.isHeard())
        host.events.tell({
          type: 'definitionDeleted',
          instanceId: null,
          processKey: record.key,
          definitionId: id,
          at: host.now(),
          ...(record.tenantId !== null && { tenantId: record.tenantId }),
          ...(actor !== null && { actor }),
        })
      return true
    }
  }
  throw tooMany(id)
}

/** From now on nothing begins by it and nothing is put on it: what is looked for after this is all there is. Tells whether it was suspended before. */
export async function markDeleting(host: Host, id: string, actor: string | null): Promise<'suspended' | 'active' | 'gone'> {
  const [before] = await host.storage.get(definitions, [id])
  if (before === undefined) return 'gone'
  await setSuspended(host, 'processes.suspend', id, actor, false)
  await setDeleting(host, id, actor, true)
  return before.record.body.suspended === undefined ? 'active' : 'suspended'
}

/** It may begin again, unless it was suspended before. */
export async function unmarkDeleting(host: Host, id: string, actor: string | null, staysSuspended: boolean): Promise<void> {
  await setDeleting(host, id, actor, false)
  if (!staysSuspended) await setSuspended(host, 'processes.resume', id, actor, false)
}

async function setDeleting(host: Host, id: string, actor: string | null, isDeleting: boolean): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [stored] = await host.storage.get(definitions, [id])
    const suspended = stored?.record.body.suspended
    if (stored === undefined || suspended === undefined || (suspended.isDeleting === true) === isDeleting) return
    const { at, actor: by } = suspended
    const body = { ...stored.record.body, suspended: { at, actor: by, ...(isDeleting && { isDeleting: true as const }) } }
    const expect = [{ collection: definitions, id, revision: stored.revision }]
    const put = [{ collection: definitions, record: { ...stored.record, body } }]
    if (await commitAlone(messageHostOf(host), 'processes.delete', actor, { expect, put, delete: [] }))
      return forgetStale(host.definitions, expect)
  }
  throw tooMany(id)
}

const ATTEMPTS_MAX = 20

/** What starts it goes. Where it was the latest, the highest version that is left is it, and is started by its events again. */
async function fallBack(host: Host, record: DefinitionRecord, expect: Expectation[], put: Write[], gone: Key[]): Promise<void> {
  const { key, tenantId, id } = record
  const pointerId = processKeyId(key, tenantId)
  const [pointer] = await host.storage.get(processKeys, [pointerId])
  expect.push({ collection: processKeys, id: pointerId, revision: pointer?.revision ?? 0 })
  if (pointer?.record.body.latestId !== id) return
  const leaving = await loadDefinition(host.definitions, id)
  const where = { key: { eq: key }, tenantId: tenantId === null ? { isNull: true as const } : { eq: tenantId } }
  const found = await host.storage.find(definitions, { where, orderBy: [{ field: 'version', descending: true }], limit: 2 })
  const previous = found.find((one) => one.record.id !== id)
  const { version } = pointer.record.body
  const isSuspended = previous?.record.body.suspended !== undefined
  const body = { latestId: previous?.record.id ?? '', version, ...(isSuspended && { isSuspended: true as const }) }
  put.push({ collection: processKeys, record: { id: pointerId, body } })
  if (previous === undefined) {
    gone.push(...disarmed(id, leaving.definition))
    return
  }
  expect.push({ collection: definitions, id: previous.record.id, revision: previous.revision })
  const { definition } = await loadDefinition(host.definitions, previous.record.id)
  const changes = startEventChanges({ record: previous.record, definition }, leaving, { now: host.now(), environment: host.environment })
  put.push(...(isSuspended ? changes.put.map(asSuspended) : changes.put))
  gone.push(...changes.delete)
}

/** Its deployment has it no more, and goes where it has nothing else. */
async function takeOut(
  host: Host,
  { id, body: { deploymentId } }: DefinitionRecord,
  expect: Expectation[],
  put: Write[],
  gone: Key[],
): Promise<void> {
  const [stored] = await host.storage.get(deployments, [deploymentId])
  if (stored === undefined) return
  const { body } = stored.record
  const definitionIds = body.definitionIds.filter((one) => one !== id)
  const isEmpty = definitionIds.length === 0 && (body.decisionIds ?? []).length === 0 && (body.files ?? []).length === 0
  expect.push({ collection: deployments, id: deploymentId, revision: stored.revision })
  if (isEmpty) gone.push({ collection: deployments, id: deploymentId })
  else put.push({ collection: deployments, record: { id: deploymentId, body: { ...body, definitionIds, isPartial: true } } })
}

function tooMany(id: string): EngineError {
  return new EngineError('tooManyConflicts', `What is to be deleted of ${id} was changed by others ${ATTEMPTS_MAX} times; try again`, {
    id,
  })
}
