import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, inspectModel, ModelError, manualClock } from '../../src/index.ts'
import { decision, dmn, input, literal, output, rule, table } from '../decisions/dmn-models.ts'
import { chain, user } from './process-model.ts'
import { stores } from './stores.ts'

/** A decision "grade" that gives this text of any score over 50. */
const grade = (high: string, attributes = ''): string =>
  dmn(
    decision(
      'grade',
      table({
        head: input('score', 'typeRef="number"') + output('grade'),
        rules: rule('r1', ['> 50'], [`"${high}"`]) + rule('r2', ['<= 50'], ['"low"']),
      }),
      [],
      attributes,
    ),
    undefined,
    'xmlns:camunda="http://camunda.org/schema/1.0/dmn"',
  )

const ruleTask = (attributes: string, content = ''): string =>
  chain('p', [{ id: 'decide', xml: `<bpmn:businessRuleTask id="decide" ${attributes}>${content}</bpmn:businessRuleTask>` }, user('look')])

async function variablesAfter(engine: Engine, variables: Readonly<Record<string, unknown>>, process = 'p'): Promise<unknown> {
  const { id } = await engine.start(process, { variables })
  await engine.drain()
  return engine.instances.variables(id)
}

const open = (options: EngineOptions = {}): Promise<Engine> => createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })

for (const { name, open: storage } of stores) {
  describe(`decisions on ${name}`, () => {
    test('have versions as processes do; the same content is the same deployment', async () => {
      const engine = await open({ storage: storage() })
      const first = await engine.deploy(grade('high'))
      expect(await engine.deploy(grade('high'))).toEqual(first)
      expect(first).toMatchObject({ processes: [], decisions: [{ id: 'grade:1', key: 'grade', version: 1, tenantId: null }] })
      await engine.deploy(grade('very high', 'camunda:versionTag="v2"'))
      const evaluate = (reference: Parameters<typeof engine.decisions.evaluate>[0]): Promise<unknown> =>
        engine.decisions.evaluate(reference, { variables: { score: 60 } })
      expect(await evaluate('grade')).toBe('very high')
      expect(await evaluate({ key: 'grade', version: 1 })).toBe('high')
      expect(await evaluate({ id: 'grade:1' })).toBe('high')
      expect(await evaluate({ key: 'grade', versionTag: 'v2' })).toBe('very high')
      expect((await engine.decisions.list()).map(({ id }) => id)).toEqual(['grade:2', 'grade:1'])
      expect(await engine.decisions.find({ latest: true })).toMatchObject([{ version: 2, versionTag: 'v2' }])
      await expect(evaluate('grad')).rejects.toMatchObject({ code: 'unknownDecision', details: { key: 'grad' } })
      await engine.close()
    })

    test('a tenant has its own before what is shared', async () => {
      const engine = await open({ storage: storage() })
      await engine.deploy(grade('shared'))
      await engine.deploy(grade('own'), { tenantId: 't1' })
      const evaluate = (tenantId?: string): Promise<unknown> =>
        engine.decisions.evaluate('grade', { variables: { score: 60 }, ...(tenantId !== undefined && { tenantId }) })
      expect([await evaluate(), await evaluate('t1'), await evaluate('t2')]).toEqual(['shared', 'own', 'shared'])
      expect(await engine.as({ tenantId: 't2' }).decisions.list()).toMatchObject([{ id: 'grade:1' }])
      await engine.close()
    })

    test('a business rule task is done once, by the version that its binding names', async () => {
      const engine = await open({ storage: storage() })
      const task = ruleTask(
        'camunda:decisionRef="grade" camunda:decisionRefBinding="deployment" camunda:resultVariable="g" camunda:mapDecisionResult="singleEntry"',
      )
      await engine.deploy([
        { name: 'p.bpmn', content: task },
        { name: 'grade.dmn', content: grade('high') },
      ])
      await engine.deploy(grade('very high'))
      expect(await variablesAfter(engine, { score: 60 })).toEqual({ score: 60, g: 'high' })
      await engine.deploy(ruleTask('camunda:decisionRef="${which}" camunda:resultVariable="g" camunda:mapDecisionResult="singleEntry"'))
      expect(await variablesAfter(engine, { score: 60, which: 'grade' })).toMatchObject({ g: 'very high' })
      await engine.deploy(
        ruleTask(
          'camunda:decisionRef="grade" camunda:decisionRefBinding="version" camunda:decisionRefVersion="1" camunda:resultVariable="g" camunda:mapDecisionResult="singleEntry"',
        ),
      )
      expect(await variablesAfter(engine, { score: 60 })).toMatchObject({ g: 'high' })
      await engine.close()
    })
  })
}

