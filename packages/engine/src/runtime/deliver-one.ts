import type { Values } from '../model/value.ts'
import { type Also, NOTHING, together } from './also.ts'
import { isUnset } from './conversations.ts'
import { definitionSuspended } from './definition-cache.ts'
import { type Gathered, gather, type StartPlace } from './gathered-starts.ts'
import { type Message, soughtOf } from './message.ts'
import type { MessageHost, Ran } from './message-host.ts'
import { placeOfWait } from './record-ids.ts'
import type { SubscriptionRecord } from './records/message.ts'
import { type Sought, startable, startsOf, waiting } from './subscriptions.ts'
import { uniqueStart } from './unique-starts.ts'

/** How often one message looks for its receiver, where those that it found went on before it came. */
const LOOKS_MAX = 100

/** What came of a message. */
export interface PublishAnswer {
  /**
   * `correlated`: running instances got it; `started`: it started instances; `buffered`: kept until someone waits, or the rest of what
   * starts a process has come; `duplicate`: this messageId was seen, `instanceIds` are those of then; `ambiguous`: several fit one message,
   * nothing happened; `none`: nobody fits, nothing happened; `pending`: written down inside a host's transaction, delivered after its
   * commit.
   */
  readonly outcome: 'correlated' | 'started' | 'buffered' | 'duplicate' | 'ambiguous' | 'none' | 'pending'
  readonly instanceIds: readonly string[]
}

/** What joins the change sets of an effect: the first one, which no other may have come before, and the later ones. */
export interface Receipt {
  first(answer: PublishAnswer): Also
  later(answer: PublishAnswer): Also
}

/** Nobody got it, since the definition that it would have started is suspended. */
type OnlySuspended = PublishAnswer & { readonly suspended?: string }

/** Throws `definitionSuspended` where a message found only what is suspended. */
export function refuseSuspended(answer: OnlySuspended | null): void {
  if (answer?.suspended !== undefined) throw definitionSuspended(answer.suspended)
}

export const NOBODY: PublishAnswer = { outcome: 'none', instanceIds: [] }
export const AMBIGUOUS: PublishAnswer = { outcome: 'ambiguous', instanceIds: [] }
/** Kept until the rest of what starts a process has come. */
export const KEPT: PublishAnswer = { outcome: 'buffered', instanceIds: [] }

/**
 * Gives a message to the one instance that waits for it, else starts the one process that it starts. What the receipt names lands
 * together with the effect. Null where that was refused (`lost`): someone else has delivered it.
 */
export async function deliverOne(host: MessageHost, message: Message, receipt: Receipt): Promise<OnlySuspended | null> {
  const sought = soughtOf(message)
  const gone = new Set<string>()
  for (let look = 1; look <= LOOKS_MAX; look++) {
    const receiver = await receiverOf(host, sought, gone)
    if (receiver === 'ambiguous') return AMBIGUOUS
    if (receiver === null) break
    const answer: PublishAnswer = { outcome: 'correlated', instanceIds: [instanceOf(receiver)] }
    const ran = await trigger(host, receiver, message, receipt.first(answer))
    if (ran.type === 'done') return answer
    if (ran.type === 'lost') return null
    gone.add(receiver.id)
  }
  if (message.start === 'never') return NOBODY
  const all = await startsOf(host, sought)
  const [start, other] = all.filter(({ body }) => body.isSuspended === undefined)
  if (start === undefined) return all.length === 0 ? NOBODY : { ...NOBODY, suspended: all[0]?.body.definitionId ?? '' }
  if (other !== undefined) return AMBIGUOUS
  const instanceId = host.newId()
  const answer: PublishAnswer = { outcome: 'started', instanceIds: [instanceId] }
  if (start.body.gathers !== undefined) {
    const answerOf = (isComplete: boolean): PublishAnswer => (isComplete ? answer : KEPT)
    const { ran, isComplete } = await gatherStart(host, start, instanceId, message, (all) => receipt.first(answerOf(all)))
    return ran.type === 'done' ? answerOf(isComplete) : ran.type === 'lost' ? null : NOBODY
  }
  const ran = await startBy(host, start, instanceId, message, receipt.first(answer))
  return ran.type === 'done' ? answer : ran.type === 'lost' ? null : NOBODY
}

/**
 * The one that waits: several instances are ambiguous. Of one instance's several waits it is the one with the lowest id, which in one
 * scope is the oldest: BPMN 2.0.2 §8.4.2 gives a message to one receiver at most. In the camunda family they are ambiguous too. One whose
 * conversation has the message's correlation key goes before one that would begin a conversation with it. Those in `gone` turned out not to
 * wait any more.
 */
