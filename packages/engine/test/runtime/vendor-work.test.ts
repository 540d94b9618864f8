import { expect, test } from 'vitest'
import { BpmnError, createEngine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, processModel } from './process-model.ts'

const extension = (content: string): string => `<bpmn:extensionElements>${content}</bpmn:extensionElements>`
const boundary =
  '<bpmn:boundaryEvent id="caught" attachedToRef="a"><bpmn:errorEventDefinition errorRef="late"/></bpmn:boundaryEvent><bpmn:endEvent id="refused"/>'
const LATE = '<bpmn:error id="late" errorCode="LATE"/>'

async function run(model: string, options: EngineOptions, variables: Record<string, unknown> = {}) {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })
  await engine.deploy(model)
  const { id } = await engine.start('p', { variables })
  await engine.drain()
  const completed = async () => (await engine.history(id)).flatMap((one) => (one.type === 'elementCompleted' ? [one.elementId] : []))
  return { engine, id, completed }
}

function guarded(attributes: string, content: string): string {
  const task = `<bpmn:serviceTask id="a" ${attributes}>${extension(content)}</bpmn:serviceTask>`
  return processModel(
    'p',
    `<bpmn:startEvent id="start"/>${task}${boundary}<bpmn:endEvent id="end"/>`,
    'start -> a; a -> end; caught -> refused',
    LATE,
  )
}

test('a connector is given its own inputs, and only its own outputs leave it', async () => {
  const io = `<camunda:inputOutput><camunda:inputParameter name="url">https://\${host}</camunda:inputParameter>
    <camunda:inputParameter name="headers"><camunda:map><camunda:entry key="accept">json</camunda:entry></camunda:map></camunda:inputParameter>
    <camunda:outputParameter name="status">\${code}</camunda:outputParameter></camunda:inputOutput>`
  const xml = `<bpmn:serviceTask id="a">${extension(`<camunda:connector>${io}<camunda:connectorId>http</camunda:connectorId></camunda:connector>`)}</bpmn:serviceTask>`
  const seen: unknown[] = []
  const { engine, id } = await run(
    chain('p', [{ id: 'a', xml }]),
    { handlers: { http: (job) => ({ code: 199 + seen.push(job.fields), body: '…' }) } },
    { host: 'example.org', code: 1 },
  )
  expect(seen).toEqual([{ url: 'https://example.org', headers: { accept: 'json' } }])
  expect(await engine.instances.variables(id)).toEqual({ host: 'example.org', code: 1, status: 200 })
  await engine.close()
})

test.each([
  ['that it is done', () => ({ state: 'late' })],
  ['that it failed', () => Promise.reject(new Error('too late'))],
])('the model makes an error of what an external task says: %s', async (_, handler) => {
  const rule =
    '<camunda:errorEventDefinition errorRef="late" expression="${state == \'late\' or externalTask.getErrorMessage() == \'too late\'}"/>'
  const { engine, completed } = await run(
    guarded('camunda:type="external" camunda:topic="t"', rule),
    { handlers: { t: handler } },
    { state: '' },
  )
  expect(await completed()).toEqual(['start', 'caught', 'refused'])
  await engine.close()
})

test('an external task of which no rule holds goes on, or is tried again', async () => {
  const rule = '<camunda:errorEventDefinition errorRef="late" expression="${false}"/>'
  const { engine, completed } = await run(guarded('camunda:type="external" camunda:topic="t"', rule), {
    handlers: { t: (job) => (job.attempt === 1 ? Promise.reject(new Error('once')) : undefined) },
  })
  expect(await completed()).toEqual(['start'])
  await engine.advance('PT1M')
  expect(await completed()).toEqual(['start', 'a', 'end'])
  await engine.close()
})

class TimeoutException extends Error {}

test.each([
  [
    'its class',
    '<camunda:mapException errorCode="LATE">org.example.TimeoutException</camunda:mapException>',
    ['start', 'caught', 'refused'],
  ],
  ['any', '<camunda:mapException errorCode="LATE"/>', ['start', 'caught', 'refused']],
  ['another', '<camunda:mapException errorCode="LATE">org.example.Other</camunda:mapException>', ['start']],
])('an exception of a handler is mapped to an error by its name: %s', async (_, rules, wanted) => {
  const { engine, completed } = await run(guarded('camunda:delegateExpression="${t}"', rules), {
    handlers: {
      t: () => {
        throw new TimeoutException('no answer')
      },
    },
  })
  expect(await completed()).toEqual(wanted)
  await engine.close()
})

test('a mapped exception is not what a BPMN error is: that keeps its code', async () => {
  const { engine, id } = await run(guarded('camunda:delegateExpression="${t}"', '<camunda:mapException errorCode="LATE"/>'), {
    handlers: {
      t: () => {
        throw new BpmnError('OTHER')
      },
    },
  })
  expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ code: 'uncaughtError' }])
  await engine.close()
})

