import { quickjs } from '@leeway/engine/quickjs'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, inspectModel, manualClock } from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'

const extension = (content: string): string => `<bpmn:extensionElements>${content}</bpmn:extensionElements>`

async function engineFor(model: string, options: EngineOptions = {}): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })
  await engine.deploy(model)
  return engine
}

describe('a timeout listener of a task', () => {
  const timeout = (timer: string): string =>
    `<bpmn:userTask id="ask">${extension(
      `<camunda:taskListener event="timeout" id="remind" delegateExpression="\${remind}"><bpmn:timerEventDefinition>${timer}</bpmn:timerEventDefinition></camunda:taskListener>`,
    )}</bpmn:userTask>`
  const after = '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'

  test('is heard when its timer fires while the task is open, and the task stays as it is', async () => {
    const told: unknown[] = []
    const engine = await engineFor(chain('p', [{ id: 'ask', xml: timeout(after) }]), {
      handlers: { remind: (job) => ({ reminded: told.push(job.listener) }) },
    })
    const { id } = await engine.start('p')
    await engine.advance('PT2H')
    expect(told).toEqual(['timeout'])
    expect(await engine.instances.variables(id)).toEqual({ reminded: 1 })
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'ask' }])
    await engine.tasks.complete(`${id}.2`)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('is not heard once the task is done', async () => {
    const told: unknown[] = []
    const engine = await engineFor(chain('p', [{ id: 'ask', xml: timeout(after) }]), { handlers: { remind: () => void told.push(1) } })
    const { id } = await engine.start('p')
    await engine.tasks.complete(`${id}.2`)
    await engine.advance('PT2H')
    expect(told).toEqual([])
    await engine.close()
  })

  test('without a timer is a finding', async () => {
    const { diagnostics } = await inspectModel(chain('p', [{ id: 'ask', xml: timeout('').replace(/<bpmn:timer.*Definition>/, '') }]))
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'missingTimer', elementId: 'ask' }))
  })
})

describe('listeners in JavaScript', () => {
  const listening = `<bpmn:userTask id="ask">${extension(`<camunda:executionListener event="start">
      <camunda:script scriptFormat="JavaScript">execution.setVariable('price', amount * 2)</camunda:script></camunda:executionListener>
    <camunda:taskListener event="complete"><camunda:script scriptFormat="javascript">task.setVariable('by', task.execution.getCurrentActivityId())</camunda:script>
    </camunda:taskListener>`)}</bpmn:userTask>`
  const model = chain('p', [{ id: 'ask', xml: listening }])

  test('are run by the engine for scripts', async () => {
    const engine = await engineFor(model, { scripts: quickjs() })
    const { id } = await engine.start('p', { variables: { amount: 4 } })
    await engine.drain()
    await engine.tasks.complete(`${id}.2`)
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { amount: 4, price: 8, by: 'ask' } })
    await engine.close()
  })

  test('are an error at deployment where there is none', async () => {
    await expect(engineFor(model)).rejects.toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({
          code: 'scriptNeedsHandler',
          severity: 'error',
          elementId: 'ask',
          hint: expect.stringContaining('quickjs'),
        }),
      ]),
    })
  })
})

test('a signal carries what camunda:in names, and nothing else', async () => {
  const thrown = `<bpmn:intermediateThrowEvent id="tell"><bpmn:signalEventDefinition signalRef="s">${extension(
    '<camunda:in source="amount" target="sum"/><camunda:in sourceExpression="${amount * 2}" target="twice"/>',
  )}</bpmn:signalEventDefinition></bpmn:intermediateThrowEvent>`
  const root = '<bpmn:signal id="s" name="told"/>'
  const engine = await engineFor(chain('p', [{ id: 'tell', xml: thrown }], root))
  await engine.deploy(
    processModel(
      'heard',
      '<bpmn:startEvent id="start"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent><bpmn:userTask id="look"/>',
      'start -> look',
      root,
    ),
  )
  await engine.start('p', { variables: { amount: 4, other: 1 } })
  await engine.drain()
  const [heard] = await engine.instances.find({ processKey: 'heard' })
  expect(heard?.variables).toEqual({ sum: 4, twice: 8 })
  await engine.close()
})

