import { describe, expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { between, compile, file, findings, modelText, node } from './models.ts'

describe('a model of an older editor, with BPMN alone', async () => {
  const ticket = await compile(modelText('ticket-eclipse.bpmn').replace('xmlns:operaton="http://operaton.org/schema/1.0/bpmn"', ''))

  test('event definitions at the root are those of the events that refer to them', () => {
    expect(ticket.dialect).toBe('plain')
    expect(node(ticket, 'every-week', 'startEvent').eventDefinitions).toMatchObject([
      { type: 'timer', kind: 'timeCycle', expression: { source: '0 0 9 ? * MON' } },
    ])
  })
  test('a standard loop is read as the specification has it', () => {
    expect(node(ticket, 'note', 'task').repetition).toMatchObject({
      type: 'standardLoop',
      testBefore: true,
      condition: { source: '${open}' },
      maximum: { source: '3' },
      counterBase: 1,
    })
  })
  test('data inputs and outputs of a loop name variables', () => {
    expect(node(ticket, 'vote', 'userTask').repetition).toMatchObject({
      collection: { source: '${voters}' },
      elementVariable: 'voter',
      outputCollection: 'votes',
      outputElement: { source: '${vote}' },
      counterBase: 1,
    })
  })
  test('a complex gateway has its activation condition, links their names', () => {
    expect(node(ticket, 'decide', 'complexGateway')).toMatchObject({
      activationCondition: { source: '${activationCount >= 1}' },
      defaultFlow: { id: 'no' },
    })
    expect(node(ticket, 'land', 'intermediateCatchEvent').eventDefinitions).toEqual([{ type: 'link', name: 'away' }])
  })
})

describe('defaults of the schema hold where the file says nothing', async () => {
  const definition = await compile(
    file(
      `${between('<receiveTask id="a"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>', 'a')}
      <boundaryEvent id="b" attachedToRef="a"><signalEventDefinition signalRef="s"/></boundaryEvent>`,
      '<signal id="s"/>',
    ),
  )
  test('isInterrupting, cancelActivity, parallelMultiple, isSequential, instantiate, isForCompensation', () => {
    expect(node(definition, 'begin', 'startEvent')).toMatchObject({ isInterrupting: true, parallelMultiple: false })
    expect(node(definition, 'b', 'boundaryEvent')).toMatchObject({ cancelActivity: true, parallelMultiple: false })
    expect(node(definition, 'a', 'receiveTask')).toMatchObject({
      instantiate: false,
      isForCompensation: false,
      message: null,
      repetition: { isSequential: false, cardinality: { source: '3' }, collection: null },
    })
  })
  test('a signal without a name goes by its id', () => {
    expect(node(definition, 'b', 'boundaryEvent').eventDefinitions).toMatchObject([
      { type: 'signal', signal: { id: 's', name: { source: 's' } } },
    ])
  })
})

describe('a drawing', () => {
  test('is compiled as far as it goes, and what would be an error is an info', async () => {
    const { processes, diagnostics } = await importBpmn(modelText('invoice-signavio.bpmn'))
    expect(processes.map((process) => [process.key, process.executable])).toEqual([
      ['sid-proc-1', false],
      ['sid-proc-2', false],
    ])
    expect(new Set(diagnostics.map((one) => one.severity))).toEqual(new Set(['info']))
  })
  test('is judged as strictly as any other where it is to be deployed', async () => {
    const drawn = file(between('<choreographyTask id="a"/>', 'a'), '', 'isExecutable="false"')
    expect(findings(await importBpmn(drawn), 'unsupportedElement')).toMatchObject([{ severity: 'info' }])
    const strict = await importBpmn(drawn, { includeDrawings: true })
    expect(findings(strict, 'unsupportedElement')).toMatchObject([{ severity: 'error', elementId: 'a' }])
    expect(findings(strict, 'drawing')).toHaveLength(1)
  })
})

test('an error reference that names no error is the code itself; an error without a code goes by its id', async () => {
  const definition = await compile(
    file(
      `${between('<task id="a"/>', 'a')}
      <boundaryEvent id="b" attachedToRef="a"><errorEventDefinition errorRef="E1"/></boundaryEvent>
      <boundaryEvent id="c" attachedToRef="a"><errorEventDefinition errorRef="e2"/></boundaryEvent>
      <boundaryEvent id="d" attachedToRef="a"><errorEventDefinition/></boundaryEvent>`,
      '<error id="e2"/>',
    ),
  )
  const codes = ['b', 'c', 'd'].map((id) => node(definition, id, 'boundaryEvent').eventDefinitions[0])
  expect(codes).toMatchObject([{ code: { source: 'E1' } }, { code: { source: 'e2' } }, { code: null }])
})

test('the language of an expression is its own, else that of its marks', async () => {
  const definition = await compile(
    file(`${between('<task id="a"/>', 'a')}
      <exclusiveGateway id="g"/><sequenceFlow id="x" sourceRef="a" targetRef="g"/>
      <sequenceFlow id="f1" sourceRef="g" targetRef="e"><conditionExpression xsi:type="tFormalExpression" language="https://www.omg.org/spec/DMN/20191111/FEEL/">n &gt; 1</conditionExpression></sequenceFlow>
      <sequenceFlow id="f2" sourceRef="g" targetRef="e"><conditionExpression>=n &gt; 1</conditionExpression></sequenceFlow>
      <sequenceFlow id="f3" sourceRef="g" targetRef="e"><conditionExpression language="http://www.w3.org/1999/XPath">
        #{n &gt; 1}
      </conditionExpression></sequenceFlow>
      <endEvent id="e"/>`),
  )
  expect(['f1', 'f2', 'f3'].map((id) => definition.flows.get(id)?.condition?.language)).toEqual(['feel', 'feel', 'juel'])
})

test('several processes of a file are compiled, each by itself', async () => {
  const both = `${file('<task id="a"/>').replace('</definitions>', '')}<process id="q"><task id="b"/></process></definitions>`
  const { processes, diagnostics } = await importBpmn(both)
  expect(processes.map((process) => [process.key, [...process.nodes.keys()]])).toEqual([
    ['p', ['a']],
    ['q', ['b']],
  ])
  expect(diagnostics.map((one) => [one.code, one.elementId])).toEqual([['executableAssumed', 'q']])
})

describe('a reference to a signal that the file does not have', () => {
  const model = file(between('<intermediateCatchEvent id="a"><signalEventDefinition signalRef="paid"/></intermediateCatchEvent>', 'a'))

  test('is the name of the signal in plain BPMN, as jBPM writes it', async () => {
    const plain = model.replace(/ xmlns:(?:camunda|zeebe|modeler)="[^"]*"/g, '').replace('modeler:executionPlatform="Camunda Platform"', '')
    expect(node(await compile(plain), 'a', 'intermediateCatchEvent').eventDefinitions).toMatchObject([
      { signal: { name: { source: 'paid' } } },
    ])
    expect(findings(await importBpmn(plain), 'referenceTakenAsCode')).toMatchObject([{ severity: 'warning', elementId: 'a' }])
  })
  test('is an error where Camunda refuses it', async () => {
    expect(findings(await importBpmn(model), 'danglingReference')).toMatchObject([{ severity: 'error' }])
  })
})

test('a flow from what has the name of a type leads from nowhere, though types of other languages are no elements of the file', async () => {
  const typed = '<conditionExpression evaluatesToTypeRef="java:java.lang.Boolean">true</conditionExpression>'
  const flow = `<sequenceFlow id="lost" sourceRef="java:java.lang.Boolean" targetRef="a">${typed}</sequenceFlow>`
  const { diagnostics, processes } = await importBpmn(file(between(`<task id="a"/>${flow}`, 'a')))
  expect(diagnostics.filter(({ code }) => code === 'danglingReference')).toMatchObject([{ severity: 'error', elementId: 'lost' }])
  expect(processes).toEqual([])
})

test('a flow that stands in another process than what it connects is an error there', async () => {
  const other = '<process id="drawn" isExecutable="false"><task id="one"/><task id="two"/></process></definitions>'
  const flow = '<sequenceFlow id="astray" sourceRef="one" targetRef="two"/>'
  const { diagnostics, processes } = await importBpmn(file(between(`<task id="a"/>${flow}`, 'a')).replace('</definitions>', other))
  expect(diagnostics.filter(({ code }) => code === 'flowCrossesScope')).toMatchObject([{ severity: 'error', elementId: 'astray' }])
  expect(processes.map(({ key }) => key)).toEqual(['drawn'])
})

test('an item of a multi-instance is data that an association may lead from and to', async () => {
  const loop = `<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality><inputDataItem id="item"/><outputDataItem id="result"/></multiInstanceLoopCharacteristics>`
  const task = `<userTask id="a"><ioSpecification><dataInput id="given"/><dataOutput id="made"/><inputSet/><outputSet/></ioSpecification>
    <dataInputAssociation><sourceRef>item</sourceRef><targetRef>given</targetRef></dataInputAssociation>
    <dataOutputAssociation><sourceRef>made</sourceRef><targetRef>result</targetRef></dataOutputAssociation>${loop}</userTask>`
  expect(findings(await importBpmn(file(between(task, 'a'))), 'wrongReference')).toEqual([])
})

test('where a condition cannot be read nothing is said of ways that follow from it', async () => {
  const flow = (id: string, target: string, condition = ''): string =>
    `<sequenceFlow id="${id}" sourceRef="g" targetRef="${target}">${condition}</sequenceFlow>`
  const unread = '<conditionExpression language="http://www.java.com/java">return true;</conditionExpression>'
  const content = `<inclusiveGateway id="g" default="f2"/><task id="one"/><task id="other"/>${flow('f1', 'one', unread)}${flow('f2', 'other')}
    <startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="g"/>`
  const { diagnostics } = await importBpmn(file(content))
  expect(diagnostics.map(({ code }) => code)).toEqual(['conditionNotExpression'])
})
