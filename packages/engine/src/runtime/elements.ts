import { concealVariables, NO_VALUES, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant } from './api-context.ts'
import { checkFreeText, checkOptions, membersOf, needText } from './arguments.ts'
import type { CommandBody } from './command-body.ts'
import { idempotent } from './idempotent.ts'
import { checkSeen, placeOf } from './instances.ts'
import { runCommand } from './run-command.ts'

/** What goes with a call to a waiting element. */
export interface ElementOptions extends CallOptions {
  readonly variables?: Variables
}

/** Lets a waiting element go on as if what it waits for had come. Throws `notWaiting`, `unknownElementInstance`, `Refused` OnHold. */
export async function trigger(api: Api, elementInstanceId: string, options: ElementOptions = {}): Promise<void> {
  checkOptions('trigger', options, TRIGGERING)
  return runAt(api, 'trigger', elementInstanceId, options, (place) => ({ type: 'triggerElement', ...place, values: valuesOf(options) }))
}

/** Throws a BPMN error from a waiting element. BPMN 2.0.2 §10.5.7. */
export async function throwError(
  api: Api,
  elementInstanceId: string,
  code: string,
  options: ElementOptions & { readonly message?: string } = {},
): Promise<void> {
  needText('throwError', 'code', code)
  checkOptions('throwError', options, THROWING)
  checkFreeText('throwError', 'message', options.message)
  const message = options.message ?? ''
  return runAt(
    api,
    'throwError',
    elementInstanceId,
    options,
    (place) => ({ type: 'throwError', ...place, code, message, values: valuesOf(options) }),
    { code, message },
  )
}

/** Throws an escalation from a waiting element, which goes on waiting unless that interrupts it. BPMN 2.0.2 §10.5.5. */
export async function escalate(api: Api, elementInstanceId: string, code: string, options: ElementOptions = {}): Promise<void> {
  needText('escalate', 'code', code)
  checkOptions('escalate', options, TRIGGERING)
  return runAt(
    api,
    'escalate',
    elementInstanceId,
    options,
    (place) => ({ type: 'throwEscalation', ...place, code, values: valuesOf(options) }),
    { code },
  )
}

/** Members of the options of a call that gives an element variables. */
export const TRIGGERING: ReadonlySet<string> = membersOf('variables')
const THROWING = membersOf('variables', 'message')

/** The variables of the call, as they are kept. */
export function valuesOf({ variables }: ElementOptions): ReturnType<typeof concealVariables> {
  return variables === undefined ? NO_VALUES : concealVariables(variables)
}

/** Runs a command at the element instance that the call names; once for its idempotency key. */
export async function runAt(
  api: Api,
  operation: string,
  elementInstanceId: string,
  options: ElementOptions,
  commandAt: (place: { readonly scopeId: string; readonly n: number }) => CommandBody,
  args: { readonly [name: string]: unknown } = {},
): Promise<void> {
  const { instanceId, scopeId, n } = placeOf(elementInstanceId)
  const actor = actorOf(api, options)
  const asked = authorize(api, operation, { instanceId, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  const command = commandAt({ scopeId, n })
  await idempotent(api, operation, options, { id: elementInstanceId, ...args, variables: valuesOf(options) }, async (also) => {
    await checkSeen(own, instanceId)
    return runCommand(api.host, { instanceId, command, actor, ...(also && { also }) })
  })
}
