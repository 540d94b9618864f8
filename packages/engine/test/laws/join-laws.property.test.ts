import fc from 'fast-check'
import { expect, test } from 'vitest'
import { read } from './compile.ts'
import { playGraph, playPaths } from './join-laws.ts'
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

test('in an ad hoc sub-process the joins of each path agree with a token game of that path alone', async () => {
  let fired = 0
  const moves = fc.array(fc.nat({ max: 9_999 }), { minLength: 40, maxLength: 80, size: 'max' })
  await fc.assert(
    fc.asyncProperty(graphShapes(), moves, async (shape, choices) => {
      const xml = graphXml(shape, true)
      const played = playPaths(realKernel, await read(xml), choices)
      fired += played.joinsFired
      if (played.problems.length > 0) throw new Error(`${played.problems.join('\n')}\n${xml}`)
    }),
    { numRuns: LAW_RUNS, seed: LAW_SEED },
  )
  expect(fired, 'paths in which joins fire').toBeGreaterThan(LAW_RUNS)
})
