import { readFileSync } from 'node:fs'
import { createEngine, inspectModel, manualClock } from '@leeway/engine'
import { expect, test } from 'vitest'

const model = readFileSync(new URL('../scenarios/event-registry.bpmn', import.meta.url), 'utf8')

test("an event of Flowable's registry starts a process where it carries what the start event correlates by", async () => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(model)
  const tripped = async (kind: string): Promise<string> =>
    (await engine.messages.publish({ name: 'sensorTripped', variables: { kind, room: 7 } })).outcome
  expect([await tripped('water'), await tripped('fire')]).toEqual(['none', 'started'])
  const [task] = await engine.tasks.find()
  expect(task?.elementId).toBe('evacuate')
  expect(await engine.instances.variables(task?.instanceId ?? '')).toEqual({ room: 7 })
  await engine.close()
})

test.each([
  ['startNewInstance', []],
  ['storeAsUniqueReferenceId', []],
  ['manualSubscription', ['unsupportedExtension']],
])('%s is what a start event does anyway, or is told', async (configuration, codes) => {
  const asked = `<flowable:startEventCorrelationConfiguration><![CDATA[${configuration}]]></flowable:startEventCorrelationConfiguration>`
  const { diagnostics } = await inspectModel(
    model.replace('<flowable:eventType>sensorTripped', `${asked}<flowable:eventType>sensorTripped`),
  )
  expect(diagnostics.filter(({ elementId }) => elementId === 'rung').map(({ code }) => code)).toEqual(codes)
})

test('a start event that keeps one instance for each key starts another when that has ended', async () => {
  const asked = '<flowable:startEventCorrelationConfiguration>storeAsUniqueReferenceId</flowable:startEventCorrelationConfiguration>'
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(model.replace('<flowable:eventType>sensorTripped', `${asked}<flowable:eventType>sensorTripped`))
  const tripped = async (): Promise<string> =>
    (await engine.messages.publish({ name: 'sensorTripped', variables: { kind: 'fire', room: 7 } })).outcome
  expect(await Promise.all([tripped(), tripped()])).toEqual(expect.arrayContaining(['started', 'none']))
  expect(await tripped()).toBe('none')
  const [task] = await engine.tasks.find()
  await engine.instances.cancel(task?.instanceId ?? '')
  expect(await tripped()).toBe('started')
  expect(await tripped()).toBe('none')
  await engine.instances.delete(task?.instanceId ?? '')
  expect(await tripped()).toBe('none')
  await engine.close()
})

test('a task that sends an event and is triggerable waits for an event of another type, with what that carries', async () => {
  const both = `<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:flowable="http://flowable.org/bpmn" id="d" targetNamespace="t"><process id="p" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="ask"/><serviceTask id="ask" flowable:type="send-event" flowable:triggerable="true"><extensionElements><flowable:eventType>asked</flowable:eventType>
      <flowable:eventInParameter source="${'$'}{order}" target="order"/><flowable:triggerEventType>answered</flowable:triggerEventType><flowable:triggerEventCorrelationParameter name="order" value="${'$'}{order}"/>
      <flowable:eventOutParameter source="says" target="said"/></extensionElements></serviceTask>
    <boundaryEvent id="late" attachedToRef="ask"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="ask" targetRef="done"/><userTask id="done"/><sequenceFlow id="f3" sourceRef="late" targetRef="chase"/><userTask id="chase"/></process></definitions>`
  for (const elementHandlers of [{}, { ask: () => undefined }]) {
    const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), elementHandlers })
    await engine.deploy(both)
    const [first, second] = [await engine.start('p', { variables: { order: 1 } }), await engine.start('p', { variables: { order: 2 } })]
    await engine.drain()
    expect(await engine.tasks.find()).toEqual([])
    expect((await engine.messages.publish({ name: 'answered', variables: { order: 2, says: 'yes' } })).outcome).toBe('correlated')
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'done', instanceId: second.id }])
    expect(await engine.instances.variables(second.id)).toEqual({ order: 2, said: 'yes' })
    await engine.advance('PT1H')
    expect(await engine.tasks.find({ instanceId: first.id })).toMatchObject([{ elementId: 'chase' }])
    await engine.close()
  }
})
