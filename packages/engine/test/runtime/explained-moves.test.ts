import { expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { processModel } from './process-model.ts'

const EVENTS = `<bpmn:message id="m" name="it's paid"/><bpmn:signal id="s" name="it's over"/>`
const message = (id: string): string =>
  `<bpmn:intermediateCatchEvent id="${id}"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>`
const signal = (id: string): string =>
  `<bpmn:intermediateCatchEvent id="${id}"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent>`

const beside = `<bpmn:subProcess id="e" triggeredByEvent="true"><bpmn:startEvent id="m1" isInterrupting="true"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent><bpmn:userTask id="b"/><bpmn:sequenceFlow id="inner" sourceRef="m1" targetRef="b"/></bpmn:subProcess>`

const models: readonly (readonly [place: string, model: string])[] = [
  [
    'an event',
    processModel(
      'p',
      `<bpmn:startEvent id="start"/>${message('m1')}${signal('s1')}<bpmn:parallelGateway id="g"/>`,
      'start -> g; g -> m1; g -> s1',
      EVENTS,
    ),
  ],
  [
    'the boundary of a step',
    processModel(
      'p',
      `<bpmn:startEvent id="start"/><bpmn:userTask id="a"/><bpmn:boundaryEvent id="m1" attachedToRef="a"><bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent><bpmn:userTask id="b"/>`,
      'start -> a; m1 -> b',
      EVENTS,
    ),
  ],
  [
    'an event-based gateway',
    processModel(
      'p',
      `<bpmn:startEvent id="start"/><bpmn:eventBasedGateway id="g"/>${message('m1')}${signal('s1')}`,
      'start -> g; g -> m1; g -> s1',
      EVENTS,
    ),
  ],
  [
    'one of two events for the same',
    processModel(
      'p',
      `<bpmn:startEvent id="start"/>${message('m1')}${message('m2')}${signal('s1')}<bpmn:parallelGateway id="g"/>`,
      'start -> g; g -> m1; g -> m2; g -> s1',
      EVENTS,
    ),
  ],
  ['an event sub-process', processModel('p', `<bpmn:startEvent id="start"/><bpmn:userTask id="a"/>${beside}`, 'start -> a', EVENTS)],
]

test.each(models)('at %s the call that is said to move a token moves it, and no other instance', async (_, model) => {
  const engine = await createEngine({ clock: manualClock() })
  await engine.deploy(model)
  const first = await engine.start('p')
  for (const told of (await engine.explain(first.id)).flatMap(({ waitsFor }) => waitsFor)) {
    if (told.type !== 'message' && told.type !== 'signal') continue
    const { id } = await engine.start('p')
    const other = await engine.start('p')
    const before = await placesOf(engine, other.id)
    const said = (await engine.explain(id)).flatMap(({ waitsFor }) => waitsFor).find((one) => one.elementId === told.elementId)
    const elementId = told.elementId
    if (told.type === 'message') {
      expect(said?.movedBy).toBe(`messages.publish({ name: 'it\\'s paid', instanceId: '${id}', elementId: '${elementId}' })`)
      expect(await engine.messages.publish({ name: "it's paid", instanceId: id, elementId })).toEqual({
        outcome: 'correlated',
        instanceIds: [id],
      })
    } else {
      expect(said?.movedBy).toBe(`signals.broadcast({ name: 'it\\'s over', instanceId: '${id}' })`)
      await engine.signals.broadcast({ name: "it's over", instanceId: id })
    }
    await engine.drain()
    expect(await waitsOf(engine, id)).not.toContain(elementId)
    expect(await placesOf(engine, other.id)).toEqual(before)
  }
  await engine.close()
})

async function waitsOf(engine: Engine, id: string): Promise<readonly string[]> {
  return (await engine.explain(id)).flatMap(({ waitsFor }) => waitsFor.map((one) => one.elementId))
}

async function placesOf(engine: Engine, id: string): Promise<readonly string[]> {
  return (await engine.instances.get(id))?.activeElements.map((one) => `${one.elementId} ${one.phase}`) ?? []
}

test('what is said of a failed attempt is made of whole sentences', async () => {
  const engine = await createEngine({
    clock: manualClock('2026-01-01T00:00:00Z'),
    handlers: { t: () => Promise.reject(new Error('no line')) },
  })
  await engine.deploy(processModel('p', '<bpmn:startEvent id="start"/><bpmn:serviceTask id="a" camunda:topic="t"/>', 'start -> a'))
  const { id } = await engine.start('p')
  await engine.drain()
  const [explained] = await engine.explain(id)
  expect(explained?.text).toBe('"a" waits for its handler. It failed once: no line. Next attempt: 2026-01-01T00:00:01.000Z.')
  await engine.close()
})
