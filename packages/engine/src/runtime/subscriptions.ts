import type { FieldConditions, Where } from '@leeway/storage'
import { UNSET_KEY } from '../kernel/correlating.ts'
import type { KernelEvent } from '../kernel/events.ts'
import type { Value, Values } from '../model/value.ts'
import { inConversation } from './conversations.ts'
import { canonicalJson } from './digest.ts'
import { EngineError } from './errors.ts'
import { everyPage, everyRecord } from './every-record.ts'
import type { MessageHost } from './message-host.ts'
import { waitId } from './record-ids.ts'
import { instances } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { searchableText } from './searchable.ts'

/** Most subscriptions, or instances, that are read at once. */
export const PAGE = 100

/** Most subscriptions that are compared with variables one by one, where no searchable variable narrows them. */
export const COMPARED_MAX = 10_000

/** Who is looked for: every criterion that is given must hold. */
export interface Sought {
  readonly kind: SubscriptionRecord['kind']
  readonly name: string
  /** Null: without a tenant; undefined: any. */
  readonly tenantId: string | null | undefined
  /** The subscription's key; where it has none, its instance's business key. */
  readonly key: string | null
  readonly businessKey: string | null
  /** Variables of the instance's root scope and their values. */
  readonly match: Values | null
  readonly instanceId: string | null
  /** The event or receive task that waits, or the start event. */
  readonly elementId: string | null
  /** What a message carries: correlation keys are read from it. */
  readonly payload?: Values
  /** Instances that have another business key are passed over. */
  readonly senderBusinessKey?: string
}

/**
 * The waiting tokens of running instances that fit, by subscription id, so the oldest instance first. `after` goes on behind a
 * subscription id. Reads page by page, so that who needs two does not read a thousand. Throws `tooManyWaiting` where more than
 * {@link COMPARED_MAX} would have to be compared by variables that are not searchable.
 */
export async function* waiting(host: MessageHost, sought: Sought, after = ''): AsyncGenerator<SubscriptionRecord> {
  const searchable = searchableTexts(host, sought)
  if (searchable === null) {
    yield* among(host, sought, conditionsOf(sought), after)
    return
  }
  const having = { searchable: searchable.map((text) => ({ has: text })) }
  const from = { gte: instanceOfSubscription(after) }
  for await (const page of everyPage(host.storage, instances, having, { from, size: PAGE })) {
    const ids = page.map((stored) => stored.record.id)
    yield* among(host, sought, { ...conditionsOf(sought), instanceId: { in: ids } }, after)
  }
}

/**
 * The start events that fit: of latest versions only, for only these are armed; where a tenant has a process of its own, not the
 * shared one of that key.
 */
export async function startable(host: MessageHost, sought: Sought): Promise<readonly SubscriptionRecord[]> {
  return (await startsOf(host, sought)).filter(({ body }) => body.isSuspended === undefined)
}

/** The same with those of suspended definitions. */
export async function startsOf(host: MessageHost, sought: Sought): Promise<readonly SubscriptionRecord[]> {
  const tenantId = sought.tenantId ?? null
  const tenants: FieldConditions<SubscriptionRecord>[] = [{ tenantId: { isNull: true } }]
  if (tenantId !== null) tenants.push({ tenantId: { eq: tenantId } })
  // A start event has no key: so the many that wait with one are not read past.
  const keyless = { name: { eq: sought.name }, kind: { eq: sought.kind }, key: { isNull: true }, instanceId: { isNull: true } } as const
  const found: SubscriptionRecord[] = []
  for await (const { record } of everyRecord(host.storage, subscriptions, { ...keyless, anyOf: tenants }, { size: PAGE }))
    if ((sought.elementId === null || record.body.elementId === sought.elementId) && carries(sought, record)) found.push(record)
  if (tenantId === null) return found
  const own = new Set(found.filter((record) => record.tenantId !== null).map((record) => record.body.processKey))
  return found.filter((record) => record.tenantId !== null || !own.has(record.body.processKey))
}

/** True where the message has what the start event asks for. */
function carries({ payload = {} }: Sought, { body: { only } }: SubscriptionRecord): boolean {
  if (only === undefined) return true
  return Object.keys(only).every((name) => Object.hasOwn(payload, name) && String(payload[name]) === only[name])
}

/** True where a subscription fits by all that stands in it: everything but the instance's variables. */
export function fits(subscription: SubscriptionRecord, sought: Sought): boolean {
  if (subscription.kind !== sought.kind || subscription.name !== sought.name) return false
  if (sought.tenantId !== undefined && subscription.tenantId !== sought.tenantId) return false
  const { senderBusinessKey } = sought
  if (senderBusinessKey !== undefined && subscription.businessKey !== null && subscription.businessKey !== senderBusinessKey) return false
  if (sought.key !== null && subscription.key !== UNSET_KEY && (subscription.key ?? subscription.businessKey) !== sought.key) return false
  if (sought.businessKey !== null && subscription.businessKey !== sought.businessKey) return false
  if (sought.instanceId !== null && subscription.instanceId !== sought.instanceId) return false
  return sought.elementId === null || subscription.body.elementId === sought.elementId
}

