import type { Stored } from '@leeway/storage'
import { commitAlone } from './also.ts'
import { type Breather, createBreather } from './breather.ts'
import { purgeMessages } from './buffered-messages.ts'
import { PURGED_TOGETHER, purgeHistory, purgeInstances, purgeRows } from './delete-instances.ts'
import { everyPage } from './every-record.ts'
import { type ByProcess, planOf, type RetentionPlan } from './history-options.ts'
import type { Host } from './host.ts'
import { purgeIdempotency } from './idempotency.ts'
import { TIMER_MAX_MS } from './invoke.ts'
import { messageOf } from './job.ts'
import { purgeMessageIds } from './messages.ts'
import { definitions } from './records/definition.ts'
import { commands } from './records/history.ts'
import { instances } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { searchableAnew } from './searchable.ts'

/** What a clean-up deleted, by kind. */
export interface CleanedUp {
  /** Ended instances, with their history. */
  readonly instances: number
  /** Ended instances of which only history or rows for reports went. */
  readonly trimmed: number
  /** Messages that nobody came for in their time. */
  readonly messages: number
  /** Ids of messages and keys of calls that are not remembered any longer. */
  readonly keys: number
  /** Traces of commands that belong to no instance. */
  readonly commands: number
  /** What extensions deleted of what they keep, by their names, such as cases; absent where none cleans up. */
  readonly extended?: Readonly<Record<string, number>>
}

/** How many records one step looks at or deletes, so that nothing else waits long for it. */
const PAGE = 200
/** How many instances are looked after at the same time: a server's answers are not waited for one after the other, and others get theirs. */
const AT_ONCE = 8
/** Instances are deleted in groups, of which so many are under way at the same time. */
const GROUPS_AT_ONCE = 2

/** Deletes what is kept no longer; then the extensions do. Each may be done by several nodes at the same time. */
export async function cleanUp(host: Host, isStopped: () => boolean = () => false): Promise<CleanedUp> {
  const counts = await cleanOwn(host, isStopped)
  const breathe = createBreather()
  const extended = await host.extensions.cleanUp(async () => {
    await breathe()
    return !isStopped()
  })
  return extended === null ? counts : { ...counts, extended }
}

/**
 * Deletes what is kept no longer, a page at a time. Instances are looked through in the order of their ids, which needs no index that every
 * ending instance would have to be written into. Spared are instances that carry an extension, which keeps them, and those that an instance
 * called that is itself still kept.
 */
async function cleanOwn(host: Host, isStopped: () => boolean): Promise<CleanedUp> {
  const breathe = createBreather()
  const all = (purge: () => Promise<number>): Promise<number> => pageByPage(purge, breathe, isStopped)
  const messages = await all(() => purgeMessages(host, PAGE))
  const ids = await all(() => purgeMessageIds(host, PAGE))
  const keys = await all(() => purgeIdempotency(host, PAGE))
  const counts = { messages, keys: ids + keys, instances: 0, trimmed: 0, commands: 0 }
  const { retention } = host.settings
  const { ended } = retention.rest
  if (ended !== null) counts.commands = await all(() => host.storage.purge(commands, { at: { lt: host.now() - ended } }, PAGE))
  if (isForEver(retention) && host.settings.searchable.length === 0) return counts
  const models: TimesToLive = new Map()
  for await (const page of everyPage(host.storage, instances, {}, { size: PAGE })) {
    if (isStopped()) break
    for (const some of await workOn(host, page, models, counts)) {
      await breathe()
      await allDone(some.map((one) => one()))
    }
  }
  return counts
}

/** What is to be done to the instances of a page, in parts that may be done at the same time; `counts` is told what came of it. */
async function workOn(
  host: Host,
  page: readonly Stored<InstanceRecord>[],
  models: TimesToLive,
  counts: { instances: number; trimmed: number },
): Promise<readonly (readonly (() => Promise<void>)[])[]> {
  const over = await expired(host, page, models)
  const purge = async (ended: readonly Stored<InstanceRecord>[], keeps: boolean): Promise<void> => {
    const purged = await purgeInstances(host, ended, keeps)
    counts.instances += purged
  }
  const clean = async (stored: Stored<InstanceRecord>): Promise<void> => {
    if (await trim(host, stored)) counts.trimmed++
    else if (host.settings.searchable.length > 0) await makeFound(host, stored)
  }
  const groups = [true, false].flatMap((keeps) => {
    const ended = over.filter(({ record }) => keepsRows(host, record) === keeps)
    return inParts(ended, PURGED_TOGETHER).map((group) => () => purge(group, keeps))
  })
  const gone = new Set(over)
  const rest = page.filter((stored) => !gone.has(stored)).map((stored) => () => clean(stored))
  return [...inParts(groups, GROUPS_AT_ONCE), ...inParts(rest, AT_ONCE)]
}

function inParts<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

