import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { chain, user } from './process-model.ts'

const rate = (text: string): string =>
  `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
   <decision id="rate" name="Rate"><decisionTable hitPolicy="FIRST"><input id="i"><inputExpression id="ie"><text>n</text></inputExpression></input><output id="o" name="rate"/>
   <rule id="r"><inputEntry id="x"><text>&gt; 0</text></inputEntry><outputEntry id="y"><text>${text}</text></outputEntry></rule></decisionTable></decision></definitions>`

const deciding = (fields: Readonly<Record<string, string>>): string =>
  chain('p', [
    {
      id: 'decide',
      xml: `<bpmn:serviceTask id="decide" camunda:type="dmn"><bpmn:extensionElements>${Object.entries(fields)
        .map(([name, value]) => `<camunda:field name="${name}"><camunda:string>${value}</camunda:string></camunda:field>`)
        .join('')}</bpmn:extensionElements></bpmn:serviceTask>`,
    },
  ])
    .replaceAll('camunda:', 'flowable:')
    .replace('xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', 'xmlns:flowable="http://flowable.org/bpmn"')

async function rateOf(engine: Engine, n: number): Promise<unknown> {
  const { id } = await engine.start('p', { variables: { n } })
  await engine.drain()
  return (await engine.instances.variables(id)).rate
}

describe("a task that makes a decision as Flowable's do", () => {
  test.each([
    ['the one of its own deployment', {}, 1],
    ['the latest where a field says so', { sameDeployment: 'false' }, 2],
  ])('makes %s', async (_what, fields, expected) => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy([
      { name: 'p.bpmn', content: deciding({ decisionTableReferenceKey: 'rate', ...fields }) },
      { name: 'd.dmn', content: rate('1') },
    ])
    await engine.deploy([{ name: 'd.dmn', content: rate('2') }])
    expect(await rateOf(engine, 5)).toBe(expected)
    await engine.close()
  })

  test('makes the latest where its own deployment has none, and fails without a rule that holds where a field asks for one', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy([{ name: 'd.dmn', content: rate('1') }])
    await engine.deploy(deciding({ decisionTableReferenceKey: 'rate', decisionTaskThrowErrorOnNoHits: 'false' }))
    expect(await rateOf(engine, 5)).toBe(1)
    expect(await rateOf(engine, -5)).toBeUndefined()
    expect(await engine.incidents.find({})).toEqual([])
    await engine.deploy(deciding({ decisionTableReferenceKey: 'rate', decisionTaskThrowErrorOnNoHits: 'true' }))
    expect(await rateOf(engine, 5)).toBe(1)
    expect(await rateOf(engine, -5)).toBeUndefined()
    expect(await engine.incidents.find({})).toMatchObject([{ elementId: 'decide', code: 'decisionFailed' }])
    await engine.close()
  })
})

test('the name under which a variable passes to what is called, or back, may be an expression of the sender', async () => {
  const passing =
    '<bpmn:extensionElements><camunda:in source="a" targetExpression="${name}"/><camunda:out source="b" targetExpression="${back}"/></bpmn:extensionElements>'
  const engine = await createEngine({ clock: manualClock() })
  await engine.deploy(chain('p', [{ id: 'c', xml: `<bpmn:callActivity id="c" calledElement="q">${passing}</bpmn:callActivity>` }]))
  await engine.deploy(chain('q', [user('ask')]))
  const { id } = await engine.start('p', { variables: { a: 1, name: 'given' } })
  await engine.drain()
  const [task] = await engine.tasks.find()
  expect(await engine.instances.variables(task?.instanceId ?? '')).toEqual({ given: 1 })
  await engine.tasks.complete(task?.id ?? '', { variables: { b: 2, back: 'got' } })
  await engine.drain()
  expect(await engine.instances.variables(id)).toEqual({ a: 1, name: 'given', got: 2 })
  await engine.close()
})
