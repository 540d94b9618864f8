import { EngineError } from '@leeway/engine'
import { concealVariables, type Values, type Variables } from '@leeway/engine/extension'
import type { AddItem, Leave, Redact } from '../case/commands.ts'
import { noReason } from '../case/refusals.ts'
import type { Reason } from '../case/state.ts'
import { refuseNotYet } from './not-yet.ts'
import type { ItemRequest, LeaveRequest, ReasonGiven, RedactRequest } from './requests.ts'

/** The part of leaving that the decision needs. Throws `ReasonMissing`, `invalidArgument`, `notYetSupported`. */
export function readLeave(request: LeaveRequest): Omit<Leave, 'type' | 'template'> & { readonly instanceId: string } {
  const { instanceId, elementInstanceId, mode = 'detour', timers = {}, onLateResult, gate, cascade } = request
  checkNames('cases.leave', request, LEAVE)
  if (mode !== 'detour') refuseNotYet(`cases.leave with mode "${mode}"`)
  if (request.before !== undefined) refuseNotYet('cases.leave before an element')
  if (request.atNext !== undefined) refuseNotYet('cases.leave at the next wait')
  if (onLateResult !== undefined && onLateResult !== 'hold') refuseNotYet(`cases.leave with onLateResult "${onLateResult}"`)
  if (gate) refuseNotYet('cases.leave with gate')
  if (cascade === false) refuseNotYet('cases.leave with cascade: false')
  if (typeof instanceId !== 'string' || typeof elementInstanceId !== 'string') {
    const message = 'cases.leave needs the instanceId and the elementInstanceId to leave at; instances.get(id).activeElements has it.'
    throw new EngineError('invalidArgument', message, {})
  }
  if (elementInstanceId !== instanceId && !elementInstanceId.startsWith(`${instanceId}.`)) {
    const message = `Element instance ${elementInstanceId} is not one of instance ${instanceId}.`
    throw new EngineError('invalidArgument', message, { elementInstanceId, instanceId })
  }
  const policies: { [elementId: string]: 'keep' | 'pause' | 'latch' } = {}
  for (const [elementId, policy] of Object.entries(timers)) {
    if (policy === 'keep' || policy === 'pause' || policy === 'latch') policies[elementId] = policy
    else refuseNotYet(`cases.leave with the timer policy ${JSON.stringify(policy)}`)
  }
  return { instanceId, elementInstanceId, mode, reason: readReason(request.reason, 'cases.leave'), timers: policies }
}

const LEAVE: readonly string[] = [
  'instanceId',
  'elementInstanceId',
  'before',
  'atNext',
  'mode',
  'reason',
  'timers',
  'onLateResult',
  'gate',
  'cascade',
  'actor',
  'tenantId',
  'idempotencyKey',
]

/** Throws `ReasonMissing`. */
export function readReason(given: ReasonGiven | undefined, operation: string): Reason {
  const code = typeof given === 'string' ? given : given?.code
  if (typeof code !== 'string' || code === '') throw noReason(operation)
  if (typeof given !== 'object') return { code, text: null }
  checkNames(`${operation}: its reason`, given, ['code', 'text', 'customerStatement', 'rule', 'evidence'])
  const { text = null, customerStatement, rule, evidence } = given
  return {
    code,
    text,
    ...(customerStatement !== undefined && { customerStatement }),
    ...(rule !== undefined && { rule }),
    ...(evidence !== undefined && { evidence }),
  }
}

/** Throws `ReasonMissing`, `invalidArgument`. */
export function readRedact(caseId: string, request: RedactRequest): Redact {
  checkNames('cases.redact', request, ['entries', 'reason', 'actor', 'tenantId', 'idempotencyKey'])
  const { entries, reason } = request
  if (typeof reason !== 'string' || reason === '') throw noReason('cases.redact')
  if (!Array.isArray(entries) || entries.length > REDACT_MAX || entries.some((n) => !Number.isSafeInteger(n) || n < 1)) {
    const message = `cases.redact needs the numbers of at most ${REDACT_MAX} entries, from 1; cases.get(id).timeline has them.`
    throw new EngineError('invalidArgument', message, { caseId })
  }
  return { type: 'redact', caseId, entries, because: reason }
}

const REDACT_MAX = 200

/** Throws `invalidArgument`, `notYetSupported`. */
export function readItem(to: string, request: ItemRequest): AddItem {
  checkNames('cases.addItem', request, ITEM)
  const {
    kind,
    name,
    required = false,
    after = [],
    assignee = null,
    candidateUsers = [],
    candidateGroups = [],
    dueAt,
    priority = 0,
  } = request
  if (kind !== 'human') refuseNotYet(`cases.addItem of the kind "${String(kind)}"`)
  if (typeof name !== 'string' || name === '') throw new EngineError('invalidArgument', 'cases.addItem needs a name for the item.', {})
  return {
    type: 'addItem',
    to,
    kind,
    name,
    required,
    after,
    assignee,
    candidateUsers,
    candidateGroups,
    dueAt: readInstant(dueAt),
    priority,
  }
}

const ITEM: readonly string[] = [
  'kind',
  'name',
  'required',
  'after',
  'assignee',
  'candidateUsers',
  'candidateGroups',
  'dueAt',
  'priority',
  'actor',
  'tenantId',
  'idempotencyKey',
]

/** Variables as kept. Throws `invalidVariable`. */
export function readVariables(variables: Variables | undefined): Values {
  return variables === undefined ? {} : concealVariables(variables)
}

/** What is not known here is refused, not passed over: it may be what a later release understands. */
export function checkNames(operation: string, given: object, known: readonly string[]): void {
  checkObject(operation, given)
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !known.includes(name)) refuseNotYet(`${operation} with "${name}"`)
}

/** Throws `invalidArgument` where a request is no object. */
export function checkObject(operation: string, given: unknown): void {
  if (typeof given === 'object' && given !== null) return
  throw new EngineError('invalidArgument', `${operation}: its request is ${String(given)}; it must be an object`, { operation })
}

function readInstant(given: string | number | Date | undefined): number | null {
  if (given === undefined) return null
  const at = given instanceof Date ? given.getTime() : typeof given === 'number' ? given : Date.parse(given)
  if (Number.isSafeInteger(at)) return at
  throw new EngineError('invalidArgument', `"${String(given)}" is no instant; give ISO 8601 text, a Date or epoch milliseconds.`, {
    dueAt: String(given),
  })
}
