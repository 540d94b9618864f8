import type { ChangeSet, Storage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedStorage } from './changed-storage.ts'
import { read } from './compile.ts'
import { confluent } from './confluent.ts'
import { crashAndGoOn, crashProblems, type Ending, handlerProblems } from './crash-run.ts'
import { modelShapes } from './generator.ts'
import { lawStores } from './law-stores.ts'
import { renamed } from './renaming-laws.ts'
import { render } from './render.ts'
import { LAW_SEED } from './runs.ts'

/** More commits than a model of this size makes. */
const NEVER = 1_000_000
/** Prefixes tried of one model, spread over all of its commits. */
const PREFIXES = 12
/** Of so many models one is migrated, suspended and resumed on its way. */
const OPERATED_EVERY = 8

for (const [store, durability] of lawStores.flatMap((one) => [[one, 'activity'] as const, [one, 'wait'] as const])) {
  test(`on ${store.name} with durability ${durability}, every prefix of commits, crash and restart ends as an uncrashed run`, async () => {
    const wanted = Math.ceil(store.runs / 2) // half of the law's runs with each durability
    let runs = 0
    await fc.assert(
      fc.asyncProperty(modelShapes().map(confluent), fc.nat(), async (shape, offset) => {
        if (runs >= wanted) return
        const { xml } = render(shape)
        const other = offset % OPERATED_EVERY === 0 ? renamed(xml, await read(xml)) : null
        const options = { open: store.open, other }
        const uncut = await crashAndGoOn(xml, NEVER, 'lost', durability, options)
        expect(uncut.ending.status).toBe('completed')
        for (const [at, last] of prefixes(uncut.commits, offset)) {
          const run = await crashAndGoOn(xml, at, last, durability, options)
          runs += 1
          const problems = [...crashProblems(run, uncut.ending), ...(durability === 'activity' ? handlerProblems(run) : [])]
          if (problems.length > 0) throw new Error(`killed at commit ${at}, which was ${last}: ${problems.join('\n')}\n${xml}`)
        }
      }),
      { numRuns: wanted, seed: LAW_SEED },
    )
    expect(runs).toBeGreaterThanOrEqual(wanted)
  })
}

function prefixes(commits: number, offset: number): readonly (readonly [at: number, last: 'lost' | 'landed'])[] {
  const every = Math.max(1, Math.ceil(commits / PREFIXES))
  return Array.from(
    { length: Math.min(commits, PREFIXES) },
    (_, k) => [(k * every + (offset % every)) % commits, (k + offset) % 2 === 0 ? 'lost' : 'landed'] as const,
  )
}

test('the law finds a commit that drops a set', async () => {
  expect(await firstCrashProblem((set) => ({ ...set, put: set.put.filter((write) => write.collection.name !== 'scopes') }))).not.toBeNull()
})

test('the law finds a finished job that is left to be run again', async () => {
  expect(
    await firstCrashProblem((set) => ({ ...set, delete: set.delete.filter((key) => key.collection.name !== 'jobs'), expect: set.expect })),
  ).not.toBeNull()
})

/** The first problem found where the first process commits its change sets changed. */
async function firstCrashProblem(change: (set: ChangeSet) => ChangeSet): Promise<string | null> {
  const tamper = (storage: Storage): Storage => changedStorage(storage, change)
  for (const [shape, at] of fc.sample(fc.tuple(modelShapes().map(confluent), fc.integer({ min: 2, max: 8 })), {
    numRuns: 100,
    seed: LAW_SEED,
  })) {
    const { xml } = render(shape)
    const uncut: Ending = (await crashAndGoOn(xml, NEVER, 'lost', 'activity')).ending
    const problem = await crashAndGoOn(xml, at, 'landed', 'activity', { tampered: tamper }).then(
      (run) => [...crashProblems(run, uncut), ...handlerProblems(run)][0],
      (error: unknown) => String(error),
    )
    if (problem !== undefined) return problem
  }
  return null
}
