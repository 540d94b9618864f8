import type { Stored, Write } from '@leeway/storage'
import type { Values } from '../model/value.ts'
import { type Also, commitAlone, NOTHING, together } from './also.ts'
import { createBreather } from './breather.ts'
import { type Delivery, gatherStart, instanceOf, KEPT, NOBODY, type PublishAnswer, type Receipt, startBy, trigger } from './deliver-one.ts'
import type { MessageHost, Ran } from './message-host.ts'
import { type JobRecord, jobs } from './records/job.ts'
import type { SubscriptionRecord } from './records/message.ts'

/** Most deliveries that are written in one change set. */
export const SPREAD_PAGE = 100

/** What goes to many. */
export interface Spread {
  readonly kind: 'message' | 'signal' | 'condition'
  /**
   * The job that it comes from: gone on from where it stood, deleted with the last page. `revision` 0: not stored yet, and only
   * stored where one page does not hold all.
   */
  readonly source: Pick<Stored<JobRecord>, 'record' | 'revision' | 'fence'>
  readonly delivery: Delivery
  readonly receivers: AsyncIterable<SubscriptionRecord>
  readonly receipt: Receipt
}

/**
 * Delivers to each receiver by a job of its own, so that one that fails does not hinder the others, and each gets it once: the
 * change set that writes a page of deliveries moves the source on, the one that has the effect deletes the delivery. Who is a
 * receiver is read page by page at the beginning. Null where another node does it already.
 */
export async function spread(host: MessageHost, { kind, source, delivery, receivers, receipt }: Spread): Promise<PublishAnswer | null> {
  let { record, revision } = source
  const instanceIds: string[] = []
  let outcome: PublishAnswer['outcome'] = 'none'
  let pages = 0
  const breathe = createBreather()
  for await (const { page, isLast } of paged(receivers)) {
    await breathe()
    if (page.some((to) => to.instanceId !== null)) outcome = 'correlated'
    else if (page.length > 0 && outcome === 'none') outcome = 'started'
    const deliveries = page.map((to) => deliveryJob(host, kind, to, delivery))
    deliveries.forEach((job, k) => {
      // deliveryJob gives each one; one that may have to wait for other events is none yet.
      if (page[k]?.body.gathers === undefined) instanceIds.push(job.instanceId as string)
    })
    const answer: PublishAnswer = { outcome, instanceIds: [...new Set(instanceIds)] }
    const seal = pages++ === 0 ? receipt.first : receipt.later
    if (isLast && revision === 0 && page.length <= 1) {
      const [to] = page
      const [job] = deliveries
      if (to === undefined || job === undefined) return answer
      if (to.body.gathers !== undefined) return gatherOne(host, to, job.instanceId as string, delivery, seal)
      const ran = await handOver(host, to, job.instanceId as string, delivery, seal(answer))
      return ran.type === 'lost' ? null : ran.type === 'done' ? answer : { outcome: 'none', instanceIds: [] }
    }
    record = { ...record, body: { ...record.body, data: { ...record.body.data, after: page.at(-1)?.id ?? '' } } }
    const moved = movedOn(record, revision, source.fence, isLast)
    const put: Write[] = deliveries.map((job) => ({ collection: jobs, record: job }))
    if (!(await commitAlone(host, kind, delivery.actor, together(moved, seal(answer), { ...NOTHING, put })))) return null
    revision++
    await Promise.all(deliveries.map((job) => deliverNow(host, job)))
  }
  return { outcome, instanceIds: [...new Set(instanceIds)] }
}

/** The start event that it comes to needs several events: an instance begins where this is the last of them. */
async function gatherOne(
  host: MessageHost,
  to: SubscriptionRecord,
  instanceId: string,
  delivery: Delivery,
  seal: Receipt['first'],
): Promise<PublishAnswer | null> {
  const answerOf = (isComplete: boolean): PublishAnswer => (isComplete ? { outcome: 'started', instanceIds: [instanceId] } : KEPT)
  const { ran, isComplete } = await gatherStart(host, to, instanceId, delivery, (all) => seal(answerOf(all)))
  return ran.type === 'lost' ? null : ran.type === 'done' ? answerOf(isComplete) : NOBODY
}

