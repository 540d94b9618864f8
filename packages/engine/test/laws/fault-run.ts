import { type Storage, StorageError } from '@leeway/storage'
import { manualClock } from '../../src/index.ts'
import { type Ending, runProcess } from './crash-run.ts'
import { type LawStore, memoryStore } from './law-stores.ts'

/** What becomes of one commit: it is refused whole; or the connection breaks before or after it landed, and nobody tells which. */
export type Fault = 'refused' | 'brokenBefore' | 'brokenAfter'

/** What a store must not do: acknowledge a commit that it forgets. */
export type Lie = 'forgotten'

/** An instance that one process ran to its end though a commit of it failed. */
export interface FaultRun {
  readonly ending: Ending
  /** Idempotency keys of the handlers that ran, in order. */
  readonly ran: readonly string[]
  readonly commits: number
}

/**
 * Runs a process to its end on a store whose commit number `at` (from 0) fails; what was refused is asked for again, by the same process.
 */
export async function failAndGoOn(
  xml: string,
  at: number,
  fault: Fault | Lie,
  durability: 'activity' | 'wait',
  open: LawStore['open'] = memoryStore.open,
): Promise<FaultRun> {
  const clock = manualClock('2026-01-01T00:00:00Z')
  const faulty = faultyStorage(await open(() => clock.now()), at, fault)
  const ran: string[] = []
  const ending = await runProcess(faulty.storage, clock, xml, durability, ran, { again: untilTaken })
  return { ending, ran, commits: faulty.commits() }
}

/** What a caller does whose call was refused by the store. */
async function untilTaken<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof StorageError) || attempt > 2) throw error
    }
  }
}

/**
 * What is wrong with the handlers of such a run. What nobody refused runs once. Refused work runs again, with the same key: with durability
 * `activity` what was to be committed, with `wait` all since the last rest.
 */
export function repeatProblems({ ran }: FaultRun, fault: Fault): readonly string[] {
  const times = new Map<string, number>()
  for (const key of ran) times.set(key, (times.get(key) ?? 0) + 1)
  const most = fault === 'refused' ? 2 : 1
  return [...times].flatMap(([key, count]) => (count > most ? [`${key} ran ${count} times after a commit that was ${fault}`] : []))
}

function faultyStorage(inner: Storage, at: number, fault: Fault | Lie): { readonly storage: Storage; commits(): number } {
  let commits = 0
  const storage: Storage = {
    prepare: (collections) => inner.prepare(collections),
    get: (collection, ids) => inner.get(collection, ids),
    find: (collection, query) => inner.find(collection, query),
    count: (collection, where, cap) => inner.count(collection, where, cap),
    async commit(changeSets) {
      if (commits++ !== at) return inner.commit(changeSets)
      if (fault === 'brokenAfter') await inner.commit(changeSets)
      if (fault === 'forgotten') return changeSets.map(() => 'committed' as const)
      if (fault === 'refused') throw new StorageError('unavailable', 'The server is away.')
      throw new StorageError('unknownOutcome', 'The connection broke.')
    },
    claim: (collection, request) => inner.claim(collection, request),
    renew: (leases, leaseMs, now) => inner.renew(leases, leaseMs, now),
    release: (leases) => inner.release(leases),
    purge: (collection, where, limit) => inner.purge(collection, where, limit),
    now: () => inner.now(),
    close: async () => undefined,
  }
  return { storage, commits: () => commits }
}