test('a decision that is not there is an incident that names it, and is made when it is', async () => {
  const engine = await open()
  await engine.deploy(ruleTask('camunda:decisionRef="grade" camunda:resultVariable="g" camunda:mapDecisionResult="singleEntry"'))
  const { id } = await engine.start('p', { variables: { score: 60 } })
  await engine.drain()
  const [incident] = await engine.incidents.find({ instanceId: id })
  expect(incident).toMatchObject({ elementId: 'decide', code: 'unknownDecision', message: expect.stringContaining('"grade"') })
  await engine.deploy(grade('high'))
  await engine.incidents.resolve(incident?.id ?? '')
  await engine.drain()
  expect(await engine.instances.variables(id)).toMatchObject({ g: 'high' })
  await engine.close()
})

test('a decision that fails is an incident at once, and says why', async () => {
  const engine = await open()
  await engine.deploy([
    { name: 'p.bpmn', content: ruleTask('camunda:decisionRef="grade"') },
    { name: 'grade.dmn', content: grade('high') },
  ])
  const { id } = await engine.start('p', { variables: { score: 'many' } })
  await engine.drain()
  expect(await engine.incidents.find({ instanceId: id })).toMatchObject([
    { code: 'decisionFailed', message: expect.stringMatching(/"grade".*score.*"many" is no number/) },
  ])
  await expect(engine.decisions.evaluate('grade', { variables: { score: 'many' } })).rejects.toMatchObject({
    code: 'decisionFailed',
    details: { decisionId: 'grade:1', reason: 'type' },
  })
  await engine.close()
})

test('with durability "wait" a command goes on through decisions', async () => {
  const engine = await open({ durability: 'wait', worker: { inlineMs: Number.POSITIVE_INFINITY } })
  await engine.deploy([
    { name: 'p.bpmn', content: ruleTask('camunda:decisionRef="grade" camunda:resultVariable="g"') },
    { name: 'grade.dmn', content: grade('high') },
  ])
  const { id } = await engine.start('p', { variables: { score: 60 } })
  expect(await engine.instances.variables(id)).toEqual({ score: 60, g: [{ grade: 'high' }] })
  await engine.close()
})

test('a handler for the element stands before the decision', async () => {
  const engine = await open({ elementHandlers: { decide: () => ({ g: 'by hand' }) } })
  await engine.deploy(ruleTask('camunda:decisionRef="nowhere"'))
  expect(await variablesAfter(engine, {})).toEqual({ g: 'by hand' })
  await engine.close()
})

test('output mappings see the results of a decision as decisionResult', async () => {
  const engine = await open()
  const mapping = `<bpmn:extensionElements><camunda:inputOutput><camunda:outputParameter name="g">\${decisionResult.getSingleResult().grade}</camunda:outputParameter>
    <camunda:outputParameter name="h">\${decisionResult.getSingleEntry()}</camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements>`
  await engine.deploy([
    { name: 'p.bpmn', content: ruleTask('camunda:decisionRef="grade"', mapping) },
    { name: 'grade.dmn', content: grade('high') },
  ])
  expect(await variablesAfter(engine, { score: 60 })).toEqual({ score: 60, g: 'high', h: 'high' })
  await engine.close()
})

