import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { processModel } from './process-model.ts'

const MESSAGES = '<bpmn:message id="a" name="A"/><bpmn:message id="b" name="B"/>'
const RECEIVES = processModel(
  'p',
  '<bpmn:receiveTask id="first" instantiate="true" messageRef="a"/><bpmn:userTask id="after"/>',
  'first -> after',
  MESSAGES,
)
const gateway = (type: string): string =>
  processModel(
    'p',
    `<bpmn:eventBasedGateway id="either" instantiate="true" eventGatewayType="${type}"/>
      <bpmn:receiveTask id="onA" messageRef="a"/><bpmn:receiveTask id="onB" messageRef="b"/>
      <bpmn:userTask id="didA"/><bpmn:userTask id="didB"/>`,
    'either -> onA; either -> onB; onA -> didA; onB -> didB',
    MESSAGES,
  )

async function engineOf(model: string): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(model)
  return engine
}

async function taskIds(engine: Engine): Promise<readonly string[]> {
  return (await engine.tasks.find({})).map((task) => String(task.elementId)).sort()
}

describe('an instantiating receive task', () => {
  test('starts an instance by its message, which it has then received', async () => {
    const engine = await engineOf(RECEIVES)
    const sent = await engine.messages.publish({ name: 'A', variables: { amount: 1 } })
    expect(sent.outcome).toBe('started')
    expect(await taskIds(engine)).toEqual(['after'])
    const [id = ''] = sent.instanceIds
    expect(await engine.instances.variables(id)).toEqual({ amount: 1 })
    expect(await engine.history(id)).toContainEqual(expect.objectContaining({ type: 'elementCompleted', elementId: 'first' }))
    await engine.close()
  })

  test('of an older version starts nothing any more', async () => {
    const engine = await engineOf(RECEIVES)
    await engine.deploy(RECEIVES.replace('messageRef="a"', 'messageRef="b"'))
    expect(await engine.messages.publish({ name: 'A' })).toMatchObject({ outcome: 'none' })
    expect(await engine.messages.publish({ name: 'B' })).toMatchObject({ outcome: 'started' })
    await engine.close()
  })
})

describe('an instantiating event-based gateway', () => {
  test('starts an instance by each first event, which takes its flow', async () => {
    const engine = await engineOf(gateway('Exclusive'))
    expect(await engine.messages.publish({ name: 'B' })).toMatchObject({ outcome: 'started' })
    expect(await taskIds(engine)).toEqual(['didB'])
    expect(await engine.messages.publish({ name: 'A' })).toMatchObject({ outcome: 'started' })
    expect(await taskIds(engine)).toEqual(['didA', 'didB'])
    await engine.close()
  })

  test('that is parallel waits for its other events in the same instance, which completes when all have occurred', async () => {
    const engine = await engineOf(gateway('Parallel'))
    const first = await engine.messages.publish({ name: 'B', businessKey: 'K' })
    expect(first.outcome).toBe('started')
    expect(await taskIds(engine)).toEqual(['didB'])
    const second = await engine.messages.publish({ name: 'A', businessKey: 'K', variables: { amount: 2 } })
    expect(second).toMatchObject({ outcome: 'correlated', instanceIds: first.instanceIds })
    expect(await taskIds(engine)).toEqual(['didA', 'didB'])
    for (const task of await engine.tasks.find({})) await engine.tasks.complete(task.id)
    const [id = ''] = first.instanceIds
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { amount: 2 } })
    await engine.close()
  })

  test('that is parallel keeps its instance open while one of its events has not occurred', async () => {
    const engine = await engineOf(gateway('Parallel'))
    const { instanceIds } = await engine.messages.publish({ name: 'A' })
    for (const task of await engine.tasks.find({})) await engine.tasks.complete(task.id)
    expect(await engine.instances.get(instanceIds[0] ?? '')).toMatchObject({ status: 'active', activeElements: [{ elementId: 'either' }] })
    await engine.close()
  })
})
