import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { stores } from './stores.ts'

/** An ad hoc sub-process that an agent drives: it is asked when it opens, and whenever a path in it ended. */
const AGENT = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <bpmn:error id="lost" errorCode="LOST"/>
  <bpmn:process id="p" isExecutable="true">
    <bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="tools"/>
    <bpmn:adHocSubProcess id="tools">
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="agent" retries="2"/>
        <zeebe:adHoc outputCollection="results" outputElement="=answer"/>
        <zeebe:ioMapping><zeebe:output source="=results" target="results"/><zeebe:output source="=memory" target="memory"/></zeebe:ioMapping>
      </bpmn:extensionElements>
      <bpmn:userTask id="ask" name="Ask the customer"/>
      <bpmn:userTask id="search"><bpmn:documentation>Finds orders</bpmn:documentation><bpmn:extensionElements><zeebe:userTask/><zeebe:ioMapping>
        <zeebe:input source="=fromAi(toolCall.city, &quot;Where&quot;, &quot;string&quot;, {enum: [&quot;Bonn&quot;]})" target="city"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:userTask><bpmn:sequenceFlow id="f2" sourceRef="search" targetRef="read"/><bpmn:userTask id="read"/>
    </bpmn:adHocSubProcess>
    <bpmn:boundaryEvent id="stuck" attachedToRef="tools"><bpmn:errorEventDefinition errorRef="lost"/></bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="f3" sourceRef="tools" targetRef="end"/><bpmn:endEvent id="end"/>
    <bpmn:sequenceFlow id="f4" sourceRef="stuck" targetRef="person"/><bpmn:userTask id="person"/>
  </bpmn:process>
