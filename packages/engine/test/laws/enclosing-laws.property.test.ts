import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { compile, read } from './compile.ts'
import { enclosed, enclosingGoesOn } from './enclosing-laws.ts'
import { emptyState, type Kernel, realKernel } from './kernel.ts'
import { LAW_RUNS, LAW_SEED, tell, walks } from './runs.ts'
import { walk } from './walk.ts'

/** Runs the law over random models that begin by themselves. Gives the first problem, and how many instances went in. */
async function enclosing(kernel: Kernel, numRuns: number): Promise<{ readonly problem: string | null; readonly migrated: number }> {
  let migrated = 0
  for (const [shape, choices] of fc.sample(walks(), { numRuns, seed: LAW_SEED })) {
    if (shape.begins !== 'itself') continue
    const { definition, xml } = await compile(shape)
    const trace = walk(realKernel, definition, choices, { leaves: false })
    const found = enclosingGoesOn(trace, kernel, await read(enclosed(xml)))
    migrated += found.migrated
    if (found.problems.length > 0) return { problem: `${found.problems.join('\n')}\n\n${tell(trace)}\n\n${xml}`, migrated }
  }
  return { problem: null, migrated }
}

test('what a migration puts into a sub-process that is new around it goes on there, told whole by its events', async () => {
  const { problem, migrated } = await enclosing(realKernel, RUNS)
  expect(problem).toBeNull()
  expect(migrated).toBeGreaterThan(RUNS / 2)
})

test.each<[string, RegExp, (events: readonly KernelEvent[]) => readonly KernelEvent[]]>([
  ['a token that is not told to be elsewhere', /do not give the state/, (events) => events.filter(({ type }) => type !== 'tokenMoved')],
  ['a scope that is opened without a word', /was closed and not open/, (events) => events.filter(({ type }) => type !== 'scopeOpened')],
])('the law finds %s', async (_what, finding, change) => {
  const faulty: Kernel = {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      return command.type === 'migrateProcess' && 'events' in outcome ? { ...outcome, events: change(outcome.events) } : outcome
    },
    replay(events) {
      try {
        return realKernel.replay(events)
      } catch {
        return emptyState // what cannot be replayed gives no state
      }
    },
  }
  expect((await enclosing(faulty, RUNS)).problem).toMatch(finding)
})

const RUNS = Math.max(20, Math.ceil(LAW_RUNS / 10))
