import { revealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, isSeen } from './api-context.ts'
import { checkOptions, checkText, checkTexts, keyOf, membersOf, needText } from './arguments.ts'
import { uuidOf } from './digest.ts'
import { EngineError } from './errors.ts'
import { unknownInstance } from './instances.ts'
import { instances } from './records.ts'
import { start } from './start.ts'
import type { StartedInstance } from './start-instance.ts'

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
  checkText(call, 'businessKey', options.businessKey)
  checkText(call, 'definitionId', options.definitionId)
  const key = keyOf(call, options.idempotencyKey)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { instanceId: id, actor })
  if (asked !== null) await asked
  const [stored] = await api.host.storage.get(instances, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownInstance(id)
  const { record } = stored
  if (record.endedAt === null)
    throw new EngineError('instanceRunning', `Instance ${id} is ${record.status}; only an ended one is started again`, { instanceId: id })
  const businessKey = options.businessKey ?? record.businessKey
  const tenantId = options.tenantId ?? record.tenantId
  const started = start(
    api,
    { id: options.definitionId ?? record.definitionId },
    {
      variables: { ...revealVariables(record.body.root.variables), ...options.variables },
      ...(businessKey !== null && { businessKey }),
      ...(options.at !== undefined && { at: options.at }),
      ...(actor !== null && { actor }),
      ...(tenantId !== null && { tenantId }),
      ...(key !== null && { idempotencyKey: uuidOf(JSON.stringify([call, id, key])) }),
    },
  )
  return key === null ? started : started.catch((error: unknown) => refuseReuse(error, id, key))
}

/** The new instance is started under a key of its own, which the caller never saw: what is refused names the caller's. */
function refuseReuse(error: unknown, instanceId: string, idempotencyKey: string): never {
  if (!(error instanceof EngineError) || error.code !== 'idempotencyKeyReused') throw error
  const message = `The idempotency key "${idempotencyKey}" was used for instances.restart of ${instanceId} with other arguments. Use a new key for another call.`
  throw new EngineError('idempotencyKeyReused', message, { operation: 'instances.restart', idempotencyKey, instanceId })
}

const RESTARTING = membersOf('at', 'variables', 'businessKey', 'definitionId')
