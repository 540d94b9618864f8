import type { Mismatch, Storage } from '@leeway/storage'
import { createDefinitionCache } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { EngineEvent } from './event-hub.ts'
import type { Host, WorkerPort } from './host.ts'
import { createMailboxes } from './mailbox.ts'
import type { OptionalIndexes } from './optional-indexes.ts'
import { instances } from './records/instance.ts'
import type { StateCache } from './state-cache.ts'
import { withTraces } from './traces.ts'

/** A host whose writes go into a transaction of the program around it, and how it learns how that ended. */
export interface Joined {
  readonly host: Host
  committed(): void
  rolledBack(): void
}

/**
 * The engine inside a host's open transaction. It reads and writes through that transaction alone; what it reads there is kept nowhere
 * else, for it may never come true. What follows from a commit (events, waking the worker, telling handlers that they are not wanted) waits
 * until the host says that it committed.
 */
export function joinedHost(outer: Host, transaction: unknown): Joined {
  outer.checkOpen()
  if (outer.isJoined) throw new EngineError('notSupported', 'This engine is inside a transaction already; call within on the engine itself')
  const storage = storageWithin(outer.storage, transaction)
  let isEnded = false
  let afterwards: (() => void)[] = []
  const changed = new Set<string>()
  const mailboxes = createMailboxes()
  const definitions = createDefinitionCache(storage, outer.definitions.importOptions)

  const host: Host = {
    ...outer,
    // Handlers do not run here, so there is nothing to go on through.
    settings: { ...outer.settings, durability: 'activity' },
    storage,
    isJoined: true,
    definitions: {
      ...definitions,
      // A definition that was loaded is what it is, inside and outside.
      byId: {
        ...definitions.byId,
        get: (id) => definitions.byId.get(id) ?? outer.definitions.byId.get(id),
        delete(id) {
          definitions.byId.delete(id)
          outer.definitions.byId.delete(id)
        },
      },
      decisions: { ...definitions.decisions, get: (id) => definitions.decisions.get(id) ?? outer.definitions.decisions.get(id) },
    },
    states: NO_STATES,
    indexes: NO_INDEXES,
    mailboxes,
    events: {
      isHeard: () => outer.events.isHeard(),
      on: (name, listener) => outer.events.on(name, listener),
      tell: (event: EngineEvent) => void afterwards.push(() => outer.events.tell(event)),
    },
    async commit(set) {
      host.checkOpen()
      const [result] = await storage.commit([outer.telemetry === null ? set : withTraces(outer.telemetry, set)])
      if (result === undefined) throw new EngineError('conflict', 'The store gave no result for a change set', { id: set.id })
      if (result !== 'committed' && 'failed' in result) throw result.failed
      if (result !== 'committed') {
        refuseStale(result.conflict)
        return result
      }
      for (const { collection, id } of set.expect) if (collection.name === instances.name) changed.add(id)
      return result
    },
    wake: (types) => void afterwards.push(() => outer.wake(types)),
    checkOpen() {
      outer.checkOpen()
      if (isEnded) throw new EngineError('closed', 'The transaction that this engine was within has ended; use the engine itself')
    },
    worker: {
      freeSlots: () => 0,
      adopt() {}, // nothing is claimed here
      withdraw: (jobId) => void afterwards.push(() => outer.worker.withdraw(jobId)),
    } satisfies WorkerPort,
  }
  const end = (): boolean => {
    if (isEnded) return false
    isEnded = true
    return true
  }
  return {
    host,
    committed() {
      if (!end()) return
      for (const id of changed) outer.states.delete(id)
      for (const act of afterwards) act()
      afterwards = []
    },
    rolledBack() {
      if (end()) afterwards = []
    },
  }
}

/**
 * The program may have gone by what was so: what it read must still be. Only names that are taken (an id, a key of a call) are for the
 * engine to answer, as outside. Throws `conflict`.
 */
function refuseStale(conflict: readonly Mismatch[]): void {
  const stale = conflict.find(({ revision = 0, fence }) => revision > 0 || fence !== undefined)
  if (stale === undefined) return
  const { collection, id } = stale
  throw new EngineError(
    'conflict',
    `${id} in ${collection.name} was changed by another meanwhile; roll the transaction back and repeat it`,
    {
      collection: collection.name,
      id,
    },
  )
}

/** Each command inside reads what is so inside. */
const NO_STATES: StateCache = { get: () => undefined, set() {}, delete() {} }

/** No tables are changed in the host's transaction. */
const NO_INDEXES: OptionalIndexes = { need: () => null }

function storageWithin(storage: Storage, transaction: unknown): Storage {
  if (storage.within === undefined)
    throw new EngineError('notSupported', 'This storage cannot write into a transaction of the host; SQLite and PostgreSQL can')
  return storage.within(transaction)
}
