import type { Values } from '../model/value.ts'
import { commitAlone, NOTHING } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen, tenantOf } from './api-context.ts'
import { checkBoolean, checkOptions, membersOf, needText } from './arguments.ts'
import { type ChangedDefinitions, instancesOf, writeDownOf } from './definition-batches.ts'
import { refuseUsed } from './definition-in-use.ts'
import { deleteVersion, markDeleting, unmarkDeleting } from './delete-definition.ts'
import { deleteRest } from './delete-deployment.ts'
import { DEPLOYMENT } from './delete-item.ts'
import { EngineError } from './errors.ts'
import { type Once, withIdempotency } from './idempotency.ts'
import { type ProcessVersions, versionsOf } from './process-versions.ts'
import { deployments } from './records/definition.ts'
import { checkReference } from './version-reference.ts'

/** How definitions are deleted. */
export interface DeleteDefinitionOptions extends CallOptions {
  /**
   * True: their instances are cancelled and deleted with them, as a batch. Default: they are refused as `definitionInUse` while there are
   * any.
   */
  readonly instances?: boolean
}

/** What was deleted, or is by the batch; without one all is done. */
export type DeletedDefinitions = ChangedDefinitions

/** Deletes versions of a process. Throws `unknownDefinition`, `definitionInUse`, `notAuthorized`. */
export async function deleteDefinitions(
  api: Api,
  versions: ProcessVersions,
  options: DeleteDefinitionOptions = {},
): Promise<DeletedDefinitions> {
  const call = 'processes.delete'
  checkReference(call, 'process', versions)
  const named = typeof versions === 'string' ? versions : { ...versions }
  return deleteAll(api, call, options, { versions: named }, async (own) => {
    const found = await versionsOf(own, versions, tenantOf(api, options))
    return { ids: found.map(({ id }) => id), rest: null }
  })
}

/** Deletes a deployment. Throws `unknownDeployment`, `definitionInUse`, `notAuthorized`. */
export async function deleteDeployment(api: Api, id: string, options: DeleteDefinitionOptions = {}): Promise<DeletedDefinitions> {
  const call = 'deployments.delete'
  needText(call, 'deploymentId', id)
  return deleteAll(api, call, options, { id }, async (own) => {
    const [stored] = await own.host.storage.get(deployments, [id])
    if (stored === undefined || !isSeen(own, stored.record.body.tenantId))
      throw new EngineError('unknownDeployment', `There is no deployment ${id}`, { deploymentId: id })
    const { tenantId, definitionIds } = stored.record.body
    if (own.bound.isTenantBound && tenantId !== own.bound.tenantId)
      throw new EngineError('notAuthorized', `Deployment ${id} is shared by all tenants; one of them does not delete it`, {
        deploymentId: id,
      })
    return { ids: definitionIds, rest: id }
  })
}

/** The versions, and the deployment whose decisions and files go behind them. */
interface Meant {
  readonly ids: readonly string[]
  readonly rest: string | null
}

async function deleteAll(
  api: Api,
  call: 'processes.delete' | 'deployments.delete',
  options: DeleteDefinitionOptions,
  args: Values,
  meant: (own: Api) => Promise<Meant>,
): Promise<DeletedDefinitions> {
  checkOptions(call, options, OPTIONS)
  checkBoolean(call, 'instances', options.instances)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own: Api = { host: api.host, bound: { ...forTenant(api, options).bound, actor } }
  const { idempotencyKey: key = null, instances: withInstances = false } = options
  const once = { operation: call, key, tenantId: tenantOf(api, options), args: { ...args, instances: withInstances } }
  const answer = await withIdempotency<Values>(api.host, once, async (receipt) => {
    const { ids, rest } = await meant(own)
    return withInstances ? writeDown(own, ids, rest, receipt) : deleteNow(own, ids, rest, receipt)
  })
  api.host.wake()
  return answer as unknown as DeletedDefinitions // as one of the two gave it
}

const OPTIONS = membersOf('instances')

async function deleteNow(api: Api, ids: readonly string[], rest: string | null, once: Once): Promise<Values | null> {
  const { host, bound } = api
  const before = await Promise.all(ids.map((id) => markDeleting(host, id, bound.actor)))
  try {
    for (const id of ids) await refuseUsed(host, id)
    for (const id of ids) await deleteVersion(host, id, bound.actor, NOTHING)
  } catch (error) {
    for (const [i, id] of ids.entries()) await unmarkDeleting(host, id, bound.actor, before[i] ?? 'active')
    throw error
  }
  const end = once.also({ definitionIds: ids, batchId: null })
  if (rest !== null) await deleteRest(host, rest, bound.actor, end)
  else if (end !== NOTHING && !(await commitAlone(host, 'processes.delete', bound.actor, end))) return null
  return { definitionIds: ids, batchId: null }
}

/** First the instances, then the versions, then what else a deployment has: each an item of the batch. */
async function writeDown(api: Api, ids: readonly string[], rest: string | null, once: Once): Promise<Values | null> {
  for (const id of ids) await markDeleting(api.host, id, api.bound.actor)
  const targets = await instancesOf(api, 'processes.delete', ids)
  for (const definitionId of ids) targets.push({ instanceId: null, definitionId })
  if (rest !== null) targets.push({ instanceId: null, definitionId: `${DEPLOYMENT}${rest}` })
  return writeDownOf(api, 'processes.delete', ids, { targets }, once)
}
