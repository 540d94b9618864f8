import type { Expectation, Write } from '@leeway/storage'
import { forgetStale, loadDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { commitAlone } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { type DefinitionRecord, definitions, processKeyId, processKeys } from './records/definition.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { disarmed, startTimerAt } from './start-events.ts'

/** The calls that stop a definition and let it begin again. */
export type StopCall = 'processes.suspend' | 'processes.resume'

/** One version, with what starts it and the mark of the latest one, in one change set. */
export async function setSuspended(host: Host, call: StopCall, id: string, actor: string | null, isTold = true): Promise<void> {
  const isToStop = call === 'processes.suspend'
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [stored] = await host.storage.get(definitions, [id])
    if (stored === undefined || (stored.record.body.suspended !== undefined) === isToStop) return
    const { suspended: _suspended, ...body } = stored.record.body
    const record: DefinitionRecord = {
      ...stored.record,
      body: isToStop ? { ...body, suspended: { at: host.now(), actor } } : body,
    }
    const expect: Expectation[] = [{ collection: definitions, id, revision: stored.revision }]
    const put: Write[] = [{ collection: definitions, record }]
    const pointerId = processKeyId(record.key, record.tenantId)
    const [pointer] = await host.storage.get(processKeys, [pointerId])
    expect.push({ collection: processKeys, id: pointerId, revision: pointer?.revision ?? 0 })
    if (pointer?.record.body.latestId === id) {
      const { isSuspended: _isSuspended, ...latest } = pointer.record.body
      put.push({ collection: processKeys, record: { id: pointerId, body: isToStop ? { ...latest, isSuspended: true } : latest } })
      await changeStarts(host, id, isToStop, expect, put)
    }
    if (await commitAlone(messageHostOf(host), call, actor, { expect, put, delete: [] })) {
      forgetStale(host.definitions, expect)
      host.wake()
      if (isTold && host.events.isHeard()) {
        const type = isToStop ? ('definitionSuspended' as const) : ('definitionResumed' as const)
        const { key: processKey, tenantId } = record
        const who = { ...(tenantId !== null && { tenantId }), ...(actor !== null && { actor }) }
        host.events.tell({ type, instanceId: null, processKey, definitionId: id, at: host.now(), ...who })
      }
      return
    }
  }
  throw new EngineError('tooManyConflicts', `Definition ${id} was changed by others ${ATTEMPTS_MAX} times; try again`, { definitionId: id })
}

const ATTEMPTS_MAX = 20

/** What its start events wait for: messages and signals pass it by, timers stand still. A cycle whose times passed meanwhile acts once, and goes on by its grid. */
async function changeStarts(host: Host, id: string, isToStop: boolean, expect: Expectation[], put: Write[]): Promise<void> {
  const { definition } = await loadDefinition(host.definitions, id)
  const keys = disarmed(id, definition)
  const idsOf = (name: string): string[] => keys.filter(({ collection }) => collection.name === name).map((key) => key.id)
  const [subscribed, timers] = await Promise.all([
    host.storage.get(subscriptions, idsOf(subscriptions.name)),
    host.storage.get(jobs, idsOf(jobs.name)),
  ])
  for (const { record, revision } of subscribed) {
    const { isSuspended: _isSuspended, ...body } = record.body
    const changed: SubscriptionRecord = { ...record, body: isToStop ? { ...body, isSuspended: true } : body }
    expect.push({ collection: subscriptions, id: record.id, revision })
    put.push({ collection: subscriptions, record: changed })
  }
  for (const { record, revision, fence } of timers) {
    const changed = isToStop ? parked(record) : unparked(record, host.now())
    if (changed === null) continue
    expect.push({ collection: jobs, id: record.id, revision, fence })
    put.push({ collection: jobs, record: changed })
  }
}

/** What starts a definition that is suspended. */
export function asSuspended({ collection, record }: Write): Write {
  if (collection.name === jobs.name) return { collection, record: parked(record as JobRecord) ?? record }
  const subscription = record as SubscriptionRecord // of start events there are no others
  return { collection, record: { ...subscription, body: { ...subscription.body, isSuspended: true } } as SubscriptionRecord }
}

function parked(job: JobRecord): JobRecord | null {
  return job.dueAt === null ? null : { ...job, dueAt: null, body: { ...job.body, wasDueAt: job.dueAt } }
}

function unparked(job: JobRecord, now: number): JobRecord | null {
  const { wasDueAt, ...body } = job.body
  if (wasDueAt === undefined) return null
  const back = { ...job, dueAt: wasDueAt, body }
  return wasDueAt < now ? startTimerAt(back, { dueAt: now }) : back
}
