import type { Stored, Unlisten } from '@leeway/storage'
import { createBreather } from './breather.ts'
import { nextDueAt } from './due-work.ts'
import { EngineError } from './errors.ts'
import { fullOf, limitedHandler, roomOf } from './handler-slots.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { AdoptedJob, Host, WorkerPort } from './host.ts'
import { TIMER_MAX_MS } from './invoke.ts'
import { messageOf } from './job.ts'
import type { LeasedJob } from './leased-job.ts'
import { ruling } from './own-lease.ts'
import { performJob } from './perform-job.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { claimedTypes, findUntyped, hasUntyped } from './work-types.ts'
import { closing, endless, LAST_NAMED, leaseLost } from './worker-errors.ts'

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

export function createWorker(host: Host, isManual: boolean): Worker {
  const { concurrencyMax, leaseMs, pollMs, closeMs } = host.settings
  const breathe = createBreather()
  const inHand = new Map<string, InHand>()
  const busy = new Map<RegisteredHandler, number>()
  let isRunning = false
  let isStopped = false
  let draining = 0
  /** How many of those in hand have done their work and only commit. */
  let ending = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let renewal: ReturnType<typeof setInterval> | null = null
  let isPumping = false
  let isWoken = false
  /** There may be due work that no slot was free for. */
  let isMore = true
  let waiters: (() => void)[] = []
  let listening: Promise<Unlisten | undefined> | null = null
  /** How many jobs were taken on so far, and the last of them. */
  let taken = 0
  /** How many of them have ended. */
  let ended = 0
  let lastTaken: JobRecord[] = []

  const free = (): number => concurrencyMax + ending - inHand.size

  const take = (job: LeasedJob, running: AdoptedJob | null): void => {
    const known = inHand.get(job.record.id)
    if (known !== undefined) {
      // Either our own lease ended by the clock and came to us again, or what is ending here made the next one of the same name: a timer's next occurrence.
      if (known.isEnding || job.record.kind !== 'work') known.next = job
      else known.fence = job.fence
      return
    }
    taken++
    if (draining > 0) lastTaken = [...lastTaken.slice(1 - LAST_NAMED), job.record]
    const one: InHand = {
      fence: job.fence,
      isEnding: false,
      isSettled: false,
      ended: isStopped ? closing() : null,
      next: null,
      abort: null,
    }
    let slot = limitedHandler(host, job.record)
    if (slot !== null) busy.set(slot, (busy.get(slot) ?? 0) + 1)
    const leaveSlot = (): void => {
      if (slot !== null) busy.set(slot, (busy.get(slot) ?? 1) - 1)
      slot = null
    }
    inHand.set(job.record.id, one)
    if (renewal === null && !isManual) renewal = setInterval(renew, Math.max(5, leaseMs / 3))
    const tools = {
      fence: () => one.fence,
      onAbort: (abort: (reason: EngineError) => void) => {
        one.abort = abort
        if (one.ended !== null) abort(one.ended)
      },
      // What the job's own commit may claim: its slot is as good as free.
      done: () => {
        leaveSlot()
        if (!one.isEnding) ending++
        one.isEnding = true
      },
      settled: () => {
        one.isSettled = true
      },
    }
    const rest = breathe()
    const performed = rest === null ? performJob(host, job, running, tools) : rest.then(() => performJob(host, job, running, tools))
    performed
      .catch((error) =>
        host.settings.logger.error('A job could not be ended; it is tried again when its lease ends', {
          jobId: job.record.id,
          error: messageOf(error),
        }),
      )
      .finally(() => {
        inHand.delete(job.record.id)
        ended++
        leaveSlot()
        if (one.isEnding) ending--
        if (one.next !== null) takeNext(one.next)
        if (inHand.size === 0 && renewal !== null) {
          clearInterval(renewal)
          renewal = null
        }
        wakeWaiters()
        // A look costs the store as much as a step: what the job's own commit brought has woken the worker already.
        if (isRunning && (isMore || !one.isSettled)) worker.wake()
      })
  }
  const takeNext = (next: LeasedJob): void => {
    if (isStopped) void giveBack([{ id: next.record.id, fence: next.fence }])
    else take(next, null)
  }
  const wakeWaiters = (): void => {
    const waiting = waiters
    waiters = []
    for (const wake of waiting) wake()
  }
  const change = (): Promise<void> => new Promise((resolve) => waiters.push(resolve))
  const end = (one: InHand, reason: EngineError): void => {
    one.ended ??= reason
    one.abort?.(one.ended)
  }
  const giveBack = async (leases: readonly { readonly id: string; readonly fence: number }[]): Promise<void> => {
    try {
      await host.storage.release(leases.map((lease) => ({ collection: jobs, ...lease })))
    } catch (error) {
      host.settings.logger.warn('Leases could not be released; they end by themselves', { error: messageOf(error) })
    }
  }

  const renew = (): void => {
    const leases = [...inHand].map(([id, { fence }]) => ({ collection: jobs, id, fence }))
    host.storage.renew(leases, leaseMs, ruling(host)).then(
      (kept) => {
        for (const [i, isKept] of kept.entries()) {
          const id = leases[i]?.id ?? ''
          const one = isKept ? undefined : inHand.get(id)
          if (one !== undefined) end(one, leaseLost(id, 'The lease was lost: another node may run this job.'))
        }
      },
      (error) => host.settings.logger.warn('Leases could not be renewed', { error: messageOf(error) }),
    )
  }

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
  // One after the other: each must know how much the one before it took.
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
    const full = fullOf(busy)
    const claimed = await host.storage.claim(jobs, { ...request, where: claimedTypes(host, full), limit })
    isMore = claimed.length === limit || full.size > 0
    takeAll(claimed)
    if (claimed.length === limit || room() <= 0 || !hasUntyped(host)) return claimed.length
    const ids = await findUntyped(host, fullOf(busy), room())
    if (ids.length === 0 || isStopped) return claimed.length
    const untyped = await host.storage.claim(jobs, { ...request, where: { id: { in: ids } }, limit: ids.length })
    takeAll(untyped)
    return claimed.length + untyped.length
  }
  const room = (): number => (isStopped ? 0 : Math.min(free(), roomOf(host, busy), CLAIM_MAX))
  const takeAll = (claimed: readonly Stored<JobRecord>[]): void => {
    for (const { record, fence, revision } of claimed) takeNext({ record, fence, revision })
  }

  const pump = async (): Promise<void> => {
    if (isPumping) return
    isPumping = true
    try {
      do {
        isWoken = false
        const asked = host.now()
        while (isRunning && free() > 0 && (await claim()) > 0);
        if (free() <= 0) isMore = true
        if (isRunning) await schedule(asked - CLOCK_NOISE_MS)
        // Woken while it looked when to wake next: what came then may be due before that.
      } while (isWoken && isRunning && free() > 0)
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
    const dueAt = await nextDueAt(host, asked)
    sleep(Math.max(1, Math.min(pollMs, dueAt === null ? pollMs : dueAt - host.now(), TIMER_MAX_MS)))
  }

  const sleep = (ms: number): void => {
    if (!isRunning) return
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => {
      timer = null
      void pump()
    }, ms)
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
          if (claimed === 0 && inHand.size === 0) return
          if (claimed === 0 || free() <= 0) await change()
        }
      } finally {
        draining--
        if (draining === 0) lastTaken = []
      }
    },
    async stop() {
      isStopped = true
      isRunning = false
      if (timer !== null) clearTimeout(timer)
      timer = null
      await (await listening)?.()
      for (const one of inHand.values()) if (!one.isEnding) end(one, closing())
      await within(closeMs, idle())
      if (renewal !== null) clearInterval(renewal)
      if (inHand.size === 0) return
      const left = [...inHand].map(([id, { fence }]) => ({ id, fence }))
      inHand.clear()
      await giveBack(left)
      wakeWaiters()
    },
    freeSlots: () => (!isManual && !isStopped && (isRunning || draining > 0) ? free() : 0),
    adopt(adopted) {
      take({ record: adopted.record, fence: adopted.fence, revision: 1 }, adopted)
    },
    withdraw(jobId) {
      const one = inHand.get(jobId)
      if (one === undefined) return
      end(one, leaseLost(jobId, 'The activity was cancelled or went on: the result of this job is not wanted any more.'))
    },
  }
  const idle = async (): Promise<void> => {
    await claiming.catch(() => undefined) // told where it was asked for
    while (inHand.size > 0) await change()
  }
  return worker
}

/** The store, which says what is due, may be so far behind what this node takes for its time. */
const CLOCK_NOISE_MS = 20

/** Most jobs that one call of the store claims. */
const CLAIM_MAX = 1_000

interface InHand {
  fence: number
  isEnding: boolean
  /** Its commit landed, and what that brought is known. */
  isSettled: boolean
  /** Why its result is not wanted any more; null while it is. */
  ended: EngineError | null
  /** Claimed under the same name meanwhile: done after this one. */
  next: LeasedJob | null
  abort: ((reason: EngineError) => void) | null
}

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
