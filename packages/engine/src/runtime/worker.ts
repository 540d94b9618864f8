import type { Stored, Unlisten } from '@leeway/storage'
import { nextDueAt } from './due-work.ts'
import { EngineError } from './errors.ts'
import type { Host, WorkerPort } from './host.ts'
import { TIMER_MAX_MS } from './invoke.ts'
import { messageOf } from './job.ts'
import { createJobsInHand } from './jobs-in-hand.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { claimedTypes, findUntyped, hasUntyped } from './work-types.ts'
import { endless, LAST_NAMED } from './worker-errors.ts'

/** Works on the jobs of this node. */
export interface Worker extends WorkerPort {
  /** Works from now on whenever there is something to do. */
  start(): void
  /** Does all that is due and what follows from it. Throws `endlessWork`, and `wouldWait` when called by a handler. */
  drain(): Promise<void>
  /** Looks for work soon, where it works at all. */
  wake(): void
  /** Takes nothing on any more, tells the handlers at work, and waits for them, `closeMs` at most; what then is left is given to others. */
  stop(): Promise<void>
}

/** Most jobs that one `drain` does: a model that makes work for ever must not hold its caller for ever. */
export const DRAIN_JOBS_MAX = 100_000

/** Claims due jobs while there are slots for them: woken by commits and other nodes, else when the next is due. */
export function createWorker(host: Host, isManual: boolean): Worker {
  const { leaseMs, pollMs, closeMs } = host.settings
  let isRunning = false
  let isStopped = false
  let draining = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let isPumping = false
  let isWoken = false
  /** There may be due work that no slot was free for. */
  let isMore = true
  let listening: Promise<Unlisten | undefined> | null = null
  /** How many jobs were taken on so far, and while draining the last of them. */
  let taken = 0
  let lastTaken: JobRecord[] = []
  /** How many of them have ended. */
  let ended = 0

  const hand = createJobsInHand(host, isManual, {
    taken(job) {
      taken++
      if (draining > 0) lastTaken = [...lastTaken.slice(1 - LAST_NAMED), job]
    },
    ended(isSettled) {
      ended++
      // A look costs the store as much as a step: what the job's own commit brought has woken the worker already.
      if (isRunning && (isMore || !isSettled)) worker.wake()
    },
  })

  /** Other nodes' work wakes this one where the store can tell; else, and where it cannot just now, it polls. */
  const listen = async (): Promise<Unlisten | undefined> => {
    try {
      return isManual ? undefined : await host.storage.listen?.(() => worker.wake())
    } catch (error) {
      host.settings.logger.warn('Work of other nodes cannot be heard of; it is polled for', { error: messageOf(error) })
      return undefined
    }
  }

  let claiming: Promise<unknown> = Promise.resolve()
  /** One after the other: each must know how much the one before it took. */
  const claim = (): Promise<number> => {
    const claimed = claiming.then(claimNext, claimNext)
    claiming = claimed
    return claimed
  }
  const claimNext = async (): Promise<number> => {
    const request = { owner: host.nodeId, now: isManual ? host.now() : ('store' as const), leaseMs }
    const limit = room()
    if (limit <= 0) {
      isMore = true
      return 0
    }
    const full = hand.full()
    const claimed = await host.storage.claim(jobs, { ...request, where: claimedTypes(host, full), limit })
    isMore = claimed.length === limit || full.size > 0
    takeAll(claimed)
    if (claimed.length === limit || room() <= 0 || !hasUntyped(host)) return claimed.length
    const ids = await findUntyped(host, hand.full(), room())
    if (ids.length === 0 || isStopped) return claimed.length
    const untyped = await host.storage.claim(jobs, { ...request, where: { id: { in: ids } }, limit: ids.length })
    takeAll(untyped)
    return claimed.length + untyped.length
  }
  const room = (): number => Math.min(hand.room(), CLAIM_MAX)
  const takeAll = (claimed: readonly Stored<JobRecord>[]): void => {
    for (const { record, fence, revision } of claimed) hand.takeClaimed({ record, fence, revision })
  }

  const pump = async (): Promise<void> => {
    if (isPumping) return
    isPumping = true
    try {
      do {
        isWoken = false
        const asked = host.now()
        while (isRunning && hand.free() > 0 && (await claim()) > 0);
        if (hand.free() <= 0) isMore = true
        if (isRunning) await schedule(asked - CLOCK_NOISE_MS)
        // Woken while it looked when to wake next: what came then may be due before that.
      } while (isWoken && isRunning && hand.free() > 0)
    } catch (error) {
      if (isStopped) return
      host.settings.logger.warn('Due work could not be asked for; trying again', { error: messageOf(error) })
      sleep(pollMs)
    } finally {
      isPumping = false
    }
  }

  /** What became due since it was asked for was not claimed, and is next: else it would wait for the next poll. */
  const schedule = async (asked: number): Promise<void> => {
    if (isManual) return
    const dueAt = await nextDueAt(host, asked, host.now() + pollMs)
    sleep(Math.max(1, Math.min(pollMs, dueAt === null ? pollMs : dueAt - host.now())))
  }

  const sleep = (ms: number): void => {
    if (!isRunning) return
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(
      () => {
        timer = null
        void pump()
      },
      Math.min(ms, TIMER_MAX_MS),
    )
  }

  const worker: Worker = {
    start() {
      if (isStopped) throw new EngineError('closed', 'The engine is closed.')
      isRunning = true
      listening ??= listen()
      void pump()
    },
    wake() {
      isWoken = true
      if (!isRunning || isPumping) return
      queueMicrotask(() => void pump())
    },
    async drain() {
      if (host.handlers.calls.depth > 0) {
        throw new EngineError('wouldWait', 'A handler cannot wait for all work to end, for its own job is part of it')
      }
      draining++
      try {
        const before = taken
        for (;;) {
          if (taken - before >= DRAIN_JOBS_MAX) throw endless(lastTaken, DRAIN_JOBS_MAX)
          const endedBefore = ended
          const claimed = await claim()
          // what ended while the store was asked may have brought work that it did not see
          if (claimed === 0 && ended !== endedBefore) continue
          if (claimed === 0 && hand.size() === 0) return
          if (claimed === 0 || hand.free() <= 0) await hand.nextEnd()
        }
      } finally {
        draining--
        if (draining === 0) lastTaken = []
      }
    },
    async stop() {
      isStopped = true
      isRunning = false
      hand.close()
      if (timer !== null) clearTimeout(timer)
      timer = null
      await (await listening)?.()
      await within(closeMs, idle())
      await hand.giveUp()
    },
    freeSlots: () => (!isManual && !isStopped && (isRunning || draining > 0) ? hand.free() : 0),
    adopt(adopted) {
      hand.take({ record: adopted.record, fence: adopted.fence, revision: 1 }, adopted)
    },
    withdraw: (jobId) => hand.withdraw(jobId),
  }
  const idle = async (): Promise<void> => {
    await claiming.catch(() => undefined) // told where it was asked for
    while (hand.size() > 0) await hand.nextEnd()
  }
  return worker
}

/** The store, which says what is due, may be so far behind what this node takes for its time. */
const CLOCK_NOISE_MS = 20

/** Most jobs that one call of the store claims. */
const CLAIM_MAX = 1_000

/** Waits for it, but no longer than so many real milliseconds. */
async function within(ms: number, awaited: Promise<void>): Promise<void> {
  if (ms > TIMER_MAX_MS) return awaited
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([awaited, over])
  clearTimeout(timer)
}
