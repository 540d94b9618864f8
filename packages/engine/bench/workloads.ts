import { performance } from 'node:perf_hooks'
import type { Contestant } from './engines/contestant.ts'
import { cpuSeconds, liveHeap, type Rate, rateOf } from './measure.ts'
import type { Models } from './models.ts'

/** One measured figure: a rate, or a number with its unit. */
export type Figure =
  | { readonly type: 'rate'; readonly rate: Rate }
  | { readonly type: 'number'; readonly value: number; readonly unit: string }

type Workload = (engine: Contestant, seconds: number) => Promise<Figure | null>

/** Every workload checks that the work was done. Null = the engine has no such thing. */
export const workloads: { readonly [name: string]: Workload } = {
  'W1 ten service tasks in a row': (engine, seconds) => runs(engine, 'linear', 10, seconds),
  'W2 fork and join of ten': (engine, seconds) => runs(engine, 'fork', 10, seconds),
  'W3 one round of a loop': (engine, seconds) => runs(engine, 'loop', 100, seconds, 100),
  'W4 start and complete a user task': async (engine, seconds) =>
    rate(
      await rateOf(async () => {
        const handle = await engine.start('userTask')
        await engine.complete(handle)
        if (!(await engine.isEnded(handle))) throw new Error('not ended')
      }, seconds),
    ),
  'W5 durable round trip, one caller': async (engine, seconds) =>
    engine.roundTrip ? rate(await rateOf(() => engine.roundTrip?.() ?? Promise.resolve(), seconds)) : null,
  'W5c durable round trip, 100 callers': async (engine, seconds) => {
    if (!engine.roundTrip) return null
    const all = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 100 }, () => engine.roundTrip?.()))
    }
    return rate(await rateOf(all, seconds, 100))
  },
  'W6s multi-instance of 100, sequential': (engine, seconds) => runs(engine, 'sequential', 100, seconds),
  'W6p multi-instance of 100, parallel': (engine, seconds) => runs(engine, 'parallel', 100, seconds),
  'W7 heap of one waiting instance, history included': async (engine) => {
    for (let k = 0; k < 50; k++) await engine.complete(await engine.start('userTask'))
    const count = 2000
    const before = liveHeap()
    const kept: unknown[] = []
    while (kept.length < count) kept.push(await engine.start('userTask'))
    const value = (liveHeap() - before) / count
    if (await engine.isEnded(kept[0])) throw new Error('ended')
    return { type: 'number', value, unit: 'bytes' }
  },
  'W8 the 1,000th round against the 10th': async (engine) => {
    const handle = await engine.start('rounds')
    const marks: number[] = [cpuSeconds()]
    const stop = performance.now() + 30_000
    for (let k = 1; k <= 1000 && performance.now() < stop; k++) {
      await engine.complete(handle)
      marks.push(cpuSeconds())
    }
    const spent = (from: number, to: number): number => ((marks[to] ?? Number.NaN) - (marks[from] ?? Number.NaN)) / (to - from)
    return { type: 'number', value: spent(900, 1000) / spent(5, 105), unit: 'times' }
  },
  'W9 start in a model of 500 nodes': async (engine, seconds) => {
    if (engine.name === 'floor') return null
    const { perCpuSecond } = await rateOf(async () => void (await engine.start('large')), seconds)
    return { type: 'number', value: 1e6 / perCpuSecond, unit: 'µs' }
  },
  'W9 read a model of 500 nodes': async (engine, seconds) => {
    const { perCpuSecond } = await rateOf(() => engine.compile('large'), seconds)
    return { type: 'number', value: 1e3 / perCpuSecond, unit: 'ms' }
  },
}

async function runs(engine: Contestant, model: keyof Models, calls: number, seconds: number, each = 1): Promise<Figure> {
  let times = 0
  engine.calls.count = 0
  const measured = await rateOf(
    async () => {
      await engine.run(model)
      times++
    },
    seconds,
    each,
  )
  if (engine.calls.count !== times * calls) throw new Error(`${engine.calls.count} calls in ${times} runs of ${calls}`)
  return rate(measured)
}

function rate(measured: Rate): Figure {
  return { type: 'rate', rate: measured }
}
