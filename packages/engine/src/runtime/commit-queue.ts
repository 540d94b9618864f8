import { type ChangeSet, type CommitResult, type Storage, StorageError } from '@leeway/storage'
import { afterTurn, soon } from './breather.ts'
import { instances } from './records/instance.ts'
import { readRounds, roundId } from './rounds.ts'

/** What became of a change set; one that failed throws its `StorageError` instead. */
export type Landing = Exclude<CommitResult, { readonly failed: unknown }>

/** Commits change sets that are ready at the same time in one transaction of the store (group commit). */
export interface CommitQueue {
  submit(set: ChangeSet): Promise<Landing>
  /** Resolves when nothing is on its way to the store. */
  settled(): Promise<void>
}

/** Most change sets in one call of the store. */
export const BATCH_MAX = 200
/**
 * So many are a call of their own, where the store takes several at once: it works on them while others are being decided. Fewer wait, for
 * each call has its own way there and back.
 */
const PART = 24

interface Pending {
  readonly set: ChangeSet
  readonly resolve: (landing: Landing) => void
  readonly reject: (error: unknown) => void
}

/** `underWay` tells how many commands there are that may still bring a change set: when all have, no one is waited for. */
export function createCommitQueue(storage: Storage, underWay: () => number): CommitQueue {
  let pending: Pending[] = []
  let isScheduled = false
  /** Calls of the store that are under way, and how many sets are in them. */
  let calls = 0
  let flying = 0
  const callsMax = storage.commitsAtOnce ?? 1
  const isPart = (): boolean => callsMax > 1 && calls < callsMax && pending.length >= PART
  let idle: (() => void)[] = []

  /** A batch waits one round of the microtask queue for others to join, and one more while some may still come. */
  const flushWhenAllCame = (): void => {
    if (pending.length < underWay() - flying) soon(flush)
    else flush()
  }
  const flush = (): void => {
    isScheduled = false
    if (pending.length === 0 || (calls > 0 && !isPart())) return
    const batch = pending.length <= BATCH_MAX ? pending : pending.slice(0, BATCH_MAX)
    pending = pending.length <= BATCH_MAX ? [] : pending.slice(BATCH_MAX)
    calls++
    flying += batch.length
    storage.commit(batch.length === 1 ? [(batch[0] as Pending).set] : batch.map((one) => one.set)).then(
      (results) => land(batch, results),
      (error) => fail(batch, error),
    )
  }
  /**
   * Those whose sets just landed mostly bring their next ones at once. What waited meanwhile waits for these too: else there were two
   * groups from then on, by turns, each half as large and waiting for the other one's way to the store and back.
   */
  const next = (batch: readonly Pending[]): void => {
    calls--
    flying -= batch.length
    if (pending.length > 0) {
      if (!isScheduled) {
        isScheduled = true
        if (afterTurn === null) soon(flushWhenAllCame)
        else afterTurn(flush)
      }
    } else if (calls === 0 && idle.length > 0) {
      const waiting = idle
      idle = []
      for (const wake of waiting) wake()
    }
  }
  const land = (batch: readonly Pending[], results: readonly CommitResult[]): void => {
    for (let i = 0; i < batch.length; i++) {
      const one = batch[i] as Pending
      const result = results[i]
      if (result === undefined)
        one.reject(new StorageError('unknownOutcome', 'The store gave fewer results than it was given change sets.'))
      else if (typeof result !== 'string' && 'failed' in result) settleFailure(storage, one, result.failed)
      else one.resolve(result)
    }
    next(batch)
  }
  const fail = (batch: readonly Pending[], error: unknown): void => {
    for (const one of batch) settleFailure(storage, one, error)
    next(batch)
  }

  return {
    submit(set) {
      return new Promise((resolve, reject) => {
        pending.push({ set, resolve, reject })
        if (isPart()) return flush()
        if (isScheduled || calls > 0) return
        isScheduled = true
        soon(flushWhenAllCame)
      })
    },
    settled() {
      if (calls === 0 && pending.length === 0) return Promise.resolve()
      return new Promise((resolve) => idle.push(resolve))
    },
  }
}

function settleFailure(storage: Storage, one: Pending, error: unknown): void {
  if (!(error instanceof StorageError) || error.code !== 'unknownOutcome') one.reject(error)
  else findOut(storage, one.set).then(one.resolve, (failed) => one.reject(stillUnknown(one.set, failed)))
}

/** How often a set is committed again whose commits break off. */
const AGAIN_MAX = 3

/**
 * The connection broke during a commit: what bears the change set's id tells whether it landed. Where it is absent the same set
 * is committed again, for the store may still be at it; a conflict then is asked for once more.
 */
async function findOut(storage: Storage, set: ChangeSet): Promise<Landing> {
  for (let again = 1; ; again++) {
    if (await hasLanded(storage, set)) return 'committed'
    const [result] = await storage.commit([set]).catch(refusal)
    if (result === 'committed') return result
    const isUnknown = result === undefined || ('failed' in result && result.failed.code === 'unknownOutcome')
    if (isUnknown && again < AGAIN_MAX) continue
    if (await hasLanded(storage, set)) return 'committed'
    if (result !== undefined && 'conflict' in result) return result
    throw result?.failed ?? new StorageError('unknownOutcome', `Change set ${set.id} may have landed or not.`, { id: set.id })
  }
}

function refusal(error: unknown): readonly CommitResult[] {
  if (error instanceof StorageError) return [{ failed: error }]
  throw error
}

/** Where the store cannot be asked either, its own refusal would say that nothing was done. */
function stillUnknown({ id }: ChangeSet, cause: unknown): unknown {
  if (!(cause instanceof StorageError) || cause.code === 'unknownOutcome') return cause
  const message = `Change set ${id} may have landed or not, and the store cannot be asked. Look before doing it again, or repeat the call with its idempotencyKey. (${cause.message})`
  return new StorageError('unknownOutcome', message, { id }, { cause })
}

/** A record with the set's id, or a round of the instance that it changes. */
async function hasLanded(storage: Storage, { id, append }: ChangeSet): Promise<boolean> {
  const trace = append.find((write) => write.record.id === id)?.collection
  if (trace !== undefined) return (await storage.get(trace, [id])).length > 0
  const [instance] = await storage.get(instances, [id.slice(0, id.indexOf('#'))])
  return (
    instance !== undefined && (await readRounds(storage, instance.record, id)).some((round) => roundId(instance.record.id, round) === id)
  )
}
