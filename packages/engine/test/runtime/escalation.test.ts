import { describe, expect, test } from 'vitest'
import { engineWith } from './order-engine.ts'
import { processModel, service, user } from './process-model.ts'

const ROOT = '<bpmn:escalation id="late" escalationCode="LATE"/>'

/** One activity with an escalation boundary event for LATE, which leads to the user task `notice`. */
function model(activity: string, attributes: string): string {
  const catching = `<bpmn:boundaryEvent id="caught" attachedToRef="a" ${attributes}><bpmn:escalationEventDefinition escalationRef="late" camunda:escalationCodeVariable="code"/></bpmn:boundaryEvent>`
  const rest = '<bpmn:userTask id="next"/><bpmn:userTask id="notice"/>'
  return processModel('p', `<bpmn:startEvent id="start"/>${activity}${catching}${rest}`, 'start -> a; a -> next; caught -> notice', ROOT)
}

describe('a handler escalates', () => {
  test('its activity completes, and the path of the event begins beside it', async () => {
    const engine = await engineWith(model(service('a', 'work').xml, 'cancelActivity="false"'), {
      handlers: { work: (job) => job.escalate('LATE', { by: 3 }) },
    })
    const { id } = await engine.start('p')
    await engine.drain()
    expect((await engine.tasks.find()).map((task) => task.elementId).sort()).toEqual(['next', 'notice'])
    expect(await engine.instances.variables(id)).toEqual({ by: 3, code: 'LATE' })
    await engine.close()
  })

  test('interrupted by it, its activity does not complete', async () => {
    const engine = await engineWith(model(service('a', 'work').xml, ''), { handlers: { work: (job) => job.escalate('LATE') } })
    await engine.start('p')
    await engine.drain()
    expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['notice'])
    await engine.close()
  })

  test('caught by nobody, its activity completes and the history tells', async () => {
    const engine = await engineWith(model(service('a', 'work').xml, ''), { handlers: { work: (job) => job.escalate('OTHER') } })
    const { id } = await engine.start('p')
    await engine.drain()
    expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['next'])
    expect(await engine.history(id)).toContainEqual(expect.objectContaining({ type: 'escalationThrown', elementId: 'a', code: 'OTHER' }))
    await engine.close()
  })

  test('a code that is no text fails the job', async () => {
    const engine = await engineWith(model(service('a', 'work').xml, ''), { handlers: { work: (job) => job.escalate(7 as never) } })
    await engine.start('p')
    await engine.drain()
    expect(await engine.incidents.find()).toMatchObject([{ elementId: 'a', code: 'invalidResult' }])
    await engine.close()
  })
})

test('a waiting element escalates from outside and goes on waiting, once for one key', async () => {
  const engine = await engineWith(model(user('a').xml, 'cancelActivity="false"'))
  await engine.start('p')
  const [task] = await engine.tasks.find()
  for (let k = 0; k < 2; k++) await engine.escalate(task?.id ?? '', 'LATE', { variables: { since: 'noon' }, idempotencyKey: 'once' })
  expect((await engine.tasks.find()).map((one) => one.elementId).sort()).toEqual(['a', 'notice'])
  await expect(engine.escalate(task?.id ?? '', '')).rejects.toMatchObject({ code: 'invalidArgument' })
  await engine.close()
})

test('an event with several definitions throws all of them, and ends its scope last', async () => {
  const end = `<bpmn:endEvent id="all"><bpmn:terminateEventDefinition/><bpmn:escalationEventDefinition escalationRef="late"/>
    <bpmn:signalEventDefinition signalRef="s"/><bpmn:messageEventDefinition messageRef="m"/></bpmn:endEvent>`
  const root = '<bpmn:escalation id="late" escalationCode="LATE"/><bpmn:signal id="s" name="storm"/><bpmn:message id="m" name="mail"/>'
  const body = `<bpmn:startEvent id="start"/><bpmn:userTask id="other"/><bpmn:userTask id="go"/>${end}`
  const engine = await engineWith(processModel('p', body, 'start -> go; start -> other; go -> all', root))
  const { id } = await engine.start('p')
  const go = (await engine.tasks.find({ elementId: 'go' }))[0]
  await engine.tasks.complete(go?.id ?? '')
  const thrown = (await engine.history(id)).filter((entry) => entry.type.endsWith('Thrown') || entry.type === 'processEnded')
  expect(thrown.map((entry) => entry.type)).toEqual(['escalationThrown', 'signalThrown', 'messageThrown', 'processEnded'])
  await engine.close()
})
