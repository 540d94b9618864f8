import type { ChangeSet } from '@leeway/storage'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { changedStorage } from '../../../engine/test/laws/changed-storage.ts'
import { lawStores, memoryStore } from '../../../engine/test/laws/law-stores.ts'
import { render } from '../../../engine/test/laws/render.ts'
import { walks } from '../../../engine/test/laws/runs.ts'
import { type Finding, findingIn, INVARIANTS, type Invariant } from './invariants.ts'
import { type Hands, STEADY } from './off-path-walk.ts'

/** A walk goes through the whole engine and costs as much as a hundred of the kernel: `pnpm soak` walks more. */
const RUNS = process.env.LAW_RUNS === undefined ? 50 : Number(process.env.LAW_RUNS)
const SEED = Number(process.env.LAW_SEED ?? 2_026)

describe('S31, S32: on random models, by random acts on the path and off it', () => {
  const found: (Finding & { readonly where: string })[] = []

  // The walks are the same for all invariants: each is walked once.
  beforeAll(async () => {
    for (const [k, [shape, choices]] of fc.sample(walks(), { numRuns: RUNS, seed: SEED }).entries()) {
      const finding = await findingIn(shape, choices)
      const where = `walk ${k} of seed ${SEED}: ${render({ ...shape, begins: 'itself' }).xml}`
      if (finding !== null) found.push({ ...finding, where })
    }
  }, 1_800_000)

  test.each(Object.entries(INVARIANTS))('%s: %s', (invariant) => {
    const [first] = found.filter((finding) => finding.invariant === invariant)
    expect(first).toBeUndefined()
  })
})

/** In a database a walk takes ten times as long. */
const DATABASE_RUNS = process.env.LAW_STORES === 'all' ? RUNS : 3

test.each(lawStores.filter((store) => store !== memoryStore))(
  'walks on $name show none either',
  async (store) => {
    for (const [k, [shape, choices]] of fc.sample(walks(), { numRuns: DATABASE_RUNS, seed: SEED }).entries())
      expect(await findingIn(shape, choices, { ...STEADY, store }), `walk ${k} of seed ${SEED}`).toBeNull()
  },
  1_800_000,
)

/** What is written is changed, record by record; null: it is not written. */
function writing(change: (write: ChangeSet['put'][number]) => ChangeSet['put'][number] | null): Pick<Hands, 'tampered'> {
  const changed = (writes: ChangeSet['put']): ChangeSet['put'] => writes.flatMap((write) => change(write) ?? [])
  return { tampered: (storage) => changedStorage(storage, (set) => ({ ...set, put: changed(set.put), append: changed(set.append) })) }
}

function dropping(
  isDropped: (name: string, record: { readonly state?: unknown; readonly body?: unknown }) => boolean,
): Pick<Hands, 'tampered'> {
  return writing((write) => (isDropped(write.collection.name, write.record) ? null : write))
}

const FAULTS: Readonly<Record<Invariant, Partial<Hands>>> = {
  INV1: {
    besideLeaving: ({ desk, id }, elementInstanceId) =>
      desk.engine.instances.modify(id, { cancel: [{ elementInstanceId }] }).catch(() => {}),
  },
  INV2: {
    tampered: (storage) =>
      changedStorage(storage, (set) => ({ ...set, delete: set.delete.filter((key) => key.collection.name !== 'tasks') })),
  },
  INV3: { comesBack: false },
  INV4: dropping((name, { state }) => name === 'deviations' && (state === 'lapsed' || state === 'preempted')),
  INV5: writing(told),
  INV6: { besideReturning: ({ desk, id }) => desk.engine.instances.setVariables(id, { slipped: true }).catch(() => {}) },
  INV7: { besideLeaving: ({ desk, id }) => desk.engine.instances.suspend(id).catch(() => {}) },
  INV8: dropping((name, { body }) => name === 'case_timeline' && JSON.stringify(body).includes('"deviation:return"')),
  INV9: { keyAgain: (key) => `${key} again` },
  INV10: { besideLeaving: ({ desk, otherId }) => desk.engine.instances.setVariables(otherId, { touched: true }) },
}

/** Work that was finished is told twice. */
function told(write: ChangeSet['put'][number]): ChangeSet['put'][number] {
  const { body } = write.record as { body?: { e?: readonly { readonly type: string }[] } }
  if (write.collection.name !== 'history' || body?.e === undefined) return write
  const e = body.e.flatMap((event) => (event.type === 'workFinished' ? [event, event] : [event]))
  return { ...write, record: { ...write.record, body: { ...body, e } } as typeof write.record }
}

test.each(Object.entries(FAULTS))('%s finds a fault that breaks it', async (invariant, fault) => {
  expect(await firstFinding(invariant as Invariant, { ...STEADY, ...fault })).not.toBeNull()
})

async function firstFinding(invariant: Invariant, hands: Hands): Promise<string | null> {
  for (const [shape, choices] of fc.sample(walks(), { numRuns: 100, seed: SEED })) {
    // A fault may have the engine come to a state in which it cannot go on at all.
    const finding = await findingIn(shape, choices, hands).catch(() => null)
    if (finding?.invariant === invariant) return finding.problem
  }
  return null
}
