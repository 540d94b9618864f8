import { addDuration, parseDuration } from '../model/duration.ts'
import type { Value, Values } from '../model/value.ts'
import { checkCaller, checkFreeText, checkMembers, checkText, checkTextOrNull, membersOf, needText, refuseArgument } from './arguments.ts'
import type { MessageHost } from './message-host.ts'
import type { Sought } from './subscriptions.ts'

/** What `engine.messages.publish` is given, its variables already checked. Whatever criterion is given must hold. */
export interface PublishRequest {
  readonly name: string
  /** The key of the subscription (`zeebe:subscription`); of one without a key, the business key of its instance. */
  readonly correlationKey?: string | number
  readonly businessKey?: string
  /** Variables of the instance's root scope. */
  readonly match?: Values
  readonly instanceId?: string
  /** The event or receive task that waits, or the start event. */
  readonly elementId?: string
  readonly variables?: Values
  /** The same message, published again, has no effect: for the time of `ttl`, else for 24 hours. */
  readonly messageId?: string
  /** ISO 8601 duration for which it is kept until someone waits for it. Default: not at all. */
  readonly ttl?: string
  /** `one` (default): nothing happens where several instances wait. `all`: each of them gets it. */
  readonly target?: 'one' | 'all'
  /** Whether it starts processes by their message start events: where nobody waits for it (default), never, or in any case. */
  readonly start?: 'never' | 'ifNone' | 'always'
  /** With an `instanceId` default: that instance's; else: none. */
  readonly tenantId?: string | null
  readonly actor?: string | null
  readonly idempotencyKey?: string
}

/** A message on its way, as plain data. */
export interface Message {
  readonly name: string
  readonly key: string | null
  readonly businessKey: string | null
  /** Of the instance that threw it: what it starts gets it, and an instance of another business key is not its receiver. */
  readonly senderBusinessKey?: string
  readonly match: Values | null
  readonly instanceId: string | null
  readonly elementId: string | null
  readonly values: Values
  readonly target: 'one' | 'all'
  readonly start: 'never' | 'ifNone' | 'always'
  readonly tenantId: string | null
  readonly actor: string | null
}

const CALL = 'messages.publish'
const PLACES = ['instanceId', 'elementId'] as const
const MEMBERS = membersOf(...PLACES, 'messageId', 'name', 'correlationKey', 'businessKey', 'match', 'variables', 'ttl', 'target', 'start')

/** Throws `invalidArgument` for what is no message, before anything in it is read. */
export function checkMessage(input: { readonly [Member in keyof PublishRequest]?: unknown }): void {
  checkMembers(CALL, 'message', input, MEMBERS)
  checkCaller(CALL, input)
  for (const name of PLACES) checkText(CALL, name, input[name])
  checkFreeText(CALL, 'messageId', input.messageId)
  checkTextOrNull(CALL, 'businessKey', input.businessKey)
  const { correlationKey } = input
  if (typeof correlationKey === 'number' && !Number.isFinite(correlationKey))
    refuseArgument(CALL, 'correlationKey', correlationKey, 'text or a finite number')
  if (typeof correlationKey !== 'number' && correlationKey !== undefined) needText(CALL, 'correlationKey', correlationKey)
}

/** The message of a request. Throws `invalidArgument`. */
export function messageOf(request: PublishRequest): Message {
  const { name, target = 'one', start = 'ifNone' } = request
  needText(CALL, 'name', name)
  if (target !== 'one' && target !== 'all') refuseArgument(CALL, 'target', target, '"one" or "all"')
  if (start !== 'never' && start !== 'ifNone' && start !== 'always') refuseArgument(CALL, 'start', start, '"never", "ifNone" or "always"')
  return {
    name,
    key: request.correlationKey === undefined ? null : String(request.correlationKey),
    businessKey: request.businessKey ?? null,
    match: request.match ?? null,
    instanceId: request.instanceId ?? null,
    elementId: request.elementId ?? null,
    values: request.variables ?? {},
    target,
    start: request.instanceId === undefined ? start : 'never',
    tenantId: request.tenantId ?? null,
    actor: request.actor ?? null,
  }
}

/** When a message's time is over; null where it is not kept (`PT0S` too). Throws `invalidArgument` for a `ttl` that is no duration. */
export function expiryOf(host: MessageHost, { ttl }: PublishRequest): number | null {
  if (ttl === undefined) return null
  if (typeof ttl !== 'string') refuseArgument(CALL, 'ttl', ttl, 'an ISO 8601 duration such as PT1H')
  const parsed = parseDuration(ttl)
  if ('problem' in parsed) return refuseArgument(CALL, 'ttl', ttl, `an ISO 8601 duration (${parsed.problem})`)
  const expiresAt = addDuration(host.now(), parsed.duration, host.settings.timeZone)
  return expiresAt > host.now() ? expiresAt : null
}

/** Whom the message is for. Addressed to an instance it needs no tenant. */
export function soughtOf(message: Message): Sought {
  const { name, key, businessKey, match, instanceId, elementId, tenantId } = message
  return {
    kind: 'message',
    name,
    key,
    businessKey,
    match,
    instanceId,
    elementId,
    tenantId: tenantId ?? (instanceId === null ? null : undefined),
    payload: message.values,
    ...(message.senderBusinessKey !== undefined && { senderBusinessKey: message.senderBusinessKey }),
  }
}

/** True where more than one change set may be its effect. */
export function isPlural(message: Message): boolean {
  return message.target === 'all' || message.start === 'always'
}

/** Back from a job's data; what the projection of a thrown message leaves out has its default. */
export function messageOfData(data: Values, tenantId: string | null): Message {
  const text = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null)
  // An object in such a place is variables: the job's data is written by this engine alone.
  const values = (value: Value | undefined): Values | null => (typeof value === 'object' && value !== null ? (value as Values) : null)
  return {
    name: text(data.name) ?? '',
    key: text(data.key),
    businessKey: text(data.businessKey),
    ...(typeof data.senderBusinessKey === 'string' && { senderBusinessKey: data.senderBusinessKey }),
    match: values(data.match),
    instanceId: text(data.instanceId),
    elementId: text(data.elementId),
    values: values(data.values) ?? {},
    target: data.target === 'all' ? 'all' : 'one',
    start: data.start === 'never' || data.start === 'always' ? data.start : 'ifNone',
    tenantId,
    actor: text(data.actor),
  }
}
