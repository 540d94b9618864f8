import { performance } from 'node:perf_hooks'
import { cpuSeconds } from '../measure.ts'

/** One of two contestants: does its work for so many milliseconds and tells how many units it did. */
export interface Side {
  /** What has to be ready before the clock runs. */
  prepare?(): void | Promise<void>
  run(ms: number): Promise<number>
}

/** Callers that do one thing again and again, each when its last is done. */
export function repeating(once: () => Promise<unknown>, callers: number): Side & { done(): number } {
  let done = 0
  return {
    done: () => done,
    async run(ms) {
      const end = performance.now() + ms
      const before = done
      const call = async (): Promise<void> => {
        do {
          await once()
          done++
        } while (performance.now() < end)
      }
      await Promise.all(Array.from({ length: callers }, call))
      return done - before
    },
  }
}

/** What a comparison gives: units per second of both sides (medians of the slices), and the median of the slices' ratios. */
export interface Comparison {
  readonly ours: number
  readonly theirs: number
  /** Ours : theirs. */
  readonly ratio: number
}

/** Has two sides work in turn, so that what else the machine does disturbs both alike. `cpu`: by this thread's processor time. */
export async function compare(ours: Side, theirs: Side, seconds: number, by: 'cpu' | 'wall'): Promise<Comparison> {
  const slices = 10
  const sliceMs = (seconds * 1000) / slices
  const rates: { readonly ours: number; readonly theirs: number }[] = []
  globalThis.gc?.()
  for (let k = 0; k < slices + 2; k++) {
    const both = [await rate(ours, sliceMs, by), await rate(theirs, sliceMs, by)] as const
    if (k >= 2) rates.push({ ours: both[0], theirs: both[1] })
  }
  return {
    ours: median(rates.map((one) => one.ours)),
    theirs: median(rates.map((one) => one.theirs)),
    ratio: median(rates.map((one) => one.ours / one.theirs)),
  }
}

async function rate(side: Side, ms: number, by: 'cpu' | 'wall'): Promise<number> {
  await side.prepare?.()
  const cpu = cpuSeconds()
  const began = performance.now()
  const units = await side.run(ms)
  return units / (by === 'cpu' ? cpuSeconds() - cpu : (performance.now() - began) / 1000)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