test('a result with a local scope is set in the scope around its task and hides what is further out', async () => {
  const inner = `<bpmn:startEvent id="s"/><bpmn:serviceTask id="calc" camunda:expression="\${a + 1}" camunda:resultVariable="a" camunda:useLocalScopeForResultVariable="true"/>
    <bpmn:userTask id="ask"/><bpmn:sequenceFlow id="g1" sourceRef="s" targetRef="calc"/><bpmn:sequenceFlow id="g2" sourceRef="calc" targetRef="ask"/>`
  const engine = await engineFor(chain('p', [{ id: 'sub', xml: `<bpmn:subProcess id="sub">${inner}</bpmn:subProcess>` }]))
  const { id } = await engine.start('p', { variables: { a: 1 } })
  await engine.drain()
  const [task] = await engine.tasks.find()
  expect(await engine.instances.variables(id, { scope: task?.elementInstanceId ?? '' })).toEqual({ a: 2 })
  expect(await engine.instances.variables(id)).toEqual({ a: 1 })
  await engine.close()
})

describe('what the rounds of a multi-instance set', () => {
  const rounds = (aggregation: string): string =>
    chain('p', [
      {
        id: 'each',
        xml: `<bpmn:subProcess id="each"><bpmn:multiInstanceLoopCharacteristics camunda:collection="names" camunda:elementVariable="name">${extension(aggregation)}
          </bpmn:multiInstanceLoopCharacteristics><bpmn:startEvent id="s"/><bpmn:scriptTask id="calc" scriptFormat="juel" camunda:resultVariable="score"
          camunda:useLocalScopeForResultVariable="true"><bpmn:script>\${name == 'kim' ? 7 : 3}</bpmn:script></bpmn:scriptTask>
          <bpmn:sequenceFlow id="g1" sourceRef="s" targetRef="calc"/></bpmn:subProcess>`,
      },
      user('look'),
    ])
  const simple =
    '<camunda:variableAggregation target="reviews"><camunda:variable source="score" target="points"/><camunda:variable source="name"/></camunda:variableAggregation>'

  test('is gathered as a list of objects, in the order of the rounds', async () => {
    const aggregated = simple.replace('<camunda:variable source="score" target="points"/>', '')
    const engine = await engineFor(rounds(aggregated))
    const { id } = await engine.start('p', { variables: { names: ['kim', 'lee'] } })
    await engine.drain()
    expect(await engine.instances.variables(id)).toMatchObject({ reviews: [{ name: 'kim' }, { name: 'lee' }] })
    await engine.close()
  })

  test('is gathered in as many lists as are asked for, and made by a function of the host where a class is named', async () => {
    const worst =
      '<camunda:variableAggregation target="worst" class="org.example.Worst"><camunda:variable source="score"/></camunda:variableAggregation>'
    const engine = await engineFor(rounds(simple + worst).replace('camunda:useLocalScopeForResultVariable="true"', ''), {
      functions: { Worst: (list: readonly { score: number }[]) => Math.min(...list.map(({ score }) => score)) },
    })
    const { id } = await engine.start('p', { variables: { names: ['kim', 'lee'] } })
    await engine.drain()
    const { names: _names, score: _score, ...gathered } = await engine.instances.variables(id)
    expect(gathered).toEqual({
      reviews: [
        { points: 7, name: 'kim' },
        { points: 3, name: 'lee' },
      ],
      worst: 3,
    })
    await engine.close()
  })

  test('is gathered where the variables are written without a prefix, as Flowable Design does', async () => {
    for (const tag of ['bpmn:variable', 'variable']) {
      const { diagnostics } = await inspectModel(rounds(simple.replaceAll('<camunda:variable source', `<${tag} source`)))
      expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([])
      const engine = await engineFor(rounds(simple.replaceAll('<camunda:variable source', `<${tag} source`)))
      const { id } = await engine.start('p', { variables: { names: ['kim', 'lee'] } })
      await engine.drain()
      expect((await engine.instances.variables(id)).reviews).toEqual([
        { points: 7, name: 'kim' },
        { points: 3, name: 'lee' },
      ])
      await engine.close()
    }
  })

  test('made by a class for which the host has no function is an error', async () => {
    const { diagnostics } = await inspectModel(rounds(simple.replace('target', 'delegateExpression="${gather}" target')), {
      hasFunction: () => false,
    })
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'variableMappingUnknown', severity: 'error', elementId: 'each' }))
  })

  test.each([simple.replace('target="reviews"', 'targetExpression="${x}"'), simple.replace('source="score"', '')])(
    'is a finding where it is asked for otherwise: %s',
    async (aggregation) => {
      const { diagnostics } = await inspectModel(rounds(aggregation))
      expect(diagnostics).toContainEqual(
        expect.objectContaining({ code: 'unsupportedExtension', hint: expect.stringContaining('variableAggregation') }),
      )
    },
  )

  test('an overview of the rounds that are at work is refused with what there is instead', async () => {
    const overview = rounds(simple.replace('target="reviews"', 'target="reviews" createOverviewVariable="true"'))
    const { diagnostics } = await inspectModel(overview)
    const [refused] = diagnostics.filter(({ code }) => code === 'unsupportedExtension')
    expect(refused?.message).toContain('createOverviewVariable')
    expect(refused?.hint).toContain('after the last round')
  })
})

