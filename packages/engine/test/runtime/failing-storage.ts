import { type ChangeSet, type CommitResult, type Storage, StorageError } from '@leeway/storage'

/** What becomes of one call of `commit`. */
export type CommitFault =
  /** Nothing is written; the call fails. */
  | { readonly type: 'fails'; readonly error: StorageError }
  /** Nothing is wrong with this one. */
  | { readonly type: 'lands' }
  /** All is written, and the connection breaks before the answer. */
  | { readonly type: 'breaksAfter' }
  /** Nothing is written, and the connection breaks. */
  | { readonly type: 'breaksBefore' }

/** A store whose next commits can be made to fail, and that can stop answering as if its process had been killed. */
export interface FailingStorage {
  readonly storage: Storage
  /** What happens to the next commits, in order. */
  plan(...faults: readonly CommitFault[]): void
  /** From now on nothing is answered and nothing reaches the store behind. */
  die(): void
  /** Change sets that reached the store behind and landed. */
  readonly landed: readonly ChangeSet[]
}

export function failingStorage(behind: Storage): FailingStorage {
  const faults: CommitFault[] = []
  const landed: ChangeSet[] = []
  let isDead = false
  const never = new Promise<never>(() => undefined)
  const unlessDead = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    const answer = await call()
    return isDead ? never : answer
  }
  const commit = async (sets: readonly ChangeSet[]): Promise<readonly CommitResult[]> => {
    const fault = faults.shift()
    if (fault?.type === 'fails') throw fault.error
    if (fault?.type === 'breaksBefore') throw new StorageError('unknownOutcome', 'The connection broke.')
    const results = await behind.commit(sets)
    landed.push(...sets.filter((_set, i) => results[i] === 'committed'))
    if (fault?.type === 'breaksAfter') throw new StorageError('unknownOutcome', 'The connection broke.')
    return results
  }
  const { listen } = behind
  const storage: Storage = {
    prepare: (collections) => unlessDead(() => behind.prepare(collections)),
    get: (collection, ids) => unlessDead(() => behind.get(collection, ids)),
    find: (collection, query) => unlessDead(() => behind.find(collection, query)),
    count: (collection, where, cap) => unlessDead(() => behind.count(collection, where, cap)),
    commit: (sets) => unlessDead(() => commit(sets)),
    claim: (collection, request) => unlessDead(() => behind.claim(collection, request)),
    renew: (leases, leaseMs) => unlessDead(() => behind.renew(leases, leaseMs)),
    release: (leases) => unlessDead(() => behind.release(leases)),
    purge: (collection, where, limit) => unlessDead(() => behind.purge(collection, where, limit)),
    now: () => unlessDead(() => behind.now()),
    close: () => behind.close(),
    ...(listen && { listen: (onWork: () => void) => listen.call(behind, onWork) }),
  }
  return {
    storage,
    plan: (...next) => void faults.push(...next),
    die() {
      isDead = true
    },
    landed,
  }
}
