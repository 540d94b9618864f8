import { quickjs } from '@leeway/engine/quickjs'
import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'

async function engineFor(model: string, options: EngineOptions = {}): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), scripts: quickjs(), ...options })
  await engine.deploy(model)
  return engine
}

/** How often each element was begun. */
async function begun(engine: Engine, id: string, elementId: string): Promise<number> {
  return (await engine.history(id)).filter((event) => event.type === 'elementActivated' && event.elementId === elementId).length
}

const openTasks = async (engine: Engine): Promise<readonly string[]> =>
  (await engine.tasks.find()).map(({ elementId }) => elementId ?? '').sort()

async function completeOne(engine: Engine, elementId: string, variables = {}): Promise<void> {
  const [task] = await engine.tasks.find({ elementId, orderBy: 'id' })
  await engine.tasks.complete(task?.id ?? '', { variables })
}

const script = (name: string, source: string): string =>
  `<bpmn:${name} xsi:type="bpmn:tFormalExpression" language="javascript">${source}</bpmn:${name}>`

const condition = (source: string): string =>
  `<bpmn:conditionalEventDefinition>${script('condition', source)}</bpmn:conditionalEventDefinition>`

describe('the condition of an event that is a script', () => {
  test('is asked when it is armed and when a variable changes; one that cannot be evaluated yet is not true', async () => {
    const model = processModel(
      'p',
      `<bpmn:startEvent id="s"/><bpmn:userTask id="a"/><bpmn:boundaryEvent id="b" attachedToRef="a">${condition('items.some((item) => item > limit)')}</bpmn:boundaryEvent>
       <bpmn:userTask id="late"/><bpmn:endEvent id="e"/>`,
      's -> a; a -> e; b -> late',
    )
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { limit: 5 } })
    await engine.instances.setVariables(id, { items: [1, 5] })
    expect(await openTasks(engine)).toEqual(['a'])
    await engine.instances.setVariables(id, { limit: 4 })
    expect(await openTasks(engine)).toEqual(['late'])
    await engine.close()
  })

  test('lets a non-interrupting event sub-process begin each time that it comes true', async () => {
    const model = processModel(
      'p',
      `<bpmn:startEvent id="s"/><bpmn:userTask id="a"/><bpmn:endEvent id="e"/>
       <bpmn:subProcess id="esp" triggeredByEvent="true"><bpmn:startEvent id="es" isInterrupting="false">${condition('n % 2 === 0')}</bpmn:startEvent>
       <bpmn:userTask id="even"/><bpmn:sequenceFlow id="x" sourceRef="es" targetRef="even"/></bpmn:subProcess>`,
      's -> a; a -> e',
    )
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { n: 1 } })
    for (const n of [2, 3, 4]) await engine.instances.setVariables(id, { n })
    expect(await openTasks(engine)).toEqual(['a', 'even', 'even'])
    await engine.close()
  })

  test('starts a process', async () => {
    const model = processModel('p', `<bpmn:startEvent id="s">${condition('3 > stock')}</bpmn:startEvent><bpmn:userTask id="a"/>`, 's -> a')
    const engine = await engineFor(model)
    expect(await engine.evaluateConditions({ variables: { stock: 3 } })).toMatchObject({ outcome: 'none' })
    expect(await engine.evaluateConditions({ variables: { stock: 2 } })).toMatchObject({ outcome: 'started' })
    await engine.close()
  })
})

