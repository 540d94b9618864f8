import type { Stored } from '@leeway/storage'
import type { Values } from '../model/value.ts'
import { type Also, commitAlone } from './also.ts'
import { afterSubscriptionsOpened, buffer, look, lookJob } from './buffered-messages.ts'
import { deliverOne, type Receipt, receiverOf, receivers, refuseSuspended } from './deliver-one.ts'
import { EngineError } from './errors.ts'
import { isPlural, messageOfData, soughtOf } from './message.ts'
import type { MessageHost } from './message-host.ts'
import { subscriptionOfLook } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { messages, subscriptions } from './records/message.ts'
import { catchersOf } from './signals.ts'
import { deliverTo, type Spread, spread } from './spread.ts'
import { type ConditionsQuestion, startedBy } from './start-conditions.ts'
import { fireStartTimer } from './start-events.ts'

/** A job in hand: as it was claimed, or as it was just written. */
export type HeldJob = Pick<Stored<JobRecord>, 'record' | 'revision' | 'fence'>

/** Kinds that {@link deliver} executes. */
export const DELIVERY_KINDS = ['message', 'signal', 'condition', 'look', 'startTimer'] as const

/**
 * Executes a delivery. Its job is deleted in the very change set that has the effect, under the fence it was claimed with: cut off
 * at any point it is delivered once. Nobody waiting is no error. Throws what a storage or a receiver throws, and `tooManyWaiting`
 * for a message to one that fits several: then the job is tried again by the worker's rules.
 */
export async function deliver(host: MessageHost, job: HeldJob): Promise<void> {
  const { kind, body } = job.record
  const data = body.data ?? {}
  if (kind === 'startTimer') return fireStartTimer(host, job)
  if (kind === 'look')
    return typeof data.message === 'string' ? lookAgain(host, job, data.message, Number(data.looks ?? 0)) : lookFor(host, job)
  if (typeof data.to === 'string') return deliverTo(host, job)
  if (kind === 'message') return deliverMessage(host, job, data)
  if (kind === 'condition') return spreadCondition(host, job, data)
  await spreadSignal(host, job, data)
}

async function deliverMessage(host: MessageHost, job: HeldJob, data: Values): Promise<void> {
  const message = messageOfData(data, job.record.tenantId)
  const receipt = receiptOf(job)
  if (typeof data.expiresAt === 'number') {
    await buffer(host, message, data.expiresAt, receipt)
    return
  }
  const after = typeof data.after === 'string' ? data.after : ''
  if (isPlural(message)) {
    const isBegun = after !== ''
    if (message.target === 'one' && !isBegun && (await receiverOf(host, soughtOf(message), new Set())) === 'ambiguous')
      return refuseAmbiguous(job)
    await spread(host, { kind: 'message', source: job, delivery: message, receivers: receivers(host, message, after), receipt: NO_RECEIPT })
    return
  }
  const answer = await deliverOne(host, message, receipt)
  refuseSuspended(answer)
  if (answer?.outcome === 'none') await commitAlone(host, 'message', message.actor, over(job))
  if (answer?.outcome === 'ambiguous') refuseAmbiguous(job)
}

async function spreadSignal(host: MessageHost, job: HeldJob, data: Values): Promise<void> {
  const { tenantId } = job.record
  const { name, values, except, instanceId, actor, after } = data
  const signal = {
    name: String(name),
    values: (values ?? {}) as Values, // written by us
    instanceId: typeof instanceId === 'string' ? instanceId : null,
    tenantId,
    actor: typeof actor === 'string' ? actor : null,
    except: Array.isArray(except) ? except.map(String) : [],
  }
  const catchers = catchersOf(host, signal, typeof after === 'string' ? after : '')
  await unlessMoved(host, job, { kind: 'signal', source: job, delivery: signal, receivers: catchers, receipt: NO_RECEIPT })
}

async function spreadCondition(host: MessageHost, job: HeldJob, data: Values): Promise<void> {
  const { after, ...question } = data
  const asked = question as unknown as ConditionsQuestion // written by start-conditions.ts
  const starts = startedBy(host, asked, typeof after === 'string' ? after : '')
  await unlessMoved(host, job, { kind: 'condition', source: job, delivery: asked, receivers: starts, receipt: NO_RECEIPT })
}

/** A fault behind a page that is written is not the job's: the job stands at the next page already and can be claimed. */
async function unlessMoved(host: MessageHost, job: HeldJob, task: Spread): Promise<void> {
  try {
    await spread(host, task)
  } catch (error) {
    const [now] = await host.storage.get(jobs, [job.record.id])
    if (now?.revision === job.revision) throw error
    host.warn('A broadcast was cut off and goes on later', { jobId: job.record.id, error: String(error) })
    host.wake()
  }
}

/** A kept message looks by itself, less and less often, and goes when its time is over. */
async function lookAgain(host: MessageHost, job: HeldJob, messageId: string, looks: number): Promise<void> {
  const [stored] = await host.storage.get(messages, [messageId])
  const found = stored === undefined ? 'gone' : await look(host, stored)
  if (stored === undefined) await commitAlone(host, 'look', null, over(job))
  if (found === 'gone' || (found.outcome !== 'none' && found.outcome !== 'ambiguous') || stored === undefined) return
  const next: Also = { ...over(job), delete: [], put: [{ collection: jobs, record: lookJob(host, stored.record, looks + 1) }] }
  await commitAlone(host, 'look', null, next)
}

/** A subscription looks for a kept message. Its id is the job's, without `:look`. */
async function lookFor(host: MessageHost, job: HeldJob): Promise<void> {
  const [stored] = await host.storage.get(subscriptions, [subscriptionOfLook(job.record.id)])
  if (stored !== undefined) await afterSubscriptionsOpened(host, [stored.record])
  await commitAlone(host, 'look', null, over(job))
}

const NO_RECEIPT: Receipt = { first: () => ({ expect: [], put: [], delete: [] }), later: () => ({ expect: [], put: [], delete: [] }) }

/** The job ends with the first change set of its effect. */
function receiptOf(job: HeldJob): Receipt {
  return { first: () => over(job), later: NO_RECEIPT.later }
}

function over({ record: { id }, revision, fence }: HeldJob): Also {
  return { expect: [{ collection: jobs, id, revision, fence }], put: [], delete: [{ collection: jobs, id }] }
}

function refuseAmbiguous({ record }: HeldJob): never {
  const name = String(record.body.data?.name)
  throw new EngineError('tooManyWaiting', `Several instances wait for message "${name}", which is for one. Give it a correlation key.`, {
    name,
    jobId: record.id,
    instanceId: record.instanceId,
  })
}
