import type { Values } from '../model/value.ts'
import { commitAlone, NOTHING } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, tenantOf } from './api-context.ts'
import { checkBoolean, checkFreeText, checkOptions, membersOf, refuseArgument } from './arguments.ts'
import { type ChangedDefinitions, instancesOf, writeDownOf } from './definition-batches.ts'
import { type StopCall, setSuspended } from './definition-standing.ts'
import { withIdempotency } from './idempotency.ts'
import { type ProcessVersions, versionsOf } from './process-versions.ts'
import { checkReference } from './version-reference.ts'

/** How definitions are suspended, or resumed. */
export interface SuspendDefinitionOptions extends CallOptions {
  /** True: their running instances too, as a batch. Default: these go on. */
  readonly instances?: boolean
  /** Why they are suspended, for the histories of the instances: only with `instances`. */
  readonly reason?: string
}

/** Which versions were suspended or resumed, and the batch that does it to their instances; null where these were not asked for. */
export type SuspendedDefinitions = ChangedDefinitions

/** Nothing new begins by these versions, in no way. Suspended ones stay as they are. Throws `unknownDefinition`, `notAuthorized`. */
export function suspendDefinitions(
  api: Api,
  versions: ProcessVersions,
  options: SuspendDefinitionOptions = {},
): Promise<SuspendedDefinitions> {
  return change(api, 'processes.suspend', versions, options)
}

/** Instances begin by these versions again. Throws `unknownDefinition`, `notAuthorized`. */
export function resumeDefinitions(
  api: Api,
  versions: ProcessVersions,
  options: SuspendDefinitionOptions = {},
): Promise<SuspendedDefinitions> {
  return change(api, 'processes.resume', versions, options)
}

async function change(
  api: Api,
  call: StopCall,
  versions: ProcessVersions,
  options: SuspendDefinitionOptions,
): Promise<SuspendedDefinitions> {
  checkReference(call, 'process', versions)
  checkOptions(call, options, OPTIONS)
  checkBoolean(call, 'instances', options.instances)
  checkFreeText(call, 'reason', options.reason)
  if (options.reason !== undefined && (options.instances !== true || call === 'processes.resume'))
    refuseArgument(call, 'reason', options.reason, 'left out unless instances are suspended: it is for their histories')
  const actor = actorOf(api, options)
  const { idempotencyKey: key = null, instances: withInstances = false, reason } = options
  const own: Api = { host: api.host, bound: { ...forTenant(api, options).bound, actor } }
  const operation = call === 'processes.suspend' ? 'instances.suspend' : 'instances.resume'
  for (const asks of withInstances ? [call, operation] : [call]) {
    const asked = authorize(api, asks, { actor, tenantId: options.tenantId })
    if (asked !== null) await asked
  }
  const { host } = api
  const tenantId = tenantOf(api, options)
  const named = typeof versions === 'string' ? versions : { ...versions }
  const args = { versions: named, instances: withInstances, ...(reason !== undefined && { reason }) }
  const answer = await withIdempotency<Values>(host, { operation: call, key, tenantId, args }, async (once) => {
    const meant = (await versionsOf(own, versions, tenantId)).map(({ id }) => id)
    for (const id of meant) await setSuspended(host, call, id, actor)
    if (withInstances) {
      const targets = await instancesOf(own, operation, meant)
      return writeDownOf(own, operation, meant, { targets, args: reason === undefined ? {} : { reason } }, once)
    }
    const done = { definitionIds: meant, batchId: null }
    const end = once.also(done)
    return end === NOTHING || (await commitAlone(host, call, actor, end)) ? done : null
  })
  host.wake()
  return answer as unknown as SuspendedDefinitions // as one of the two gave it
}

const OPTIONS = membersOf('instances', 'reason')