test('of a message that starts a process of zeebe only what its start event maps becomes a variable', async () => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy(`<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
    <bpmn:message id="m" name="order"/><bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="start"><bpmn:extensionElements><zeebe:ioMapping>
    <zeebe:output source="=amount * 2" target="price"/></zeebe:ioMapping></bpmn:extensionElements><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
    <bpmn:userTask id="look"/><bpmn:sequenceFlow id="f" sourceRef="start" targetRef="look"/></bpmn:process></bpmn:definitions>`)
  const { instanceIds } = await engine.messages.publish({ name: 'order', variables: { amount: 4, secret: 'x' } })
  expect(await engine.instances.variables(instanceIds[0] ?? '')).toEqual({ price: 8 })
  await engine.close()
})

test('a call activity tells the id of the instance that it calls', async () => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  await engine.deploy([
    { name: 'q.bpmn', content: chain('q', [user('look')]) },
    {
      name: 'p.bpmn',
      content: chain('p', [{ id: 'c', xml: '<bpmn:callActivity id="c" calledElement="q" camunda:idVariableName="calledId"/>' }]),
    },
  ])
  const { id } = await engine.start('p')
  const [called] = await engine.instances.find({ parent: id })
  expect(await engine.instances.variables(id)).toEqual({ calledId: called?.id })
  await engine.close()
})

describe('a start form', () => {
  const form = `<camunda:formData><camunda:formField id="amount" type="long"><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
    <camunda:formField id="kind" type="string" defaultValue="usual"/></camunda:formData>`
  const model = chain('p', [user('look')]).replace(
    '<bpmn:startEvent id="start"/>',
    `<bpmn:startEvent id="start">${extension(form)}</bpmn:startEvent>`,
  )

  test('gives what an instance is started with its types, and what is left out its default', async () => {
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { amount: '5' }, checkForm: true })
    expect(await engine.instances.variables(id)).toEqual({ amount: 5, kind: 'usual' })
    await engine.close()
  })

  test('refuses a start that it does not allow; one elsewhere in the process is not held against it', async () => {
    const engine = await engineFor(model)
    await expect(engine.start('p', { checkForm: true })).rejects.toMatchObject({
      code: 'invalidForm',
      message: expect.stringContaining('"amount" is required'),
    })
    await expect(engine.start('p', { variables: { amount: 'many' }, checkForm: true })).rejects.toMatchObject({ code: 'invalidForm' })
    expect(await engine.instances.count()).toBe(0)
    await engine.start('p', { at: ['look'], checkForm: true })
    await engine.close()
  })

  test('is held against what was entered in it, not against what a program starts the process with', async () => {
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { amount: 'many' } })
    expect(await engine.instances.variables(id)).toEqual({ amount: 'many' })
    await engine.close()
  })
})

