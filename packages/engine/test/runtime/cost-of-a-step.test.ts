import { memoryStorage, type Storage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions } from '../../src/index.ts'
import { chain } from './process-model.ts'

/** A store that counts the records it gives. */
function counting(): { readonly storage: Storage; readonly given: { records: number } } {
  const behind = memoryStorage()
  const given = { records: 0 }
  const counted = async <T>(found: Promise<T[]>): Promise<T[]> => {
    const records = await found
    given.records += records.length
    return records
  }
  const storage: Storage = {
    prepare: (collections) => behind.prepare(collections),
    get: (collection, ids) => counted(behind.get(collection, ids)),
    find: (collection, query) => counted(behind.find(collection, query)),
    count: (collection, where, cap) => behind.count(collection, where, cap),
    commit: (sets) => behind.commit(sets),
    claim: (collection, request) => counted(behind.claim(collection, request)),
    renew: (leases, leaseMs, now) => behind.renew(leases, leaseMs, now),
    release: (leases) => behind.release(leases),
    purge: (collection, where, limit) => behind.purge(collection, where, limit),
    now: () => behind.now(),
    close: () => behind.close(),
  }
  return { storage, given }
}

const eachOf = (count: number, element: string, attributes = ''): string =>
  chain('p', [
    {
      id: 'each',
      xml: `<bpmn:${element} id="each" ${attributes}><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${count}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:${element}>`,
    },
  ])
const EXTERNAL = 'camunda:type="external" camunda:topic="work"'
/** How many of them are worked on. */
const ITEMS = 80
/** As many; more; more than is ever loaded of an instance at once. */
const SIZES = [ITEMS, 190, 600]

/** Work on the items of one instance, by two nodes. */
type Work = (engine: Engine, other: Engine) => Promise<unknown>

interface Case {
  readonly where: string
  readonly element: readonly [string, string?]
  readonly handlers?: EngineOptions['handlers']
  readonly prepare: (engine: Engine) => Promise<Work>
}

const cases: readonly Case[] = [
  {
    where: 'a handler works on it',
    element: ['serviceTask', EXTERNAL],
    handlers: { work: () => undefined },
    prepare: async () => (engine) => engine.drain(),
  },
  {
    where: 'an external worker fetches it and completes it',
    element: ['serviceTask', EXTERNAL],
    prepare: async () => async (engine) => {
      for (const { id, token } of await engine.jobs.fetch({ types: ['work'], worker: 'w', max: ITEMS }))
        await engine.jobs.complete(id, { token })
    },
  },
  {
    where: 'a task of it is looked at by a node that has not seen the instance',
    element: ['userTask'],
    prepare: async (engine) => {
      const ids = await someTasks(engine)
      return async (_engine, other) => {
        for (const id of ids) await other.tasks.get(id)
      }
    },
  },
  {
    where: 'two nodes complete its tasks by turns',
    element: ['userTask'],
    prepare: async (engine) => {
      const ids = await someTasks(engine)
      return async (_engine, other) => {
        for (const [k, id] of ids.entries()) await (k % 2 === 0 ? engine : other).tasks.complete(id)
      }
    },
  },
]

describe('What a node reads for one item of a parallel multi-instance does not become more with the items', () => {
  test.each(cases)('where $where', async ({ element, handlers, prepare }) => {
    const perItem: number[] = []
    for (const count of SIZES) {
      const { storage, given } = counting()
      const nodes = [await createEngine({ storage, ...(handlers && { handlers }) }), await createEngine({ storage })] as const
      await nodes[0].deploy(eachOf(count, ...element))
      await nodes[0].start('p')
      const work = await prepare(nodes[0])
      given.records = 0
      await work(...nodes)
      perItem.push(given.records / (handlers ? count : ITEMS))
      for (const node of nodes) await node.close()
    }
    // The first look at an instance may take what is kept of it at once.
    const atOnce = 201 / ITEMS
    for (const records of perItem) expect(records, perItem.join(', ')).toBeLessThanOrEqual(5 + atOnce)
  })
})

async function someTasks(engine: Engine): Promise<string[]> {
  return (await engine.tasks.find({ limit: ITEMS, orderBy: 'id' })).map(({ id }) => id)
}
