import { EngineError } from '@leeway/engine'
import {
  type AwayPolicy,
  concealVariables,
  type EventPolicy,
  instantGiven,
  parseDuration,
  type Values,
  type Variables,
} from '@leeway/engine/extension'
import type { AddItem, Defer, Leave, LeaveAhead, Redact } from '../case/commands.ts'
import type { Reason } from '../case/reason.ts'
import type { Cost, ReasonGiven } from './call.ts'
import { noReason } from './call-refusals.ts'
import type { RedactRequest } from './case-api.ts'
import type { TemplateNames } from './case-template.ts'
import { CALL, checkNames, checkObject, needName, type Shape, shown } from './check-request.ts'
import type { DeferRequest, LeaveRequest, TimerPolicy } from './deviation-api.ts'
import type { ItemRequest } from './item-api.ts'
import { readOutputs } from './read-results.ts'
import { readItemRouting } from './read-routing.ts'

/** The part of leaving that the decision needs. Throws `ReasonMissing`, `invalidArgument`, `notYetSupported`. */
export function readLeave(request: LeaveRequest): Omit<Leave, 'type' | 'template'> & { readonly instanceId: string } {
  checkNames('cases.leave', request, LEAVE)
  const { instanceId, mode = 'detour', timers = {}, onLateResult = 'hold', gate = false, cascade } = request
  const elementInstanceId = request.elementInstanceId ?? (mode === 'takeOver' ? instanceId : null)
  refuseMembers('a step that is there', request, ['before', 'atNext'])
  refuseMembers(`mode "${mode}"`, request, IDLE[mode])
  if (mode === 'takeOver' && elementInstanceId === instanceId) refuseMembers('the take-over of an instance', request, ['onLateResult'])
  const runsOn = cascade === false ? { runsOn: true as const } : {}
  if (typeof instanceId !== 'string' || typeof elementInstanceId !== 'string') {
    const message = 'cases.leave needs the instanceId and the elementInstanceId to leave at; instances.get(id).activeElements has it.'
    throw new EngineError('invalidArgument', message, {})
  }
  if (elementInstanceId !== instanceId && !elementInstanceId.startsWith(`${instanceId}.`)) {
    const message = `Element instance ${elementInstanceId} is not one of instance ${instanceId}.`
    throw new EngineError('invalidArgument', message, { elementInstanceId, instanceId })
  }
  const reason = readReason(request.reason, 'cases.leave')
  const { onBehalfOf } = request
  const stand = onBehalfOf === undefined ? {} : { onBehalfOf }
  const override = request.override === undefined ? {} : { override: readOverride(request.override, 'cases.leave') }
  return {
    instanceId,
    elementInstanceId,
    mode,
    reason,
    timers: readTimers(timers),
    ...readEvents(request.events),
    onLateResult,
    gate,
    ...runsOn,
    ...stand,
    ...override,
  }
}

/** Leaving at a step to come; null where the request names one that is there. Throws as {@link readLeave}. */
export function readLeaveAhead(request: LeaveRequest): (Omit<LeaveAhead, 'type' | 'template'> & { readonly instanceId: string }) | null {
  checkNames('cases.leave', request, LEAVE)
  const { instanceId, elementInstanceId, before, atNext, mode = 'detour', timers = {} } = request
  if (before === undefined && !atNext) return null
  if (typeof instanceId !== 'string' || elementInstanceId != null || (before !== undefined && atNext))
    throw new EngineError('invalidArgument', 'cases.leave needs the instanceId, and one of elementInstanceId, before and atNext.', {})
  // Before a step nothing of it is armed yet.
  const idle = ['onLateResult', 'gate', 'cascade', 'override', 'events', ...(before === undefined ? [] : (['timers'] as const))] as const
  refuseMembers('a step to come', request, idle)
  if (mode !== 'detour')
    throw new EngineError('invalidArgument', 'cases.leave ahead of its step is a detour; pin work to it with cases.defer.', {})
  const { onBehalfOf } = request
  return {
    instanceId,
    before: before ?? null,
    reason: readReason(request.reason, 'cases.leave'),
    timers: readTimers(timers),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
  }
}

/** What a way to leave does nothing with. */
const IDLE: { readonly [Mode in NonNullable<LeaveRequest['mode']>]: readonly (keyof LeaveRequest)[] } = {
  alongside: ['timers', 'events', 'onLateResult', 'cascade', 'override'],
  detour: ['gate', 'override'],
  withdraw: ['gate', 'events'],
  takeOver: ['gate', 'events', 'override'],
}

/** Throws `invalidArgument` for what would be passed over. False is as good as nothing. */
function refuseMembers(what: string, request: LeaveRequest, names: readonly (keyof LeaveRequest)[]): void {
  for (const name of names)
    if (request[name] !== undefined && request[name] !== false)
      throw new EngineError('invalidArgument', `cases.leave: ${what} knows no "${name}"; leave it out.`, { name })
}

