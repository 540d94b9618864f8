import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { chain } from './process-model.ts'
import { stores } from './stores.ts'

const each = (count: number): string =>
  chain('p', [
    {
      id: 'ask',
      xml: `<bpmn:userTask id="ask"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>${count}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`,
    },
  ])

describe.each(stores)('the tasks of one instance ($name)', ({ open }) => {
  test.each([0, 1, 3, 250])('are found whether it has %d of them, and no other instance’s', async (count) => {
    const storage = open()
    const engine = await createEngine({ storage })
    await engine.deploy(each(count))
    const { id } = await engine.start('p')
    await engine.start('p')
    const found = await engine.tasks.find({ instanceId: id, limit: 1_000 })
    expect(found.map((task) => task.instanceId)).toEqual(Array.from({ length: count }, () => id))
    expect(await engine.tasks.count({ instanceId: id })).toBe(count)
    const [first] = found
    if (first !== undefined) {
      expect(await engine.tasks.find({ instanceId: id, id: first.id })).toMatchObject([
        { id: first.id, variables: { loopCounter: expect.any(Number) } },
      ])
      await engine.tasks.complete(first.id)
    }
    const rest = await engine.tasks.find({ instanceId: id, elementId: 'ask', limit: 1_000 })
    expect(rest).toHaveLength(Math.max(0, count - 1))
    await engine.close()
  })

  test.each([60, 250])('are told with the variables of their own rounds, where another node has completed one of %d', async (count) => {
    const storage = open()
    const [engine, other] = [await createEngine({ storage }), await createEngine({ storage })]
    await engine.deploy(each(count))
    await engine.start('p')
    const counters = async () => (await engine.tasks.find({ limit: 1_000 })).map(({ variables }) => Number(variables.loopCounter))
    const whole = await counters()
    expect(new Set(whole).size).toBe(count)
    const [first] = await other.tasks.find({ limit: 1 })
    await other.tasks.complete(first?.id ?? '')
    expect(await counters()).toEqual(whole.slice(1))
    for (const node of [engine, other]) await node.close()
  })
})
