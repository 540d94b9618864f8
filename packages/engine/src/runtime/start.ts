import { concealVariables, NO_VALUES, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, tenantOf } from './api-context.ts'
import { checkBoolean, checkCaller, checkMembers, checkText, checkTexts, membersOf, refuseArgument } from './arguments.ts'
import { EngineError } from './errors.ts'
import { instanceIdOfKey, type Once, withIdempotency } from './idempotency.ts'
import { instances } from './records/instance.ts'
import {
  type ProcessReference,
  type Started,
  type StartedInstance,
  type StartedWith,
  type Starting,
  startInstance,
} from './start-instance.ts'
import { checkReference } from './version-reference.ts'

/** How an instance is started. */
export interface StartOptions extends CallOptions {
  readonly variables?: Variables
  readonly businessKey?: string
  /** Elements to start before, instead of the process's own start. */
  readonly at?: readonly string[]
  /** True: the variables were entered in the generated form of the start event, and are held against it. Default false. */
  readonly checkForm?: boolean
}

/** How often another id is drawn where an instance with the drawn one is there. */
const NEW_IDS_MAX = 10
const NOTHING_JOINS: StartedWith = {}
const NO_OPTIONS: StartOptions = Object.freeze({})

/** Starts an instance. Throws `unknownDefinition`, `unknownElement`, `invalidVariable`, `invalidForm`, `idempotencyKeyReused`. */
export async function start(api: Api, reference: ProcessReference, options: StartOptions = NO_OPTIONS): Promise<StartedInstance> {
  const { host } = api
  checkReference('start', 'process', reference)
  if (options !== NO_OPTIONS) checkStart('start', options)
  const actor = actorOf(api, options)
  const tenantId = tenantOf(api, options)
  const asked = authorize(api, 'start', { actor, tenantId })
  if (asked !== null) await asked
  const variables = options.variables === undefined ? NO_VALUES : concealVariables(options.variables)
  const { idempotencyKey: key = null, businessKey = null, at = null, checkForm: checksForm = false } = options
  const starting = { reference, businessKey, at, checksForm, variables, actor, tenantId }
  if (key === null) {
    for (let attempt = 1; attempt <= NEW_IDS_MAX; attempt++) {
      const outcome = await startInstance(api, { ...starting, instanceId: host.newId() }, NOTHING_JOINS)
      if (outcome.type === 'done') return outcome.started
    }
    throw new EngineError('tooManyConflicts', `${NEW_IDS_MAX} new ids of instances were taken; try again`, { attempts: NEW_IDS_MAX })
  }
  const call = { operation: 'start', key, tenantId, args: { reference, variables, businessKey, at, ...(checksForm && { checksForm }) } }
  return withIdempotency<Started>(host, call, (once) => startOnce(api, { ...starting, instanceId: instanceIdOfKey(tenantId, key) }, once))
}

/** Starts an instance, whose id follows from the key of the call where it has one; null where another call with this key came first. */
export async function startOnce(api: Api, starting: Starting, once: Once): Promise<Started | null> {
  const outcome = await startInstance(api, starting, { also: (started) => once.also(started) })
  if (outcome.type === 'done') return outcome.started
  return outcome.isKeyUsed ? null : startedBefore(api, starting.instanceId, outcome.processKey)
}

/** The key's time is over, and its instance is still there: its id follows from the key, so it is the answer. */
async function startedBefore({ host }: Api, instanceId: string, wanted: string): Promise<Started | null> {
  const [stored] = await host.storage.get(instances, [instanceId])
  if (stored === undefined) return null // deleted meanwhile: it is started anew
  const { id, processKey, definitionId, businessKey } = stored.record
  if (processKey === wanted) return { id, processKey, definitionId, businessKey }
  throw new EngineError(
    'idempotencyKeyReused',
    `Instance ${id} of "${processKey}" was started with this idempotency key. Use a new key for another start.`,
    {
      instanceId,
      processKey,
    },
  )
}

const STARTS = membersOf('variables', 'businessKey', 'at', 'checkForm')

/** Throws `invalidArgument` for options that no instance can be started with. */
export function checkStart(call: string, options: StartOptions): void {
  checkMembers(call, 'options', options, STARTS)
  checkCaller(call, options)
  const { businessKey, at } = options
  checkBoolean(call, 'checkForm', options.checkForm)
  if (businessKey !== null) checkText(call, 'businessKey', businessKey)
  if (at === undefined || at === null) return
  checkTexts(call, 'at', at)
  if (at.length === 0) refuseArgument(call, 'at', at, 'a list of at least one element id')
}
