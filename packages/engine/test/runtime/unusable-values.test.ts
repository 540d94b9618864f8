import { expect, test } from 'vitest'
import { createEngine, manualClock, type Variables } from '../../src/index.ts'
import { chain, service, user } from './process-model.ts'

const COLLECTION = {
  id: 'many',
  xml: '<bpmn:userTask id="many"><bpmn:multiInstanceLoopCharacteristics camunda:collection="list"/></bpmn:userTask>',
}
const CARDINALITY = {
  id: 'many',
  xml: '<bpmn:userTask id="many"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${list}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>',
}
const TOPIC = service('many', '${list}')

const cases: readonly (readonly [
  what: string,
  node: typeof COLLECTION,
  list: Variables[string],
  says: string,
  right: Variables[string],
])[] = [
  ['a collection that is an object', COLLECTION, { a: 1 }, 'is an object, not a list', ['a']],
  ['a collection that is a text', COLLECTION, 'abc', 'is a string, not a list', ['a']],
  ['a collection that is nothing', COLLECTION, null, 'is missing, not a list', []],
  ['a cardinality below 0', CARDINALITY, -1, 'gives -1, not a whole number from 0', 1],
  ['a cardinality in between', CARDINALITY, 2.5, 'gives 2.5, not a whole number from 0', 2],
  ['a topic that is an object', TOPIC, { a: 1 }, 'gives an object, not a text', 'work'],
]

test.each(cases)(
  '%s is an incident that says what it is, and the instance goes on once it is right',
  async (_, node, list, says, right) => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(chain('p', [node, user('after')]))
    const { id } = await engine.start('p', { variables: { list } })
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident?.message).toContain(says)
    await engine.instances.setVariables(id, { list: right })
    await engine.incidents.resolve(incident?.id ?? '')
    const view = await engine.instances.get(id)
    expect(view?.incidents).toEqual([])
    expect(view?.activeElements.every((one) => one.phase !== 'incident')).toBe(true)
    await engine.close()
  },
)
