import type { Storage } from '@leeway/storage'

/** A storage whose process dies: `dies` says whether it did, `commits` how many change sets landed before. */
export interface CrashingStorage {
  readonly storage: Storage
  readonly commits: () => number
  readonly isDead: () => boolean
  /** Resolves when the store has done what it was last asked: a database goes on with it after the process is gone. */
  readonly settled: () => Promise<void>
}

/**
 * The process using this storage dies when it commits for the `at + 1`st time: with `lost` the change sets do not land, with `landed`
 * they do and nobody hears of it. From then on every call fails. What is kept stays in `inner`, as in a database.
 */
export function crashingStorage(inner: Storage, at: number, last: 'lost' | 'landed'): CrashingStorage {
  let commits = 0
  let isDead = false
  let landing: Promise<unknown> = Promise.resolve()
  const gone = (): Promise<never> => Promise.reject(new Error('this process is gone'))
  const alive = <Result>(call: () => Promise<Result>): Promise<Result> => (isDead ? gone() : call())
  const storage: Storage = {
    prepare: (collections) => alive(() => inner.prepare(collections)),
    get: (collection, ids) => alive(() => inner.get(collection, ids)),
    find: (collection, query) => alive(() => inner.find(collection, query)),
    count: (collection, where, cap) => alive(() => inner.count(collection, where, cap)),
    async commit(changeSets) {
      if (isDead) return gone()
      if (commits === at) {
        isDead = true
        if (last === 'landed') {
          landing = inner.commit(changeSets)
          await landing
        }
        return gone()
      }
      commits += 1
      return inner.commit(changeSets)
    },
    claim: (collection, request) => alive(() => inner.claim(collection, request)),
    renew: (leases, leaseMs) => alive(() => inner.renew(leases, leaseMs)),
    release: (leases) => alive(() => inner.release(leases)),
    purge: (collection, where, limit) => alive(() => inner.purge(collection, where, limit)),
    now: () => alive(() => inner.now()),
    close: async () => undefined,
  }
  return { storage, commits: () => commits, isDead: () => isDead, settled: () => landing.then(() => undefined) }
}
