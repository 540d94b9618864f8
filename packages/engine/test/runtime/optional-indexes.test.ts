import { type Collection, memoryStorage, type Storage, StorageError } from '@leeway/storage'
import { expect, test } from 'vitest'
import { createEngine, type Engine, type Logger } from '../../src/index.ts'
import { createOptionalIndexes } from '../../src/runtime/optional-indexes.ts'
import { chain, user } from './process-model.ts'

test('The index of tasks by element is made at the first query by it, once, whoever asks at the same time', async () => {
  const { storage, prepared } = heard(() => undefined)
  const engine = await engineOn(storage)
  await engine.tasks.find({ processKey: 'p', assignee: 'kim' })
  expect(prepared).toEqual([])
  await Promise.all([
    engine.tasks.find({ elementId: 'ask' }),
    engine.tasks.count({ elementId: 'ask' }),
    engine.tasks.find({ processKey: 'p' }),
  ])
  await engine.tasks.find({ elementId: 'ask', processKey: 'p' })
  expect(prepared).toEqual([['elementId'], ['elementId', 'processKey']])
  await engine.close()
})

test('The index of instances by process is made at the first query by it, of a page, a count or a bulk call', async () => {
  for (const ask of [
    (engine: Engine) => engine.instances.find({ processKey: 'p' }),
    (engine: Engine) => engine.instances.count({ definitionId: 'p:1' }),
    (engine: Engine) => engine.instances.cancel({ query: { processKey: 'p' } }),
  ]) {
    const { storage, prepared } = heard(() => undefined)
    const engine = await engineOn(storage)
    await engine.instances.find({ processKey: 'p', businessKey: 'B-1' })
    expect(prepared).toEqual([])
    await ask(engine)
    await engine.drain()
    expect(prepared).toEqual([['processKey']])
    await engine.close()
  }
})

test('The indexes of jobs by type and by kind are made at the first query by them, of a page, a count or a bulk call', async () => {
  for (const [ask, index] of [
    [(engine: Engine) => engine.jobs.find({ type: 'work' }), 'type'],
    [(engine: Engine) => engine.jobs.count({ type: 'work', kind: 'work' }), 'type'],
    [(engine: Engine) => engine.jobs.setRetries({ query: { type: 'work' } }, 1), 'type'],
    [(engine: Engine) => engine.jobs.find({ kind: 'timer' }), 'kind'],
  ] as const) {
    const { storage, prepared } = heard(() => undefined)
    const engine = await engineOn(storage)
    await engine.jobs.find({})
    await engine.jobs.find({ type: 'work', instanceId: 'some' })
    expect(prepared).toEqual([])
    await ask(engine)
    expect(prepared).toEqual([[index]])
    await engine.close()
  }
})

test('The indexes of instances by status and of tasks by state are made at the first query by these alone', async () => {
  for (const [ask, index] of [
    [(engine: Engine) => engine.instances.find({ status: 'active' }), 'status'],
    [(engine: Engine) => engine.instances.count({ status: ['active', 'suspended'] }), 'status'],
    [(engine: Engine) => engine.instances.cancel({ query: { status: 'suspended' } }), 'status'],
    [(engine: Engine) => engine.tasks.find({ state: 'delegated' }), 'state'],
    [(engine: Engine) => engine.tasks.count({ held: true }), 'state'],
  ] as const) {
    const { storage, prepared } = heard(() => undefined)
    const engine = await engineOn(storage)
    await engine.instances.find({ businessKey: 'B-1', status: 'active' })
    await engine.tasks.find({ state: 'ready', assignee: 'kim' })
    expect(prepared).toEqual([])
    await ask(engine)
    await engine.drain()
    expect(prepared).toEqual([[index]])
    await engine.close()
  }
})

test('Where the index cannot be made the query is answered without it, the log says so, and the next query tries again', async () => {
  let isRefused = true
  const { storage, prepared } = heard(() => {
    if (isRefused) throw new StorageError('readOnly', 'The file cannot be written.')
  })
  const warned: unknown[] = []
  const engine = await engineOn(storage, { warn: (_, details) => void warned.push(details), error: () => undefined })
  expect(await engine.tasks.find({ elementId: 'ask' })).toHaveLength(1)
  expect(warned).toEqual([{ index: 'tasks.elementId', error: 'The file cannot be written.' }])
  isRefused = false
  expect(await engine.tasks.count({ elementId: 'ask' })).toBe(1)
  expect(prepared).toEqual([['elementId']])
  await engine.close()
})

test('A question does not wait long for an index that takes long, which is made all the same, once', async () => {
  let allow = (): void => undefined
  const allowed = new Promise<void>((resolve) => {
    allow = resolve
  })
  const { storage, prepared } = heard(() => undefined)
  const prepare = storage.prepare.bind(storage)
  storage.prepare = (collections) => allowed.then(() => prepare(collections))
  const indexes = createOptionalIndexes(storage, [], { warn: () => undefined, error: () => undefined }, 1)
  await indexes.need('tasks.elementId')
  await indexes.need('tasks.elementId')
  expect(prepared).toEqual([])
  allow()
  while (indexes.need('tasks.elementId') !== null) await new Promise((turn) => setImmediate(turn))
  expect(prepared).toEqual([['elementId']])
})

async function engineOn(storage: Storage, logger: Logger = { warn: () => undefined, error: () => undefined }) {
  const engine = await createEngine({ storage, logger })
  await engine.deploy(chain('p', [user('ask')]))
  await engine.start('p')
  return engine
}

/** A store that tells by which fields alone it was asked to make indexes, after the engine's start. */
function heard(before: () => void): { readonly storage: Storage; readonly prepared: string[][] } {
  const storage = memoryStorage()
  const prepare = storage.prepare.bind(storage)
  const prepared: string[][] = []
  storage.prepare = async (collections: readonly Collection[]) => {
    const [only, other] = collections
    if (only !== undefined && other === undefined) {
      before()
      const asked = only.indexes.map(({ fields }) => fields.join())
      prepared.push(asked.filter((field) => ASKED.has(field)))
    }
    return prepare(collections)
  }
  return { storage, prepared }
}

const ASKED: ReadonlySet<string> = new Set(['elementId', 'kind', 'processKey', 'state', 'status', 'type'])