test('calendars that timers have anyway are no findings; others name business hours of the engine', async () => {
  const timer = (calendar: string): string =>
    chain('p', [
      {
        id: 'w',
        xml: `<bpmn:intermediateCatchEvent id="w"><bpmn:timerEventDefinition camunda:businessCalendarName="${calendar}">
          <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>`,
      },
    ])
  expect((await inspectModel(timer('duration'))).diagnostics).toEqual([])
  expect((await inspectModel(timer('bank'))).diagnostics).toMatchObject([{ code: 'needsCalendar' }])
  const report = await inspectModel(timer('bank'), { hasCalendar: (name) => name === 'bank' })
  expect(report).toMatchObject({ diagnostics: [], processes: [{ calendars: ['bank'] }] })
  expect((await inspectModel(timer('bank'), { hasCalendar: () => false })).diagnostics).toMatchObject([{ code: 'unknownCalendar' }])
})

describe('a cycle with an end date', () => {
  const repeating = (cycle: string, end: string): string =>
    processModel(
      'p',
      `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:userTask id="remind"/><bpmn:boundaryEvent id="every" attachedToRef="ask" cancelActivity="false">
        <bpmn:timerEventDefinition><bpmn:timeCycle xsi:type="bpmn:tFormalExpression" camunda:endDate="${end}">${cycle}</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>`,
      'start -> ask; every -> remind',
    )

  test.each([
    ['R/PT1H', '2026-01-01T02:30:00Z'],
    ['R/PT1H', '${until}'],
    ['R/2026-01-01T01:00:00Z/PT1H', '${until}'],
    ['0 0 * * * ?', '2026-01-01T02:30:00Z'],
    ['${cycle}', '${until}'],
  ])('fires until then: %s until %s', async (cycle, end) => {
    const engine = await engineFor(repeating(cycle, end))
    await engine.start('p', { variables: { until: '2026-01-01T02:30:00Z', cycle: '0 0 * * * ?' } })
    await engine.advance('PT9H')
    expect(await engine.tasks.count({ elementId: 'remind' })).toBe(2)
    await engine.close()
  })
})

describe('a user task of Flowable', () => {
  const ask = '<bpmn:userTask id="ask" camunda:taskIdVariableName="$' + '{kind}Task" camunda:taskCompleterVariableName="doneBy"/>'
  const model = chain('p', [{ id: 'ask', xml: ask }])

  test('keeps its id, and who completed it, in the variables that it names', async () => {
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { kind: 'first' } })
    const [task] = await engine.tasks.find()
    expect(await engine.instances.variables(id)).toEqual({ kind: 'first', firstTask: task?.id })
    await engine.tasks.complete(task?.id ?? '', { actor: 'kim', variables: { doneBy: 'somebody' } })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { doneBy: 'kim' } })
    await engine.close()
  })

  test('completed by nobody who is named, it sets that to null', async () => {
    const engine = await engineFor(model)
    const { id } = await engine.start('p', { variables: { kind: 'first' } })
    await engine.tasks.complete(`${id}.2`)
    expect(await engine.instances.variables(id)).toMatchObject({ doneBy: null })
    await engine.close()
  })

  test('is not completed while the variable for who does cannot be named', async () => {
    const named = '<bpmn:userTask id="ask" camunda:taskCompleterVariableName="$' + '{kind}By"/>'
    const engine = await engineFor(chain('p', [{ id: 'ask', xml: named }]))
    const { id } = await engine.start('p')
    const complete = () => engine.tasks.complete(`${id}.2`, { actor: 'kim' })
    await expect(complete()).rejects.toMatchObject({ code: 'invalidVariable', message: expect.stringMatching(/"ask".*"kind"/s) })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
    await engine.instances.setVariables(id, { kind: 'last' })
    await complete()
    expect(await engine.instances.variables(id)).toMatchObject({ lastBy: 'kim' })
    await engine.close()
  })
})

