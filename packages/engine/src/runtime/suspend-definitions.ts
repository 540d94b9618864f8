import type { Expectation, Write } from '@leeway/storage'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen, tenantOf } from './api-context.ts'
import { checkBoolean, checkMembers, checkOptions, checkText, checkWhole, membersOf, needText, refuseArgument } from './arguments.ts'
import { bulk } from './batches.ts'
import { forgetStale, loadDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { onceByKey } from './idempotent.ts'
import { commitAlone, NOTHING } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { type DefinitionRecord, definitions, processKeyId, processKeys } from './records/definition.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { disarmed, startTimerAt } from './start-events.ts'

/** Which versions are meant: all of a key that are deployed now, one by its id, or by key and number. */
export type ProcessVersions = string | { readonly id: string } | { readonly key: string; readonly version?: number }

/** How definitions are suspended, or resumed. */
export interface SuspendDefinitionOptions extends CallOptions {
  /** True: their running instances too, as a batch a version. Default: these go on. */
  readonly instances?: boolean
  /** Why, for the histories of the instances. */
  readonly reason?: string
}

/** Which versions were suspended or resumed, and the batches that do it to their instances. */
export interface SuspendedDefinitions {
  readonly definitionIds: readonly string[]
  readonly batchIds: readonly string[]
}

/** Nothing new begins by these versions, in no way. Suspended ones stay as they are. Throws `unknownDefinition`, `notAuthorized`. */
export function suspendDefinitions(
  api: Api,
  versions: ProcessVersions,
  options: SuspendDefinitionOptions = {},
): Promise<SuspendedDefinitions> {
  return change(api, 'processes.suspend', versions, options)
}

/** Instances begin by these versions again. Throws `unknownDefinition`, `notAuthorized`. */
export function resumeDefinitions(
  api: Api,
  versions: ProcessVersions,
  options: SuspendDefinitionOptions = {},
): Promise<SuspendedDefinitions> {
  return change(api, 'processes.resume', versions, options)
}

type Call = 'processes.suspend' | 'processes.resume'

async function change(api: Api, call: Call, versions: ProcessVersions, options: SuspendDefinitionOptions): Promise<SuspendedDefinitions> {
  checkVersions(call, versions)
  checkOptions(call, options, OPTIONS)
  checkBoolean(call, 'instances', options.instances)
  checkText(call, 'reason', options.reason)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const { host } = api
  const meant = await versionsOf(api, versions, tenantOf(api, options))
  const args = { versions: typeof versions === 'string' ? versions : { ...versions }, instances: options.instances === true }
  await onceByKey(api, call, options, args, async (once) => {
    for (const { id } of meant) await changeOne(host, call, id, actor)
    const end = once.also(true)
    return end === NOTHING || (await commitAlone(messageHostOf(host), call, actor, end)) ? true : null
  })
  const definitionIds = meant.map(({ id }) => id)
  const batchIds: string[] = []
  if (options.instances === true) {
    const operation = call === 'processes.suspend' ? 'instances.suspend' : 'instances.resume'
    const { idempotencyKey: key, reason, instances: _instances, ...who } = options
    for (const id of definitionIds) {
      const own = { ...who, ...(key !== undefined && { idempotencyKey: `${key}/${id}`.slice(-KEY_MAX) }) }
      const given = reason === undefined || call === 'processes.resume' ? {} : { reason }
      const answer = await bulk(forTenant(api, options), operation, { query: { definitionId: id } }, given, own)
      if ('batchId' in answer) batchIds.push(answer.batchId)
    }
  }
  return { definitionIds, batchIds }
}

const OPTIONS = membersOf('instances', 'reason')
const VERSIONS: ReadonlySet<string> = new Set(['id', 'key', 'version'])
const KEY_MAX = 256

/** Throws `invalidArgument` for what names no versions of a process. */
export function checkVersions(call: string, versions: unknown): void {
  if (typeof versions === 'string') return needText(call, 'process', versions)
  if (typeof versions !== 'object' || versions === null || !('id' in versions || 'key' in versions))
    refuseArgument(call, 'process', versions, 'the key of a process, { id } of a definition, or { key, version }')
  checkMembers(call, 'process', versions, VERSIONS)
  const { id, key, version } = versions as { readonly [name: string]: unknown }
  if (id === undefined) needText(call, 'process.key', key)
  else needText(call, 'process.id', id)
  checkWhole(call, 'process.version', version, 1)
}

/** The versions that are meant, of one tenant or of none. Who is bound to a tenant changes nothing that others share. Throws `unknownDefinition`, `notAuthorized`. */
export async function versionsOf(api: Api, versions: ProcessVersions, tenantId: string | null): Promise<readonly DefinitionRecord[]> {
  const { storage } = api.host
  const found: DefinitionRecord[] = []
  if (typeof versions === 'object' && 'id' in versions) {
    for (const { record } of await storage.get(definitions, [versions.id])) if (isSeen(api, record.tenantId)) found.push(record)
  } else {
    const { key, version = null } = typeof versions === 'string' ? { key: versions } : versions
    const where = { key: { eq: key }, ...(version !== null && { version: { eq: version } }) }
    const orderBy = [{ field: 'version' as const, descending: true }]
    for (let after: DefinitionRecord | undefined; ; ) {
      const from = after === undefined ? {} : { after: { values: [after.version], id: after.id } }
      const page = await storage.find(definitions, { where, orderBy, limit: PAGE, ...from })
      for (const { record } of page) if (record.tenantId === tenantId) found.push(record)
      after = page.at(-1)?.record
      if (page.length < PAGE || after === undefined) break
    }
  }
  const [first] = found
  if (first === undefined)
    throw new EngineError('unknownDefinition', `No such version of a process is deployed: ${JSON.stringify(versions)}`, {
      process: versions,
    })
  if (api.bound.isTenantBound && first.tenantId !== api.bound.tenantId)
    throw new EngineError('notAuthorized', `Definition ${first.id} is shared by all tenants; one of them does not change it`, {
      definitionId: first.id,
    })
  return found
}

const PAGE = 500

/** One version, with what starts it and the mark of the latest one, in one change set. */
async function changeOne(host: Host, call: Call, id: string, actor: string | null): Promise<void> {
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
      if (host.events.isHeard()) {
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

function parked(job: JobRecord): JobRecord | null {
  return job.dueAt === null ? null : { ...job, dueAt: null, body: { ...job.body, wasDueAt: job.dueAt } }
}

function unparked(job: JobRecord, now: number): JobRecord | null {
  const { wasDueAt, ...body } = job.body
  if (wasDueAt === undefined) return null
  const back = { ...job, dueAt: wasDueAt, body }
  return wasDueAt < now ? startTimerAt(back, { dueAt: now }) : back
}
