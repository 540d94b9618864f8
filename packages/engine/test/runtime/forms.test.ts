import { describe, expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { chain, user } from './process-model.ts'

const FIELDS = `<camunda:formData>
  <camunda:formField id="name" label="Name of \${who}" type="string"><camunda:validation>
    <camunda:constraint name="required"/><camunda:constraint name="minlength" config="2"/><camunda:constraint name="maxlength" config="\${longest}"/>
  </camunda:validation></camunda:formField>
  <camunda:formField id="amount" type="long" defaultValue="5"><camunda:validation>
    <camunda:constraint name="min" config="1"/><camunda:constraint name="max" config="10"/></camunda:validation></camunda:formField>
  <camunda:formField id="size" type="enum"><camunda:value id="s" name="Small"/><camunda:value id="l" name="Large"/></camunda:formField>
  <camunda:formField id="agreed" type="boolean"/>
  <camunda:formField id="from" type="date"/>
  <camunda:formField id="order" type="string"><camunda:properties><camunda:property id="hint" value="as printed"/></camunda:properties>
    <camunda:validation><camunda:constraint name="readonly"/></camunda:validation></camunda:formField>
</camunda:formData>`
const PROPERTIES = `<camunda:formProperty id="days" name="Days" type="long" required="true" variable="numberOfDays"/>
  <camunda:formProperty id="note" type="string" default="none" writable="false"/>`

async function openTask(fields: string, attributes = '') {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  const xml = `<bpmn:userTask id="a" ${attributes}><bpmn:extensionElements>${fields}</bpmn:extensionElements></bpmn:userTask>`
  await engine.deploy(chain('p', [{ id: 'a', xml }]))
  const { id } = await engine.start('p', { variables: { who: 'kim', longest: 6, order: 'A-17' } })
  const [task] = await engine.tasks.find({ instanceId: id })
  const complete = (variables: Record<string, unknown>) => engine.tasks.complete(task?.id ?? '', { variables })
  return { engine, id, task, complete }
}

describe('generated fields of a form', () => {
  test('are shown with label, value, limits and what can be chosen, as they are when the task is made', async () => {
    const { engine, task } = await openTask(FIELDS)
    expect(task?.form?.fields).toMatchObject([
      { id: 'name', label: 'Name of kim', type: 'string', value: null, required: true, limits: { minlength: 2, maxlength: 6 } },
      { id: 'amount', label: 'amount', type: 'long', value: 5, required: false, limits: { min: 1, max: 10 } },
      {
        id: 'size',
        options: [
          { id: 's', name: 'Small' },
          { id: 'l', name: 'Large' },
        ],
      },
      { id: 'agreed', type: 'boolean' },
      { id: 'from', type: 'date' },
      { id: 'order', value: 'A-17', readonly: true, properties: { hint: 'as printed' } },
    ])
    await engine.close()
  })

  test.each([
    [{}, '"name" is required'],
    [{ name: '' }, '"name" is required'],
    [{ name: 'k' }, '"name" must have at least 2 characters'],
    [{ name: 'kimberley' }, '"name" must have at most 6 characters'],
    [{ name: 7 }, '"name" must be a text'],
    [{ name: 'kim', amount: 0 }, '"amount" must be at least 1'],
    [{ name: 'kim', amount: '11' }, '"amount" must be at most 10'],
    [{ name: 'kim', amount: 1.5 }, '"amount" must be a whole number'],
    [{ name: 'kim', size: 'm' }, '"size" must be one of s, l'],
    [{ name: 'kim', agreed: 'maybe' }, '"agreed" must be true or false'],
    [{ name: 'kim', from: 'soon' }, '"from" must be a date'],
    [{ name: 'kim', order: 'B-18' }, '"order" cannot be changed'],
    [{ amount: 0, size: 'm' }, '"name" is required; "amount" must be at least 1; "size" must be one of s, l'],
  ])('%j is refused: %s', async (variables, problem) => {
    const { engine, task, complete } = await openTask(FIELDS)
    await expect(complete(variables)).rejects.toMatchObject({
      code: 'invalidForm',
      message: `The form is not filled in as it must be: ${problem}`,
      details: { taskId: task?.id },
    })
    expect(await engine.tasks.count()).toBe(1)
    await engine.close()
  })

  test('give their values types, and what is left out its default', async () => {
    const { engine, id, complete } = await openTask(FIELDS)
    await complete({ name: 'lee', agreed: 'true', from: '24/12/2026', size: 's', order: 'A-17', extra: [1] })
    expect(await engine.instances.variables(id)).toEqual({
      ...{ who: 'kim', longest: 6, order: 'A-17', name: 'lee', amount: 5, agreed: true, size: 's', extra: [1] },
      from: new Date('2026-12-24T00:00:00Z'),
    })
    await engine.close()
  })

  test('of a property may set another variable, and may not be writable', async () => {
    const { engine, id, task, complete } = await openTask(PROPERTIES)
    expect(task?.form?.fields).toMatchObject([
      { id: 'days', label: 'Days' },
      { id: 'note', value: 'none', readonly: true },
    ])
    await expect(complete({ days: 'many' })).rejects.toMatchObject({ code: 'invalidForm' })
    await complete({ days: '3' })
    expect(await engine.instances.variables(id)).toMatchObject({ numberOfDays: 3, note: 'none' })
    await engine.close()
  })

  test('are not checked where the model says so, nor where a program completes the task or lets it go on by itself', async () => {
    const unchecked = await openTask(PROPERTIES, 'camunda:formFieldValidation="false"')
    await unchecked.complete({})
    const waived = await openTask(FIELDS)
    await waived.engine.tasks.complete(waived.task?.id ?? '', { variables: { size: 'm' }, checkForm: false })
    expect(await waived.engine.instances.variables(waived.id)).toMatchObject({ size: 'm' })
    await waived.engine.close()
    const { engine, id, task } = await openTask(FIELDS)
    await engine.trigger(task?.elementInstanceId ?? '')
    expect((await engine.instances.get(id))?.status).toBe('completed')
    await engine.close()
  })
})

test("a form's reference says which version is meant", async () => {
  const { engine, task } = await openTask('', 'camunda:formRef="check" camunda:formRefBinding="version" camunda:formRefVersion="3"')
  expect(task?.form).toEqual({ key: null, ref: 'check', binding: 'version', version: '3' })
  await engine.close()
})

test('the forms of a process are told before there is an instance: what needs one is left open', async () => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  const fields = `<camunda:formProperty id="amount" name="Amount" type="long" required="true" default="${'${1 + 1}'}"/>
    <camunda:formProperty id="day" name="${'${label}'}" type="date" datePattern="dd/MM/yyyy"/><camunda:formProperty id="secret" readable="false"/>`
  const model = chain('p', [user('look', 'camunda:formKey="look.html"')]).replace(
    '<bpmn:startEvent id="start"/>',
    `<bpmn:startEvent id="start"><bpmn:extensionElements>${fields}</bpmn:extensionElements></bpmn:startEvent>`,
  )
  const { processes } = await engine.deploy(model)
  const open = { readonly: false, limits: {}, options: [], properties: {} }
  expect(await engine.processes.forms(processes[0]?.id ?? '')).toEqual([
    {
      ...{ elementId: 'start', type: 'startEvent', key: null, ref: null, binding: null, version: null, schema: null },
      fields: [
        { ...open, id: 'amount', label: 'Amount', type: 'long', value: 2, required: true },
        { ...open, id: 'day', label: 'day', type: 'date', value: null, required: false, properties: { datePattern: 'dd/MM/yyyy' } },
      ],
    },
    { elementId: 'look', type: 'userTask', key: 'look.html', ref: null, binding: null, version: null, schema: null, fields: [] },
  ])
  await engine.close()
})
