import type { Storage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { resources } from '../../src/runtime/records/definition.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { subscriptions } from '../../src/runtime/records/message.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, user } from './process-model.ts'

const inUse = { name: 'EngineError', code: 'definitionInUse' }
const order = (task: string) => chain('order', [user(task)])
const begun = (task: string) =>
  processModel(
    'order',
    `<bpmn:startEvent id="begin"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent><bpmn:userTask id="${task}"/>`,
    `begin -> ${task}`,
    '<bpmn:message id="m" name="ordered"/>',
  )
const table = (rule: string) =>
  `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"><decision id="price" name="p"><variable name="price"/><literalExpression><text>${rule}</text></literalExpression></decision></definitions>`

function bound(target: Storage, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name)
  return typeof member === 'function' ? member.bind(target) : member
}

describe.each(allStores)('deleting definitions, on $name', ({ open }) => {
  const begin = async (...models: string[]) => {
    const storage = open()
    const engine = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    const deployments = []
    for (const model of models) deployments.push(await engine.deploy(model))
    const count = async (collection: typeof resources | typeof subscriptions | typeof jobs) =>
      storage.count(collection as typeof resources, {}, 100)
    return { engine, storage, deployments, count }
  }

  test('of the latest version makes the one before it the latest again, with its start events; numbers are not given twice', async () => {
    const { engine, storage, count } = await begin(begun('a'), begun('b'))
    const other = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    const heard: unknown[] = []
    engine.on('definitionDeleted', (event) => heard.push(event))
    for (let i = 0; i < 2; i++)
      expect(await engine.processes.delete({ id: 'order:2' }, { actor: 'kim', idempotencyKey: 'd' })).toEqual({
        definitionIds: ['order:2'],
        batchId: null,
      })
    expect(heard).toMatchObject([{ definitionId: 'order:2', actor: 'kim' }])
    expect(await engine.processes.list()).toMatchObject([{ id: 'order:1', isSuspended: false }])
    expect(await count(resources)).toBe(1)
    expect(await other.messages.publish({ name: 'ordered' })).toMatchObject({ outcome: 'started' })
    expect(await other.instances.find()).toMatchObject([{ definition: { id: 'order:1' } }])
    await expect(engine.processes.delete({ id: 'order:2' })).rejects.toMatchObject({ code: 'unknownDefinition' })
    expect((await engine.deploy(begun('b'))).processes).toMatchObject([{ id: 'order:3' }])
    await other.close()
    await engine.close()
  })

  test('is known to a node that has the definition in hand', async () => {
    const { engine, storage } = await begin(order('a'), order('b'))
    const other = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    const { id } = await other.start({ id: 'order:2' })
    await other.instances.cancel(id)
    await other.instances.delete(id)
    await engine.processes.delete({ id: 'order:2' })
    await expect(other.start({ id: 'order:2' })).rejects.toMatchObject({ code: 'unknownDefinition' })
    expect(await other.start('order')).toMatchObject({ definitionId: 'order:1' })
    await other.close()
    await engine.close()
  })

  test('is refused where somebody resumes it meanwhile and an instance begins', async () => {
    const storage = open()
    const other = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    await other.deploy(order('a'))
    let isFirst = true
    const find: Storage['find'] = async (collection, query) => {
      const found = await storage.find(collection, query)
      if (collection.name !== 'instances' || !isFirst) return found
      isFirst = false
      await other.processes.resume('order')
      await other.start('order')
      return found
    }
    const late = new Proxy(storage, { get: (target, name) => (name === 'find' ? find : bound(target, name)) })
    const engine = await createEngine({ storage: late, clock: manualClock('2026-01-01T00:00:00Z') })
    await expect(engine.processes.delete('order')).rejects.toMatchObject(inUse)
    expect(await other.processes.list()).toMatchObject([{ id: 'order:1', isSuspended: false }])
    expect(await other.tasks.count()).toBe(1)
    await engine.close()
    await other.close()
  })

  test('of all versions leaves nothing of them; the same content is deployed anew, by a number that nobody had', async () => {
    const { engine, count } = await begin(begun('a'), begun('b'))
    expect(await engine.processes.delete('order')).toMatchObject({ definitionIds: ['order:2', 'order:1'] })
    expect([await count(resources), await count(subscriptions), await count(jobs)]).toEqual([0, 0, 0])
    await expect(engine.start('order')).rejects.toMatchObject({ code: 'unknownDefinition' })
    expect((await engine.deploy(begun('a'))).processes).toMatchObject([{ id: 'order:3' }])
    expect(await engine.messages.publish({ name: 'ordered' })).toMatchObject({ outcome: 'started' })
    await engine.close()
  })

  test('is refused while an instance is of it, running or ended, and changes nothing then', async () => {
    const { engine } = await begin(order('a'))
    const { id } = await engine.start('order')
    await expect(engine.processes.delete('order')).rejects.toMatchObject({ ...inUse, details: { instanceId: id } })
    await engine.instances.cancel(id)
    await expect(engine.processes.delete({ id: 'order:1' })).rejects.toMatchObject(inUse)
    expect(await engine.processes.list()).toMatchObject([{ isSuspended: false }])
    const second = await engine.start('order')
    await engine.instances.cancel(second.id)
    await engine.instances.delete({ instances: [id, second.id] })
    await engine.drain()
    await engine.processes.delete('order')
    expect(await engine.processes.list()).toEqual([])
    await engine.close()
  })

  test('is refused while a migration leads to it, and a migration to what is deleted is refused', async () => {
    const { engine } = await begin(order('a'), chain('order', [user('a'), user('b')]))
    const { id } = await engine.start({ id: 'order:1' })
    const { batchId } = await engine.instances.migrate({ instances: [id], to: 'order:2' })
    await expect(engine.processes.delete({ id: 'order:2' })).rejects.toMatchObject(inUse)
    await engine.drain()
    expect(await engine.batches.get(batchId)).toMatchObject({ done: 1 })
    await engine.processes.delete({ id: 'order:1' })
    const [task] = await engine.tasks.find()
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'b' }])
    await engine.close()
  })

  test('takes its instances along, running and ended, as a batch that reports each', async () => {
    const { engine, count } = await begin(order('a'), order('b'))
    const kept = await engine.start({ id: 'order:1' })
    const running = await engine.start('order')
    const ended = await engine.start('order')
    await engine.instances.cancel(ended.id)
    const { batchId } = await engine.processes.delete({ id: 'order:2' }, { instances: true })
    await expect(engine.start('order')).rejects.toMatchObject({ code: 'definitionSuspended' })
    await engine.drain()
    expect(await engine.batches.get(batchId ?? '')).toMatchObject({
      operation: 'processes.delete',
      state: 'done',
      done: 3,
      failed: 0,
      report: [{ outcome: 'done' }, { outcome: 'done' }, { definitionId: 'order:2', outcome: 'done' }],
    })
    expect((await engine.instances.find()).map(({ id }) => id)).toEqual([kept.id])
    expect(await engine.instances.get(running.id)).toBeNull()
    expect(await engine.start('order')).toMatchObject({ definitionId: 'order:1' })
    expect(await count(resources)).toBe(1)
    await engine.close()
  })

  test('of a deployment deletes its decisions and files too; what others use of its content stays', async () => {
    const { engine, count } = await begin(table('1'))
    const files = [
      { name: 'order.bpmn', content: order('a') },
      { name: 'price.dmn', content: table('2') },
      { name: 'a.form', content: '{"components":[]}' },
    ]
    const { id } = await engine.deploy(files)
    const shared = await engine.deploy([{ name: 'other.form', content: '{"components":[]}' }])
    expect(await engine.decisions.evaluate('price')).toBe(2)
    const { id: instanceId } = await engine.start('order')
    await expect(engine.deployments.delete(id)).rejects.toMatchObject(inUse)
    await engine.instances.cancel(instanceId)
    await engine.deployments.delete(id, { instances: true })
    await engine.drain()
    expect(await engine.processes.list()).toEqual([])
    expect(await engine.decisions.evaluate('price')).toBe(1)
    expect(await engine.deployments.file(shared.id, 'other.form')).toBe('{"components":[]}')
    expect(await count(resources)).toBe(2)
    await expect(engine.deployments.delete(id)).rejects.toMatchObject({ code: 'unknownDeployment' })
    expect((await engine.deploy(files)).processes).toMatchObject([{ id: 'order:2' }])
    expect(await engine.decisions.evaluate('price')).toBe(2)
    await engine.close()
  })

  test('of a tenant falls back to what all share', async () => {
    const { engine } = await begin(order('a'))
    await engine.deploy(order('b'), { tenantId: 'A' })
    const a = engine.as({ tenantId: 'A' })
    await a.processes.delete('order')
    expect(await a.start('order')).toMatchObject({ definitionId: 'order:1' })
    await expect(a.processes.delete({ id: 'order:1' })).rejects.toMatchObject({ code: 'notAuthorized' })
    await engine.close()
  })
})
