import type { ChangeSet, Storage } from '@leeway/storage'

/** A storage that is given each change set changed: a fault of what commits. */
export function changedStorage(inner: Storage, change: (set: ChangeSet) => ChangeSet): Storage {
  return {
    prepare: (collections) => inner.prepare(collections),
    get: (collection, ids) => inner.get(collection, ids),
    find: (collection, query) => inner.find(collection, query),
    count: (collection, where, cap) => inner.count(collection, where, cap),
    commit: (sets) => inner.commit(sets.map(change)),
    claim: (collection, request) => inner.claim(collection, request),
    renew: (leases, leaseMs) => inner.renew(leases, leaseMs),
    release: (leases) => inner.release(leases),
    purge: (collection, where, limit) => inner.purge(collection, where, limit),
    now: () => inner.now(),
    close: () => inner.close(),
  }
}
