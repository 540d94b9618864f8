import { type CorrelationKeys, correlatedMessageAt, isSameConversation, keysOfPayload, UNSET_KEY } from '../kernel/correlating.ts'

import type { Values } from '../model/value.ts'
import type { MessageHost } from './message-host.ts'
import { placeOfWait } from './record-ids.ts'
import { instances } from './records/instance.ts'
import type { SubscriptionRecord } from './records/message.ts'

/**
 * Of the waits that fit a message otherwise, those whose conversation it belongs to by its correlation keys; waits without such keys stay.
 * One armed before its conversation had a key is judged by what its instance has now; it stays where that has none yet. A message that
 * yields no key is for any of them. BPMN 2.0.2 §8.4.2
 */
export async function inConversation(
  host: MessageHost,
  found: readonly SubscriptionRecord[],
  sought: Carried,
): Promise<SubscriptionRecord[]> {
  const known = await keysOfInstances(host, found)
  const yielded = new Map<string, CorrelationKeys>()
  const kept: SubscriptionRecord[] = []
  for (const record of found) {
    const { definitionId, elementId, keyId } = record.body
    if (keyId === undefined) {
      kept.push(record)
      continue
    }
    const place = JSON.stringify([definitionId, elementId, placeOfWait(record.id, elementId)?.definition])
    const keys = yielded.get(place) ?? (await keysFor(host, record, sought))
    yielded.set(place, keys)
    const own = isUnset(record) ? (known.get(record.instanceId ?? '') ?? {}) : { [keyId]: record.key ?? '' }
    const isShared = Object.keys(keys).some((one) => Object.hasOwn(own, one))
    if (isSameConversation(keys, own)) kept.push({ ...record, key: Object.values(own)[0] ?? UNSET_KEY })
    else if (Object.keys(keys).length === 0 || (isUnset(record) && !isShared)) kept.push(record)
  }
  return kept
}

/** What a message brings that keys are read from. */
interface Carried {
  readonly payload?: Values
  readonly key: string | null
}

/** True where a wait is in a conversation that has no key yet: the message would be the first that gives it one. */
export function isUnset({ key, body }: SubscriptionRecord): boolean {
  return key === UNSET_KEY && body.keyId !== undefined
}

async function keysFor(host: MessageHost, { id, body }: SubscriptionRecord, { payload = {}, key }: Carried): Promise<CorrelationKeys> {
  const definition = await host.definitionOf(body.definitionId)
  const message = correlatedMessageAt(definition.nodes.get(body.elementId), placeOfWait(id, body.elementId)?.definition)
  return message === null ? {} : keysOfPayload(message, payload, key, { environment: host.environment, now: host.now() })
}

/** Of the instances whose waits were armed before they had a key. */
async function keysOfInstances(host: MessageHost, found: readonly SubscriptionRecord[]): Promise<ReadonlyMap<string, CorrelationKeys>> {
  const ids = new Set(found.filter(isUnset).map((record) => record.instanceId ?? ''))
  const known = new Map<string, CorrelationKeys>()
  if (ids.size === 0) return known
  for (const { record } of await host.storage.get(instances, [...ids])) known.set(record.id, record.body.root.instance?.correlation ?? {})
  return known
}
