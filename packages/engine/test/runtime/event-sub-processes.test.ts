import { memoryStorage } from '@leeway/storage'
import { expect, test } from 'vitest'
import { jobs } from '../../src/runtime/records/job.ts'
import { subscriptions } from '../../src/runtime/records/message.ts'
import { engineWith } from './order-engine.ts'
import { processModel } from './process-model.ts'

const ROOT = '<bpmn:message id="m" name="change"/><bpmn:message id="m2" name="stop"/>'

function listening(id: string, definition: string, attributes = '', inside = '<bpmn:userTask id="handle"/>', flow = 'handle'): string {
  return `<bpmn:subProcess id="${id}" triggeredByEvent="true"><bpmn:startEvent id="${id}Start" ${attributes}>${definition}</bpmn:startEvent>${inside}
    <bpmn:sequenceFlow id="${id}Flow" sourceRef="${id}Start" targetRef="${flow}"/></bpmn:subProcess>`
}

const MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'
const model = (handlers: string): string =>
  processModel('p', `<bpmn:startEvent id="start"/><bpmn:userTask id="work"/>${handlers}`, 'start -> work', ROOT)

test('what listens is no active element; explain names it', async () => {
  const engine = await engineWith(model(listening('adapt', MESSAGE)))
  const { id } = await engine.start('p')
  expect((await engine.instances.get(id))?.activeElements.map((element) => element.elementId)).toEqual(['work'])
  const listener = (await engine.explain(id)).find((one) => one.elementId === 'adapt')
  expect(listener).toMatchObject({ phase: 'armed', waitsFor: [{ type: 'message', elementId: 'adaptStart', name: 'change' }] })
  expect(listener?.text).toContain('begins when its scope')
  await engine.close()
})

test("what comes with the event is the handler's own; the handler sees and writes what is around it", async () => {
  const inside = '<bpmn:serviceTask id="handle" camunda:topic="t"/>'
  const engine = await engineWith(model(listening('adapt', MESSAGE, 'isInterrupting="false"', inside)), {
    handlers: { t: (job) => ({ seen: `${job.variables.mine} ${job.variables.shared}`, shared: 'changed' }) },
  })
  const { id } = await engine.start('p', { variables: { shared: 'old' } })
  await engine.messages.publish({ name: 'change', variables: { mine: 'payload' } })
  await engine.drain()
  expect(await engine.instances.variables(id)).toEqual({ shared: 'changed', seen: 'payload old' })
  await engine.close()
})

test('each instance of a sub-process listens for itself, and what it waits for is gone with it', async () => {
  const storage = memoryStorage()
  const inner = `<bpmn:subProcess id="sub"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>
    <bpmn:userTask id="work"/>${listening('adapt', MESSAGE, 'isInterrupting="false"')}
    ${listening('late', '<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>', '', '<bpmn:endEvent id="given-up"/>', 'given-up')}</bpmn:subProcess>`
  const engine = await engineWith(processModel('p', `<bpmn:startEvent id="start"/>${inner}`, 'start -> sub', ROOT), { storage })
  const { id } = await engine.start('p')
  const rows = async () => [
    (await storage.find(subscriptions, { where: {}, limit: 100 })).length,
    (await storage.find(jobs, { where: { kind: { eq: 'timer' } }, limit: 100 })).length,
  ]
  expect(await rows()).toEqual([3, 3])
  await engine.messages.publish({ name: 'change', target: 'all' })
  const tasks = await engine.tasks.find({ elementId: 'work' })
  await engine.tasks.complete(tasks[0]?.id ?? '')
  // Its handler is all that is left there: that scope listens no more.
  expect(await rows()).toEqual([2, 2])
  await engine.advance('PT1H')
  expect(await rows()).toEqual([0, 0])
  expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['handle'])
  await engine.tasks.complete((await engine.tasks.find())[0]?.id ?? '')
  expect((await engine.instances.get(id))?.status).toBe('completed')
  await engine.close()
})

test('a timer that cannot be read is an incident of what listens; the scope goes on, and resolving arms it', async () => {
  const timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>${patience}</bpmn:timeDuration></bpmn:timerEventDefinition>'
  const engine = await engineWith(model(listening('late', timer)))
  const { id } = await engine.start('p')
  expect((await engine.instances.get(id))?.activeElements.map((element) => element.elementId)).toEqual(['work'])
  const [incident] = await engine.incidents.find({ instanceId: id })
  expect(incident).toMatchObject({ elementId: 'late' })
  await engine.instances.setVariables(id, { patience: 'PT1H' })
  await engine.incidents.resolve(incident?.id ?? '')
  await engine.advance('PT1H')
  expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['handle'])
  await engine.close()
})

test('an incident of what listens is gone when its scope completes', async () => {
  const timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>${patience}</bpmn:timeDuration></bpmn:timerEventDefinition>'
  const engine = await engineWith(model(listening('late', timer)))
  const { id } = await engine.start('p')
  await engine.tasks.complete((await engine.tasks.find())[0]?.id ?? '')
  expect((await engine.instances.get(id))?.status).toBe('completed')
  expect(await engine.incidents.find({ instanceId: id })).toEqual([])
  await engine.close()
})

test('a terminate end event inside a handler ends the handler alone', async () => {
  const inside = '<bpmn:endEvent id="handle"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
  const engine = await engineWith(model(listening('adapt', MESSAGE, 'isInterrupting="false"', inside)))
  await engine.start('p')
  await engine.messages.publish({ name: 'change' })
  expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['work'])
  await engine.close()
})

test('what only listens cannot be held, failed or completed by hand', async () => {
  const engine = await engineWith(model(listening('adapt', MESSAGE)))
  const { id } = await engine.start('p')
  const listener = (await engine.explain(id)).find((one) => one.phase === 'armed')
  const armed = listener?.elementInstanceId ?? ''
  await expect(engine.throwError(armed, 'X')).rejects.toMatchObject({ code: 'notWaiting' })
  await engine.trigger(armed)
  expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['handle'])
  await engine.close()
})