</bpmn:definitions>`

const CITY = { name: 'toolCall.city', description: 'Where', type: 'string', schema: { enum: ['Bonn'] }, options: null }

const begin = async (options: EngineOptions, model = AGENT) => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })
  await engine.deploy(model)
  const { id } = await engine.start('p', { variables: { goal: 'modem' } })
  const complete = async (elementId: string, variables = {}): Promise<void> => {
    const [task] = await engine.tasks.find({ elementId })
    await engine.tasks.complete(task?.id ?? elementId, { variables })
  }
  const open = async (): Promise<readonly string[]> => (await engine.tasks.find()).map((task) => task.elementId ?? '').sort()
  return { engine, id, complete, open }
}

const fetchTurn = async (engine: Engine) => {
  const [turn] = await engine.jobs.fetch({ types: ['agent'], worker: 'w', lease: 'PT30S' })
  if (turn === undefined) throw new Error('nobody is asked')
  return turn
}

for (const { name, open: storage } of stores) {
  describe(`an ad hoc sub-process that a handler drives, on ${name}`, () => {
    test('it begins what the handler says, asks again when a path ended, and ends when the handler says so', async () => {
      const asked: unknown[] = []
      const { engine, id, complete, open } = await begin({
        storage: storage(),
        handlers: {
          agent: (job) => {
            asked.push({ results: job.variables.results, goal: job.variables.goal, memory: job.variables.memory, key: job.idempotencyKey })
            if (asked.length === 1)
              return job.result({
                local: { memory: 1 },
                activateElements: [
                  { elementId: 'ask', variables: { question: 'Where?' } },
                  { elementId: 'search', variables: { toolCall: { city: 'Bonn' } } },
                ],
              })
            return asked.length === 2 ? undefined : job.result({ completionConditionFulfilled: true })
          },
        },
      })
      await engine.drain()
      expect(await open()).toEqual(['ask', 'search'])
      const [ask] = await engine.tasks.find({ elementId: 'ask' })
      expect(ask?.variables).toMatchObject({ question: 'Where?', goal: 'modem', memory: 1 })
      expect(ask?.variables.adHocSubProcessElements).toEqual([
        { elementId: 'ask', elementName: 'Ask the customer', documentation: null, properties: {}, parameters: [] },
        { elementId: 'search', elementName: null, documentation: 'Finds orders', properties: {}, parameters: [CITY] },
      ])
      expect((await engine.tasks.find({ elementId: 'search' }))[0]?.variables).toMatchObject({ city: 'Bonn' })
      await complete('search')
      await engine.drain()
      expect(asked).toHaveLength(1) // its path goes on
      await complete('read', { answer: 'b' })
      await engine.drain()
      await complete('ask', { answer: 'a' })
      await engine.drain()
      expect(asked).toMatchObject([
        { results: [], goal: 'modem' },
        { results: ['b'], memory: 1 },
        { results: ['b', 'a'], memory: 1 },
      ])
      expect(new Set(asked.map((one) => (one as { key: string }).key)).size).toBe(3)
      expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { results: ['b', 'a'], memory: 1 } })
      await engine.close()
    })

    test('a path that forks has one result, and the handler is asked again when its last branch has ended', async () => {
      const branch = '<bpmn:userTask id="note"/><bpmn:sequenceFlow id="f9" sourceRef="search" targetRef="note"/><bpmn:userTask id="read"/>'
      const { engine, complete, open } = await begin({ storage: storage() }, AGENT.replace('<bpmn:userTask id="read"/>', branch))
      const first = await fetchTurn(engine)
      await engine.jobs.complete(first.id, { token: first.token, activateElements: [{ elementId: 'search' }] })
      await complete('search')
      expect(await open()).toEqual(['note', 'read'])
      await complete('read', { answer: 'b' })
      expect(await engine.jobs.fetch({ types: ['agent'], worker: 'w', lease: 'PT30S' })).toEqual([])
      await complete('note', { answer: 'c' })
      expect((await fetchTurn(engine)).variables.results).toEqual(['c'])
      await engine.close()
    })

    test('of a tool that forks and was begun twice at once each has its own variables and result, and the handler is asked for each', async () => {
      const parts = `<bpmn:parallelGateway id="split"/><bpmn:userTask id="note"/><bpmn:userTask id="read"/><bpmn:parallelGateway id="join"/><bpmn:userTask id="close"/>
        ${[
          ['split', 'note'],
          ['split', 'read'],
          ['note', 'join'],
          ['read', 'join'],
          ['join', 'close'],
        ]
          .map(([from, to], k) => `<bpmn:sequenceFlow id="g${k}" sourceRef="${from}" targetRef="${to}"/>`)
          .join('')}`
      const model = AGENT.replace('<bpmn:userTask id="read"/>', parts).replace('targetRef="read"/>', 'targetRef="split"/>')
      const { engine, id, open } = await begin({ storage: storage() }, model)
      const first = await fetchTurn(engine)
      const calls = ['a', 'b'].map((call) => ({ elementId: 'search', variables: { call, answer: null } }))
      await engine.jobs.complete(first.id, { token: first.token, activateElements: calls })
      const completeOf = async (elementId: string, call: string, variables = {}): Promise<void> => {
        const task = (await engine.tasks.find({ elementId })).find((one) => one.variables.call === call)
        await engine.tasks.complete(task?.id ?? '', { variables })
      }
      for (const call of ['a', 'b']) await completeOf('search', call)
      await completeOf('note', 'a')
      await completeOf('read', 'b', { answer: 'of b' })
      expect(await open()).toEqual(['note', 'read']) // one branch of each: no join of the two
      await completeOf('read', 'a', { answer: 'of a' })
      await completeOf('note', 'b')
      expect(await open()).toEqual(['close', 'close'])
      await completeOf('close', 'b')
      const second = await fetchTurn(engine)
      expect(second.variables.results).toEqual(['of b'])
      await completeOf('close', 'a')
      expect((await fetchTurn(engine)).variables).toEqual(expect.objectContaining({ results: ['of b', 'of a'] }))
      expect(await engine.instances.variables(id)).toEqual({ goal: 'modem' })
      await engine.close()
    })

    test('a job that was made before another path ended is not done any more', async () => {
      const { engine, id, complete, open } = await begin({ storage: storage() })
      const first = await fetchTurn(engine)
      await engine.jobs.complete(first.id, { token: first.token, activateElements: [{ elementId: 'ask' }, { elementId: 'ask' }] })
      await complete('ask', { answer: 1 })
      const second = await fetchTurn(engine)
      await complete('ask', { answer: 2 })
      await expect(engine.jobs.complete(second.id, { token: second.token })).rejects.toMatchObject({ code: 'unknownJob' })
      expect(await engine.jobs.count({ instanceId: id })).toBe(1)
      const third = await fetchTurn(engine)
      expect(third.variables.results).toEqual([1, 2])
      await engine.jobs.complete(third.id, { token: third.token, activateElements: [{ elementId: 'search' }] })
      expect(await open()).toEqual(['search'])
      await engine.close()
    })

    test('at its end what runs is waited for, or cancelled', async () => {
      for (const cancelRemainingInstances of [true, false]) {
        const { engine, id, complete, open } = await begin({ storage: storage() })
        const first = await fetchTurn(engine)
        await engine.jobs.complete(first.id, { token: first.token, activateElements: [{ elementId: 'ask' }, { elementId: 'search' }] })
        await complete('ask')
        const second = await fetchTurn(engine)
        await engine.jobs.complete(second.id, { token: second.token, completionConditionFulfilled: true, cancelRemainingInstances })
        expect(await open()).toEqual(cancelRemainingInstances ? [] : ['search'])
        if (!cancelRemainingInstances) {
          expect(await engine.jobs.count({ instanceId: id })).toBe(0)
          await complete('search')
          await complete('read')
        }
        expect((await engine.instances.get(id))?.status).toBe('completed')
        await engine.close()
      }
    })

    test('what cannot begin is an incident, and the handler is asked the same again', async () => {
      const wrong = [
        { activateElements: [{ elementId: 'ask' }, { elementId: 'read' }] },
        { activateElements: [{ elementId: 'ask' }], completionConditionFulfilled: true },
      ]
      const { engine, id, open } = await begin({ storage: storage() })
      for (const instructions of wrong) {
        const turn = await fetchTurn(engine)
        await engine.jobs.complete(turn.id, { token: turn.token, variables: { left: 'behind' }, ...instructions })
        expect(await open()).toEqual([])
        const [incident] = await engine.incidents.find({ instanceId: id })
        expect(incident).toMatchObject({ code: 'invalidValue', elementId: 'tools' })
        expect(await engine.instances.variables(id)).toEqual({ goal: 'modem' })
        await engine.incidents.resolve(incident?.id ?? '')
      }
      const turn = await fetchTurn(engine)
      await engine.jobs.complete(turn.id, { token: turn.token, activateElements: [{ elementId: 'ask' }] })
      expect(await open()).toEqual(['ask'])
      await expect(
        engine.jobs.complete(turn.id, { token: turn.token, activateElements: 'ask' as unknown as readonly [] }),
      ).rejects.toMatchObject({ code: 'invalidArgument' })
      await engine.close()
    })

    test('its error is caught around it, its end by the host asks nobody any more, and its retries are those of the model', async () => {
      const { engine, open } = await begin({ storage: storage() })
      const turn = await fetchTurn(engine)
      await engine.jobs.throwError(turn.id, { token: turn.token, code: 'LOST' })
      expect(await open()).toEqual(['person'])
      const { id } = await engine.start('p')
      const failing = await fetchTurn(engine)
      expect(failing.retriesLeft).toBe(2)
      const place = (await engine.instances.get(id))?.activeElements.find((one) => one.elementId === 'tools')?.elementInstanceId ?? ''
      await engine.adHoc.start(place, 'ask')
      await engine.adHoc.complete(place)
      expect((await engine.instances.get(id))?.status).toBe('completed')
      await expect(engine.jobs.complete(failing.id, { token: failing.token })).rejects.toMatchObject({ code: 'unknownJob' })
      await engine.close()
    })
  })
}
