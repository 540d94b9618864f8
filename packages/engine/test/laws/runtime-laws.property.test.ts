import type { ChangeSet, Storage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { changedStorage } from './changed-storage.ts'
import { createChooser } from './chooser.ts'
import { CALENDARS } from './kernel.ts'
import { type LawStore, lawStores, memoryStore } from './law-stores.ts'
import type { ModelShape } from './model-shape.ts'
import { batchProblems, versionsOf } from './operator-acts.ts'
import { render } from './render.ts'
import { LAW_SEED, parameters, walks } from './runs.ts'
import { choosingHandler, drive, VARIABLES } from './runtime-driver.ts'
import { callProblems, historyProblems, readStored, rowProblems } from './stored-instance.ts'

const ACTS_DRAWN = 36
/** All that happened is replayed; each time costs more than the one before. */
const REPLAYED_EVERY = 2

test.each(lawStores)(
  'on $name, the stored history at level full replays to the stored state, each wait has its row, each row its owner, none is left at the end, and the end comes',
  async (store) => {
    await fc.assert(
      fc.asyncProperty(walks(), fc.constantFrom('activity' as const, 'wait' as const), async ([shape, choices], durability) => {
        const problems = await storedProblems(shape, choices, durability, store)
        if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${render(shape).xml}`)
      }),
      { ...parameters(), numRuns: store.runs },
    )
  },
)

const faults: readonly (readonly [fault: string, change: (set: ChangeSet) => ChangeSet, finding: RegExp])[] = [
  ['a commit that drops a scope', (set) => ({ ...set, put: without(set.put, 'scopes') }), /does not replay|no owner|stuck|damaged/],
  [
    'a cancel that forgets a timer',
    (set) => ({ ...set, delete: set.delete.filter((key) => !key.id.includes(':boundaryEvent')) }),
    /has no owner/,
  ],
  ['a wait without its subscription', (set) => ({ ...set, put: without(set.put, 'subscriptions') }), /subscription .* is missing/],
  ['a call that outlives its caller', (set) => ({ ...set, put: withoutJobs(set.put, 'callCancel') }), /is left, which it called/],
  ['an end that the caller is not told of', (set) => ({ ...set, put: withoutJobs(set.put, 'callEnd') }), /it is stuck|does not replay/],
  ['a task that stays', (set) => ({ ...set, delete: set.delete.filter((key) => key.collection.name !== 'tasks') }), /task .* has no owner/],
]

test.each(faults)('the law finds %s', async (_fault, change, finding) => {
  expect(await firstStoredProblem((storage) => changedStorage(storage, change))).toMatch(finding)
})

function without(writes: ChangeSet['put'], name: string): ChangeSet['put'] {
  return writes.filter((write) => write.collection.name !== name)
}

function withoutJobs(writes: ChangeSet['put'], kind: string): ChangeSet['put'] {
  return writes.filter(({ record }) => !('kind' in record) || record.kind !== kind)
}

/** Runs a model on an engine with an empty store and looks at the store after each act. */
async function storedProblems(
  shape: ModelShape,
  choices: readonly number[],
  durability: 'activity' | 'wait',
  store: LawStore,
  tampered: (storage: Storage) => Storage = (storage) => storage,
): Promise<readonly string[]> {
  const clock = manualClock('2026-01-01T00:00:00Z')
  const storage = await store.open(() => clock.now())
  const chooser = createChooser(choices.slice(0, ACTS_DRAWN))
  const engine = await createEngine({
    storage: tampered(storage),
    clock,
    durability,
    calendars: CALENDARS,
    history: 'full',
    defaultHandler: choosingHandler(chooser),
  })
  const { xml } = render({ ...shape, begins: 'itself' })
  const versions = versionsOf(await engine.deploy(xml), xml)
  const { id } = await engine.start('random-process', { variables: VARIABLES })
  const called = async (): Promise<readonly string[]> =>
    (await engine.instances.find({ parent: id, status: ['active', 'suspended'] })).map((one) => one.id)
  const problems: string[] = []
  let acts = 0
  const status = await drive(engine, id, chooser, versions, async () => {
    const stored = await readStored(storage, id)
    problems.push(
      ...(acts++ % REPLAYED_EVERY === 0 ? historyProblems(stored) : []),
      ...rowProblems(stored),
      ...callProblems(stored, await called()),
      ...(await batchProblems(engine, versions)),
    )
    return problems.length === 0
  })
  const last = await readStored(storage, id)
  problems.push(...historyProblems(last))
  const left = await called()
  await engine.close()
  if (problems.length > 0) return problems
  return [
    ...(status === 'completed' || status === 'terminated' ? [] : [`it is ${status}`]),
    ...last.rows.map((row) => `${row} is left`),
    ...left.map((one) => `${one} is left, which it called`),
  ]
}

async function firstStoredProblem(tampered: (storage: Storage) => Storage): Promise<string | null> {
  for (const [shape, choices] of fc.sample(walks(), { numRuns: 300, seed: LAW_SEED })) {
    const [problem] = await storedProblems(shape, choices, 'activity', memoryStore, tampered).catch((error: unknown) => [String(error)])
    if (problem !== undefined) return problem
  }
  return null
}