describe('JavaScript that decides on a flow', () => {
  const decided = (language: string, source: string): string =>
    processModel(
      'p',
      '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g" default="no"/><bpmn:endEvent id="big"/><bpmn:endEvent id="small"/>',
      's -> g',
      '',
    ).replace(
      '</bpmn:process>',
      `<bpmn:sequenceFlow id="yes" sourceRef="g" targetRef="big"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression" language="${language}">${source}</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="no" sourceRef="g" targetRef="small"/></bpmn:process>`,
    )
  const model = decided('JavaScript', 'lines.map((line) => line.price).reduce((a, b) => a + b, 0) > 100')

  test('is run before the flows are asked', async () => {
    const engine = await engineFor(model, { scripts: quickjs() })
    const ends: unknown[] = []
    for (const price of [60, 20]) {
      const { id } = await engine.start('p', { variables: { lines: [{ price }, { price: 50 }] } })
      await engine.drain()
      expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { lines: [{ price }, { price: 50 }] } })
      ends.push((await engine.history(id)).some((event) => event.elementId === 'big'))
    }
    expect(ends).toEqual([true, false])
    await engine.close()
  })

  test('must give true or false', async () => {
    const engine = await engineFor(decided('javascript', '"yes"'), { scripts: quickjs() })
    await engine.start('p')
    await engine.drain()
    expect(await engine.incidents.find({})).toMatchObject([{ elementId: 'g', message: expect.stringContaining('not true or false') }])
    await engine.close()
  })

  test('is an error at deployment where nothing runs it', async () => {
    await expect(engineFor(model)).rejects.toMatchObject({ code: 'invalidModel' })
  })
})

describe('JavaScript in the parameters of a connector', () => {
  const parameters = `<camunda:inputParameter name="payload"><camunda:script scriptFormat="javascript">({ total: price * 2 })</camunda:script></camunda:inputParameter>
<camunda:inputParameter name="url">https://rates.example</camunda:inputParameter>
<camunda:outputParameter name="rate"><camunda:script scriptFormat="javascript">JSON.parse(connector.getVariable('response')).rate + 1</camunda:script></camunda:outputParameter>
<camunda:outputParameter name="status">\${statusCode}</camunda:outputParameter>`
  const send = `<bpmn:serviceTask id="ask">${extension(
    `<camunda:connector><camunda:connectorId>http-connector</camunda:connectorId><camunda:inputOutput>${parameters}</camunda:inputOutput></camunda:connector>`,
  )}</bpmn:serviceTask>`

  test('makes its inputs before the work and its outputs after it', async () => {
    const fields: unknown[] = []
    const engine = await engineFor(chain('p', [{ id: 'ask', xml: send }]), {
      scripts: quickjs(),
      handlers: {
        'connector:http-connector': (job) => {
          fields.push(job.fields)
          return { response: '{"rate": 41}', statusCode: 200 }
        },
      },
    })
    const { id } = await engine.start('p', { variables: { price: 21 } })
    await engine.drain()
    expect(fields).toEqual([{ payload: { total: 42 }, url: 'https://rates.example' }])
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(await engine.instances.variables(id)).toEqual({ price: 21, rate: 42, status: 200 })
    await engine.close()
  })
})

describe('variables of rounds that are gathered by expressions', () => {
  test('have the names and values that those give', async () => {
    const rounds = `<bpmn:userTask id="ask"><bpmn:multiInstanceLoopCharacteristics camunda:collection="\${people}" camunda:elementVariable="person"><bpmn:extensionElements>
      <camunda:variableAggregation target="answers"><camunda:variable sourceExpression="\${score * 2}" target="double"/><camunda:variable source="person" targetExpression="\${kind}"/></camunda:variableAggregation>
    </bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`
    const engine = await engineFor(chain('p', [{ id: 'ask', xml: rounds }]))
    const { id } = await engine.start('p', { variables: { people: ['kim', 'lee'], kind: 'who' } })
    for (const score of [1, 2])
      await engine.tasks.complete((await engine.tasks.find({ orderBy: 'id' }))[0]?.id ?? '', { variables: { score } })
    expect((await engine.instances.variables(id)).answers).toHaveLength(2)
    expect((await engine.instances.variables(id)).answers).toMatchObject([{ who: 'kim' }, { who: 'lee' }])
    await engine.close()
  })
})

