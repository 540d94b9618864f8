import type { Storage } from '@leeway/storage'
import type { Scheduler } from 'fast-check'

/** A storage each of whose answers comes when the scheduler says so: what works with it meets others at every read and every commit. */
export function scheduledStorage(inner: Storage, scheduler: Scheduler, name: string): Storage {
  const turn = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    await scheduler.schedule(Promise.resolve(), `${name} ${what}`)
    return act()
  }
  return {
    prepare: (collections) => inner.prepare(collections),
    get: (collection, ids) => turn(`gets ${collection.name}`, () => inner.get(collection, ids)),
    find: (collection, query) => turn(`finds ${collection.name}`, () => inner.find(collection, query)),
    count: (collection, where, cap) => inner.count(collection, where, cap),
    commit: (sets) => turn('commits', () => inner.commit(sets)),
    claim: (collection, request) => turn('claims', () => inner.claim(collection, request)),
    renew: (leases, leaseMs, now) => inner.renew(leases, leaseMs, now),
    release: (leases) => inner.release(leases),
    purge: (collection, where, limit) => inner.purge(collection, where, limit),
    now: () => inner.now(),
    close: async () => {},
  }
}
