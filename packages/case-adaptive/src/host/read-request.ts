import { EngineError } from '@leeway/engine'
import { type AwayPolicy, concealVariables, parseDuration, roughMs, type Values, type Variables } from '@leeway/engine/extension'
import type { AddItem, Leave, Redact, Return } from '../case/commands.ts'
import { noReason } from '../case/refusals.ts'
import type { Directive, Reason } from '../case/state.ts'
import { refuseNotYet } from './not-yet.ts'
import type { ItemRequest, LeaveRequest, ReasonGiven, RedactRequest, ReturnDirective, ReturnRequest, TimerPolicy } from './requests.ts'

/** The part of leaving that the decision needs. Throws `ReasonMissing`, `invalidArgument`, `notYetSupported`. */
export function readLeave(request: LeaveRequest): Omit<Leave, 'type' | 'template'> & { readonly instanceId: string } {
  const { instanceId, elementInstanceId, mode = 'detour', timers = {}, onLateResult = 'hold', gate, cascade } = request
  checkNames('cases.leave', request, LEAVE)
  if (mode !== 'detour' && mode !== 'withdraw') refuseNotYet(`cases.leave with mode "${mode}"`)
  if (request.before !== undefined) refuseNotYet('cases.leave before an element')
  if (request.atNext !== undefined) refuseNotYet('cases.leave at the next wait')
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
  if (!['hold', 'discard', 'acceptAndContinue'].includes(onLateResult))
    throw new EngineError('invalidArgument', `onLateResult is ${String(onLateResult)}; it is hold, discard or acceptAndContinue`, {})
  const policies = Object.fromEntries(Object.entries(timers).map(([elementId, policy]) => [elementId, readPolicy(elementId, policy)]))
  const reason = readReason(request.reason, 'cases.leave')
  return { instanceId, elementInstanceId, mode, reason, timers: policies, onLateResult }
}

function readPolicy(elementId: string, policy: TimerPolicy): AwayPolicy {
  if (typeof policy === 'object' && policy !== null && typeof policy.extend === 'string') {
    const parsed = parseDuration(policy.extend)
    if (!('problem' in parsed)) return { extendMs: roughMs(parsed.duration) }
  } else if (typeof policy === 'string' && POLICIES.includes(policy)) return policy as Exclude<AwayPolicy, object>
  throw new EngineError(
    'invalidArgument',
    `timers: the policy of "${elementId}" is ${JSON.stringify(policy)}; it is keep, pause, latch, restart, cancel or { extend: 'PT1H' }`,
    { elementId },
  )
}

const POLICIES: readonly string[] = ['keep', 'pause', 'latch', 'restart', 'cancel']

/** Throws `invalidArgument`, `notYetSupported`. */
export function readReturn(deviationId: string, request: ReturnRequest): Return {
  checkNames('cases.return', request, RETURN)
  const to = readDirective(request.to)
  const reason = request.reason === undefined ? null : readReason(request.reason, 'cases.return')
  const confirmNotIdempotent = request.confirmNotIdempotent === true
  return { type: 'return', deviationId, to, confirmNotIdempotent, reason, variables: readVariables(request.variables) }
}

const RETURN: readonly string[] = ['to', 'variables', 'reason', 'confirmNotIdempotent', 'actor', 'tenantId', 'idempotencyKey']

/** What a return is to do. Throws `invalidArgument`, `notYetSupported`. */
function readDirective(to: ReturnDirective | undefined): Directive {
  if (typeof to === 'string' && PLAIN.includes(to)) return { type: to } // one of them
  if (typeof to !== 'object' || to === null) {
    throw new EngineError('invalidArgument', `cases.return needs \`to\`, such as 'resume'; it is ${String(to)}.`, {})
  }
  if ('event' in to && typeof to.event === 'string') return { type: 'event', elementId: to.event }
  if ('jump' in to && typeof to.jump === 'string')
    return { type: 'jump', elementId: to.jump, via: to.via ?? null, also: to.also ?? [], cancel: to.cancel ?? [] }
  if ('endBranch' in to && typeof to.endBranch === 'object')
    return { type: 'endBranch', retireJoinSlot: to.endBranch.retireJoinSlot === true }
  if ('handOver' in to) refuseNotYet('cases.return with handOver')
  throw new EngineError('invalidArgument', `cases.return to ${JSON.stringify(to)}: there is no such return.`, {})
}

const PLAIN: readonly string[] = ['resume', 'redo', 'skip', 'endScope', 'stayOff']

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
