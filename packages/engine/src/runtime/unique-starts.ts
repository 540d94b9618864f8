import type { Values } from '../model/value.ts'
import { type Also, NOTHING } from './also.ts'
import { canonicalJson, sha256 } from './digest.ts'
import type { StartPlace } from './gathered-starts.ts'
import type { MessageHost } from './message-host.ts'
import { instances } from './records/instance.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'

/**
 * Where a start event keeps one instance for each key (Flowable's `storeAsUniqueReferenceId`): what lands with the start, so that of two at
 * once only one does. Null where an instance with the key runs.
 */
export async function uniqueStart(host: MessageHost, at: StartPlace, instanceId: string, values: Values): Promise<Also | null> {
  const { definitionId, processKey, elementId } = at.body
  const event = (await host.definitionOf(definitionId)).nodes.get(elementId)
  const definitions = event?.type === 'startEvent' ? event.eventDefinitions : []
  const names = definitions.flatMap((one) => (one.type === 'message' ? (one.message?.startsOnceBy ?? []) : []))
  if (names.length === 0) return NOTHING
  const key = sha256(canonicalJson(names.map((name) => [name, values[name] ?? null])))
  const id = `unique:${processKey}${at.tenantId === null ? '' : `@${at.tenantId}`}:${key}`
  const [held] = await host.storage.get(subscriptions, [id])
  const [holder] = held === undefined ? [] : await host.storage.get(instances, [held.record.instanceId ?? ''])
  if (holder !== undefined && holder.record.endedAt === null) return null
  const record: SubscriptionRecord = {
    ...{ id, kind: 'unique', name: '', key: null, instanceId, businessKey: null, tenantId: at.tenantId },
    body: { processKey, definitionId, elementId },
  }
  return {
    expect: [{ collection: subscriptions, id, revision: held?.revision ?? 0 }],
    put: [{ collection: subscriptions, record }],
    delete: [],
  }
}
