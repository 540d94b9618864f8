import type { Value } from '../model/value.ts'
import { type Also, commitAlone, NOTHING, together } from './also.ts'
import { buffer, messageJob } from './buffered-messages.ts'
import { definitionSuspended } from './definition-cache.ts'
import { AMBIGUOUS, deliverOne, type PublishAnswer, type Receipt, receiverOf, receivers, refuseSuspended } from './deliver-one.ts'
import { uuidOf } from './digest.ts'
import { type Once, withIdempotency } from './idempotency.ts'
import { expiryOf, isPlural, type Message, messageOf, type PublishRequest, soughtOf } from './message.ts'
import type { MessageHost } from './message-host.ts'
import { jobs } from './records/job.ts'
import { type MessageIdRecord, messageIds } from './records/message.ts'
import { spread } from './spread.ts'
import { startsOf } from './subscriptions.ts'

/** How long a messageId is remembered where the message has no `ttl`, in milliseconds: 24 hours. */
export const MESSAGE_ID_MS: number = 24 * 3_600_000

/**
 * Gives a message to who waits for it: running instances first, then message start events; with a `ttl` it is kept until someone
 * waits. Delivered in the change set of the receiver, so once. BPMN 2.0.2 §8.4.2, §13.5.1. Throws `invalidArgument`,
 * `idempotencyKeyReused`, `tooManyWaiting`.
 */
export async function publish(host: MessageHost, request: PublishRequest): Promise<PublishAnswer> {
  const message = messageOf(request)
  const expiresAt = expiryOf(host, request)
  const { idempotencyKey: key = null, actor: _actor, ...args } = request
  const call = { operation: 'messages.publish', key, tenantId: message.tenantId, args }
  return withIdempotency<PublishAnswer & Value>(host, call, (once) =>
    publishOnce(host, message, { messageId: request.messageId ?? null, expiresAt, once }),
  )
}

/** Deletes up to `limit` message ids whose time is over, and tells how many. */
export function purgeMessageIds(host: Pick<MessageHost, 'storage' | 'now'>, limit: number): Promise<number> {
  return host.storage.purge(messageIds, { expiresAt: { lte: host.now() } }, limit)
}

interface Manner {
  readonly messageId: string | null
  readonly expiresAt: number | null
  readonly once: Once
}

type Answer = PublishAnswer & Value

/** Null where another call with the same messageId or key came first: look again what it answered. */
async function publishOnce(host: MessageHost, message: Message, manner: Manner): Promise<Answer | null> {
  const mark = manner.messageId === null ? null : await markOf(host, message, manner.messageId, manner.expiresAt)
  if (mark !== null && 'seen' in mark) return { outcome: 'duplicate', instanceIds: mark.seen }
  const receipt = receiptOf(manner.once, mark)
  if (host.joined) return postpone(host, message, manner.expiresAt, receipt)
  if (manner.expiresAt !== null) return plain(await buffer(host, message, manner.expiresAt, receipt))
  if (!isPlural(message)) {
    const answer = await deliverOne(host, message, receipt)
    refuseSuspended(answer)
    return plain(answer)
  }
  if (message.target === 'one' && (await receiverOf(host, soughtOf(message), new Set())) === 'ambiguous') return plain(AMBIGUOUS)
  const source = { record: messageJob(host, message, host.newId()), revision: 0, fence: 0 }
  const answer = await spread(host, { kind: 'message', source, delivery: message, receivers: receivers(host, message), receipt })
  if (answer?.outcome === 'none' && message.start !== 'never') {
    const [still] = await startsOf(host, soughtOf(message))
    if (still?.body.isSuspended) throw definitionSuspended(still.body.definitionId)
  }
  return plain(answer)
}

/** Inside a host's transaction nothing is delivered: the message is written down as a job. */
async function postpone(host: MessageHost, message: Message, expiresAt: number | null, receipt: Receipt): Promise<Answer | null> {
  const answer: PublishAnswer = { outcome: 'pending', instanceIds: [] }
  const job = messageJob(host, message, host.newId())
  const record = expiresAt === null ? job : { ...job, body: { data: { ...message, expiresAt } } }
  const also = together(receipt.first(answer), { ...NOTHING, put: [{ collection: jobs, record }] })
  const isWritten = await commitAlone(host, 'messages.publish', message.actor, also)
  host.wake()
  return isWritten ? plain(answer) : null
}

/** A messageId that is new, or whose time is over; or the instances that it went to. */
type Mark =
  | { readonly seen: readonly string[] }
  | { readonly first: (ids: readonly string[]) => Also; readonly later: (ids: readonly string[]) => Also }

async function markOf(host: MessageHost, { tenantId, name }: Message, messageId: string, expiresAt: number | null): Promise<Mark> {
  const id = uuidOf(JSON.stringify([tenantId, name, messageId]))
  const now = host.now()
  const [stored] = await host.storage.get(messageIds, [id])
  if (stored !== undefined && stored.record.expiresAt > now) return { seen: stored.record.body.instanceIds }
  const later = (instanceIds: readonly string[]): Also => {
    const record: MessageIdRecord = { id, expiresAt: expiresAt ?? now + MESSAGE_ID_MS, body: { instanceIds } }
    return { ...NOTHING, put: [{ collection: messageIds, record }] }
  }
  const expect = [{ collection: messageIds, id, revision: stored?.revision ?? 0 }]
  return { later, first: (ids) => ({ ...later(ids), expect }) }
}

function receiptOf(once: Once, mark: Exclude<Mark, { seen: unknown }> | null): Receipt {
  return {
    first: (answer) => (mark === null ? once.also(plain(answer)) : together(once.also(plain(answer)), mark.first(answer.instanceIds))),
    later(answer) {
      if (mark === null) return once.instead(plain(answer))
      // An ambiguous message is taken back: the same messageId may come again.
      const taken = mark.later(answer.instanceIds)
      const forget: Also = { ...NOTHING, delete: taken.put.map(({ collection, record }) => ({ collection, id: record.id })) }
      return together(once.instead(plain(answer)), answer.outcome === 'ambiguous' ? forget : taken)
    },
  }
}

/** An answer is JSON; an interface does not show it to the compiler. */
function plain<A extends PublishAnswer | null>(answer: A): A & Value {
  return answer as A & Value
}
