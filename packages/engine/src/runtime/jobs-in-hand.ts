import { createBreather } from './breather.ts'
import type { EngineError } from './errors.ts'
import { fullOf, limitedHandler, roomOf } from './handler-slots.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { AdoptedJob, Host } from './host.ts'
import { TIMER_MAX_MS } from './invoke.ts'
import { messageOf } from './job.ts'
import type { LeasedJob } from './leased-job.ts'
import { ruling } from './own-lease.ts'
import { performJob } from './perform-job.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { closing, leaseLost } from './worker-errors.ts'

/** The jobs that this node holds the leases of: they are being done, each in a slot, and their leases renewed. */
export interface JobsInHand {
  /** How many are in hand. */
  size(): number
  /** Slots that are free. */
  free(): number
  /** How many may be claimed at once, whichever they turn out to be: 0 once closed. */
  room(): number
  /** The handlers that now run as often at once as they may. */
  full(): ReadonlySet<RegisteredHandler>
  /** Takes a job on, whether it was claimed or is a command's own that `running` was begun for. */
  take(job: LeasedJob, running: AdoptedJob | null): void
  /** Takes a claimed job on, or gives it back once closed. */
  takeClaimed(job: LeasedJob): void
  /** Its result is not wanted any more. */
  withdraw(jobId: string): void
  /** When the next of them has ended. */
  nextEnd(): Promise<void>
  /** From now on none is claimed; the handlers at work are told. */
  close(): void
  /** Gives those that are left to other nodes. */
  giveUp(): Promise<void>
}

/** What is told of jobs that come and go. */
export interface HandEvents {
  taken(job: JobRecord): void
  /** `isSettled`: its commit landed, and woke the worker for whatever that left to do. */
  ended(isSettled: boolean): void
}

/** None is in hand. */
export function createJobsInHand(host: Host, isManual: boolean, tell: HandEvents): JobsInHand {
  const { concurrencyMax, leaseMs } = host.settings
  const breathe = createBreather()
  const inHand = new Map<string, InHand>()
  const busy = new Map<RegisteredHandler, number>()
  let isClosed = false
  /** How many of those in hand have done their work and only commit. */
  let ending = 0
  let renewal: ReturnType<typeof setInterval> | null = null
  let waiters: (() => void)[] = []

  const take = (job: LeasedJob, running: AdoptedJob | null): void => {
    const known = inHand.get(job.record.id)
    if (known !== undefined) {
      // Either our own lease ended by the clock and came to us again, or what is ending here made the next one of the same name: a timer's
      // next occurrence.
      if (known.isEnding || job.record.kind !== 'work') known.next = job
      else known.fence = job.fence
      return
    }
    tell.taken(job.record)
    const one: InHand = {
      fence: job.fence,
      isEnding: false,
      isSettled: false,
      ended: isClosed ? closing() : null,
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
    if (renewal === null && !isManual) renewal = setInterval(renew, Math.min(TIMER_MAX_MS, Math.max(5, leaseMs / 3)))
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
        leaveSlot()
        if (one.isEnding) ending--
        if (one.next !== null) takeClaimed(one.next)
        if (inHand.size === 0) stopRenewing()
        wakeWaiters()
        tell.ended(one.isSettled)
      })
  }
  const takeClaimed = (job: LeasedJob): void => {
    if (isClosed) void giveBack([{ id: job.record.id, fence: job.fence }])
    else take(job, null)
  }
  const wakeWaiters = (): void => {
    const waiting = waiters
    waiters = []
    for (const wake of waiting) wake()
  }
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
  const stopRenewing = (): void => {
    if (renewal !== null) clearInterval(renewal)
    renewal = null
  }
  const free = (): number => concurrencyMax + ending - inHand.size

  return {
    size: () => inHand.size,
    free,
    room: () => (isClosed ? 0 : Math.min(free(), roomOf(host, busy))),
    full: () => fullOf(busy),
    take,
    takeClaimed,
    withdraw(jobId) {
      const one = inHand.get(jobId)
      if (one === undefined) return
      end(one, leaseLost(jobId, 'The activity was cancelled or went on: the result of this job is not wanted any more.'))
    },
    nextEnd: () => new Promise((resolve) => waiters.push(resolve)),
    close() {
      isClosed = true
      for (const one of inHand.values()) if (!one.isEnding) end(one, closing())
    },
    async giveUp() {
      stopRenewing()
      if (inHand.size === 0) return
      const left = [...inHand].map(([id, { fence }]) => ({ id, fence }))
      inHand.clear()
      await giveBack(left)
      wakeWaiters()
    },
  }
}

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
