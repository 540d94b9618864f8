import type { Expectation, Key, Write } from '@leeway/storage'
import type { Values } from '../model/value.ts'
import type { Api } from './api-context.ts'
import { forgetStale, loadDefinition } from './definition-cache.ts'
import { deleteOnce } from './delete-instances.ts'
import { isUsed, type Leaving } from './delete-resources.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { indexFor } from './instances.ts'
import { type Also, commitAlone, NOTHING, together } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { batches } from './records/batch.ts'
import {
  type DefinitionRecord,
  type DeploymentRecord,
  decisionKeys,
  decisions,
  definitions,
  deployments,
  processKeyId,
  processKeys,
  resources,
} from './records/definition.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { runCommand } from './run-command.ts'
import { disarmed, startEventChanges } from './start-events.ts'
import { changeOne, stilled } from './stop-definition.ts'

/** What tells a deployment's item from those of versions: their ids begin with a key, which has no colon. */
export const DEPLOYMENT = ':'

/** Deletes one item of such a batch: an instance, running or not, a version, or what else a deployment has. */
export async function deleteItem(api: Api, id: string, _args: Values, also: Also): Promise<boolean> {
  const { host, bound } = api
  if (id.startsWith(DEPLOYMENT)) return deleteRest(host, id.slice(DEPLOYMENT.length), bound.actor, also)
  if (id.includes(':')) {
    return deleteVersion(host, id, bound.actor, also)
  }
  const [stored] = await host.storage.get(instances, [id])
  if (stored === undefined) return commitAlone(messageHostOf(host), 'processes.delete', bound.actor, also)
  if (stored.record.endedAt === null) {
    const command = { type: 'cancelProcess' as const, instanceId: id, reason: 'its definition is deleted' }
    await runCommand(host, { instanceId: id, command, actor: bound.actor })
  }
  return deleteOnce(api, id, bound.actor, { also: () => also, instead: () => also })
}

/** From now on nothing begins by it and nothing is put on it: what is looked for after this is all there is. Tells whether it was suspended before. */
export async function mark(host: Host, id: string, actor: string | null): Promise<'suspended' | 'active' | 'gone'> {
  const [before] = await host.storage.get(definitions, [id])
  if (before === undefined) return 'gone'
  await changeOne(host, 'processes.suspend', id, actor, false)
  await setDeleting(host, id, actor, true)
  return before.record.body.suspended === undefined ? 'active' : 'suspended'
}

/** It may begin again, unless it was suspended before. */
export async function unmark(host: Host, id: string, actor: string | null, staysSuspended: boolean): Promise<void> {
  await setDeleting(host, id, actor, false)
  if (!staysSuspended) await changeOne(host, 'processes.resume', id, actor, false)
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

/** Throws `definitionInUse` where an instance is of it, is to be put on it, or is just calling it. */
export async function refuseUsed(host: Host, id: string): Promise<void> {
  const processKey = id.slice(0, id.indexOf(':'))
  const index = indexFor(host, { processKey })
  if (index !== null) await index
  const where = { processKey: { eq: processKey }, definitionId: { eq: id } }
  const [instance] = await host.storage.find(instances, { where, limit: 1 })
  if (instance !== undefined) {
    const { id: instanceId, status } = instance.record
    throw inUse(id, `instance ${instanceId} (${status}) is of it; { instances: true } deletes its instances with it`, instanceId)
  }
  for (const type of ['$batch', '$migration', '$call'])
    for (let after = ''; ; ) {
      const page = await host.storage.find(jobs, {
        where: { type: { eq: type }, id: { gt: after } },
        orderBy: [{ field: 'id' }],
        limit: PAGE,
      })
      for (const { record } of page)
        if (await leadsTo(host, record, id)) throw inUse(id, `job ${record.id} leads an instance to it`, record.instanceId)
      after = page.at(-1)?.record.id ?? after
      if (page.length < PAGE) break
    }
}

/** A migration that is still to be done, or put off until somebody is back; a call that is still to be made. */
async function leadsTo({ storage }: Host, { type, body }: JobRecord, id: string): Promise<boolean> {
  const { batchId, call } = (body.data ?? {}) as { readonly batchId?: string; readonly call?: { processKey: string; binding: unknown } } // as their kinds write it
  if (type === '$call') {
    const binding = call?.binding
    const version = typeof binding === 'object' && binding !== null && 'version' in binding ? binding.version : null
    return version !== null && `${call?.processKey}:${version}` === id.replace(/@.*$/, '')
  }
  const [batch] = batchId === undefined ? [] : await storage.get(batches, [batchId])
  return batch?.record.operation === 'instances.migrate' && batch.record.body.args.to === id
}

function inUse(definitionId: string, why: string, instanceId: string | null): EngineError {
  return new EngineError('definitionInUse', `Definition ${definitionId} is in use: ${why}`, { definitionId, instanceId })
}

/** One version, where nothing uses it; throws `definitionInUse` where something does; false where `also` was not met. The one before it becomes the latest again where this was it. */
export async function deleteVersion(host: Host, id: string, actor: string | null, also: Also): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    await mark(host, id, actor)
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
    const [deployment] = await host.storage.get(deployments, [record.body.deploymentId])
    if (deployment !== undefined) {
      const { body } = deployment.record
      const definitionIds = body.definitionIds.filter((one) => one !== id)
      const changed: DeploymentRecord = { id: deployment.record.id, body: { ...body, definitionIds, isPartial: true } }
      const isEmpty = definitionIds.length === 0 && (body.decisionIds ?? []).length === 0 && (body.files ?? []).length === 0
      expect.push({ collection: deployments, id: changed.id, revision: deployment.revision })
      if (isEmpty) gone.push({ collection: deployments, id: changed.id })
      else put.push({ collection: deployments, record: changed })
    }
    await dropUnused(host, [record.body.resource], { definitionIds: [id] }, expect, gone)
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
  put.push(...(isSuspended ? changes.put.map(stilled) : changes.put))
  gone.push(...changes.delete)
}

