import { EngineError } from './errors.ts'

/** Keeps the commands of one instance in a row. Costs one map entry while an instance is busy, nothing else. */
export interface Mailboxes {
  /** Null: come in at once. Else wait for the promise. Each enter needs its leave. Throws `tooManyWaiting`. */
  enter(instanceId: string): Promise<void> | null
  leave(instanceId: string): void
  /** How many instances have a command under way. */
  busy(): number
}

/** Most commands that wait for one instance. */
export const MAILBOX_MAX = 10_000

export function createMailboxes(): Mailboxes {
  // never empty: V8 makes the table of a map anew each time the last entry goes, which is at the end of nearly every command
  const busy = new Map<string, (() => void)[] | null>([['', null]])
  /** The instance that is busy alone, with nobody waiting for it: most are, and then the map is left as it is. */
  let alone: string | null = null
  const putDown = (): void => {
    if (alone !== null) busy.set(alone, null)
    alone = null
  }
  return {
    enter(instanceId) {
      if (alone === null && busy.size === 1) {
        alone = instanceId
        return null
      }
      putDown() // there are two now, or one that somebody waits for
      const waiting = busy.get(instanceId)
      if (waiting === undefined) {
        busy.set(instanceId, null)
        return null
      }
      const queue = waiting ?? []
      if (waiting === null) busy.set(instanceId, queue)
      if (queue.length >= MAILBOX_MAX) {
        throw new EngineError('tooManyWaiting', `${MAILBOX_MAX} commands wait for instance ${instanceId} already; try again later`, {
          instanceId,
        })
      }
      return new Promise((resolve) => queue.push(resolve))
    },
    busy: () => (alone === null ? busy.size - 1 : 1),
    leave(instanceId) {
      if (alone !== null) {
        alone = null
        return
      }
      const next = busy.get(instanceId)?.shift()
      if (next === undefined) busy.delete(instanceId)
      else next()
    },
  }
}
