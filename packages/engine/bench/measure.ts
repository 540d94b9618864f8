import { performance } from 'node:perf_hooks'
import process from 'node:process'

/** Seconds of processor time that this thread used: on a shared machine the fairer measure. */
export function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

export interface Rate {
  /** Per second of this thread's processor time. */
  readonly perCpuSecond: number
  /** Per second of wall clock. */
  readonly perSecond: number
}

/** Repeats the work for a warm-up and then for about `seconds`; counts `each` units a call. */
export async function rateOf(work: () => Promise<void>, seconds: number, each = 1): Promise<Rate> {
  await repeat(work, seconds / 2)
  globalThis.gc?.()
  const cpu = cpuSeconds()
  const began = performance.now()
  const times = await repeat(work, seconds)
  const wall = (performance.now() - began) / 1000
  return { perCpuSecond: (times * each) / (cpuSeconds() - cpu), perSecond: (times * each) / wall }
}

async function repeat(work: () => Promise<void>, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000
  let times = 0
  do {
    await work()
    times++
  } while (performance.now() < end)
  return times
}

/** Bytes of live heap, after collecting. Needs --expose-gc. */
export function liveHeap(): number {
  for (let k = 0; k < 4; k++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