/** Throws `invalidArgument`, `ReasonMissing`. */
export function readOverride(given: NonNullable<LeaveRequest['override']>, call: string): NonNullable<Leave['override']> {
  checkNames(`${call}: its override`, given, { by: 'text', reason: 'any' })
  if (given.by === undefined) throw new EngineError('invalidArgument', 'override takes a second person: override: { by, reason }', {})
  return { by: given.by, reason: readReason(given.reason, 'an override') }
}

/** An item pinned to an element. Throws `ReasonMissing`, `invalidArgument`. */
export function readDefer(
  request: DeferRequest,
  templates: TemplateNames,
): Omit<Defer, 'type' | 'template'> & { readonly instanceId: string } {
  checkNames('cases.defer', request, { instanceId: 'text', before: 'text', item: 'any', permanent: 'flag', reason: 'any', ...CALL })
  const { instanceId, before, item } = request
  if (instanceId === undefined || before === undefined)
    throw new EngineError(
      'invalidArgument',
      'cases.defer needs the instanceId and, as before, the id of the element to pin the item to.',
      {},
    )
  checkObject('cases.defer item', item)
  const { to: _to, ...read } = readItem('', item, templates)
  const reason = request.reason === undefined ? { code: 'deferred', text: read.name } : readReason(request.reason, 'cases.defer')
  return { instanceId, before, item: read, reason, ...(request.permanent && { permanent: true as const }) }
}

/** Throws `invalidArgument`. */
function readEvents(events: LeaveRequest['events']): { readonly events?: { readonly [elementId: string]: EventPolicy } } {
  if (events === undefined) return {}
  for (const [elementId, policy] of Object.entries(events))
    if (policy !== 'live' && policy !== 'latch' && policy !== 'drop')
      throw new EngineError(
        'invalidArgument',
        `events: the policy of "${elementId}" is ${JSON.stringify(policy)}; it is live, latch or drop`,
        { elementId },
      )
  return { events }
}

function readTimers(timers: { readonly [elementId: string]: TimerPolicy }): { readonly [elementId: string]: AwayPolicy } {
  return Object.fromEntries(Object.entries(timers).map(([elementId, policy]) => [elementId, readPolicy(elementId, policy)]))
}

function readPolicy(elementId: string, policy: TimerPolicy): AwayPolicy {
  if (typeof policy === 'object' && policy !== null && typeof policy.extend === 'string') {
    checkNames(`cases.leave: the policy of timer "${elementId}"`, policy, { extend: 'text' })
    const parsed = parseDuration(policy.extend)
    if (!('problem' in parsed)) return { extend: parsed.duration }
  } else if (typeof policy === 'string' && POLICIES.includes(policy)) return policy as Exclude<AwayPolicy, object>
  throw new EngineError(
    'invalidArgument',
    `timers: the policy of "${elementId}" is ${JSON.stringify(policy)}; it is keep, pause, latch, restart, cancel or { extend: 'PT1H' }`,
    { elementId },
  )
}

const POLICIES: readonly string[] = ['keep', 'pause', 'latch', 'restart', 'cancel']

/** What is said of leaving, at one step or in many instances. */
export const LEAVING: Shape = {
  onBehalfOf: 'text',
  before: 'text',
  atNext: 'flag',
  mode: ['alongside', 'detour', 'withdraw', 'takeOver'],
  reason: 'any',
  timers: 'object',
  events: 'object',
  onLateResult: ['hold', 'discard', 'acceptAndContinue'],
  gate: 'flag',
  cascade: 'flag',
  override: 'object',
  ...CALL,
}

const LEAVE: Shape = { ...LEAVING, instanceId: 'text?', elementInstanceId: 'text?' }

/** Throws `ReasonMissing`. */
export function readReason(given: ReasonGiven | undefined, operation: string): Reason {
  const code = typeof given === 'string' ? given : given?.code
  if (typeof code !== 'string' || code.trim() === '') throw noReason(operation)
  if (typeof given !== 'object') return { code, text: null }
  checkNames(`${operation}: its reason`, given, REASON)
  const { text = null, customerStatement, rule, evidence } = given
  return {
    code,
    text,
    ...(customerStatement !== undefined && { customerStatement }),
    ...(rule !== undefined && { rule }),
    ...(evidence !== undefined && { evidence }),
  }
}

const REASON: Shape = { code: 'words', text: 'words?', customerStatement: 'words', rule: 'words', evidence: 'wordings' }

