import { memoryStorage } from '@leeway/storage'
import { expect, test } from 'vitest'
import { createEngine, NoRetry } from '../../src/index.ts'
import { tasks } from '../../src/runtime/records/task.ts'
import { chain, service, user } from './process-model.ts'

const fails = () => {
  throw new NoRetry('no')
}

test('each query can be counted by the criteria that it is asked by', async () => {
  const engine = await createEngine({ handlers: { fails } })
  await engine.deploy(chain('p', [user('a')]))
  await engine.deploy(chain('p', [user('b')]))
  await engine.deploy(chain('f', [service('x', 'fails'), service('y', 'other')]))
  await engine.start({ key: 'p', version: 1 })
  const { id } = await engine.start('p')
  await engine.start('f')
  await engine.drain()
  expect(await engine.instances.count({ definitionId: 'p:1' })).toBe(1)
  expect((await engine.instances.find({ definitionId: 'p:2' })).map((one) => one.id)).toEqual([id])
  expect(await engine.instances.count({ definitionId: 'p:2', processKey: 'f' })).toBe(0)
  expect(await engine.instances.count({ definitionId: 'nothing' })).toBe(0)
  expect([await engine.tasks.count({ processKey: 'p' }), await engine.tasks.count({ elementId: 'b' })]).toEqual([2, 1])
  expect([await engine.incidents.count(), await engine.incidents.count({ elementId: 'x', jobType: 'fails' })]).toEqual([1, 1])
  expect(await engine.incidents.count({ processKey: 'p' })).toBe(0)
  expect([await engine.jobs.count(), await engine.jobs.count({ type: 'fails' }), await engine.jobs.count({ kind: 'timer' })]).toEqual([
    1, 1, 0,
  ])
  await expect(engine.jobs.count({ limit: 3 } as never)).resolves.toBe(1)
  await expect(engine.incidents.count({ colour: 'red' } as never)).rejects.toMatchObject({ code: 'invalidArgument' })
  await engine.close()
})

test('counts see the tenant that the caller is bound to', async () => {
  const engine = await createEngine({ handlers: { fails } })
  await engine.deploy(chain('f', [service('x', 'fails')]))
  for (const tenantId of ['t1', 't2', 't2']) await engine.start('f', { tenantId })
  await engine.drain()
  const counts = async (tenantId: string) => {
    const bound = engine.as({ tenantId })
    return [await bound.instances.count({ definitionId: 'f:1' }), await bound.jobs.count(), await bound.incidents.count()]
  }
  expect(await counts('t1')).toEqual([1, 1, 1])
  expect(await counts('t2')).toEqual([2, 2, 2])
  await engine.close()
})

test('indexes of tasks are there where a host asks for them, and what there is none of is refused', async () => {
  const prepared: unknown[] = []
  const storage = memoryStorage()
  const watched = new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (name !== 'prepare') return typeof member === 'function' ? member.bind(target) : member
      return (collections: Parameters<typeof storage.prepare>[0]) => {
        prepared.push(collections.find((one) => one.name === tasks.name)?.indexes.map(({ fields }) => fields.join()))
        return target.prepare(collections)
      }
    },
  })
  for (const indexed of [{}, { tasks: ['elementId'] as const }]) await (await createEngine({ storage: watched, indexed })).close()
  expect(prepared).toEqual([expect.not.arrayContaining(['elementId', 'processKey']), expect.arrayContaining(['elementId'])])
  for (const indexed of [
    { tasks: ['name'] },
    { tasks: 'elementId' },
    { instances: ['elementId'] },
    { jobs: ['elementId'] },
    { incidents: [] },
  ])
    await expect(createEngine({ indexed: indexed as never })).rejects.toMatchObject({ code: 'invalidOption' })
})