/** Throws the first failure once nothing of it is under way any more. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason
}

function isForEver({ rest, named }: ByProcess<RetentionPlan>): boolean {
  return [rest, ...(named?.values() ?? [])].every((plan) =>
    [plan.ended, plan.history ?? null, plan.rows ?? null].every((ms) => ms === null),
  )
}

/** Its rows for reports stay for ever. */
function keepsRows({ settings }: Host, { processKey }: InstanceRecord): boolean {
  return planOf(settings.retention, processKey).rows === null
}

/**
 * Takes away what goes before the instance does, also where that is spared. False where there was nothing to take, or another changed the
 * instance meanwhile.
 */
async function trim(host: Host, { record, revision }: Stored<InstanceRecord>): Promise<boolean> {
  const { id, processKey, endedAt, body } = record
  if (endedAt === null || record.extensions.length > 0) return false
  const plan = planOf(host.settings.retention, processKey)
  const isOver = (ms: number | null | undefined): boolean => typeof ms === 'number' && endedAt < host.now() - ms
  const due = (['history', 'rows'] as const).filter((part) => isOver(plan[part]) && body.cleaned?.includes(part) !== true)
  if (due.length === 0) return false
  if (due.includes('history')) await purgeHistory(host, [id])
  if (due.includes('rows')) await purgeRows(host, [id])
  const { rounds: _, ...rest } = body
  const left = due.includes('history') ? rest : body
  const changed = { ...record, body: { ...left, cleaned: [...(body.cleaned ?? []), ...due] } }
  const own = { expect: [{ collection: instances, id, revision }], put: [{ collection: instances, record: changed }], delete: [] }
  return commitAlone(host, 'cleanUp', null, own)
}

/** One that began before a variable was declared as searchable, or on a node that does not declare it, is found by it from now on. */
async function makeFound(host: Host, { record, revision }: Stored<InstanceRecord>): Promise<void> {
  const searchable = searchableAnew(record, host.settings.searchable)
  if (searchable === null) return
  const { id } = record
  const put = [{ collection: instances, record: { ...record, searchable } }]
  await commitAlone(host, 'cleanUp', null, { expect: [{ collection: instances, id, revision }], put, delete: [] })
}

/** Cleans up again and again while the node runs, beginning at a moment of its own, so that nodes do not do it together. */
export interface Janitor {
  start(): void
  /** Waits for the step that is under way. */
  stop(): Promise<void>
}

export function createJanitor(host: Host): Janitor {
  let timer: ReturnType<typeof setTimeout> | null = null
  let working: Promise<void> | null = null
  let isStopped = false
  const sleep = (ms: number): void => {
    const first = Math.min(ms, TIMER_MAX_MS)
    timer = setTimeout(() => {
      if (ms > first) sleep(ms - first)
      else working = work()
    }, first)
    timer.unref?.() // a browser's timer is a number
  }
  const work = async (): Promise<void> => {
    try {
      await cleanUp(host, () => isStopped)
    } catch (error) {
      if (!isStopped) host.settings.logger.warn('What is kept no longer could not be cleaned up; trying again', { error: messageOf(error) })
    }
    if (!isStopped) sleep(host.settings.cleanUpMs)
  }
  return {
    start() {
      const { cleanUpMs } = host.settings
      if (timer === null && !isStopped && cleanUpMs !== Number.POSITIVE_INFINITY) sleep(cleanUpMs * Math.random())
    },
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await working
    },
  }
}

async function pageByPage(purge: () => Promise<number>, breathe: Breather, isStopped: () => boolean): Promise<number> {
  let count = 0
  for (let purged = PAGE; purged === PAGE && !isStopped(); ) {
    await breathe()
    purged = await purge()
    count += purged
  }
  return count
}

/** By definition: how long the model keeps what has ended, in milliseconds; null where it does not say. */
type TimesToLive = Map<string, number | null>

async function expired(
  host: Host,
  page: readonly Stored<InstanceRecord>[],
  models: TimesToLive,
): Promise<readonly Stored<InstanceRecord>[]> {
  const over = page.filter(({ record }) => record.endedAt !== null && record.extensions.length === 0)
  await readTimesToLive(host, over, models)
  const ended = over.filter(({ record: { processKey, definitionId, endedAt } }) => {
    const plan = planOf(host.settings.retention, processKey)
    const ms = (plan.isModels ? models.get(definitionId) : null) ?? plan.ended
    return endedAt !== null && ms !== null && endedAt < host.now() - ms
  })
  const parents = [...new Set(ended.flatMap(({ record }) => record.parentId ?? []))]
  if (parents.length === 0) return ended
  const kept = new Set((await host.storage.get(instances, parents)).map(({ record }) => record.id))
  return ended.filter(({ record }) => record.parentId === null || !kept.has(record.parentId))
}

async function readTimesToLive({ storage, settings }: Host, over: readonly Stored<InstanceRecord>[], models: TimesToLive): Promise<void> {
  const asked = over.filter(({ record }) => planOf(settings.retention, record.processKey).isModels)
  const unknown = [...new Set(asked.map(({ record }) => record.definitionId))].filter((id) => !models.has(id))
  for (const id of unknown) models.set(id, null)
  if (unknown.length === 0) return
  for (const { record } of await storage.get(definitions, unknown)) models.set(record.id, record.body.timeToLiveMs ?? null)
}