/** True where the variables of an instance's root scope have these values. */
export function matches(instance: InstanceRecord, match: Values): boolean {
  const { variables } = instance.body.root
  return Object.entries(match).every(([name, value]) => Object.hasOwn(variables, name) && isSame(variables[name] as Value, value))
}

/**
 * The subscriptions to a signal that a command's events opened behind the event at `index`, which threw it: they do not see it, for a
 * signal goes to those that caught it when it was thrown.
 */
export function openedAfter(events: readonly KernelEvent[], index: number, name: string): string[] {
  const ids: string[] = []
  for (const event of events.slice(index + 1)) {
    if (event.type !== 'elementWaits') continue
    for (const wait of event.waits) if (wait.type === 'signal' && wait.name === name) ids.push(waitId(`${event.scopeId}.${event.n}`, wait))
  }
  return ids
}

async function* among(
  host: MessageHost,
  sought: Sought,
  where: Where<SubscriptionRecord>,
  after: string,
): AsyncGenerator<SubscriptionRecord> {
  let compared = 0
  for await (const page of everyPage(host.storage, subscriptions, where, { from: { gt: after }, size: PAGE })) {
    let fitting = page.map((stored) => stored.record).filter((record) => record.instanceId !== null && fits(record, sought))
    if (sought.match !== null) {
      compared += fitting.length
      if (compared > COMPARED_MAX) refuseCompared(sought)
      fitting = await matching(host, fitting, sought.match)
    }
    if (fitting.some((record) => record.body.keyId !== undefined)) {
      if (sought.key === null) compared += fitting.length
      if (compared > COMPARED_MAX) refuseCompared(sought)
      fitting = await inConversation(host, fitting, sought)
    }
    yield* fitting
  }
}

async function matching(host: MessageHost, found: readonly SubscriptionRecord[], match: Values): Promise<SubscriptionRecord[]> {
  const ids = [...new Set(found.map((record) => record.instanceId as string))] // of running instances: not null
  if (ids.length === 0) return []
  const matched = new Set<string | null>()
  for (const { record } of await host.storage.get(instances, ids)) if (matches(record, match)) matched.add(record.id)
  return found.filter((record) => matched.has(record.instanceId))
}

/** What an index serves. */
function conditionsOf(sought: Sought): Where<SubscriptionRecord> {
  const { kind, name, key, businessKey, instanceId, tenantId } = sought
  const base: FieldConditions<SubscriptionRecord> = {
    name: { eq: name },
    kind: { eq: kind },
    instanceId: instanceId === null ? { isNull: false } : { eq: instanceId },
    ...(tenantId === undefined ? {} : { tenantId: tenantId === null ? { isNull: true } : { eq: tenantId } }),
    ...(businessKey === null ? {} : { businessKey: { eq: businessKey } }),
    // no signal has one: said, so that the index gives the order of ids
    ...(kind === 'signal' && { key: { isNull: true } }),
  }
  if (key === null) return base
  const own: FieldConditions<SubscriptionRecord> = { key: kind === 'message' ? { in: [key, UNSET_KEY] } : { eq: key } }
  if (businessKey !== null) return { ...base, anyOf: [own, { key: { isNull: true } }] }
  return { ...base, anyOf: [own, { key: { isNull: true }, businessKey: { eq: key } }] }
}

/** The texts of the wanted variables that instances are found by; null where there are none, or something narrower is given. */
function searchableTexts(host: MessageHost, sought: Sought): readonly string[] | null {
  if (sought.match === null || sought.instanceId !== null || sought.key !== null || sought.businessKey !== null) return null
  const texts = Object.entries(sought.match)
    .filter(([name]) => host.settings.searchable.includes(name))
    .map(([name, value]) => searchableText(name, value))
  return texts.length === 0 ? null : texts
}

/** A token's subscription is `tokenId:element`, its token `instanceId.…`. */
function instanceOfSubscription(id: string): string {
  return id.slice(0, id.search(/[.:]|$/))
}

function isSame(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && canonicalJson(a) === canonicalJson(b))
}

function refuseCompared(sought: Sought): never {
  const names = Object.keys(sought.match ?? {})
  const way = names.length === 0 ? 'Give a key.' : `Declare one of ${names.join(', ')} in createEngine({ searchable }), or give a key.`
  throw new EngineError(
    'tooManyWaiting',
    `More than ${COMPARED_MAX} instances wait for "${sought.name}" and would have to be compared one by one. ${way}`,
    { name: sought.name, match: names },
  )
}