/** Decisions and files of a deployment, and itself. Processes that it still has keep it. */
export async function deleteRest(host: Host, id: string, actor: string | null, also: Also): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [stored] = await host.storage.get(deployments, [id])
    if (stored === undefined) return also === NOTHING || commitAlone(messageHostOf(host), 'deployments.delete', actor, also)
    const { definitionIds, decisionIds = [], files = [] } = stored.record.body
    const [used] = definitionIds
    if (used !== undefined) throw inUse(used, `deployment ${id} keeps it; the report says why`, null)
    const expect: Expectation[] = [{ collection: deployments, id, revision: stored.revision }]
    const put: Write[] = []
    const gone: Key[] = [{ collection: deployments, id }]
    const made = decisionIds.length === 0 ? [] : await host.storage.get(decisions, decisionIds)
    for (const { record, revision } of made) {
      expect.push({ collection: decisions, id: record.id, revision })
      gone.push({ collection: decisions, id: record.id })
      const pointerId = processKeyId(record.key, record.tenantId)
      const [pointer] = await host.storage.get(decisionKeys, [pointerId])
      expect.push({ collection: decisionKeys, id: pointerId, revision: pointer?.revision ?? 0 })
      if (pointer?.record.body.latestId !== record.id) continue
      const tenantId = record.tenantId === null ? { isNull: true as const } : { eq: record.tenantId }
      const where = { key: { eq: record.key }, tenantId }
      const found = await host.storage.find(decisions, { where, orderBy: [{ field: 'version', descending: true }], limit: 2 })
      const previous = found.find((one) => one.record.id !== record.id)
      const body = { latestId: previous?.record.id ?? '', version: pointer.record.body.version }
      put.push({ collection: decisionKeys, record: { id: pointerId, body } })
    }
    const contents = [...new Set([...made.map(({ record }) => record.body.resource), ...files.map(({ resource }) => resource)])]
    await dropUnused(host, contents, { decisionIds, deploymentId: id }, expect, gone)
    if (await commitAlone(messageHostOf(host), 'deployments.delete', actor, together({ expect, put, delete: gone }, also))) return true
  }
  throw tooMany(id)
}

/** Files are kept once by content: those that nothing else has go too. Who deploys one of them meanwhile writes it anew. */
async function dropUnused(host: Host, ids: readonly string[], without: Leaving, expect: Expectation[], gone: Key[]): Promise<void> {
  const found = ids.length === 0 ? [] : await host.storage.get(resources, ids)
  for (const { record, revision } of found) {
    if (await isUsed(host.storage, record.id, without)) continue
    expect.push({ collection: resources, id: record.id, revision })
    gone.push({ collection: resources, id: record.id })
  }
}

function tooMany(id: string): EngineError {
  return new EngineError('tooManyConflicts', `What is to be deleted of ${id} was changed by others ${ATTEMPTS_MAX} times; try again`, {
    id,
  })
}

const PAGE = 500
