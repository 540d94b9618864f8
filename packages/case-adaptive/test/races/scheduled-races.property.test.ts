import { isDeepStrictEqual } from 'node:util'
import { manualClock } from '@leeway/engine'
import { memoryStorage, type Storage } from '@leeway/storage'
import fc, { type Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { openDesk, START } from '../desk.ts'
import { type Outcome, outcomesInOrder } from './orders.ts'
import { COMMANDS, deployScene, endingOf, pictureOf, type RacingCommand, ROWS, setScene } from './scene.ts'
import { scheduledStorage } from './scheduled-storage.ts'

const RUNS = process.env.LAW_RUNS === undefined ? 30 : Number(process.env.LAW_RUNS)
const SEED = Number(process.env.LAW_SEED ?? 2_026)

const names = Object.keys(COMMANDS)
const races = fc.oneof(
  { weight: 4, arbitrary: fc.subarray(names, { minLength: 2, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.subarray(names, { minLength: 3, maxLength: 3 }) },
)

/** Each command at an engine of its own, over one store; the scheduler says whose turn it is at each read and commit. */
async function raced(names: readonly string[], scheduler: Scheduler, tampered = (storage: Storage) => storage): Promise<Outcome> {
  const clock = manualClock(START)
  const store = memoryStorage({ now: () => clock.now() })
  const host = await openDesk(store, {}, clock)
  await deployScene(host)
  const scene = await setScene(host)
  const desks = await Promise.all(names.map((name) => openDesk(tampered(scheduledStorage(store, scheduler, name)), {}, clock)))
  const calls = names.map((name, k) => endingOf((COMMANDS[name] as RacingCommand)(desks[k]!, scene)))
  const ends = await scheduler.waitFor(Promise.all(calls))
  const closed = Promise.all(desks.map((desk) => desk.close()))
  await scheduler.waitFor(closed)
  const after = await openDesk(store, {}, clock)
  const picture = await pictureOf(after, scene)
  await after.close()
  await host.close()
  return { ends, picture }
}

async function misfit(names: readonly string[], scheduler: Scheduler, tampered?: (storage: Storage) => Storage): Promise<string | null> {
  const outcome = await raced(names, scheduler, tampered)
  const orders = await outcomesInOrder(names)
  if (orders.some((one) => isDeepStrictEqual(one, outcome))) return null
  return `${names.join(', ')}: ${JSON.stringify(outcome, null, 1)} is not what comes of any order: ${JSON.stringify(orders, null, 1)}`
}

test('commands that come at once, whatever turns they take, end as in one order or the other', async () => {
  await fc.assert(
    fc.asyncProperty(races, fc.scheduler(), async (names, scheduler) => {
      const found = await misfit(names, scheduler)
      if (found !== null) throw new Error(found)
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
})

/** A row each so often, whatever turns its two sides take. */
const TURNS = Math.ceil(RUNS / 5)

test.each(ROWS)('%s: %s and %s that come at once end as in one order or the other', async (_, ...names) => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const found = await misfit(names, scheduler)
      if (found !== null) throw new Error(found)
    }),
    { numRuns: TURNS, seed: SEED, endOnFailure: true },
  )
})

test('the law finds a store that does not check what a change set expects', async () => {
  const careless = (storage: Storage): Storage => ({
    ...storage, // an object of plain functions
    commit: (sets) => storage.commit(sets.map((set) => ({ ...set, expect: [] }))),
  })
  const found: (string | null)[] = []
  for (const [names, scheduler] of fc.sample(fc.tuple(races, fc.scheduler()), { numRuns: 40, seed: SEED })) {
    found.push(await misfit(names, scheduler, careless).catch(() => null))
    if (found.at(-1) !== null) return
  }
  expect(found).toContainEqual(expect.any(String))
})
