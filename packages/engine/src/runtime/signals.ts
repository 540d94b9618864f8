import type { Value, Values } from '../model/value.ts'
import { commitAlone, NOTHING, together } from './also.ts'
import type { Receipt } from './deliver-one.ts'
import { withIdempotency } from './idempotency.ts'
import type { MessageHost } from './message-host.ts'
import { type JobRecord, jobs } from './records/job.ts'
import type { SubscriptionRecord } from './records/message.ts'
import { spread } from './spread.ts'
import { type Sought, startable, waiting } from './subscriptions.ts'

/** What `engine.signals.broadcast` is given, its variables already checked. */
export interface SignalRequest {
  readonly name: string
  readonly variables?: Values
  /** Only that instance's catchers; no start events. Default: all of the tenant. */
  readonly instanceId?: string
  /** With an `instanceId` default: that instance's; else: none. */
  readonly tenantId?: string | null
  readonly actor?: string | null
  readonly idempotencyKey?: string
}

/** Whom a signal went to: instances that caught it, and those that it started. `pending`: written down inside a host's transaction. */
export interface SignalAnswer {
  readonly outcome: 'delivered' | 'none' | 'pending'
  readonly instanceIds: readonly string[]
}

/** A signal on its way. `except`: subscriptions that its own thrower opened after it. */
export interface Signal {
  readonly name: string
  readonly values: Values
  readonly instanceId: string | null
  readonly tenantId: string | null
  readonly actor: string | null
  readonly except: readonly string[]
}

/**
 * Gives a signal to all that catch it now, and to the start events of latest versions within the tenant. It is not kept for
 * those that come later. Each instance gets it in its own change set: one that fails hinders neither the others nor the
 * thrower. BPMN 2.0.2 §10.5.1.
 */
export async function broadcast(host: MessageHost, request: SignalRequest): Promise<SignalAnswer> {
  const signal: Signal = {
    name: request.name,
    values: request.variables ?? {},
    instanceId: request.instanceId ?? null,
    tenantId: request.tenantId ?? null,
    actor: request.actor ?? null,
    except: [],
  }
  const { idempotencyKey: key = null, actor: _actor, ...args } = request
  const call = { operation: 'signals.broadcast', key, tenantId: signal.tenantId, args }
  return withIdempotency<SignalAnswer & Value>(host, call, async (once) => {
    const also = (answer: { readonly instanceIds: readonly string[] }): SignalAnswer & Value => signalAnswer(answer.instanceIds)
    const receipt: Receipt = { first: (answer) => once.also(also(answer)), later: (answer) => once.instead(also(answer)) }
    const record = signalJob(host, signal)
    if (host.joined) {
      const pending = { outcome: 'pending', instanceIds: [] } as const
      const put = [{ collection: jobs, record }]
      const isWritten = await commitAlone(host, 'signals.broadcast', signal.actor, together(once.also(pending), { ...NOTHING, put }))
      host.wake()
      return isWritten ? pending : null
    }
    const receivers = catchersOf(host, signal)
    const source = { record, revision: 0, fence: 0 }
    const answer = await spread(host, { kind: 'signal', source, delivery: signal, receivers, receipt })
    return answer === null ? null : signalAnswer(answer.instanceIds)
  })
}

/** Who catches a signal: waiting tokens behind a subscription id, then start events. */
export async function* catchersOf(host: MessageHost, signal: Signal, after = ''): AsyncGenerator<SubscriptionRecord> {
  const { name, instanceId, tenantId } = signal
  const sought: Sought = {
    kind: 'signal',
    name,
    tenantId: tenantId ?? (instanceId === null ? null : undefined),
    key: null,
    businessKey: null,
    match: null,
    instanceId,
    elementId: null,
  }
  for await (const catcher of waiting(host, sought, after))
    if (!signal.except.includes(catcher.id) && (instanceId !== null || !(await isLocal(host, catcher)))) yield catcher
  if (instanceId === null) yield* await startable(host, sought)
}

/** True for a catcher of a signal that is heard within its instance only: who names the instance reaches it. */
async function isLocal(host: MessageHost, { name, body }: SubscriptionRecord): Promise<boolean> {
  const { nodes } = await host.definitionOf(body.definitionId)
  const event = nodes.get(body.elementId)
  if (event === undefined || !('eventDefinitions' in event)) return false
  const caught = event.eventDefinitions.flatMap((one) => (one.type === 'signal' && one.signal !== null ? [one.signal] : []))
  const [first] = caught.length === 1 ? caught : caught.filter((signal) => signal.name.source === name)
  return first?.isLocal === true
}

function signalJob(host: MessageHost, signal: Signal): JobRecord {
  const { tenantId } = signal
  return {
    id: host.newId(),
    dueAt: host.now(),
    priority: 0,
    kind: 'signal',
    type: '$signal',
    instanceId: null,
    tenantId,
    body: { data: { ...signal } },
  }
}

function signalAnswer(instanceIds: readonly string[]): SignalAnswer & Value {
  return { outcome: instanceIds.length === 0 ? 'none' : 'delivered', instanceIds }
}
