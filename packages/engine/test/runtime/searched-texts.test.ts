import { describe, expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, user } from './process-model.ts'

const element = (xml: string) => chain('p', [{ id: 'a', xml }])
const withMessage = (name: string, xml: string) =>
  processModel(
    'p',
    `<bpmn:startEvent id="s"/>${xml}`,
    's -> a',
    `<bpmn:message id="m" name="${name}"/><bpmn:signal id="g" name="${name}"/>`,
  )

/** What rows are found by, each from a variable. */
const models: readonly (readonly [string, string])[] = [
  ['an assignee', chain('p', [user('a', 'camunda:assignee="${x}"')])],
  ['a candidate', chain('p', [user('a', 'camunda:candidateUsers="kim,${x}"')])],
  ['a group', chain('p', [user('a', 'camunda:candidateGroups="${x}"')])],
  ['a due date', chain('p', [user('a', 'camunda:dueDate="${x}"')])],
  ['a job type', element('<bpmn:serviceTask id="a" camunda:type="external" camunda:topic="${x}"/>')],
  ['the name of a message that is waited for', withMessage('${x}', '<bpmn:receiveTask id="a" messageRef="m"/>')],
  [
    'the name of a signal that is thrown',
    withMessage('${x}', '<bpmn:intermediateThrowEvent id="a"><bpmn:signalEventDefinition signalRef="g"/></bpmn:intermediateThrowEvent>'),
  ],
  ['what is called', element('<bpmn:callActivity id="a" calledElement="${x}"/>')],
  [
    'the business key of what is called',
    element(
      '<bpmn:callActivity id="a" calledElement="nothing"><bpmn:extensionElements><camunda:in businessKey="${x}"/></bpmn:extensionElements></bpmn:callActivity>',
    ),
  ],
]

describe.each(allStores)('text by which rows are found, on $name', ({ open }) => {
  test.each(models)('that cannot be kept is an incident of its element: %s', async (_, model) => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    await engine.deploy(model)
    for (const x of ['kim\0', '\ud800', 'ä'.repeat(401)]) {
      const { id } = await engine.start('p', { variables: { x } })
      const [incident] = await engine.incidents.find({ instanceId: id })
      expect(incident).toMatchObject({ elementId: 'a', code: expect.stringMatching(/^invalid(Value|Timer)$/) })
      await engine.instances.setVariables(id, { x: 'P1D' })
      await engine.incidents.resolve(incident?.id ?? '')
    }
    expect((await engine.incidents.find()).filter(({ code }) => code !== 'calledElementNotFound')).toEqual([])
    await engine.close()
  })

  test('of a long variable is found by all of it', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock(), searchable: { plan: 'text' } })
    await engine.deploy(chain('p', [user('a')]))
    const plan = 'ä\0'.repeat(5_000)
    const { id } = await engine.start('p', { variables: { plan } })
    await engine.start('p', { variables: { plan: `${plan}!` } })
    expect((await engine.instances.find({ variables: { plan } })).map((view) => view.id)).toEqual([id])
    await engine.close()
  })
})