/** Throws `ReasonMissing`, `invalidArgument`. */
export function readRedact(caseId: string, request: RedactRequest): Redact {
  checkNames('cases.redact', request, {
    entries: 'list',
    facts: 'each',
    items: 'each',
    deviations: 'each',
    title: 'flag',
    reason: 'words',
    ...CALL,
  })
  needName('cases.redact', 'caseId', caseId)
  const { entries = [], facts = [], items = [], deviations = [], title = false, reason } = request
  if (typeof reason !== 'string' || reason.trim() === '') throw noReason('cases.redact')
  if (entries.length > REDACT_MAX || new Set(entries).size < entries.length || entries.some((n) => !Number.isSafeInteger(n) || n < 1)) {
    const message = `cases.redact needs the numbers of at most ${REDACT_MAX} entries, from 1, each once; cases.get(id).timeline has them.`
    throw new EngineError('invalidArgument', message, { caseId })
  }
  const named = [facts, items, deviations]
  if ((entries.length === 0 && !title && named.every(({ length }) => length === 0)) || named.some(({ length }) => length > REDACT_MAX)) {
    const message = `cases.redact needs entries, or the ids of at most ${REDACT_MAX} facts, items or deviations; cases.get(id) has all of them.`
    throw new EngineError('invalidArgument', message, { caseId })
  }
  return { type: 'redact', caseId, entries, facts, items, deviations, title, because: reason }
}

const REDACT_MAX = 200

/** Throws `invalidArgument`, `UnknownTemplate`, `notYetSupported`. */
export function readItem(to: string, request: ItemRequest, templates: TemplateNames): AddItem {
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
    compensator = null,
    equivalentTo = null,
  } = request
  if (name === undefined) throw new EngineError('invalidArgument', 'cases.addItem needs a name for the item.', {})
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
    dueAt: readInstant('dueAt', dueAt, templates.timeZone),
    priority,
    does: readWork(request, templates),
    input: readVariables(request.variables),
    compensator,
    equivalentTo,
    ...(request.routing && { routing: readItemRouting(request, request.routing) }),
    ...(request.staysOpen && { staysOpen: true as const }),
    ...(request.outputs !== undefined && { outputs: readOutputs(request.outputs) }),
    ...(request.cost !== undefined && { cost: readCost('cases.addItem', request.cost) }),
  }
}

/** What a service, process or case item does. */
function readWork(request: ItemRequest, templates: TemplateNames): string | null {
  const { kind } = request
  if (kind === undefined) throw new EngineError('invalidArgument', 'cases.addItem needs a kind: human, service, process or case.', {})
  const names = { human: null, service: 'type', process: 'process', case: 'template' } as const
  for (const name of ['type', 'process', 'template'] as const)
    if (request[name] !== undefined && names[kind] !== name)
      throw new EngineError('invalidArgument', `cases.addItem: a ${kind} item has no "${name}".`, {})
  if (kind === 'human') return null
  if (kind === 'case') return templates.named(request.template)
  const given = request[names[kind]]
  if (given !== undefined) return given
  throw new EngineError('invalidArgument', `cases.addItem: a ${kind} item names in "${names[kind]}" what it does.`, {})
}

/** Throws `invalidArgument`. */
export function readCost(operation: string, given: Cost): Cost {
  checkNames(`${operation}: its cost`, given, { kind: 'text', amount: 'amount' })
  const { kind, amount } = given
  if (kind !== undefined && amount !== undefined) return { kind, amount }
  throw new EngineError('invalidArgument', 'cost is { kind, amount }, such as { kind: "remedy", amount: 40 }', {})
}

/** What may be said of any item, an offered one too. */
export const OF_ITEM: Shape = {
  required: 'flag',
  after: 'each',
  assignee: 'text?',
  candidateUsers: 'each',
  candidateGroups: 'each',
  dueAt: 'instant',
  priority: 'whole',
  variables: 'any',
  ...CALL,
}

const ITEM: Shape = {
  ...OF_ITEM,
  staysOpen: 'flag',
  cost: 'any',
  outputs: 'any',
  kind: ['human', 'service', 'process', 'case'],
  name: 'title',
  type: 'text',
  process: 'text',
  template: 'text',
  compensator: 'text?',
  equivalentTo: 'text?',
  routing: 'object',
}

/** Variables as kept. Throws `invalidVariable`. */
export function readVariables(variables: Variables | undefined): Values {
  return variables === undefined ? {} : concealVariables(variables)
}

/**
 * An instant by its name in the request, local in `timeZone` where it is text without an offset; null where it is not given. Throws
 * `invalidArgument`.
 */
export function readInstant(name: string, given: string | number | Date | undefined, timeZone: string): number | null {
  if (given === undefined) return null
  const at = instantGiven(given, timeZone)
  if (at !== null) return at
  throw new EngineError('invalidArgument', `${shown(given)} is no instant; give ISO 8601 text, a Date or epoch milliseconds.`, {
    [name]: shown(given),
  })
}
