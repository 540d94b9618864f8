import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, user } from './process-model.ts'

const model = chain('order', [user('approve'), user('pack')])
const waits = processModel(
  'waits',
  `<bpmn:startEvent id="s"/><bpmn:receiveTask id="a" messageRef="m"/><bpmn:endEvent id="e"/>`,
  's -> a; a -> e',
  `<bpmn:message id="m" name="paid"/>`,
)
const searchable = { orderId: 'text', 'a=b': 'text' } as const

const found = (engine: Engine, orderId: string): Promise<number> => engine.instances.count({ variables: { orderId } })

async function completeNext(engine: Engine, variables = {}): Promise<void> {
  const [task] = await engine.tasks.find({ limit: 1 })
  await engine.tasks.complete(task?.id ?? '', { variables })
}

describe.each(allStores)('variables that instances are found by ($name)', ({ open }) => {
  test('stay so when a node goes on that does not declare them, with the values that it sets', async () => {
    const storage = open()
    const clock = manualClock()
    const [declaring, plain] = [await createEngine({ storage, clock, searchable }), await createEngine({ storage, clock })]
    await declaring.deploy(model)
    await declaring.start('order', { variables: { orderId: 'o1', 'a=b': 'c=d' } })
    await completeNext(plain, { other: 1 })
    expect(await found(declaring, 'o1')).toBe(1)
    expect(await declaring.instances.count({ variables: { 'a=b': 'c=d' } })).toBe(1)
    await completeNext(plain, { orderId: 'o2' })
    expect([await found(declaring, 'o1'), await found(declaring, 'o2')]).toEqual([0, 1])
    await plain.close()
    await declaring.close()
    await storage.close()
  })

  test('are so for an instance that began on a node that does not declare them, once one that does goes on with it', async () => {
    const storage = open()
    const clock = manualClock()
    const [declaring, plain] = [await createEngine({ storage, clock, searchable }), await createEngine({ storage, clock })]
    await plain.deploy(model)
    await plain.start('order', { variables: { orderId: 'o1' } })
    await completeNext(declaring)
    expect(await found(declaring, 'o1')).toBe(1)
    await plain.close()
    await declaring.close()
    await storage.close()
  })

  test('are so for all that were there before they were declared, after the next clean-up: to queries and to messages', async () => {
    const storage = open()
    const clock = manualClock()
    const plain = await createEngine({ storage, clock })
    await plain.deploy(waits)
    await plain.deploy(model)
    const { id } = await plain.start('waits', { variables: { orderId: 'o1' } })
    await plain.start('order', { variables: { orderId: 'o2' } })
    for (const _ of ['approve', 'pack']) await completeNext(plain)
    await plain.close()
    const declaring = await createEngine({ storage, clock, searchable, retention: { ended: null } })
    await declaring.cleanUp()
    expect([await found(declaring, 'o1'), await found(declaring, 'o2')]).toEqual([1, 1])
    const answer = await declaring.messages.publish({ name: 'paid', match: { orderId: 'o1' } })
    expect(answer).toMatchObject({ outcome: 'correlated', instanceIds: [id] })
    await declaring.close()
    await storage.close()
  })

  test('are found by a list or an object whatever the order of its members', async () => {
    const storage = open()
    const engine = await createEngine({ storage, clock: manualClock(), searchable: { place: 'text' } })
    await engine.deploy(waits)
    await engine.start('waits', { variables: { place: { street: 'a', town: 'b' } } })
    const same = { place: { town: 'b', street: 'a' } }
    expect(await engine.instances.count({ variables: same })).toBe(1)
    expect(await engine.messages.publish({ name: 'paid', match: same })).toMatchObject({ outcome: 'correlated' })
    await engine.close()
    await storage.close()
  })
})
