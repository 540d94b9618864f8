import type { Storage } from '@leeway/storage'
import { messageOf } from './job.ts'
import type { Logger } from './options.ts'
import { collectionOf, type OptionalIndex } from './records/collections.ts'

/** Has the store make indexes once a question needs them. */
export interface OptionalIndexes {
  /**
   * Null where the index is there; else resolves when it is, or when it could not be made or takes long: then the question is answered
   * without.
   */
  need(index: OptionalIndex): Promise<void> | null
}

/**
 * An index of many rows is made while others write: on PostgreSQL it waits for those who have long had a transaction open, on SQLite it is
 * filled bit by bit.
 */
const WAIT_MS = 5_000

/**
 * An index of tasks by element would be written at the beginning and the end of each task, one of instances by process with each instance,
 * which hosts that never ask so should not pay for: the store makes it when it is asked for the first time, and keeps it from then on.
 * `there`: those that it was told to make at the start; `waitMs`: how long a question waits for one.
 */
export function createOptionalIndexes(
  storage: Storage,
  there: readonly OptionalIndex[],
  logger: Logger,
  waitMs: number = WAIT_MS,
): OptionalIndexes {
  const wanted = new Set(there)
  const made = new Set(there)
  let making = Promise.resolve()
  const make = async (index: OptionalIndex): Promise<void> => {
    if (made.has(index)) return
    try {
      wanted.add(index)
      await storage.prepare([collectionOf(index, [...wanted])])
      made.add(index)
    } catch (error) {
      wanted.delete(index)
      logger.warn('An index could not be made; the query is answered without it', { index, error: messageOf(error) })
    }
  }
  return {
    need(index) {
      if (made.has(index)) return null
      making = making.then(() => make(index))
      return atMost(waitMs, making)
    },
  }
}

/** Resolves with what is waited for, or once the time is over. */
function atMost(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
