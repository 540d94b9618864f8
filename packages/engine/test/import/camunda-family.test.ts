import { describe, expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import type { MappingSource } from '../../src/model/data.ts'
import { between, compile, file, modelText, node } from './models.ts'

describe('a model of Camunda Modeler for Camunda 7', async () => {
  const order = await compile(modelText('order-camunda-7.bpmn'))

  test('process attributes are read', () => {
    expect(order).toMatchObject({ key: 'order', dialect: 'camunda7', versionTag: '1.4', executable: true })
    expect(order.candidateStarterGroups).toEqual(['sales', 'support'])
    expect(node(order, 'Start_order', 'startEvent')).toMatchObject({
      initiator: 'clerk',
      form: { key: 'embedded:app:forms/order.html', ref: null },
    })
  })
  test('a user task has its assignment, form and properties', () => {
    const task = node(order, 'Task_check', 'userTask')
    expect(task.assignment).toMatchObject({
      assignee: { source: '${clerk}', language: 'juel' },
      candidateGroups: { source: 'sales,support', language: 'literal' },
      candidateUsers: { source: 'kim' },
      dueDate: { source: '${due}' },
      followUpDate: { source: 'P2D' },
      priority: { source: '70' },
    })
    expect(task.form).toEqual({ key: 'check-order', ref: null })
    expect(task.properties).toEqual({ channel: 'web' })
  })
  test('an external task has its topic, priority, retries and mappings', () => {
    const task = node(order, 'Task_credit', 'serviceTask')
    expect(task.job).toMatchObject({ type: 'credit-check', origin: 'topic', priority: { source: '10' } })
    expect(task.retry).toEqual({ attempts: 5, waits: ['PT10M'] })
    expect([task.asyncBefore, task.asyncAfter]).toEqual([true, false])
    expect(task.io?.propagation).toBe('all')
    expect(task.io?.inputs.map((input) => [input.target, shape(input.source)])).toEqual([
      [['customer'], '${order.customer}'],
      [['limits'], { low: '100', high: '${limit}' }],
      [['agencies'], ['north', '${agency}']],
    ])
  })
  test('beans, classes with fields, and expressions name the work', () => {
    expect(node(order, 'Task_remind', 'sendTask').job).toMatchObject({ type: 'mailSender', origin: 'delegateExpression' })
    expect(node(order, 'Task_pick', 'serviceTask').job).toMatchObject({
      type: 'Task_pick',
      origin: 'expression',
      own: { type: 'expression', expression: { source: '${warehouse.pick(item)}' } },
      resultVariable: 'shelf',
    })
    const [decline] = node(order, 'End_declined', 'endEvent').eventDefinitions
    expect(decline).toMatchObject({
      type: 'message',
      message: { name: { source: 'order-declined' } },
      job: {
        type: 'com.example.mail.DeclineMail',
        aliases: ['DeclineMail'],
        fields: { template: { source: 'declined' }, to: { source: '${order.mail}' } },
      },
    })
  })
  test('a multi-instance sub-process counts from 0 and takes a bare name for a variable', () => {
    expect(node(order, 'Sub_pick', 'subProcess').repetition).toMatchObject({
      type: 'multiInstance',
      isSequential: false,
      collection: { source: '${items}', names: ['items'] },
      elementVariable: 'item',
      completionCondition: { source: '${nrOfCompletedInstances == 3}' },
      counterBase: 0,
    })
  })
  test('events have their definitions, boundary events what they are attached to', () => {
    const declined = node(order, 'Boundary_declined', 'boundaryEvent')
    expect(declined.eventDefinitions).toMatchObject([
      { type: 'error', code: { source: 'CREDIT_DECLINED' }, codeVariable: 'code', messageVariable: 'why' },
    ])
    expect([declined.attachedTo.id, declined.cancelActivity]).toEqual(['Task_credit', true])
    expect(node(order, 'Boundary_remind', 'boundaryEvent')).toMatchObject({
      cancelActivity: false,
      eventDefinitions: [{ type: 'timer', kind: 'timeCycle', expression: { source: 'R/P1D' } }],
    })
    expect(node(order, 'Task_check', 'userTask').boundaryEvents.map((event) => event.id)).toEqual(['Boundary_remind'])
    expect(node(order, 'End_shipped', 'endEvent').eventDefinitions).toMatchObject([
      { type: 'signal', signal: { name: { source: 'order-shipped-${region}', language: 'juel' } } },
    ])
  })
  test('flows are linked both ways, with conditions and the default', () => {
    const gateway = node(order, 'Gateway_large', 'exclusiveGateway')
    expect(gateway.outgoing.map((flow) => [flow.id, flow.target.id, flow.condition?.source])).toEqual([
      ['Flow_large', 'Task_credit', '${amount > 1000}'],
      ['Flow_small', 'Gateway_merge', undefined],
    ])
    expect(gateway.defaultFlow?.id).toBe('Flow_small')
    expect(node(order, 'Gateway_merge', 'exclusiveGateway').incoming.map((flow) => flow.id)).toEqual(['Flow_small', 'Flow_credit'])
  })
  test('nodes are listed in document order, those of sub-processes in place', () => {
    const ids = [...order.nodes.keys()]
    expect(ids.indexOf('Boundary_remind')).toBe(ids.indexOf('Task_check') + 1)
    expect(ids.indexOf('Start_pick')).toBe(ids.indexOf('Sub_pick') + 1)
    expect(node(order, 'Sub_pick', 'subProcess').content.nodes.map((inner) => inner.id)).toEqual(['Start_pick', 'Task_pick', 'End_pick'])
  })
})

describe('a model of Flowable Design', async () => {
  const vacation = await compile(modelText('vacation-flowable.bpmn'))

  test('flows without ids get stable ones, and nothing but the flows is asked for incoming and outgoing', () => {
    expect([...vacation.flows.keys()]).toEqual([
      'start->approve#1',
      'approve->book#1',
      'approve->end#1',
      'toInform',
      'inform->end#1',
      'withdrawn->gone#1',
    ])
    expect(node(vacation, 'approve', 'userTask').outgoing.map((flow) => flow.condition?.source)).toEqual([
      '${approved == true}',
      '${!approved}',
    ])
  })
  test('its attributes are those of the family', () => {
    expect(vacation).toMatchObject({ dialect: 'flowable', executable: true })
    expect(node(vacation, 'book', 'serviceTask')).toMatchObject({
      asyncBefore: true,
      retry: { attempts: 3, waits: ['PT1M', 'PT5M'] },
      job: { type: 'org.example.hr.BookDays', aliases: ['BookDays'], fields: { days: { source: '${days}' }, kind: { source: 'annual' } } },
    })
    expect(node(vacation, 'inform', 'userTask').repetition).toMatchObject({
      collection: { source: '${team}' },
      elementVariable: 'member',
      counterBase: 0,
    })
  })
  test('references with a prefix are resolved, and BPMN roles fill what attributes leave open', () => {
    expect(node(vacation, 'withdrawn', 'boundaryEvent').eventDefinitions).toMatchObject([
      { message: { id: 'withdraw', name: { source: 'withdrawn' } } },
    ])
    expect(node(vacation, 'approve', 'userTask').assignment).toMatchObject({
      candidateUsers: { source: 'kermit' },
      candidateGroups: { source: 'managers' },
    })
  })
})

test.each([
  ['camunda:delegateExpression="${a}" camunda:class="b.C" camunda:topic="t"', { type: 't', origin: 'topic' }],
  ['camunda:delegateExpression="#{ a }" camunda:class="b.C"', { type: 'a', origin: 'delegateExpression' }],
  ['camunda:delegateExpression="${of(kind)}"', { type: 'of(kind)', origin: 'delegateExpression' }],
  ['camunda:class="b.C$D" camunda:type="mail"', { type: 'b.C$D', aliases: ['D'], origin: 'class' }],
  ['camunda:type="mail" implementation="x"', { type: 'mail', origin: 'type' }],
  ['implementation="urn:x"', { type: 'urn:x', origin: 'implementation' }],
  ['implementation="##WebService"', { type: 'a', origin: 'id' }],
  ['', { type: 'a', origin: 'id' }],
  ['camunda:topic="${kind}-work"', { type: { source: '${kind}-work', language: 'juel' }, origin: 'topic' }],
])('a service task with %s has its job type', async (attributes, job) => {
  const definition = await compile(file(between(`<serviceTask id="a" ${attributes}/>`, 'a')))
  expect(node(definition, 'a', 'serviceTask').job).toMatchObject(job)
})

test('a connector is a job of its own type', async () => {
  const connector =
    '<extensionElements><camunda:connector><camunda:connectorId>http</camunda:connectorId></camunda:connector></extensionElements>'
  const definition = await compile(file(between(`<serviceTask id="a">${connector}</serviceTask>`, 'a')))
  expect(node(definition, 'a', 'serviceTask').job).toMatchObject({ type: 'connector:http', aliases: ['http'], origin: 'connector' })
})

test.each([
  'http://camunda.org/schema/1.0/bpmn',
  'http://operaton.org/schema/1.0/bpmn',
  'http://activiti.org/bpmn',
  'http://flowable.org/bpmn',
])('the family shares its names in the namespace %s', async (namespace) => {
  const text = file(between('<userTask id="a" camunda:assignee="kim"/>', 'a')).replace('http://camunda.org/schema/1.0/bpmn', namespace)
  expect(node(await compile(text), 'a', 'userTask').assignment.assignee?.source).toBe('kim')
})

/** A mapping's source, as its texts. */
function shape(source: MappingSource): unknown {
  if (source.type === 'expression') return source.expression.source
  if (source.type === 'list') return source.items.map(shape)
  if (source.type === 'value') return source.value
  if (source.type === 'variable') return source.name
  return Object.fromEntries(Object.entries(source.entries).map(([key, value]) => [key, shape(value)]))
}

test('potential starters of a process join those of its attributes', async () => {
  const starters = `<extensionElements><camunda:potentialStarter><resourceAssignmentExpression><formalExpression>group2, group(group3), user(kim)</formalExpression>
    </resourceAssignmentExpression></camunda:potentialStarter></extensionElements>`
  const text = file(between('<task id="a"/>', 'a')).replace(/(<process [^>]*)>/, `$1 camunda:candidateStarterGroups="group1">${starters}`)
  expect(await compile(text)).toMatchObject({ candidateStarterGroups: ['group1', 'group2', 'group3'], candidateStarterUsers: ['kim'] })
})

test('a priority that is no number is a finding, told once', async () => {
  const { diagnostics } = await importBpmn(file(between('<serviceTask id="a" camunda:class="x.Y" camunda:jobPriority="high"/>', 'a')))
  const found = diagnostics.filter(({ code }) => code === 'invalidValue')
  expect(found).toMatchObject([{ elementId: 'a', message: expect.stringContaining('"high"') }])
})
