import { describe, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/index.ts'
import { processModel } from './process-model.ts'
import { stores } from './stores.ts'

const CONTENT =
  '<bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:sequenceFlow id="f" sourceRef="b" targetRef="c"/><bpmn:userTask id="c"/>'

function model(attributes = '', condition = '${done}', marker = ''): string {
  const inside = `${marker}${CONTENT}<bpmn:completionCondition>${condition}</bpmn:completionCondition>`
  return processModel('p', `<bpmn:adHocSubProcess id="open" ${attributes}>${inside}</bpmn:adHocSubProcess>`, '')
}

async function placeOf(engine: Engine, instanceId: string, nth = 0): Promise<string> {
  const view = await engine.instances.get(instanceId)
  return view?.activeElements.filter((one) => one.elementId === 'open')[nth]?.elementInstanceId ?? ''
}

for (const { name, open } of stores) {
  describe(`ad hoc sub-processes on ${name}`, () => {
    const begin = async (xml: string) => {
      const engine = await createEngine({ storage: open() })
      await engine.deploy(xml)
      const { id } = await engine.start('p', { variables: { done: false } })
      return { engine, id, place: await placeOf(engine, id) }
    }

    test('what can be started is told, by a list and by explain, and nothing starts by itself', async () => {
      const { engine, id, place } = await begin(model())
      expect(await engine.tasks.find()).toHaveLength(0)
      expect((await engine.adHoc.enabled(place)).map((one) => one.id)).toEqual(['a', 'b'])
      const [explained] = await engine.explain(id)
      expect(explained?.text).toContain('"a", "b" can be started')
      expect(explained?.waitsFor.map((one) => one.movedBy)).toContain(`adHoc.start('${place}', 'a')`)
      await engine.close()
    })

    test('what is given with a start is the variables of that activity alone', async () => {
      const { engine, id, place } = await begin(model())
      await engine.adHoc.start(place, 'a', { variables: { who: 'kim' } })
      await engine.adHoc.start(place, 'a', { variables: { who: 'lee' } })
      const seen = []
      for (const task of await engine.tasks.find())
        seen.push((await engine.instances.variables(id, { scope: task.elementInstanceId ?? '' })).who)
      expect(seen.sort()).toEqual(['kim', 'lee'])
      expect(await engine.instances.variables(id)).toEqual({ done: false })
      await engine.close()
    })

    test('one idempotency key starts one activity', async () => {
      const { engine, place } = await begin(model())
      for (const _ of [1, 2]) await engine.adHoc.start(place, 'a', { idempotencyKey: 'k' })
      expect(await engine.tasks.count()).toBe(1)
      await engine.close()
    })

    test('what cannot be started is refused, each with its code', async () => {
      const { engine, id, place } = await begin(model('ordering="Sequential" cancelRemainingInstances="false"'))
      await expect(engine.adHoc.start(place, 'c')).rejects.toMatchObject({ code: 'notEnabled' })
      await expect(engine.adHoc.start(place, 'nobody')).rejects.toMatchObject({ code: 'unknownElement' })
      await expect(engine.adHoc.start(`${place}9`, 'a')).rejects.toMatchObject({ code: 'unknownElementInstance' })
      await engine.adHoc.start(place, 'a')
      await expect(engine.adHoc.start(place, 'b')).rejects.toMatchObject({ code: 'notEnabled' })
      expect(await engine.adHoc.enabled(place)).toEqual([])
      const [task] = await engine.tasks.find()
      await expect(engine.adHoc.start(task?.elementInstanceId ?? '', 'a')).rejects.toMatchObject({ code: 'notWaiting' })
      await engine.adHoc.complete(place)
      await expect(engine.adHoc.complete(place)).rejects.toMatchObject({ code: 'notEnabled' })
      await engine.tasks.complete(task?.id ?? '')
      expect((await engine.instances.get(id))?.status).toBe('completed')
      await engine.close()
    })

    test('nothing can be started while the instance is suspended', async () => {
      const { engine, id, place } = await begin(model())
      await engine.instances.suspend(id)
      expect(await engine.adHoc.enabled(place)).toEqual([])
      await expect(engine.adHoc.start(place, 'a')).rejects.toMatchObject({ code: 'instanceSuspended' })
      await engine.instances.resume(id)
      expect((await engine.adHoc.enabled(place)).map((one) => one.id)).toEqual(['a', 'b'])
      await engine.close()
    })

    test('each instance of a multi-instance is open by itself', async () => {
      const marker =
        '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
      const { engine, id, place } = await begin(model('', '${done}', marker))
      await expect(engine.adHoc.start(place, 'a')).rejects.toMatchObject({ code: 'notWaiting' })
      await engine.adHoc.start(await placeOf(engine, id, 1), 'a')
      await engine.adHoc.complete(await placeOf(engine, id, 2))
      await engine.adHoc.complete(await placeOf(engine, id, 1))
      expect((await engine.instances.get(id))?.status).toBe('completed')
      await engine.close()
    })

    test('a condition that cannot be evaluated is an incident at the activity, and asked again when that is resolved', async () => {
      const { engine, id, place } = await begin(model('', '${answer.given}'))
      await engine.adHoc.start(place, 'a')
      const [task] = await engine.tasks.find()
      await engine.tasks.complete(task?.id ?? '')
      const [incident] = await engine.incidents.find()
      expect(incident).toMatchObject({ elementId: 'a' })
      await engine.instances.setVariables(id, { answer: { given: true } })
      await engine.incidents.resolve(incident?.id ?? '')
      expect((await engine.instances.get(id))?.status).toBe('completed')
      await engine.close()
    })
  })
}
