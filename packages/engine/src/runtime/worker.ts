import type { Where } from '@leeway/storage'
import { EngineError } from './errors.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { AdoptedJob, Host, WorkerPort } from './host.ts'
import { TIMER_MAX_MS } from './invoke.ts'
import { messageOf } from './job.ts'
import { type LeasedJob, performJob } from './perform-job.ts'
import { type JobRecord, jobs } from './records.ts'
import { claimedTypes } from './work-types.ts'

/** Works on the jobs of this node. */
export interface Worker extends WorkerPort {
  /** Works from now on whenever there is something to do. */
  start(): void
  /** Does all that is due and what follows from it. */
  drain(): Promise<void>
  /** Looks for work soon, where it works at all. */
  wake(): void
  /** Takes nothing on any more and waits for what is in hand. */
  stop(): Promise<void>
}

/** Most jobs that one `drain` does: a model that makes work for ever must not hold its caller for ever. */
export const DRAIN_JOBS_MAX = 10_000_000

export function createWorker(host: Host, isManual: boolean): Worker {
  const { concurrencyMax, leaseMs, pollMs } = host.settings
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
  let waiters: (() => void)[] = []

  const free = (): number => concurrencyMax + ending - inHand.size

  const take = (job: LeasedJob, running: AdoptedJob | null): void => {
    const known = inHand.get(job.record.id)
    if (known !== undefined) {
      // Either our own lease ended by the clock and came to us again, or what is ending here made the next one of the same name: a timer's next occurrence.
      if (known.isEnding || job.record.kind !== 'work') known.next = job
      else known.fence = job.fence
      return
    }
    const one: InHand = { fence: job.fence, isEnding: false, isWithdrawn: false, next: null, abort: () => undefined }
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
      onAbort: (abort: (reason: string) => void) => {
        one.abort = abort
        if (one.isWithdrawn) abort(WITHDRAWN)
      },
      // What the job's own commit may claim: its slot is as good as free.
      done: () => {
        leaveSlot()
        if (!one.isEnding) ending++
        one.isEnding = true
      },
    }
    performJob(host, job, running, tools)
      .catch((error) =>
        host.settings.logger.error('A job could not be ended; it is tried again when its lease ends', {
          jobId: job.record.id,
          error: messageOf(error),
        }),
      )
      .finally(() => {
        inHand.delete(job.record.id)
        leaveSlot()
        if (one.isEnding) ending--
        if (one.next !== null) take(one.next, null)
        if (inHand.size === 0 && renewal !== null) {
          clearInterval(renewal)
          renewal = null
        }
        const waiting = waiters
        waiters = []
        for (const wake of waiting) wake()
        if (isRunning) worker.wake()
      })
  }

  const renew = (): void => {
    const leases = [...inHand].map(([id, { fence }]) => ({ collection: jobs, id, fence }))
    host.storage.renew(leases, leaseMs).then(
      (kept) => {
        for (const [i, isKept] of kept.entries()) {
          if (!isKept) inHand.get(leases[i]?.id ?? '')?.abort('The lease was lost: another node may run this job.')
        }
      },
      (error) => host.settings.logger.warn('Leases could not be renewed', { error: messageOf(error) }),
    )
  }

  let claiming: Promise<unknown> = Promise.resolve()
  // One after the other: each must know how much the one before it took.
  const claim = (): Promise<number> => {
    const claimed = claiming.then(claimNext, claimNext)
    claiming = claimed
    return claimed
  }
  const claimNext = async (): Promise<number> => {
    const limit = Math.min(free(), roomOf(host, busy), CLAIM_MAX)
    if (limit <= 0 || isStopped) return 0
    const where = claimable(host, busy)
    const claimed = await host.storage.claim(jobs, { owner: host.nodeId, now: isManual ? host.now() : 'store', leaseMs, where, limit })
    for (const { record, fence, revision } of claimed) take({ record, fence, revision }, null)
    return claimed.length
  }

  const pump = async (): Promise<void> => {
    if (isPumping) return
    isPumping = true
    try {
      do {
        isWoken = false
        while (isRunning && free() > 0 && (await claim()) > 0);
        if (isRunning) await schedule()
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

  const schedule = async (): Promise<void> => {
    if (isManual) return
    const dueAt = await nextDueAt(host)
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
      void pump()
    },
    wake() {
      isWoken = true
      if (!isRunning || isPumping) return
      queueMicrotask(() => void pump())
    },
    async drain() {
      draining++
      try {
        for (let done = 0; done < DRAIN_JOBS_MAX; ) {
          const claimed = isStopped ? 0 : await claim()
          done += claimed
          if (claimed === 0 && inHand.size === 0) return
          if (claimed === 0 || free() <= 0) await new Promise<void>((resolve) => waiters.push(resolve))
        }
      } finally {
        draining--
      }
    },
    async stop() {
      isStopped = true
      isRunning = false
      if (timer !== null) clearTimeout(timer)
      timer = null
      while (inHand.size > 0) await new Promise<void>((resolve) => waiters.push(resolve))
      if (renewal !== null) clearInterval(renewal)
    },
    freeSlots: () => (!isManual && !isStopped && (isRunning || draining > 0) ? free() : 0),
    adopt(adopted) {
      take({ record: adopted.record, fence: adopted.fence, revision: 1 }, adopted)
    },
    withdraw(jobId) {
      const one = inHand.get(jobId)
      if (one === undefined) return
      one.isWithdrawn = true
      one.abort(WITHDRAWN)
    },
  }
  return worker
}

/** Most jobs that one call of the store claims. */
const CLAIM_MAX = 1_000

const WITHDRAWN = 'The activity was cancelled or went on: the result of this job is not wanted any more.'

interface InHand {
  fence: number
  isEnding: boolean
  isWithdrawn: boolean
  /** Claimed under the same name meanwhile: done after this one. */
  next: LeasedJob | null
  abort: (reason: string) => void
}

/** The handler that takes a place of its own few for this job; null where it may run as often as it will. */
function limitedHandler({ handlers }: Host, { kind, type }: JobRecord): RegisteredHandler | null {
  if (kind !== 'work') return null
  const handler = handlers.byType.get(type) ?? handlers.byElement.get(type.slice(1)) ?? handlers.fallback
  return handler === null || handler.concurrency === Number.POSITIVE_INFINITY ? null : handler
}

/** How many jobs can be claimed at once, whichever they turn out to be, without one handler getting more than its concurrency allows. */
function roomOf({ handlers }: Host, busy: ReadonlyMap<RegisteredHandler, number>): number {
  let room = Number.POSITIVE_INFINITY
  for (const handler of handlers.limited) {
    const left = handler.concurrency - (busy.get(handler) ?? 0)
    if (left > 0 && left < room) room = left
  }
  return room
}

/** When the next job of this node is due, past now; null where none is. */
export async function nextDueAt(host: Host): Promise<number | null> {
  const where = { ...claimable(host, null), dueAt: { gt: host.now() } }
  const [next] = await host.storage.find(jobs, { where, orderBy: [{ field: 'dueAt' }], limit: 1 })
  return next?.record.dueAt ?? null
}

/** When the first lease of a due job ends that another holds; null where none is held. */
export async function nextLeaseEnd(host: Host): Promise<number | null> {
  const now = host.now()
  const where = { ...claimable(host, null), dueAt: { lte: now } }
  const due = await host.storage.find(jobs, { where, orderBy: [{ field: 'dueAt' }], limit: LEASES_LOOKED_AT })
  let first: number | null = null
  for (const { leasedUntil } of due)
    if (leasedUntil !== null && leasedUntil > now && (first === null || leasedUntil < first)) first = leasedUntil
  return first
}

const LEASES_LOOKED_AT = 100

function claimable(host: Host, busy: ReadonlyMap<RegisteredHandler, number> | null): Where<JobRecord> {
  const full = new Set<RegisteredHandler>()
  if (busy !== null) for (const [handler, count] of busy) if (count >= handler.concurrency) full.add(handler)
  return claimedTypes(host, full)
}