describe('repetition that scripts decide', () => {
  const rounds = (inner: string): { id: string; xml: string } => ({ id: 'a', xml: `<bpmn:userTask id="a">${inner}</bpmn:userTask>` })

  test('a loop goes on while its condition holds, which may be asked before the first round', async () => {
    const loop = rounds(
      `<bpmn:standardLoopCharacteristics testBefore="true">${script('loopCondition', 'left.length > 0')}</bpmn:standardLoopCharacteristics>`,
    )
    const engine = await engineFor(chain('p', [loop]))
    const none = await engine.start('p', { variables: { left: [] } })
    expect(await engine.instances.get(none.id)).toMatchObject({ status: 'completed' })
    const { id } = await engine.start('p', { variables: { left: [1, 2] } })
    await completeOne(engine, 'a', { left: [2] })
    await completeOne(engine, 'a', { left: [] })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('a completion condition sees the counters and is asked after each round', async () => {
    const multi = rounds(
      `<bpmn:multiInstanceLoopCharacteristics>${script('loopCardinality', 'people.length')}${script(
        'completionCondition',
        'nrOfCompletedInstances / nrOfInstances >= 0.5 &amp;&amp; votes === "yes"',
      )}</bpmn:multiInstanceLoopCharacteristics>`,
    )
    const engine = await engineFor(chain('p', [multi]))
    const { id } = await engine.start('p', { variables: { people: ['kim', 'lee', 'max', 'mia'], votes: 'yes' } })
    await completeOne(engine, 'a')
    expect(await openTasks(engine)).toEqual(['a', 'a', 'a'])
    await completeOne(engine, 'a')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('the flows behind what is repeated are asked once, when all rounds are over, in their order', async () => {
    const model = processModel(
      'p',
      `<bpmn:startEvent id="s"/><bpmn:userTask id="a" default="f3"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
       <bpmn:userTask id="many"/><bpmn:userTask id="few"/>
       <bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="many">${script('conditionExpression', 'sum > 2')}</bpmn:sequenceFlow><bpmn:sequenceFlow id="f3" sourceRef="a" targetRef="few"/>`,
      's -> a',
    )
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { sum: 9 } })
    await completeOne(engine, 'a', { sum: 1 })
    await completeOne(engine, 'a', { sum: 3 })
    expect(await openTasks(engine)).toEqual(['many'])
    expect(await begun(engine, id, 'few')).toBe(0)
    await engine.close()
  })
})

test('lists and maps among the parameters of a connector may hold scripts', async () => {
  const parameters = `<camunda:inputParameter name="headers"><camunda:map><camunda:entry key="x"><camunda:script scriptFormat="javascript">who.toUpperCase()</camunda:script></camunda:entry>
    <camunda:entry key="all"><camunda:list><camunda:value>a</camunda:value><camunda:script scriptFormat="javascript">1 + 1</camunda:script></camunda:list></camunda:entry></camunda:map></camunda:inputParameter>
    <camunda:outputParameter name="got"><camunda:list><camunda:script scriptFormat="javascript">connector.getVariable('status') + offset</camunda:script></camunda:list></camunda:outputParameter>`
  const send = `<bpmn:serviceTask id="ask"><bpmn:extensionElements><camunda:connector><camunda:connectorId>http</camunda:connectorId><camunda:inputOutput>${parameters}</camunda:inputOutput></camunda:connector></bpmn:extensionElements></bpmn:serviceTask>`
  const fields: unknown[] = []
  const engine = await engineFor(chain('p', [{ id: 'ask', xml: send }]), {
    handlers: {
      'connector:http': (job) => {
        fields.push(job.fields)
        return { status: 200 }
      },
    },
  })
  const { id } = await engine.start('p', { variables: { who: 'kim', offset: 1 } })
  await engine.drain()
  expect(fields).toEqual([{ headers: { x: 'KIM', all: ['a', 2] } }])
  expect(await engine.instances.variables(id)).toEqual({ who: 'kim', offset: 1, got: [201] })
  await engine.close()
})

describe('a script that decides', () => {
  const gateway = (source: string, attributes = ''): string =>
    processModel(
      'p',
      `<bpmn:startEvent id="s"/><bpmn:userTask id="a"/><bpmn:exclusiveGateway id="g" default="no"/><bpmn:userTask id="yes"/><bpmn:endEvent id="e"/>
       <bpmn:sequenceFlow id="f" sourceRef="g" targetRef="yes"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression" language="javascript"${attributes}>${source}</bpmn:conditionExpression></bpmn:sequenceFlow>
       <bpmn:sequenceFlow id="no" sourceRef="g" targetRef="e"/>`,
      's -> a; a -> g',
    )

  test('is not asked behind a flow of the gateway that was taken already', async () => {
    const flow = (id: string, source: string): string =>
      `<bpmn:sequenceFlow id="${id}" sourceRef="g" targetRef="${id}e">${script('conditionExpression', source)}</bpmn:sequenceFlow><bpmn:endEvent id="${id}e"/>`
    const model = processModel(
      'p',
      `<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/>${flow('one', 'true')}${flow('two', 'missing.member')}`,
      's -> g',
    )
    const engine = await engineFor(model)
    const { id } = await engine.start('p')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('is an incident where it fails, and is asked anew when that is resolved', async () => {
    const engine = await engineFor(gateway('order.total > 9'))
    const { id } = await engine.start('p')
    await completeOne(engine, 'a')
    const [incident] = await engine.incidents.find({})
    expect(incident).toMatchObject({ elementId: 'g', message: expect.stringContaining('order') })
    await engine.instances.setVariables(id, { order: { total: 10 } })
    await engine.incidents.resolve(incident?.id ?? '')
    expect(await openTasks(engine)).toEqual(['yes'])
    await engine.close()
  })

  test('changes nothing: one that sets a variable is an incident', async () => {
    const engine = await engineFor(gateway("execution.setVariable('x', 1); true"))
    const { id } = await engine.start('p')
    await completeOne(engine, 'a')
    expect(await engine.incidents.find({})).toMatchObject([{ elementId: 'g', message: expect.stringContaining('sets "x"') }])
    expect(await engine.instances.variables(id)).toEqual({})
    await engine.close()
  })

  test('may stand in a file that is deployed with the model', async () => {
    const engine = await createEngine({ clock: manualClock(), scripts: quickjs() })
    await expect(engine.deploy(gateway('', ' camunda:resource="deployment://decide.js"'))).rejects.toMatchObject({ code: 'invalidModel' })
    await engine.deploy([
      { name: 'p.bpmn', content: gateway('', ' camunda:resource="deployment://decide.js"') },
      { name: 'decide.js', content: 'n > 1' },
    ])
    await engine.start('p', { variables: { n: 2 } })
    await completeOne(engine, 'a')
    expect(await openTasks(engine)).toEqual(['yes'])
    await engine.close()
  })

  test('decides in what is called, in the command that calls it', async () => {
    const call = chain('p', [user('first'), { id: 'c', xml: '<bpmn:callActivity id="c" calledElement="q"/>' }])
    const engine = await engineFor(call)
    await engine.deploy(
      processModel(
        'q',
        `<bpmn:startEvent id="s"/><bpmn:userTask id="in"/><bpmn:endEvent id="e"/>
         <bpmn:sequenceFlow id="f" sourceRef="s" targetRef="in">${script('conditionExpression', '1 + 1 === 2')}</bpmn:sequenceFlow>`,
        'in -> e',
      ),
    )
    await engine.start('p')
    await completeOne(engine, 'first')
    expect(await openTasks(engine)).toEqual(['in'])
    await engine.close()
  })

  test('is left to nodes that have an engine for it: the others refuse the command and change nothing', async () => {
    const storage = memoryStorage()
    const able = await createEngine({ clock: manualClock(), storage, scripts: quickjs() })
    await able.deploy(gateway('true'))
    const { id } = await able.start('p')
    const other = await createEngine({ clock: manualClock(), storage })
    await expect(completeOne(other, 'a')).rejects.toMatchObject({ code: 'scriptEngineMissing' })
    expect(await openTasks(other)).toEqual(['a'])
    await completeOne(able, 'a')
    expect(await begun(able, id, 'yes')).toBe(1)
    await other.close()
    await able.close()
  })
})
