import type { Storage } from '@leeway/storage'
import { messageOf } from './job.ts'
import type { Logger } from './options.ts'
import { collectionsWith, type TASK_INDEXES, tasks } from './records.ts'

/** A field of tasks that has an index only where somebody asks by it. */
export type TaskIndex = (typeof TASK_INDEXES)[number]

/** Has the store make indexes of tasks once a question needs them. */
export interface TaskIndexes {
  /** Null where the index is there; else resolves when it is, or when it could not be made or takes long: then the question is answered without. */
  need(field: TaskIndex): Promise<void> | null
}

/** PostgreSQL makes an index while others write, and waits for those who have long had a transaction open. */
const WAIT_MS = 5_000

/**
 * An index of tasks by element or process would be written at the beginning and the end of each task, which hosts that never ask so should not pay for:
 * the store makes it when it is asked for the first time, and keeps it from then on. `there`: those that it was told to make at the start; `waitMs`: how long a question waits for one.
 */
export function createTaskIndexes(storage: Storage, there: readonly TaskIndex[], logger: Logger, waitMs: number = WAIT_MS): TaskIndexes {
  const wanted = new Set(there)
  const made = new Set(there)
  let making = Promise.resolve()
  const make = async (field: TaskIndex): Promise<void> => {
    if (made.has(field)) return
    try {
      wanted.add(field)
      await storage.prepare(collectionsWith([...wanted]).filter(({ name }) => name === tasks.name))
      made.add(field)
    } catch (error) {
      wanted.delete(field)
      logger.warn('An index of tasks could not be made; the query is answered without it', { field, error: messageOf(error) })
    }
  }
  return {
    need(field) {
      if (made.has(field)) return null
      making = making.then(() => make(field))
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
