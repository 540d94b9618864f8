import type { Key, Stored } from '@leeway/storage'
import { type Also, commitAlone, NOTHING, together } from './also.ts'
import { isUnset } from './conversations.ts'
import {
  AMBIGUOUS,
  deliverOne,
  instanceOf,
  NOBODY,
  type PublishAnswer,
  type Receipt,
  receiverOf,
  receivers,
  trigger,
} from './deliver-one.ts'
import { everyRecord } from './every-record.ts'
import { isPlural, type Message, soughtOf } from './message.ts'
import type { MessageHost } from './message-host.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type MessageRecord, messages, type SubscriptionRecord } from './records/message.ts'
import { spread } from './spread.ts'
import { fits, PAGE, waiting } from './subscriptions.ts'

/** When a kept message looks again by itself for the first time, in milliseconds; then after twice that, and so on. */
export const LOOK_AGAIN_MS = 1_000

/** The longest pause between two looks, in milliseconds. */
export const LOOK_AGAIN_MAX_MS = 3_600_000

/** How often one look meets others at work on the same messages. */
const LOOKS_MAX = 100

/**
 * Keeps a message until someone waits for it, then looks whether someone does. The publisher stores first and looks second, a
 * subscriber commits first and looks second, so one of the two finds the other; a look that a crash cut off is made
 * up for by the message's own job. Null where `receipt` was refused.
 */
export async function buffer(host: MessageHost, message: Message, expiresAt: number, receipt: Receipt): Promise<PublishAnswer | null> {
  const record = recordOf(host, message, expiresAt)
  const put = [
    { collection: messages, record },
    { collection: jobs, record: lookJob(host, record, 0) },
  ]
  const kept: PublishAnswer = { outcome: 'buffered', instanceIds: [] }
  if (!(await commitAlone(host, 'messages.publish', message.actor, together(receipt.first(kept), { ...NOTHING, put })))) return null
  const found = await look(host, { record, revision: 1 }, receipt.later)
  if (found === 'gone') return { outcome: 'correlated', instanceIds: [] }
  if (found.outcome === 'none') return kept
  if (found.outcome !== 'ambiguous') return found
  // Not for one instance: taken back, so that it can be published again with a key. Consumed meanwhile, it was not ambiguous.
  const isTakenBack = await commitAlone(
    host,
    'messages.publish',
    message.actor,
    together(consumed({ record, revision: 1 }), receipt.later(found)),
  )
  return isTakenBack ? AMBIGUOUS : { outcome: 'correlated', instanceIds: [] }
}

/**
 * Looks once for the receiver of a kept message. The oldest message that fits a receiver goes to it first; this one may then stay.
 * `gone` where it is not kept any more: delivered by another, or its time was over.
 */
export async function look(
  host: MessageHost,
  stored: Pick<Stored<MessageRecord>, 'record' | 'revision'>,
  also: (answer: PublishAnswer) => Also = () => NOTHING,
): Promise<PublishAnswer | 'gone'> {
  const { record } = stored
  const message = messageOfRecord(record)
  if (record.expiresAt <= host.now()) {
    await commitAlone(host, 'messages.expire', null, consumed(stored))
    return 'gone'
  }
  const takes = (answer: PublishAnswer): Also => together(consumed(stored), also(answer))
  if (isPlural(message)) return lookForMany(host, message, stored, { first: takes, later: also })
  const gone = new Set<string>()
  for (let attempt = 1; attempt <= LOOKS_MAX; attempt++) {
    const receiver = await receiverOf(host, soughtOf(message), gone)
    if (receiver === 'ambiguous') return AMBIGUOUS
    if (receiver === null) break
    const oldest = (await oldestFor(host, receiver)) ?? stored
    const isOwn = oldest.record.id === record.id
    const answer: PublishAnswer = { outcome: 'correlated', instanceIds: [instanceOf(receiver)] }
    const ran = await trigger(host, receiver, messageOfRecord(oldest.record), isOwn ? takes(answer) : consumed(oldest))
    if (ran.type === 'done' && isOwn) return answer
    if (ran.type === 'lost' && isOwn) return 'gone'
    if (ran.type === 'rejected' || ran.type === 'absent') gone.add(receiver.id)
  }
  if (message.start === 'never') return NOBODY
  return (await deliverOne(host, message, { first: takes, later: also })) ?? 'gone'
}

/**
 * To be called after a commit that opened subscriptions: gives each the oldest kept message that fits. Costs one query a message
 * subscription and no job: cut off by a crash, the message's own job makes up for it. Tells how many got one.
 */
export async function afterSubscriptionsOpened(host: MessageHost, opened: readonly SubscriptionRecord[]): Promise<number> {
  let count = 0
  for (const subscription of opened) {
    if (subscription.kind === 'message' && subscription.instanceId !== null && (await feed(host, subscription))) count++
  }
  return count
}

