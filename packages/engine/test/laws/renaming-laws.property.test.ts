import { expect, test } from 'vitest'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { compile, read } from './compile.ts'
import { applyAll, type Kernel, realKernel } from './kernel.ts'
import { renamed, renamingIsNothing } from './renaming-laws.ts'
import { draws, LAW_RUNS, tell, walks } from './runs.ts'
import { walk } from './walk.ts'

const RUNS = Math.max(20, Math.ceil(LAW_RUNS / 10))

/**
 * Runs the law over random models, until it finds something where `runs` is left out. Gives the first problem, and how many instances were
 * migrated.
 */
async function renaming(kernel: Kernel, runs?: number): Promise<{ readonly problem: string | null; readonly migrated: number }> {
  let migrated = 0
  for (const [shape, choices] of draws(walks(), () => runs !== undefined, runs)) {
    const { definition, xml } = await compile(shape)
    const other = renamed(xml, definition)
    const trace = walk(realKernel, definition, choices)
    const found = renamingIsNothing(trace, kernel, await read(other.xml), other.map)
    migrated += found.migrated
    if (found.problems.length > 0) return { problem: `${found.problems.join('\n')}\n\n${tell(trace)}\n\n${xml}`, migrated }
  }
  return { problem: null, migrated }
}

test('an instance that is migrated to its model under other ids goes on as before, and back again it is what it was', async () => {
  const { problem, migrated } = await renaming(realKernel, RUNS)
  expect(problem).toBeNull()
  expect(migrated).toBeGreaterThan(RUNS / 2)
})

test.each<[string, RegExp, (event: KernelEvent) => readonly KernelEvent[]]>([
  ['a breakpoint that stays where it was', /stopsSet/, (event) => (event.type === 'stopsSet' ? [] : [event])],
  ['what came for a suspended instance and is under the old ids', /it goes on by/, withoutKept],
  [
    'a token that waits for what is no more',
    /waits for nothing/,
    (event) => (event.type === 'tokenMigrated' ? [{ ...event, waits: [] }] : [event]),
  ],
])('the law finds %s', async (_what, finding, change) => {
  const faulty: Kernel = {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if (command.type !== 'migrateProcess' || 'rejected' in outcome) return outcome
      const events = outcome.events.flatMap(change)
      return { events, state: applyAll(state, events) }
    },
  }
  expect((await renaming(faulty)).problem).toMatch(finding)
})

function withoutKept(event: KernelEvent): readonly KernelEvent[] {
  if (event.type !== 'processMigrated') return [event]
  const { kept: _kept, ...bare } = event
  return [bare]
}
