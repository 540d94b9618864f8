import { createEngine, type Engine, manualClock } from '@leeway/engine'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const file = (content: string, root = ''): string => `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="http://leeway.example">
  ${root}<process id="p" isExecutable="true">${content}<userTask id="t"/></process></definitions>`
const condition = (text: string, attributes = ''): string =>
  `<conditionalEventDefinition ${attributes}><condition>\${${text}}</condition></conditionalEventDefinition>`
const start = (id: string, content: string, attributes = ''): string =>
  `<startEvent id="${id}" ${attributes}>${content}</startEvent><sequenceFlow id="f-${id}" sourceRef="${id}" targetRef="t"/>`

let engine: Engine
beforeEach(async () => {
  engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
})
afterEach(() => engine.close())

describe('a conditional start event', () => {
  test('starts an instance of the latest version, with the variables that it was judged by', async () => {
    await engine.deploy(file(start('s', condition('n > 3'))))
    await engine.deploy(file(start('s', condition('n > 5'))))
    expect(await engine.evaluateConditions({ variables: { n: 4 } })).toEqual({ outcome: 'none', instanceIds: [] })
    const { outcome, instanceIds } = await engine.evaluateConditions({ variables: { n: 6 }, businessKey: 'A' })
    expect(outcome).toBe('started')
    expect(await engine.instances.get(instanceIds[0] ?? '')).toMatchObject({
      businessKey: 'A',
      variables: { n: 6 },
      definition: { version: 2 },
    })
  })

  test('is one of several that are true: each starts an instance, and a repeated call none', async () => {
    await engine.deploy(file(start('a', condition('n > 3')) + start('b', condition('n > 4')) + start('c', condition('n > 9'))))
    const call = { variables: { n: 5 }, idempotencyKey: 'once' }
    const answer = await engine.evaluateConditions(call)
    expect(answer.instanceIds).toHaveLength(2)
    expect(await engine.evaluateConditions(call)).toEqual(answer)
    await engine.drain()
    expect(await engine.instances.count({})).toBe(2)
  })

  test('that names its variables is judged only where one of them is given; another process is passed over', async () => {
    await engine.deploy(file(start('s', condition('true', 'camunda:variableName="n"'))))
    expect(await engine.evaluateConditions({ variables: { m: 1 } })).toMatchObject({ outcome: 'none' })
    expect(await engine.evaluateConditions({ variables: { n: 1 }, processKey: 'q' })).toMatchObject({ outcome: 'none' })
    expect(await engine.evaluateConditions({ variables: { n: 1 }, processKey: 'p' })).toMatchObject({ outcome: 'started' })
  })

  test('of a tenant is judged by that tenant alone', async () => {
    await engine.deploy(file(start('s', condition('true'))), { tenantId: 'one' })
    expect(await engine.evaluateConditions()).toMatchObject({ outcome: 'none' })
    expect(await engine.as({ tenantId: 'two' }).evaluateConditions()).toMatchObject({ outcome: 'none' })
    expect(await engine.as({ tenantId: 'one' }).evaluateConditions()).toMatchObject({ outcome: 'started' })
  })
})

describe('a parallel multiple start event', () => {
  const messages = '<message id="a" name="a"/><message id="b" name="b"/>'
  const message = (id: string): string => `<messageEventDefinition messageRef="${id}"/>`
  const both = (more = ''): string => file(start('s', message('a') + message('b') + more, 'parallelMultiple="true"'), messages)

  test('keeps what comes, by its key, until all has come', async () => {
    await engine.deploy(both())
    const publish = (name: string, correlationKey: string) =>
      engine.messages.publish({ name, correlationKey, variables: { [name]: correlationKey } })
    expect(await publish('a', '1')).toEqual({ outcome: 'buffered', instanceIds: [] })
    expect(await publish('b', '2')).toMatchObject({ outcome: 'buffered' })
    expect(await publish('a', '1')).toMatchObject({ outcome: 'buffered' })
    const { outcome, instanceIds } = await publish('a', '2')
    expect(outcome).toBe('started')
    expect(await engine.instances.variables(instanceIds[0] ?? '')).toEqual({ a: '2', b: '2' })
    expect(await publish('b', '1')).toMatchObject({ outcome: 'started' })
    expect(await publish('b', '1')).toMatchObject({ outcome: 'started' })
    expect(await publish('b', '1')).toMatchObject({ outcome: 'buffered' })
  })

  test('starts one instance, whatever comes at the same time', async () => {
    await engine.deploy(both())
    await Promise.all(['a', 'b', 'a', 'b'].map((name) => engine.messages.publish({ name })))
    expect(await engine.instances.count({})).toBe(2)
  })

  test('waits for its timer and its condition as for the others', async () => {
    await engine.deploy(both(`<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>${condition('ok')}`))
    await engine.messages.publish({ name: 'b' })
    await engine.advance('PT2H30M')
    await engine.messages.publish({ name: 'a' })
    expect(await engine.instances.count({})).toBe(0)
    expect(await engine.evaluateConditions({ variables: { ok: true } })).toMatchObject({ outcome: 'started' })
    await engine.messages.publish({ name: 'a' })
    await engine.evaluateConditions({ variables: { ok: true } })
    expect(await engine.instances.count({})).toBe(1)
    await engine.messages.publish({ name: 'b' })
    expect(await engine.instances.count({})).toBe(2)
  })

  test('of a new version begins anew', async () => {
    await engine.deploy(both())
    await engine.messages.publish({ name: 'a' })
    await engine.deploy(both().replace('<userTask id="t"/>', '<userTask id="t" name="new"/>'))
    expect(await engine.messages.publish({ name: 'b' })).toMatchObject({ outcome: 'buffered' })
    expect(await engine.messages.publish({ name: 'a' })).toMatchObject({ outcome: 'started' })
  })
})