test('a triggerable task does its work and then waits for a trigger, its boundary events armed throughout', async () => {
  const { engine, id, completed } = await run(guarded('camunda:delegateExpression="${t}" camunda:triggerable="true"', ''), {
    handlers: { t: () => ({ sent: true }) },
  })
  const [waiting] = (await engine.instances.get(id))?.activeElements ?? []
  expect(waiting).toMatchObject({ elementId: 'a', phase: 'waiting' })
  await engine.trigger(waiting?.elementInstanceId ?? '', { variables: { answer: 1 } })
  expect(await engine.instances.variables(id)).toEqual({ sent: true, answer: 1 })
  expect(await completed()).toEqual(['start', 'a', 'end'])
  await engine.close()
})

test.each([
  [{ skip: true }, ['a called']],
  [{ skip: true, _FLOWABLE_SKIP_EXPRESSION_ENABLED: true }, []],
  [{ skip: false, _FLOWABLE_SKIP_EXPRESSION_ENABLED: true }, ['a called']],
])('an activity is skipped where its expression holds and the instance asks for it: %j', async (variables, wanted) => {
  const called: string[] = []
  const { engine, id } = await run(
    guarded('camunda:delegateExpression="${t}" camunda:skipExpression="${skip}"', ''),
    { handlers: { t: (job) => void called.push(`${job.elementId} called`) } },
    variables,
  )
  expect(called).toEqual(wanted)
  expect((await engine.instances.get(id))?.status).toBe('completed')
  await engine.close()
})

test('a terminate end event that ends all ends the process from within a sub-process', async () => {
  const inner = `<bpmn:startEvent id="s"/><bpmn:endEvent id="e"><bpmn:terminateEventDefinition camunda:terminateAll="true"/></bpmn:endEvent><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="e"/>`
  const body = `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="split"/><bpmn:userTask id="u"/><bpmn:subProcess id="a">${inner}</bpmn:subProcess><bpmn:userTask id="next"/>`
  const { engine, id } = await run(processModel('p', body, 'start -> split; split -> u; split -> a; a -> next'), {})
  expect((await engine.instances.get(id))?.status).toBe('completed')
  expect(await engine.tasks.count()).toBe(0)
  await engine.close()
})

test('a signal of process-instance scope reaches catchers of its own instance only', async () => {
  const signal = '<bpmn:signal id="s" name="go" camunda:scope="processInstance"/>'
  const caught = '<bpmn:signalEventDefinition signalRef="s"/>'
  const body = `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="split"/><bpmn:intermediateCatchEvent id="c">${caught}</bpmn:intermediateCatchEvent>
    <bpmn:userTask id="u"/><bpmn:intermediateThrowEvent id="t">${caught}</bpmn:intermediateThrowEvent>`
  const { engine, id } = await run(processModel('p', body, 'start -> split; split -> c; split -> u; u -> t', signal), {})
  const other = await engine.start('p')
  const [task] = await engine.tasks.find({ instanceId: id })
  await engine.tasks.complete(task?.id ?? '')
  await engine.drain()
  expect((await engine.instances.get(id))?.status).toBe('completed')
  expect((await engine.instances.get(other.id))?.activeElements.map((one) => one.elementId).toSorted()).toEqual(['c', 'u'])
  await engine.close()
})

test('the rounds of a multi-instance have their number under the name that the model gives it', async () => {
  const xml = `<bpmn:userTask id="a" camunda:assignee="\${people.get(k)}"><bpmn:multiInstanceLoopCharacteristics camunda:elementIndexVariable="k"><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`
  const { engine, id } = await run(chain('p', [{ id: 'a', xml }]), {}, { people: ['kim', 'lee'] })
  expect((await engine.tasks.find({ instanceId: id })).map((one) => one.assignee)).toEqual(['kim', 'lee'])
  await engine.close()
})

test('a retry time cycle may be an expression, which is asked when the job is made', async () => {
  const xml = `<bpmn:serviceTask id="a" camunda:topic="t">${extension('<camunda:failedJobRetryTimeCycle>${retry}</camunda:failedJobRetryTimeCycle>')}</bpmn:serviceTask>`
  const handlers = { t: () => Promise.reject(new Error('no line')) }
  const { engine, id } = await run(chain('p', [{ id: 'a', xml }]), { handlers }, { retry: 'R2/PT10M' })
  expect(await engine.incidents.find()).toHaveLength(0)
  await engine.advance('PT10M')
  expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'a', code: 'handlerFailed' }])
  const { id: other } = await engine.start('p', { variables: { retry: 'often' } })
  expect(await engine.incidents.find({ instanceId: other })).toMatchObject([{ elementId: 'a', code: 'invalidValue' }])
  await engine.close()
})

test('a priority of the process is that of all its jobs that name none, a continuation has that of its element', async () => {
  const body = `<bpmn:startEvent id="start"/><bpmn:manualTask id="a" camunda:asyncBefore="true" camunda:jobPriority="\${4 + 1}"/><bpmn:serviceTask id="b" camunda:class="x.Y"/>
    <bpmn:serviceTask id="c" camunda:type="external" camunda:topic="t"/>`
  const model = processModel('p', body, 'start -> a; start -> b; start -> c').replace(
    'isExecutable="true"',
    'isExecutable="true" camunda:jobPriority="8" camunda:taskPriority="9"',
  )
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(model)
  await engine.start('p')
  expect((await engine.jobs.find()).map(({ elementId, priority }) => [elementId, priority])).toEqual([
    ['a', 5],
    ['b', 8],
    ['c', 9],
  ])
  await engine.close()
})
