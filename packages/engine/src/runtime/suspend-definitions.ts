import { type Api, actorOf, authorize, type CallOptions, forTenant, tenantOf } from './api-context.ts'
import { checkBoolean, checkFreeText, checkOptions, membersOf, refuseArgument } from './arguments.ts'
import { bulk } from './batches.ts'
import { type StopCall, setSuspended } from './definition-standing.ts'
import { onceByKey } from './idempotent.ts'
import { commitAlone, NOTHING } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { checkVersions, type ProcessVersions, versionsOf } from './process-versions.ts'

/** How definitions are suspended, or resumed. */
export interface SuspendDefinitionOptions extends CallOptions {
  /** True: their running instances too, as a batch a version. Default: these go on. */
  readonly instances?: boolean
  /** Why they are suspended, for the histories of the instances: only with `instances`. */
  readonly reason?: string
}

/** Which versions were suspended or resumed, and the batches that do it to their instances. */
export interface SuspendedDefinitions {
  readonly definitionIds: readonly string[]
  readonly batchIds: readonly string[]
}

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
  checkVersions(call, versions)
  checkOptions(call, options, OPTIONS)
  checkBoolean(call, 'instances', options.instances)
  checkFreeText(call, 'reason', options.reason)
  if (options.reason !== undefined && (options.instances !== true || call === 'processes.resume'))
    refuseArgument(call, 'reason', options.reason, 'left out unless instances are suspended: it is for their histories')
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const { host } = api
  const meant = await versionsOf(api, versions, tenantOf(api, options))
  const args = { versions: typeof versions === 'string' ? versions : { ...versions }, instances: options.instances === true }
  await onceByKey(api, call, options, args, async (once) => {
    for (const { id } of meant) await setSuspended(host, call, id, actor)
    const end = once.also(true)
    return end === NOTHING || (await commitAlone(messageHostOf(host), call, actor, end)) ? true : null
  })
  const definitionIds = meant.map(({ id }) => id)
  const batchIds: string[] = []
  if (options.instances === true) {
    const operation = call === 'processes.suspend' ? 'instances.suspend' : 'instances.resume'
    const { idempotencyKey: key, reason, instances: _instances, ...who } = options
    for (const id of definitionIds) {
      const own = { ...who, ...(key !== undefined && { idempotencyKey: `${key}/${id}`.slice(-KEY_MAX) }) }
      const given = reason === undefined ? {} : { reason }
      const answer = await bulk(forTenant(api, options), operation, { query: { definitionId: id } }, given, own)
      if ('batchId' in answer) batchIds.push(answer.batchId)
    }
  }
  return { definitionIds, batchIds }
}

const OPTIONS = membersOf('instances', 'reason')
const KEY_MAX = 256
