import { createEngine, manualClock } from '@leeway/engine'
import { expect, test } from 'vitest'

const model = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://leeway.example/test">
  <message id="m" name="due"><extensionElements><zeebe:subscription correlationKey="=day" /></extensionElements></message>
  <process id="waits" isExecutable="true">
    <startEvent id="s1" /><receiveTask id="wait" messageRef="m" /><endEvent id="e1" />
    <sequenceFlow id="f1" sourceRef="s1" targetRef="wait" /><sequenceFlow id="f2" sourceRef="wait" targetRef="e1" />
  </process>
  <process id="sends" isExecutable="true">
    <startEvent id="s2" /><sendTask id="send" messageRef="m" /><endEvent id="e2" />
    <sequenceFlow id="f3" sourceRef="s2" targetRef="send" /><sequenceFlow id="f4" sourceRef="send" targetRef="e2" />
  </process>
</definitions>`

test('a message thrown with a date as its key comes to who waits with the same date', async () => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(model)
  const day = new Date('2026-03-04T05:06:07Z')
  const { id } = await engine.start('waits', { variables: { day } })
  await engine.start('sends', { variables: { day } })
  await engine.drain()
  expect((await engine.instances.get(id))?.status).toBe('completed')
  await engine.close()
})
