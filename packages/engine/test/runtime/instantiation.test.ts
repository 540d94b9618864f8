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

describe('a process that only events start', () => {
  test('is not started by its key: nothing in it begins by itself', async () => {
    const engine = await engineOf(RECEIVES)
    await expect(engine.start('p')).rejects.toMatchObject({ code: 'notStartable', message: expect.stringContaining('first starts it') })
    expect(await engine.instances.count({})).toBe(0)
    await engine.close()
  })

  test('can be started at an element, which then waits like any other', async () => {
    const engine = await engineOf(RECEIVES)
    const { id } = await engine.start('p', { at: ['first'] })
    expect(await engine.messages.publish({ name: 'A', start: 'never' })).toEqual({ outcome: 'correlated', instanceIds: [id] })
    expect(await taskIds(engine)).toEqual(['after'])
    await engine.close()
  })

  test('that a call activity calls is an incident of the call', async () => {
    const engine = await engineOf(RECEIVES)
    await engine.deploy(processModel('caller', '<bpmn:startEvent id="s"/><bpmn:callActivity id="call" calledElement="p"/>', 's -> call'))
    const { id } = await engine.start('caller')
    await engine.drain()
    expect((await engine.instances.get(id))?.incidents).toMatchObject([{ elementId: 'call', code: 'calledElementNotFound' }])
    await engine.close()
  })
})

test('a timer behind a parallel instantiating gateway runs from the first message on', async () => {
  const timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>'
  const engine = await engineOf(
    processModel(
      'p',
      `<bpmn:eventBasedGateway id="both" instantiate="true" eventGatewayType="Parallel"/>
        <bpmn:intermediateCatchEvent id="onA"><bpmn:messageEventDefinition messageRef="a"/></bpmn:intermediateCatchEvent>
        <bpmn:intermediateCatchEvent id="later">${timer}</bpmn:intermediateCatchEvent>
        <bpmn:endEvent id="didA"/><bpmn:endEvent id="waited"/>`,
      'both -> onA; both -> later; onA -> didA; later -> waited',
      MESSAGES,
    ),
  )
  await engine.advance('PT5H')
  expect(await engine.instances.count({})).toBe(0)
  const [id = ''] = (await engine.messages.publish({ name: 'A' })).instanceIds
  await engine.advance('PT59M')
  expect((await engine.instances.get(id))?.status).toBe('active')
  await engine.advance('PT1M')
  expect((await engine.instances.get(id))?.status).toBe('completed')
  await engine.close()
})
