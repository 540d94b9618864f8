import { describe, expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { file, findings, findingsIn } from './models.ts'

const CODE = 'extensionWithoutEffect'
const extension = (content: string): string => `<extensionElements>${content}</extensionElements>`
const multiInstance = (attributes: string, content: string = ''): string =>
  `<serviceTask id="a" camunda:topic="t"><multiInstanceLoopCharacteristics ${attributes}>${content}<loopCardinality>2</loopCardinality>
  </multiInstanceLoopCharacteristics></serviceTask>`

describe('a known extension on an owner where it is not read is a warning', () => {
  test.each([
    ['topic', '<userTask id="a" camunda:topic="t"/>'],
    ['class', '<userTask id="a" camunda:class="x.Y"/>'],
    ['class', '<task id="a" camunda:class="x.Y"/>'],
    ['class', '<receiveTask id="a" camunda:class="x.Y"/>'],
    ['class', '<subProcess id="a" camunda:class="x.Y"/>'],
    ['resultVariable', '<userTask id="a" camunda:resultVariable="r"/>'],
    ['collection', '<userTask id="a" camunda:collection="xs"/>'],
    ['assignee', '<manualTask id="a" camunda:assignee="kim"/>'],
    ['formKey', '<manualTask id="a" camunda:formKey="f"/>'],
    ['initiator', '<endEvent id="a" camunda:initiator="kim"/>'],
    ['decisionRef', '<serviceTask id="a" camunda:decisionRef="d"/>'],
    ['versionTag', '<task id="a" camunda:versionTag="1"/>'],
    ['expression', '<intermediateCatchEvent id="a" camunda:expression="${x}"><messageEventDefinition/></intermediateCatchEvent>'],
    ['topic', '<intermediateCatchEvent id="a"><messageEventDefinition camunda:topic="t"/></intermediateCatchEvent>'],
    ['errorCodeVariable', '<endEvent id="a"><errorEventDefinition camunda:errorCodeVariable="c"/></endEvent>'],
    ['taskDefinition', `<task id="a">${extension('<zeebe:taskDefinition type="t"/>')}</task>`],
    ['assignmentDefinition', `<serviceTask id="a">${extension('<zeebe:assignmentDefinition assignee="kim"/>')}</serviceTask>`],
    ['inputOutput', `<exclusiveGateway id="a">${extension('<camunda:inputOutput/>')}</exclusiveGateway>`],
    ['ioMapping', `<parallelGateway id="a">${extension('<zeebe:ioMapping/>')}</parallelGateway>`],
  ])('%s: %s', async (name, content) => {
    const [found, ...more] = await findingsIn(CODE, content)
    expect(more).toEqual([])
    expect(found).toMatchObject({ severity: 'warning', elementId: 'a', line: 7 })
    expect(found?.message).toContain(name)
    expect(found?.hint).toBeTruthy()
  })

  test('the hint names the kinds of elements that read it', async () => {
    const [found] = await findingsIn(CODE, '<manualTask id="a" camunda:assignee="kim"/>')
    expect(found?.message).toContain('assignee="kim" of manualTask (a)')
    expect(found?.hint).toContain('userTask')
  })
})

describe('nothing is said', () => {
  test.each([
    ['of an empty value', '<userTask id="a" camunda:topic="" camunda:collection=" "/>'],
    [
      'of rounds that are asynchronous',
      multiInstance('camunda:asyncBefore="true"', extension('<camunda:failedJobRetryTimeCycle>R3/PT1M</camunda:failedJobRetryTimeCycle>')),
    ],
    ['of false where false is the default', multiInstance('camunda:asyncBefore="false" camunda:asyncAfter="false"')],
    ['of a throwing message event', '<endEvent id="a"><messageEventDefinition camunda:topic="t"/></endEvent>'],
    ['of a catching error event', '<startEvent id="a"><errorEventDefinition camunda:errorCodeVariable="c"/></startEvent>'],
    [
      'of asynchronous gateways and events',
      '<parallelGateway id="a" camunda:asyncBefore="true"/><endEvent id="b" camunda:asyncBefore="1"/>',
    ],
    ['of metadata of tools', '<parallelGateway id="a" camunda:modelerTemplate="x"/>'],
    ['of a called process', '<callActivity id="a" camunda:calledElementBinding="latest"/>'],
  ])('%s', async (_, content) => {
    expect(await findingsIn(CODE, content)).toEqual([])
  })

  test('of a message event definition at the root, which any event may refer to', async () => {
    expect(await findingsIn(CODE, '', '<messageEventDefinition id="m" camunda:topic="t"/>')).toEqual([])
  })
})

test('an extension on the wrong owner is an info in a drawing', async () => {
  const result = await importBpmn(file('<task id="a" camunda:class="x.Y"/>', '', 'isExecutable="false"'))
  expect(findings(result, CODE)).toMatchObject([{ severity: 'info' }])
})