export async function receiverOf(
  host: MessageHost,
  sought: Sought,
  gone: ReadonlySet<string>,
): Promise<SubscriptionRecord | 'ambiguous' | null> {
  let first: SubscriptionRecord | null = null
  let fresh: SubscriptionRecord | null = null
  let isOneFresh = true
  for await (const candidate of waiting(host, sought)) {
    if (gone.has(candidate.id)) continue
    if (isUnset(candidate)) {
      if (fresh !== null && (await isAnother(host, candidate, fresh))) isOneFresh = false
      if (fresh === null || isBefore(candidate.id, fresh.id)) fresh = candidate
      continue
    }
    if (first !== null && (await isAnother(host, candidate, first))) return 'ambiguous'
    if (first === null || isBefore(candidate.id, first.id)) first = candidate
  }
  if (first === null) return isOneFresh ? fresh : 'ambiguous'
  return first
}

/**
 * All that a message is for now, behind a subscription id: who waits, by its `target`, then what it starts, by its `start`. Of
 * several instances that fit a message for one, none: ask {@link receiverOf} first.
 */
export async function* receivers(host: MessageHost, message: Message, after = ''): AsyncGenerator<SubscriptionRecord> {
  const sought = soughtOf(message)
  let isAny = after !== ''
  if (message.target === 'all') {
    for await (const candidate of waiting(host, sought, after)) {
      isAny = true
      yield candidate
    }
  } else {
    const receiver = await receiverOf(host, sought, new Set())
    if (receiver !== null && receiver !== 'ambiguous') {
      isAny = true
      yield receiver
    }
  }
  if (message.start === 'always' || (message.start === 'ifNone' && !isAny)) yield* await startable(host, sought)
}

/** What is delivered to a subscription. */
export interface Delivery {
  readonly values: Values
  readonly actor: string | null
  /** A message's. */
  readonly key?: string | null
  readonly businessKey?: string | null
  readonly senderBusinessKey?: string
  readonly tenantId: string | null
}

/** Gives it to the token that waits. */
export async function trigger(
  host: MessageHost,
  to: SubscriptionRecord,
  { values, actor, key = null }: Delivery,
  also: Also,
): Promise<Ran> {
  const place = placeOfWait(to.id, to.body.elementId)
  if (place === null) return { type: 'absent' }
  const kind = to.kind === 'signal' ? 'signal' : 'message' // of a token's subscriptions there are no others
  const command = { type: 'triggerWait', ...place, for: to.body.elementId, kind, values, ...(key !== null && { key }) } as const
  return host.run(instanceOf(to), command, { actor, also })
}

/** Starts an instance at a start event; where that needs several events, when all have come. */
export async function startBy(host: MessageHost, at: StartPlace, instanceId: string, delivery: Delivery, also: Also): Promise<Ran> {
  if (at.body.gathers !== undefined) return (await gatherStart(host, at, instanceId, delivery, () => also)).ran
  return startAt(host, at, instanceId, delivery, also)
}

/** Takes one of the events that a start event needs; the last one starts the instance. */
export function gatherStart(
  host: MessageHost,
  at: StartPlace,
  instanceId: string,
  delivery: Delivery,
  also: (isComplete: boolean) => Also,
): Promise<Gathered> {
  return gather(host, at, delivery, also, (all, together) => startAt(host, at, instanceId, all, together))
}

async function startAt(host: MessageHost, at: StartPlace, instanceId: string, delivery: Delivery, also: Also): Promise<Ran> {
  const unique = await uniqueStart(host, at, instanceId, delivery.values)
  if (unique === null) return { type: 'rejected', code: 'notUnique' }
  const { definitionId, elementId } = at.body
  const { values, actor, key = null, senderBusinessKey = null } = delivery
  const businessKey = delivery.businessKey ?? senderBusinessKey
  const ran = await host.run(
    instanceId,
    {
      type: 'startProcess',
      instanceId,
      definitionId,
      businessKey,
      variables: values,
      actor,
      startEventId: elementId,
      ...(key !== null && { key }),
    },
    { actor, tenantId: delivery.tenantId ?? at.tenantId, also: unique === NOTHING ? also : together(also, unique) },
  )
  // Another may have begun the one instance of the key meanwhile.
  if (ran.type !== 'lost' || unique === NOTHING || (await uniqueStart(host, at, instanceId, values)) !== null) return ran
  return { type: 'rejected', code: 'notUnique' }
}

/** The instance that a running instance's subscription belongs to. */
export function instanceOf(subscription: SubscriptionRecord): string {
  return subscription.instanceId ?? ''
}

/** Camunda 7 and Flowable refuse what fits several executions, be they of one instance. */
async function isAnother(host: MessageHost, { body, instanceId }: SubscriptionRecord, first: SubscriptionRecord): Promise<boolean> {
  if (instanceId !== first.instanceId) return true
  const { dialect } = await host.definitionOf(body.definitionId)
  return dialect === 'camunda7' || dialect === 'flowable'
}

/** Token ids by their numbers: `A.2` before `A.10`. */
function isBefore(a: string, b: string): boolean {
  const left = a.split(/[.:]/)
  const right = b.split(/[.:]/)
  for (let i = 1; i < left.length && i < right.length; i++) {
    const difference = Number(left[i]) - Number(right[i])
    if (difference !== 0 && !Number.isNaN(difference)) return difference < 0
  }
  return a < b
}