describe('a variable mapping of a class', () => {
  const call =
    '<bpmn:callActivity id="sub" calledElement="q" camunda:variableMappingClass="com.acme.OrderMapping"><bpmn:extensionElements><camunda:in source="id" target="id"/></bpmn:extensionElements></bpmn:callActivity>'
  const called = chain('q', [user('pay')])

  test('is a function of the host of its name, asked both ways', async () => {
    const functions = {
      OrderMapping: (direction: string, variable: (name: string) => unknown) =>
        direction === 'input' ? { total: Number(variable('net')) + 1 } : { paid: variable('total'), by: variable('who') },
    }
    const engine = await engineFor(chain('p', [{ id: 'sub', xml: call }]), { functions })
    await engine.deploy(called)
    const { id } = await engine.start('p', { variables: { id: 7, net: 41 } })
    await engine.drain()
    const [task] = await engine.tasks.find()
    expect(await engine.instances.variables(task?.instanceId ?? '')).toEqual({ id: 7, total: 42 })
    await engine.tasks.complete(task?.id ?? '', { variables: { who: 'kim' } })
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(await engine.instances.variables(id)).toEqual({ id: 7, net: 41, paid: 42, by: 'kim' })
    await engine.close()
  })

  test('is an error at deployment where there is none', async () => {
    await expect(engineFor(chain('p', [{ id: 'sub', xml: call }]))).rejects.toMatchObject({ code: 'invalidModel' })
  })
})

describe('execution in an expression that is work', () => {
  test.each([
    ['execution.currentActivityName', 'Count'],
    ['execution.getCurrentActivityName()', 'Count'],
    ['execution.processDefinitionKey', 'p'],
    ['execution.tenantId', null],
    ['execution.processInstance.businessKey', 'B1'],
    ['execution.getProcessInstance().getBusinessKey()', 'B1'],
    ['execution.processInstance.id == execution.processInstanceId', true],
    ["execution.getVariables().get('n')", 1],
    ['execution.variables.n', 1],
    ['execution.getVariableNames()', ['n']],
  ])('%s tells what the place is', async (expression, expected) => {
    const count = `<bpmn:serviceTask id="count" name="Count" camunda:expression="\${${expression}}" camunda:resultVariable="told"/>`
    const engine = await engineFor(chain('p', [{ id: 'count', xml: count }]))
    const { id } = await engine.start('p', { variables: { n: 1 }, businessKey: 'B1' })
    await engine.drain()
    expect(await engine.instances.variables(id)).toEqual({ n: 1, told: expected })
    await engine.close()
  })

  test('tells a listener what it hears, and by which flow', async () => {
    const heard = (event: string, member: string): string =>
      extension(`<camunda:executionListener event="${event}" expression="\${execution.setVariable('${event}', execution.${member})}"/>`)
    const model = chain('p', [{ id: 'note', xml: `<bpmn:task id="note">${heard('end', 'eventName')}</bpmn:task>` }]).replace(
      'targetRef="end"></bpmn:sequenceFlow>',
      `targetRef="end">${heard('take', 'currentTransitionId')}</bpmn:sequenceFlow>`,
    )
    const engine = await engineFor(model)
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.instances.variables(id)).toEqual({ end: 'end', take: 'f2_note_end' })
    await engine.close()
  })
})

test('the extension properties of work are given to its handler', async () => {
  const properties = extension('<camunda:properties><camunda:property name="channel" value="web"/></camunda:properties>')
  const work = `<bpmn:serviceTask id="work" camunda:type="external" camunda:topic="work">${properties}</bpmn:serviceTask>`
  const engine = await engineFor(chain('p', [{ id: 'work', xml: work }]), { handlers: { work: (job) => ({ told: job.headers }) } })
  const { id } = await engine.start('p')
  await engine.drain()
  expect(await engine.instances.variables(id)).toEqual({ told: { channel: 'web' } })
  await engine.close()
})
