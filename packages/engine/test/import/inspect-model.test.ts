import { expect, test } from 'vitest'
import { inspectModel } from '../../src/import/inspect-model.ts'
import { file, modelText } from './models.ts'

test('a report names what a process needs and holds', async () => {
  const { processes } = await inspectModel(modelText('order-camunda-7.bpmn'))
  expect(processes).toHaveLength(1)
  expect(processes[0]).toMatchObject({
    key: 'order',
    name: 'Order handling',
    executable: true,
    versionTag: '1.4',
    jobTypes: ['com.example.mail.DeclineMail', 'credit-check', 'mailSender'],
    messages: ['invoice-paid', 'order-declined'],
    signals: ['order-shipped-${region}'],
    forms: ['check-order', 'embedded:app:forms/order.html'],
  })
  expect(processes[0]?.elements.slice(0, 4)).toEqual([
    { id: 'Start_order', type: 'startEvent', name: 'Order received' },
    { id: 'Task_check', type: 'userTask', name: 'Check order' },
    { id: 'Boundary_remind', type: 'boundaryEvent', name: 'every day' },
    { id: 'Task_remind', type: 'sendTask', name: 'Send reminder' },
  ])
})

test('elements that are not executed are listed too, nested ones in place', async () => {
  const { processes, diagnostics } = await inspectModel(
    file(
      '<transaction id="t"><subProcess id="e" triggeredByEvent="true"><task id="a"/></subProcess></transaction><callActivity id="c" name="Call"/>',
    ),
  )
  expect(processes[0]?.elements).toEqual([
    { id: 't', type: 'transaction', name: null },
    { id: 'e', type: 'subProcess', name: null },
    { id: 'a', type: 'task', name: null },
    { id: 'c', type: 'callActivity', name: 'Call' },
  ])
  expect(diagnostics.filter((one) => one.severity === 'error').map((one) => one.elementId)).toEqual(['c'])
})

test('a service task without a named handler goes by its id; scripts and expressions want none by type', async () => {
  const { processes } = await inspectModel(
    file('<serviceTask id="a"/><serviceTask id="b" camunda:expression="${x}"/><scriptTask id="c"/><sendTask id="d" camunda:topic="t"/>'),
  )
  expect(processes[0]?.jobTypes).toEqual(['a', 't'])
})

test('a form that has neither key nor reference is none that a host must give', async () => {
  const fields = '<extensionElements><camunda:formData><camunda:formField id="amount" type="long"/></camunda:formData></extensionElements>'
  const { processes } = await inspectModel(file(`<startEvent id="s">${fields}</startEvent><userTask id="u" camunda:formKey="check"/>`))
  expect(processes[0]?.forms).toEqual(['check'])
})

test('a flow without an id is told where it stands in another scope, also beside one between the same nodes', async () => {
  const twice = '<sequenceFlow sourceRef="a" targetRef="b"/>'
  const { diagnostics } = await inspectModel(
    file(`<startEvent id="a"/><endEvent id="b"/>${twice}<subProcess id="sub"><task id="c"/>${twice}</subProcess>`),
  )
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(['flowCrossesScope'])
})