/** Executes a delivery to one subscription. A receiver that no longer waits is no error: the delivery is over. */
export async function deliverTo(host: MessageHost, stored: Pick<Stored<JobRecord>, 'record' | 'revision' | 'fence'>): Promise<void> {
  const { id, body, instanceId, tenantId } = stored.record
  const data = body.data as unknown as DeliveryData // written by deliveryJob
  const to: SubscriptionRecord = {
    id: data.to,
    kind: data.kind,
    name: '',
    key: null,
    instanceId: data.start ? null : instanceId,
    businessKey: null,
    tenantId,
    body: {
      processKey: body.processKey ?? '',
      definitionId: body.definitionId ?? '',
      elementId: body.elementId ?? '',
      ...data.gathering,
    },
  }
  const over: Also = {
    expect: [{ collection: jobs, id, revision: stored.revision, fence: stored.fence }],
    put: [],
    delete: [{ collection: jobs, id }],
  }
  const ran = await handOver(host, to, instanceId ?? '', { ...data, tenantId }, over)
  if (ran.type === 'rejected' || ran.type === 'absent') await commitAlone(host, data.kind, data.actor, over)
}

interface DeliveryData {
  readonly to: string
  readonly kind: 'message' | 'signal' | 'condition'
  readonly start: boolean
  readonly values: Values
  readonly actor: string | null
  readonly key: string | null
  readonly businessKey: string | null
  /** Of a start event that needs several events. */
  readonly gathering?: { readonly gathers: number; readonly definition: number }
}

function deliveryJob(host: MessageHost, kind: Spread['kind'], to: SubscriptionRecord, delivery: Delivery): JobRecord {
  const { values, actor, key = null, businessKey = null } = delivery
  const start = to.instanceId === null
  const { gathers, definition = 0, ...body } = to.body
  const gathering = gathers === undefined ? {} : { gathering: { gathers, definition } }
  return {
    id: host.newId(),
    dueAt: host.now(),
    priority: 0,
    kind,
    type: `$${kind}`,
    instanceId: start ? host.newId() : to.instanceId,
    tenantId: delivery.tenantId ?? to.tenantId,
    body: { ...body, data: { to: to.id, kind, start, values, actor, key, businessKey, ...gathering } satisfies DeliveryData & Values },
  }
}

function handOver(host: MessageHost, to: SubscriptionRecord, instanceId: string, delivery: Delivery, also: Also): Promise<Ran> {
  return to.instanceId === null
    ? startBy(host, to, instanceId, delivery, also)
    : trigger(host, { ...to, instanceId: instanceOf(to) }, delivery, also)
}

async function deliverNow(host: MessageHost, job: JobRecord): Promise<void> {
  try {
    await deliverTo(host, { record: job, revision: 1, fence: 0 })
  } catch (error) {
    host.warn('A delivery failed and will be tried again', { jobId: job.id, instanceId: job.instanceId, error: String(error) })
    host.wake()
  }
}

function movedOn(record: JobRecord, revision: number, fence: number, isLast: boolean): Also {
  const { id } = record
  return {
    expect: [{ collection: jobs, id, revision, ...(revision === 0 ? {} : { fence }) }],
    put: isLast ? [] : [{ collection: jobs, record }],
    delete: isLast && revision > 0 ? [{ collection: jobs, id }] : [],
  }
}

/** Pages of receivers, the last one marked; one empty page where there are none. */
async function* paged(
  receivers: AsyncIterable<SubscriptionRecord>,
): AsyncGenerator<{ page: readonly SubscriptionRecord[]; isLast: boolean }> {
  let page: SubscriptionRecord[] = []
  for await (const receiver of receivers) {
    if (page.length === SPREAD_PAGE) {
      yield { page, isLast: false }
      page = []
    }
    page.push(receiver)
  }
  yield { page, isLast: true }
}
