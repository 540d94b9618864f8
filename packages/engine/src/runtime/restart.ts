import type { Stored } from '@leeway/storage'
import { concealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen, tenantOf } from './api-context.ts'
import { checkOptions, checkText, checkTexts, keyOf, membersOf, needText, refuseArgument } from './arguments.ts'
import { uuidOf } from './digest.ts'
import { EngineError } from './errors.ts'
import { instanceIdOfKey, withIdempotency } from './idempotency.ts'
import { unknownInstance } from './instances.ts'
import { instances } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { startOnce } from './start.ts'
import type { Started, StartedInstance } from './start-instance.ts'

/** How an ended instance is started again. */
export interface RestartOptions extends CallOptions {
  /** Elements to start before, nested ones too; default: the process's own start. */
  readonly at?: readonly string[]
  /** Added to those that the ended instance had at its end. */
  readonly variables?: Variables
  /** Default: the ended instance's. */
  readonly businessKey?: string
  /** Default: the ended instance's. */
  readonly definitionId?: string
}

/**
 * Starts a new instance with the variables that an ended one had at its end; the ended one stays as it is. Throws `unknownInstance`,
 * `instanceRunning`, and what `start` throws.
 */
export async function restartInstance(api: Api, id: string, options: RestartOptions = {}): Promise<StartedInstance> {
  const call = 'instances.restart'
  needText(call, 'id', id)
  checkOptions(call, options, RESTARTING)
  checkTexts(call, 'at', options.at)
  if (options.at?.length === 0) refuseArgument(call, 'at', options.at, 'a list of at least one element id')
  checkText(call, 'businessKey', options.businessKey)
  checkText(call, 'definitionId', options.definitionId)
  const key = keyOf(call, options.idempotencyKey)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const { at = null, businessKey: given = null, definitionId = null } = options
  const added = options.variables === undefined ? {} : concealVariables(options.variables)
  const args = { id, at, businessKey: given, definitionId, variables: added }
  const { host } = api
  // The answer is looked up before the original is: that may be deleted meanwhile.
  return withIdempotency<Started>(host, { operation: call, key, tenantId: tenantOf(api, options), args }, async (once) => {
    const { record } = await endedInstance(forTenant(api, options), id)
    const tenantId = options.tenantId ?? record.tenantId
    const allowed = authorize(api, 'start', { actor, tenantId })
    if (allowed !== null) await allowed
    const instanceId = key === null ? host.newId() : instanceIdOfKey(tenantId, uuidOf(JSON.stringify([call, id, key])))
    const variables = { ...record.body.root.variables, ...added }
    const reference = { id: definitionId ?? record.definitionId }
    const businessKey = given ?? record.businessKey
    return startOnce(api, { reference, instanceId, businessKey, at, variables, actor, tenantId }, once)
  })
}

async function endedInstance(api: Api, id: string): Promise<Stored<InstanceRecord>> {
  const [stored] = await api.host.storage.get(instances, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownInstance(id)
  const { status, endedAt } = stored.record
  if (endedAt !== null) return stored
  throw new EngineError('instanceRunning', `Instance ${id} is ${status}; only an ended one is started again`, { instanceId: id })
}

const RESTARTING = membersOf('at', 'variables', 'businessKey', 'definitionId')