/** The job of a kept message: it looked without finding, and will look again later, but not after its time. */
export function lookJob(host: MessageHost, { id, expiresAt, name, tenantId }: MessageRecord, looks: number): JobRecord {
  const pause = Math.min(LOOK_AGAIN_MS * 2 ** looks, LOOK_AGAIN_MAX_MS)
  return {
    id: lookJobId(id),
    dueAt: Math.min(host.now() + pause, expiresAt),
    priority: 0,
    kind: 'look',
    type: '$look',
    instanceId: null,
    tenantId,
    body: { data: { message: id, name, looks } },
  }
}

/** Deletes up to `limit` kept messages whose time is over, whatever became of their jobs, and tells how many. */
export function purgeMessages(host: Pick<MessageHost, 'storage' | 'now'>, limit: number): Promise<number> {
  return host.storage.purge(messages, { expiresAt: { lte: host.now() } }, limit)
}

async function feed(host: MessageHost, subscription: SubscriptionRecord): Promise<boolean> {
  for (let attempt = 1; attempt <= LOOKS_MAX; attempt++) {
    const oldest = await oldestFor(host, subscription)
    if (oldest === null) return false
    const ran = await trigger(host, subscription, messageOfRecord(oldest.record), consumed(oldest))
    if (ran.type === 'done') return true
    if (ran.type !== 'lost') return false
  }
  return false
}

async function lookForMany(
  host: MessageHost,
  message: Message,
  stored: Pick<Stored<MessageRecord>, 'record'>,
  receipt: Receipt,
): Promise<PublishAnswer | 'gone'> {
  if (message.target === 'one' && (await receiverOf(host, soughtOf(message), new Set())) === 'ambiguous') return AMBIGUOUS
  const source = { record: messageJob(host, message, `${stored.record.id}:all`), revision: 0, fence: 0 }
  return (await spread(host, { kind: 'message', source, delivery: message, receivers: receivers(host, message), receipt })) ?? 'gone'
}

/** A message on its way, as a job. */
export function messageJob(host: MessageHost, message: Message, id: string): JobRecord {
  const { tenantId } = message
  return {
    id,
    dueAt: host.now(),
    priority: 0,
    kind: 'message',
    type: '$message',
    instanceId: null,
    tenantId,
    body: { data: { ...message } },
  }
}

/** The oldest kept message that fits a subscription. */
async function oldestFor(host: MessageHost, subscription: SubscriptionRecord): Promise<Stored<MessageRecord> | null> {
  const key = subscription.key ?? subscription.businessKey
  const isAny = isUnset(subscription)
  const keyless = { key: { isNull: true } } as const
  const where = {
    name: { eq: subscription.name },
    ...(isAny ? {} : key === null ? keyless : { anyOf: [keyless, { key: { eq: key } }] }),
  }
  for await (const stored of everyRecord(host.storage, messages, where, { size: PAGE }))
    if (await isFor(host, stored.record, subscription)) return stored
  return null
}

async function isFor(host: MessageHost, record: MessageRecord, subscription: SubscriptionRecord): Promise<boolean> {
  const sought = soughtOf(messageOfRecord(record))
  if (record.expiresAt <= host.now() || !fits(subscription, sought)) return false
  if (sought.match === null && subscription.body.keyId === undefined) return true
  for await (const candidate of waiting(host, { ...sought, instanceId: subscription.instanceId }))
    if (candidate.id === subscription.id) return true
  return false
}

/** The message is not kept any more: expected as it was read, so that it is consumed once. */
function consumed({ record, revision }: Pick<Stored<MessageRecord>, 'record' | 'revision'>): Also {
  const gone: Key[] = [
    { collection: messages, id: record.id },
    { collection: jobs, id: lookJobId(record.id) },
  ]
  return { expect: [{ collection: messages, id: record.id, revision }], put: [], delete: gone }
}

function lookJobId(messageId: string): string {
  return `${messageId}:look`
}

function recordOf(host: MessageHost, message: Message, expiresAt: number): MessageRecord {
  const { name, key, tenantId, values, businessKey, match, instanceId, elementId, actor, target, start } = message
  return {
    id: host.newId(),
    name,
    key,
    expiresAt,
    tenantId,
    body: {
      values,
      ...(businessKey !== null && { businessKey }),
      ...(match !== null && { match }),
      ...(instanceId !== null && { instanceId }),
      ...(elementId !== null && { elementId }),
      ...(actor !== null && { actor }),
      ...(target !== 'one' && { target }),
      ...(start !== 'ifNone' && { start }),
    },
  }
}

function messageOfRecord({ name, key, tenantId, body }: MessageRecord): Message {
  const {
    values,
    businessKey = null,
    match = null,
    instanceId = null,
    elementId = null,
    actor = null,
    target = 'one',
    start = 'ifNone',
  } = body
  return { name, key, businessKey, match, instanceId, elementId, values, target, start, tenantId, actor }
}
