import fc from 'fast-check'
import { expect, test } from 'vitest'
import { read } from './compile.ts'
import { playGraph } from './join-laws.ts'
import { realKernel } from './kernel.ts'
import { graphShapes, graphXml } from './random-graph.ts'
import { LAW_RUNS, LAW_SEED } from './runs.ts'

test('parallel and inclusive joins agree with a token game after the text of the specification', async () => {
  let fired = 0
  await fc.assert(
    fc.asyncProperty(
      graphShapes(),
      fc.array(fc.nat({ max: 9_999 }), { minLength: 40, maxLength: 80, size: 'max' }),
      async (shape, choices) => {
        const xml = graphXml(shape)
        const played = playGraph(realKernel, await read(xml), choices)
        fired += played.joinsFired
        if (played.problems.length > 0) throw new Error(`${played.problems.join('\n')}\n${xml}`)
      },
    ),
    { numRuns: LAW_RUNS, seed: LAW_SEED },
  )
  expect(fired, 'graphs in which joins fire').toBeGreaterThan(LAW_RUNS)
})
