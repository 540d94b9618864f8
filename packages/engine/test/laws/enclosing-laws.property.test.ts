import { expect, test } from 'vitest'
import type { IdMap } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { type Compiled, compile, read } from './compile.ts'
import { enclosed, enclosingGoesOn, type Other } from './enclosing-laws.ts'
import { emptyState, type Kernel, realKernel } from './kernel.ts'
import { regionsOf, wrapped } from './regions.ts'
import { draws, LAW_RUNS, tell, walks } from './runs.ts'
import { walk } from './walk.ts'

/**
 * Runs the law over random models that begin by themselves. Gives the first problem, how many instances went in, and how many of them
 * passed.
 */
async function enclosing(
  kernel: Kernel,
  { runs = 0, passes = 0 }: { readonly runs?: number; readonly passes?: number },
  others: (compiled: Compiled, choices: readonly number[]) => Promise<{ readonly model: Compiled; readonly other: Other } | null>,
): Promise<{ readonly problem: string | null; readonly migrated: number; readonly passed: number }> {
  let [migrated, passed] = [0, 0]
  for (const [shape, choices] of draws(walks(), () => runs > 0 && passed >= passes, runs)) {
    if (shape.begins !== 'itself') continue
    const found = await others(await compile(shape), choices)
    if (found === null) continue
    const trace = walk(realKernel, found.model.definition, choices, { leaves: false })
    const its = enclosingGoesOn(trace, kernel, found.other)
    migrated += its.migrated
    passed += its.passed
    if (its.problems.length > 0) return { problem: `${its.problems.join('\n')}\n\n${tell(trace)}\n\n${found.model.xml}`, migrated, passed }
  }
  return { problem: null, migrated, passed }
}

/** All of it is put into a sub-process. */
const whole = async (model: Compiled) => ({ model, other: { target: await read(enclosed(model.xml)), map: {}, back: {} } })

/** The sub-process is around another part of it. */
async function shifted(
  { definition, xml, ...more }: Compiled,
  choices: readonly number[],
): Promise<{ model: Compiled; other: Other } | null> {
  const regions = regionsOf(definition)
  const one = regions[(choices[0] ?? 0) % regions.length]
  const near = regions.filter((region) => region !== one && [...region.nodes].some((id) => one?.nodes.has(id)))
  const other = near[(choices[1] ?? 0) % near.length]
  if (one === undefined || other === undefined) return null
  const isLoop = (choices[2] ?? 0) % 3 === 0
  const [before, after] = [wrapped(xml, one, isLoop), wrapped(xml, other, isLoop)]
  const model = { ...more, xml: before.xml, definition: await read(before.xml) }
  return { model, other: { target: await read(after.xml), map: mapOf(before.map, after.map), back: mapOf(after.map, before.map) } }
}

/** From the names of one model to those of the other, by what both call otherwise. */
function mapOf(before: IdMap, after: IdMap): IdMap {
  const map: Record<string, string> = { ...after }
  for (const [id, name] of Object.entries(before)) map[name] = after[id] ?? id
  return map
}

test('what a migration puts into a sub-process that is new around it goes on there, told whole by its events', async () => {
  const { problem, migrated } = await enclosing(realKernel, { runs: RUNS }, whole)
  expect(problem).toBeNull()
  expect(migrated).toBeGreaterThan(RUNS / 2)
})

test('what a migration takes out of a sub-process that stays, or puts into one that is open, goes on there', async () => {
  const { problem, migrated, passed } = await enclosing(realKernel, { runs: RUNS, passes: PASSES }, shifted)
  expect(problem).toBeNull()
  expect(migrated).toBeGreaterThan(RUNS / 2)
  expect(passed).toBeGreaterThanOrEqual(PASSES)
})

test.each<[string, RegExp, typeof shifted, (events: readonly KernelEvent[]) => readonly KernelEvent[]]>([
  [
    'a token that is not told to be elsewhere',
    /do not give the state/,
    whole,
    (events) => events.filter(({ type }) => type !== 'tokenMoved'),
  ],
  [
    'a scope that is opened without a word',
    /was closed and not open/,
    whole,
    (events) => events.filter(({ type }) => type !== 'scopeOpened'),
  ],
  [
    'a sub-process that ends without a word',
    /do not give the state/,
    shifted,
    (events) => events.filter(({ type }) => type !== 'scopeClosed'),
  ],
])('the law finds %s', async (_what, finding, others, change) => {
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
  expect((await enclosing(faulty, {}, others)).problem).toMatch(finding)
})

const RUNS = Math.max(20, Math.ceil(LAW_RUNS / 10))
const PASSES = Math.ceil(RUNS / 20)
