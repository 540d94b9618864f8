import type { Expectation, Key, Write } from '@leeway/storage'
import { type Also, commitAlone, NOTHING, together } from './also.ts'
import { AGAIN, contended } from './contended.ts'
import { forgetStale, loadDefinition } from './definition-cache.ts'
import { refuseUsed } from './definition-in-use.ts'
import { asSuspended, changeStanding, type Standing, standingOf } from './definition-standing.ts'
import { dropUnused } from './delete-resources.ts'
import type { Host } from './host.ts'
import { fallBack, PROCESSES } from './latest-version.ts'
import { type DefinitionRecord, definitions, deployments } from './records/definition.ts'
import { disarmed, startEventChanges } from './start-events.ts'

/**
 * One version, where nothing uses it; throws `definitionInUse` where something does; false where `also` was not met. The one before it
 * becomes the latest again where this was it.
 */
export function deleteVersion(host: Host, id: string, actor: string | null, also: Also): Promise<boolean> {
  return contended(`What is to be deleted of ${id} was changed by others`, { id }, async () => {
    await markDeleting(host, id, actor)
    const [stored] = await host.storage.get(definitions, [id])
    if (stored === undefined) return also === NOTHING || commitAlone(host, 'processes.delete', actor, also)
    const { record } = stored
    if (standingOf(record) !== 'deleting') return AGAIN // somebody resumed it just now
    // What is found from here on counts: it is deleted only as it was read before that, marked.
    await refuseUsed(host, id)
    const expect: Expectation[] = [{ collection: definitions, id, revision: stored.revision }]
    const put: Write[] = []
    const gone: Key[] = [{ collection: definitions, id }]
    await passStartsOn(host, record, expect, put, gone)
    await takeOut(host, record, expect, put, gone)
    await dropUnused(host.storage, [record.body.resource], { definitionIds: [id] }, expect, gone)
    if (!(await commitAlone(host, 'processes.delete', actor, together({ expect, put, delete: gone }, also)))) return AGAIN
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
  })
}

/**
 * From now on nothing begins by it and nothing is put on it: what is looked for after this is all there is. Gives how it stood before; null
 * where it is gone.
 */
export async function markDeleting(host: Host, id: string, actor: string | null): Promise<Standing | null> {
  return (await changeStanding(host, 'processes.delete', id, actor, () => 'deleting'))?.before ?? null
}

/** It stands again as it did, unless somebody has changed that since. */
export async function unmarkDeleting(host: Host, id: string, actor: string | null, before: Standing): Promise<void> {
  await changeStanding(host, 'processes.delete', id, actor, (now) => (now === 'deleting' ? before : now))
}

/** What starts it goes. Where it was the latest, the highest version that is left is started by its events again. */
async function passStartsOn(host: Host, record: DefinitionRecord, expect: Expectation[], put: Write[], gone: Key[]): Promise<void> {
  const fallen = await fallBack(host.storage, PROCESSES, record, expect, put)
  if (fallen === null) return
  const leaving = await loadDefinition(host.definitions, record.id)
  const previous = fallen.previous?.record
  if (previous === undefined) {
    gone.push(...disarmed(record.id, leaving.definition))
    return
  }
  const { definition } = await loadDefinition(host.definitions, previous.id)
  const changes = startEventChanges({ record: previous, definition }, leaving, { now: host.now(), environment: host.environment })
  put.push(...(standingOf(previous) === 'active' ? changes.put : changes.put.map(asSuspended)))
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
