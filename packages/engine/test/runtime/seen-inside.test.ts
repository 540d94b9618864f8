import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { chain, processModel } from './process-model.ts'

async function engineFor(model: string): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(model)
  return engine
}

const openTasks = async (engine: Engine): Promise<readonly string[]> =>
  (await engine.tasks.find()).map(({ elementId }) => elementId ?? '').sort()

const asFlowable = (model: string): string =>
  model
    .replaceAll('camunda:', 'flowable:')
    .replace('xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', 'xmlns:flowable="http://flowable.org/bpmn"')

/** How many rounds began, and how many tasks are open, before anybody does a job. */
async function begunAtOnce(model: string): Promise<{ rounds: number; open: number; later: number }> {
  const engine = await engineFor(model)
  const { id } = await engine.start('p')
  const rounds = (await engine.history(id)).filter((event) => event.type === 'iterationBegun').length
  const open = (await engine.tasks.find()).length
  await engine.drain()
  const later = (await engine.tasks.find()).length
  for (const task of await engine.tasks.find()) await engine.tasks.complete(task.id)
  await engine.drain()
  expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
  await engine.close()
  return { rounds, open, later }
}

describe('rounds that are asynchronous', () => {
  const rounds = (ofActivity: string, ofRounds: string): string =>
    chain('p', [
      {
        id: 'a',
        xml: `<bpmn:userTask id="a" ${ofActivity}><bpmn:multiInstanceLoopCharacteristics ${ofRounds}><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`,
      },
    ])

  test('have a job each where the multi-instance says so; else there is one before all of them', async () => {
    expect(await begunAtOnce(rounds('', 'camunda:asyncBefore="true"'))).toEqual({ rounds: 2, open: 0, later: 2 })
    expect(await begunAtOnce(rounds('camunda:asyncBefore="true"', ''))).toEqual({ rounds: 0, open: 0, later: 2 })
  })

  test('are what Flowable means where the activity says so', async () => {
    expect(await begunAtOnce(asFlowable(rounds('camunda:async="true"', '')))).toEqual({ rounds: 2, open: 0, later: 2 })
  })

  test('may have a job behind each: the body goes on when the last of them is done', async () => {
    const engine = await engineFor(rounds('', 'camunda:asyncAfter="true" isSequential="true"'))
    const { id } = await engine.start('p')
    for (const left of [1, 0]) {
      const [task] = await engine.tasks.find()
      await engine.tasks.complete(task?.id ?? '')
      expect(await engine.tasks.find()).toEqual([])
      await engine.drain()
      expect(await engine.tasks.find()).toHaveLength(left)
    }
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })
})

describe('a conditional event at the boundary of a sub-process', () => {
  const model = (attributes: string): string =>
    processModel(
      'p',
      `<bpmn:startEvent id="s"/><bpmn:subProcess id="sub"><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="mood">\${start}</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>
         <bpmn:startEvent id="is"/><bpmn:userTask id="a"/><bpmn:sequenceFlow id="if" sourceRef="is" targetRef="a"/></bpmn:subProcess>
       <bpmn:boundaryEvent id="b" attachedToRef="sub" ${attributes}><bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">\${mood == 'bad'}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>
       <bpmn:userTask id="cheer"/>`,
      's -> sub; b -> cheer',
    )

  test('sees what the sub-process begins with', async () => {
    const engine = await engineFor(model(''))
    await engine.start('p', { variables: { start: 'bad' } })
    expect(await openTasks(engine)).toEqual(['cheer'])
    await engine.close()
  })

  test('is asked when a variable of the sub-process changes', async () => {
    const engine = await engineFor(model('cancelActivity="false"'))
    const { id } = await engine.start('p', { variables: { start: 'good' } })
    expect(await openTasks(engine)).toEqual(['a'])
    const [task] = await engine.tasks.find()
    const sub = (task?.elementInstanceId ?? '').replace(/\.\d+$/, '')
    await engine.instances.setVariables(id, { mood: 'bad' }, { scope: sub })
    expect(await openTasks(engine)).toEqual(['a', 'cheer'])
    await engine.close()
  })
})

test('what a round of a sub-process keeps to itself can be part of its result', async () => {
  const rounds = `<bpmn:subProcess id="sub"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><camunda:variableAggregation target="all"><variable source="note"/></camunda:variableAggregation></bpmn:extensionElements><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>
    <bpmn:dataObject id="d" name="note" itemSubjectRef="xsd:string"><bpmn:extensionElements><camunda:value>none</camunda:value></bpmn:extensionElements></bpmn:dataObject><bpmn:startEvent id="is"/><bpmn:userTask id="a"/><bpmn:sequenceFlow id="if" sourceRef="is" targetRef="a"/></bpmn:subProcess>`
  const engine = await engineFor(asFlowable(chain('p', [{ id: 'sub', xml: rounds }])).replace('<variable ', '<flowable:variable '))
  const { id } = await engine.start('p')
  for (const note of ['one', 'two']) {
    const [task] = await engine.tasks.find({ orderBy: 'id' })
    await engine.tasks.complete(task?.id ?? '', { variables: { note } })
  }
  expect(await engine.instances.variables(id)).toEqual({ all: [{ note: 'one' }, { note: 'two' }] })
  await engine.close()
})