test('a called decision of Camunda 8 gives its value to its result variable', async () => {
  const engine = await open()
  const called = '<zeebe:calledDecision decisionId="=which" resultVariable="g" bindingType="versionTag" versionTag="v1"/>'
  const model = ruleTask('', `<bpmn:extensionElements>${called}</bpmn:extensionElements>`).replace(
    'xmlns:camunda=',
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda=',
  )
  await engine.deploy(model)
  await engine.deploy(grade('tagged', 'camunda:versionTag="v1"'))
  await engine.deploy(grade('untagged'))
  expect(await variablesAfter(engine, { score: 60, which: 'grade' })).toMatchObject({ g: 'tagged' })
  await engine.close()
})

test('a service task of Flowable of type dmn sets each output', async () => {
  const engine = await open()
  const fields = `<bpmn:extensionElements><flowable:field name="decisionTableReferenceKey"><flowable:string>grade</flowable:string></flowable:field></bpmn:extensionElements>`
  const model = chain('p', [
    { id: 'decide', xml: `<bpmn:serviceTask id="decide" flowable:type="dmn">${fields}</bpmn:serviceTask>` },
    user('look'),
  ])
  await engine.deploy([
    {
      name: 'p.bpmn',
      content: model.replace('xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', 'xmlns:flowable="http://flowable.org/bpmn"'),
    },
    { name: 'grade.dmn', content: grade('high') },
  ])
  expect(await variablesAfter(engine, { score: 60 })).toEqual({ score: 60, grade: 'high' })
  await engine.close()
})

test('how a decision came about is told: what was required first, and which rules matched', async () => {
  const engine = await open()
  await engine.deploy(
    dmn(
      decision('top', table({ head: input('base') + output('o'), rules: rule('yes', ['> 1'], ['"big"']) }), ['base']) +
        decision('base', literal('x + 1')),
    ),
  )
  expect(await engine.decisions.explain('top', { variables: { x: 5 } })).toEqual({
    decision: { id: 'top:1', key: 'top', version: 1, name: 'top', versionTag: null, tenantId: null },
    value: 'big',
    steps: [
      { key: 'base', name: 'base', value: 6, rules: [] },
      { key: 'top', name: 'top', value: 'big', rules: ['yes'] },
    ],
  })
  await engine.close()
})

test('a decision sees host functions, dates as dates, and gives dates back', async () => {
  const engine = await open({ functions: { twice: (n: number) => n * 2 } })
  await engine.deploy(dmn(decision('d', literal('{ n: twice(x), at: at + duration("PT1H"), today: today() }'))))
  expect(await engine.decisions.evaluate('d', { variables: { x: 2, at: new Date(Date.UTC(2026, 0, 1)) } })).toEqual({
    n: 4,
    at: new Date(Date.UTC(2026, 0, 1, 1)),
    today: '2026-01-01',
  })
  await engine.close()
})

test('forms are kept with their deployment, and read back by name', async () => {
  const engine = await open()
  const form = '{"type": "default", "components": []}'
  const files = [
    { name: 'p.bpmn', content: chain('p', [user('a')]) },
    { name: 'a.form', content: form },
    { name: 'b.html', content: new TextEncoder().encode('<p>') },
  ]
  const { id } = await engine.deploy(files)
  expect((await engine.deploy(files)).id).toBe(id)
  expect(await engine.deployments.file(id, 'a.form')).toBe(form)
  expect(await engine.deployments.file(id, 'b.html')).toEqual(new TextEncoder().encode('<p>'))
  await expect(engine.deployments.file(id, 'c.form')).rejects.toMatchObject({ code: 'unknownDeployment' })
  const refused = await engine.deploy([{ name: 'a.form', content: '[1' }]).catch((error: unknown) => error)
  expect((refused as ModelError).diagnostics).toMatchObject([{ code: 'invalidForm', severity: 'error', file: 'a.form' }])
  await engine.close()
})

test('a decision file with errors is not deployed, and a look at it says the same', async () => {
  const engine = await open()
  const bad = dmn(decision('d', literal('1 +')))
  await expect(engine.deploy(bad)).rejects.toBeInstanceOf(ModelError)
  expect(await inspectModel(bad)).toMatchObject({
    decisions: [{ key: 'd' }],
    diagnostics: [{ code: 'invalidExpression', elementId: 'd', line: 3 }],
  })
  await engine.close()
})
