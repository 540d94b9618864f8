import fc from 'fast-check'
import { expect, test } from 'vitest'
import { confluent } from './confluent.ts'
import { crashProblems } from './crash-run.ts'
import { type Fault, failAndGoOn, repeatProblems } from './fault-run.ts'
import { modelShapes } from './generator.ts'
import { lawStores } from './law-stores.ts'
import { render } from './render.ts'
import { LAW_SEED } from './runs.ts'

const FAULTS: readonly Fault[] = ['refused', 'brokenBefore', 'brokenAfter']
const NEVER = 1_000_000
/** Commits of one model that fail, spread over all of them. */
const POINTS = 6

for (const [store, durability] of lawStores.flatMap((one) => [[one, 'activity'] as const, [one, 'wait'] as const])) {
  test(`on ${store.name} with durability ${durability}, a commit that fails anywhere, in any way, leaves the process to its end`, async () => {
    const wanted = Math.ceil(store.runs / 10)
    let runs = 0
    await fc.assert(
      fc.asyncProperty(modelShapes().map(confluent), fc.nat(), async (shape, offset) => {
        if (runs >= wanted) return
        const { xml } = render(shape)
        const uncut = await failAndGoOn(xml, NEVER, 'refused', durability, store.open)
        const every = Math.max(1, Math.ceil(uncut.commits / POINTS))
        for (let at = offset % every; at < uncut.commits; at += every) {
          const fault = FAULTS[runs++ % FAULTS.length] as Fault
          const run = await failAndGoOn(xml, at, fault, durability, store.open)
          const problems = [...crashProblems(run, uncut.ending), ...repeatProblems(run, fault)]
          if (problems.length > 0) throw new Error(`commit ${at} was ${fault}: ${problems.join('\n')}\n${xml}`)
        }
      }),
      { numRuns: store.runs, seed: LAW_SEED },
    )
    expect(runs).toBeGreaterThanOrEqual(wanted)
  })
}

test('the law finds a store that acknowledges a commit and forgets it', async () => {
  const found: string[] = []
  for (const shape of fc.sample(modelShapes().map(confluent), { numRuns: 5, seed: LAW_SEED })) {
    const { xml } = render(shape)
    for (let at = 2; at < 6 && found.length === 0; at++)
      found.push(
        ...(await failAndGoOn(xml, at, 'forgotten', 'activity').then(
          (run) => repeatProblems(run, 'brokenAfter'),
          (error: unknown) => [String(error)],
        )),
      )
  }
  expect(found).not.toEqual([])
})
