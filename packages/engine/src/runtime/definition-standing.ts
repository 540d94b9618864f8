import type { Expectation, Write } from '@leeway/storage'
import { commitAlone } from './also.ts'
import { AGAIN, contended } from './contended.ts'
import { forgetStale, loadDefinition } from './definition-cache.ts'
import type { Host } from './host.ts'
import { type DefinitionRecord, definitions, processKeyId, processKeys } from './records/definition.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { disarmed, startTimerAt } from './start-events.ts'

/** Whether instances begin by a version. One that is being deleted is besides put under no instance. */
export type Standing = 'active' | 'suspended' | 'deleting'

/** How a version stands. */
export function standingOf({ body: { suspended } }: DefinitionRecord): Standing {
  if (suspended === undefined) return 'active'
  return suspended.isDeleting ? 'deleting' : 'suspended'
}

/** The calls that stop a definition and let it begin again. */
export type StopCall = 'processes.suspend' | 'processes.resume'

/** Stops one version, or lets it begin again, and tells those who listen. */
export async function setSuspended(host: Host, call: StopCall, id: string, actor: string | null): Promise<void> {
  const isToStop = call === 'processes.suspend'
  const next = (before: Standing): Standing => (!isToStop ? 'active' : before === 'active' ? 'suspended' : before)
  const changed = await changeStanding(host, call, id, actor, next)
  if (changed === null || changed.before === next(changed.before) || !host.events.isHeard()) return
  const type = isToStop ? ('definitionSuspended' as const) : ('definitionResumed' as const)
  const { key: processKey, tenantId } = changed.record
  const who = { ...(tenantId !== null && { tenantId }), ...(actor !== null && { actor }) }
  host.events.tell({ type, instanceId: null, processKey, definitionId: id, at: host.now(), ...who })
}

/**
 * Puts one version into the next standing, with what starts it and the mark of the latest one, in one change set. Null where it is gone.
 */
export function changeStanding(
  host: Host,
  call: StopCall | 'processes.delete',
  id: string,
  actor: string | null,
  next: (before: Standing) => Standing,
): Promise<{ readonly before: Standing; readonly record: DefinitionRecord } | null> {
  return contended(`Definition ${id} was changed by others`, { definitionId: id }, async () => {
    const [stored] = await host.storage.get(definitions, [id])
    if (stored === undefined) return null
    const { record, revision } = stored
    const before = standingOf(record)
    const after = next(before)
    if (after === before) return { before, record }
    const expect: Expectation[] = [{ collection: definitions, id, revision }]
    const put: Write[] = [{ collection: definitions, record: inStanding(record, after, host.now(), actor) }]
    if (before === 'active' || after === 'active') await changeStarts(host, record, after !== 'active', expect, put)
    if (!(await commitAlone(host, call, actor, { expect, put, delete: [] }))) return AGAIN
    forgetStale(host.definitions, expect)
    host.wake()
    return { before, record }
  })
}

/** It stands still since it was stopped first, whatever it is stopped for. */
function inStanding(record: DefinitionRecord, standing: Standing, now: number, actor: string | null): DefinitionRecord {
  const { suspended = { at: now, actor }, ...body } = record.body
  if (standing === 'active') return { ...record, body }
  const { at, actor: by } = suspended
  return { ...record, body: { ...body, suspended: { at, actor: by, ...(standing === 'deleting' && { isDeleting: true as const }) } } }
}

/** Where it is the latest version, its key is marked and its start events stop, or begin again. */
async function changeStarts(
  host: Host,
  { id, key, tenantId }: DefinitionRecord,
  isToStop: boolean,
  expect: Expectation[],
  put: Write[],
): Promise<void> {
  const pointerId = processKeyId(key, tenantId)
  const [pointer] = await host.storage.get(processKeys, [pointerId])
  expect.push({ collection: processKeys, id: pointerId, revision: pointer?.revision ?? 0 })
  if (pointer?.record.body.latestId !== id) return
  const { isSuspended: _isSuspended, ...latest } = pointer.record.body
  put.push({ collection: processKeys, record: { id: pointerId, body: isToStop ? { ...latest, isSuspended: true } : latest } })
  await changeStartEvents(host, id, isToStop, expect, put)
}

/**
 * What its start events wait for: messages and signals pass it by, timers stand still. A cycle whose times passed meanwhile acts once, and
 * goes on by its grid.
 */
async function changeStartEvents(host: Host, id: string, isToStop: boolean, expect: Expectation[], put: Write[]): Promise<void> {
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
