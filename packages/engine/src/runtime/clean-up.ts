import type { Stored } from '@leeway/storage'
import { purgeMessages } from './buffered-messages.ts'
import { purgeInstance } from './delete-instances.ts'
import type { Host } from './host.ts'
import { purgeIdempotency } from './idempotency.ts'
import { messageOf } from './job.ts'
import { messageHostOf } from './message-host-of.ts'
import { purgeMessageIds } from './messages.ts'
import { commands, type InstanceRecord, instances } from './records.ts'

/** What a clean-up deleted, by kind. */
export interface CleanedUp {
  /** Ended instances, with their history. */
  readonly instances: number
  /** Messages that nobody came for in their time. */
  readonly messages: number
  /** Ids of messages and keys of calls that are not remembered any longer. */
  readonly keys: number
  /** Traces of commands that belong to no instance. */
  readonly commands: number
}

/** How many records one step looks at or deletes, so that nothing else waits long for it. */
const PAGE = 200

/**
 * Deletes what is kept no longer, a page at a time. Instances are looked through in the order of their ids, which needs no index that every
 * ending instance would have to be written into. Spared are instances that carry an extension, which keeps them, and those that an instance
 * called that is itself still kept. Each may be deleted by several nodes at the same time.
 */
export async function cleanUp(host: Host, isStopped: () => boolean = () => false): Promise<CleanedUp> {
  const messageHost = messageHostOf(host)
  const messages = await all(() => purgeMessages(messageHost, PAGE), isStopped)
  const ids = await all(() => purgeMessageIds(messageHost, PAGE), isStopped)
  const keys = await all(() => purgeIdempotency(messageHost, PAGE), isStopped)
  const { retentionMs } = host.settings
  const counts = { messages, keys: ids + keys, instances: 0, commands: 0 }
  if (retentionMs === null) return counts
  const before = host.now() - retentionMs
  counts.commands = await all(() => host.storage.purge(commands, { at: { lt: before } }, PAGE), isStopped)
  for (let after = ''; !isStopped(); ) {
    const page = await host.storage.find(instances, { where: { id: { gt: after } }, limit: PAGE })
    for (const stored of await expired(host, page, before)) if (await purgeInstance(host, stored)) counts.instances++
    if (page.length < PAGE) break
    after = page.at(-1)?.record.id ?? after
  }
  return counts
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
    timer = setTimeout(() => {
      working = work()
    }, ms)
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
      if (timer === null && !isStopped) sleep(host.settings.cleanUpMs * Math.random())
    },
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      await working
    },
  }
}

async function all(purge: () => Promise<number>, isStopped: () => boolean): Promise<number> {
  let count = 0
  for (let purged = PAGE; purged === PAGE && !isStopped(); ) {
    purged = await purge()
    count += purged
  }
  return count
}

async function expired(host: Host, page: readonly Stored<InstanceRecord>[], before: number): Promise<readonly Stored<InstanceRecord>[]> {
  const ended = page.filter(({ record }) => record.endedAt !== null && record.endedAt < before && record.extensions.length === 0)
  const parents = [...new Set(ended.flatMap(({ record }) => record.parentId ?? []))]
  if (parents.length === 0) return ended
  const kept = new Set((await host.storage.get(instances, parents)).map(({ record }) => record.id))
  return ended.filter(({ record }) => record.parentId === null || !kept.has(record.parentId))
}
