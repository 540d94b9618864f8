import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { type Kernel, realKernel } from './kernel.ts'
import type { ModelShape } from './model-shape.ts'
import { anotherModelIsRefusedOrGoneOnBy } from './other-model-laws.ts'
import { draws, LAW_RUNS, tell, walks } from './runs.ts'
import { walk } from './walk.ts'

const RUNS = Math.max(20, Math.ceil(LAW_RUNS / 5))

/** Models near to it: a block is gone, or comes first that was last, or something is around them; and one that has but ids in common. */
function others(shape: ModelShape, stranger: ModelShape): readonly ModelShape[] {
  const { content } = shape
  const { blocks } = content
  const withBlocks = (some: typeof blocks): ModelShape => ({ ...shape, content: { ...content, blocks: some } })
  return [
    withBlocks(blocks.slice(1)),
    withBlocks(blocks.slice(0, -1)),
    withBlocks(blocks.toReversed()),
    withBlocks([...blocks, ...stranger.content.blocks.slice(0, 1)]),
    { ...shape, content: { ...content, handlers: stranger.content.handlers } },
    { ...stranger, dialect: shape.dialect },
  ]
}

/**
 * Runs the law over random models, until it finds something where `runs` is left out. Gives the first problem, and how many instances were
 * migrated.
 */
async function migrating(kernel: Kernel, runs?: number): Promise<{ readonly problem: string | null; readonly migrated: number }> {
  let migrated = 0
  for (const [[shape, choices], [stranger], which] of draws(fc.tuple(walks(), walks(), fc.nat()), () => runs !== undefined, runs)) {
    const { definition, xml } = await compile(shape)
    const all = others(shape, stranger)
    const target = await compile(all[which % all.length] ?? stranger)
    const trace = walk(realKernel, definition, choices)
    let found: ReturnType<typeof anotherModelIsRefusedOrGoneOnBy>
    try {
      found = anotherModelIsRefusedOrGoneOnBy(trace, kernel, target.definition)
    } catch (error) {
      found = { problems: [String(error)], migrated: 0 }
    }
    migrated += found.migrated
    if (found.problems.length > 0) return { problem: `${found.problems.join('\n')}\n\n${tell(trace)}\n\n${xml}\n\n${target.xml}`, migrated }
  }
  return { problem: null, migrated }
}

test('a migration to any other model is refused, or goes on by that model and is told whole by its events', async () => {
  const { problem, migrated } = await migrating(realKernel, RUNS)
  expect(problem).toBeNull()
  expect(migrated).toBeGreaterThan(RUNS / 4)
})

test('the law finds a change of what is waited for that is not told', async () => {
  const faulty: Kernel = {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if (command.type !== 'migrateProcess' || 'rejected' in outcome) return outcome
      return { ...outcome, events: outcome.events.filter(({ type }) => type !== 'tokenMigrated') }
    },
  }
  expect((await migrating(faulty)).problem).toMatch(/do not give the state|not armed/)
})
