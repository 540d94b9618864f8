import { describe, expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, user } from './process-model.ts'

const element = (xml: string) => chain('p', [{ id: 'a', xml }])
const withMessage = (name: string, xml: string) =>
  processModel(
    'p',
    `<bpmn:startEvent id="s"/>${xml}`,
    's -> a',
    `<bpmn:message id="m" name="${name}"/><bpmn:signal id="g" name="${name}"/>`,
  )

/** What rows are found by, each from a variable. */
const models: readonly (readonly [string, string])[] = [
  ['an assignee', chain('p', [user('a', 'camunda:assignee="${x}"')])],
  ['a candidate', chain('p', [user('a', 'camunda:candidateUsers="kim,${x}"')])],
  ['a group', chain('p', [user('a', 'camunda:candidateGroups="${x}"')])],
  ['a due date', chain('p', [user('a', 'camunda:dueDate="${x}"')])],
  ['a job type', element('<bpmn:serviceTask id="a" camunda:type="external" camunda:topic="${x}"/>')],
  ['the name of a message that is waited for', withMessage('${x}', '<bpmn:receiveTask id="a" messageRef="m"/>')],
  [
    'the name of a signal that is thrown',
    withMessage('${x}', '<bpmn:intermediateThrowEvent id="a"><bpmn:signalEventDefinition signalRef="g"/></bpmn:intermediateThrowEvent>'),
  ],
  ['what is called', element('<bpmn:callActivity id="a" calledElement="${x}"/>')],
  [
    'the business key of what is called',
    element(
      '<bpmn:callActivity id="a" calledElement="nothing"><bpmn:extensionElements><camunda:in businessKey="${x}"/></bpmn:extensionElements></bpmn:callActivity>',
    ),
  ],
]

describe.each(allStores)('text by which rows are found, on $name', ({ open }) => {
  test.each(models)('that cannot be kept is an incident of its element: %s', async (_, model) => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    await engine.deploy(model)
    for (const x of ['kim\0', '\ud800', 'ä'.repeat(401)]) {
      const { id } = await engine.start('p', { variables: { x } })
      const [incident] = await engine.incidents.find({ instanceId: id })
      expect(incident).toMatchObject({ elementId: 'a', code: expect.stringMatching(/^invalid(Value|Timer)$/) })
      await engine.instances.setVariables(id, { x: 'P1D' })
      await engine.incidents.resolve(incident?.id ?? '')
    }
    expect((await engine.incidents.find()).filter(({ code }) => code !== 'calledElementNotFound')).toEqual([])
    await engine.close()
  })

  test('and that no store keeps is refused where a call gives it, and nothing is changed', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    await engine.deploy(chain('p', [user('a')]))
    await engine.deploy(element('<bpmn:serviceTask id="a" camunda:type="external" camunda:topic="pack"/>').replaceAll('"p"', '"q"'))
    const { id } = await engine.start('p')
    await engine.start('q')
    const [task] = await engine.tasks.find({ instanceId: id })
    const taskId = task?.id ?? ''
    const before = [await engine.tasks.find(), await engine.jobs.find(), await engine.processes.list(), await engine.instances.count()]
    const calls: readonly ((x: string) => Promise<unknown>)[] = [
      (x) => engine.start('p', { businessKey: x }),
      (x) => engine.start('p', { tenantId: x }),
      (x) => engine.start('p', { actor: x }),
      (x) => engine.instances.restart(id, { businessKey: x }),
      (x) => engine.evaluateConditions({ businessKey: x }),
      (x) => engine.deploy(chain('r', [user('a')]), { tenantId: x }),
      (x) => engine.tasks.claim(taskId, x),
      (x) => engine.tasks.claim(taskId, undefined, { actor: x }),
      (x) => engine.tasks.assign(taskId, x),
      (x) => engine.tasks.delegate(taskId, x),
      (x) => engine.tasks.update(taskId, { candidateUsers: ['kim', x] }),
      (x) => engine.tasks.update(taskId, { candidateGroups: [x] }),
      (x) => engine.tasks.complete(taskId, { actor: x }),
      (x) => engine.messages.publish({ name: x, ttl: 'P1D' }),
      (x) => engine.messages.publish({ name: 'm', correlationKey: x, ttl: 'P1D' }),
      (x) => engine.messages.publish({ name: 'm', businessKey: x, ttl: 'P1D' }),
      (x) => engine.messages.publish({ name: 'm', tenantId: x, ttl: 'P1D' }),
      (x) => engine.signals.broadcast({ name: x }),
      (x) => engine.jobs.fetch({ types: ['pack'], worker: x }),
      (x) => engine.jobs.fetch({ types: [x], worker: 'w' }),
      async (x) => engine.as({ actor: x }).tasks.claim(taskId),
      async (x) => engine.as({ tenantId: x }).start('p'),
    ]
    for (const call of calls)
      for (const x of ['kim\0', '\ud800', 'ä'.repeat(401)]) {
        const error = await call(x).catch((thrown: unknown) => thrown)
        expect(error, `${call}`).toMatchObject({ name: 'EngineError', code: 'invalidArgument' })
      }
    const after = [await engine.tasks.find(), await engine.jobs.find(), await engine.processes.list(), await engine.instances.count()]
    expect(after).toEqual(before)
    const longest = 'ä'.repeat(400)
    await engine.tasks.assign(taskId, longest)
    await engine.messages.publish({ name: longest, correlationKey: longest, ttl: 'P1D', tenantId: longest })
    await engine.start('p', { businessKey: longest, tenantId: longest, actor: longest })
    expect(await engine.tasks.find({ assignee: longest })).toHaveLength(1)
    await engine.close()
  })

  test('but words that nothing is found by are as long as one likes', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    await engine.deploy(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    const [task] = await engine.tasks.find({ instanceId: id })
    const words = 'ä'.repeat(5_000)
    await engine.tasks.update(task?.id ?? '', { name: words })
    await engine.tasks.comment(task?.id ?? '', words)
    await engine.instances.suspend(id, { reason: words })
    await engine.messages.publish({ name: 'm', messageId: words, ttl: 'P1D' })
    await engine.instances.cancel(id, { reason: words })
    expect((await engine.instances.get(id))?.status).toBe('terminated')
    await engine.close()
  })

  test('a definition whose id would be longer, by its tenant, is not deployed', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    const tenantId = 't'.repeat(797)
    await expect(engine.deploy(chain('p', [user('a')]), { tenantId })).rejects.toMatchObject({ code: 'invalidArgument' })
    expect(await engine.processes.list()).toEqual([])
    await engine.close()
  })

  test('that stands in a model and is longer is a finding of it, and nothing is deployed', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    await expect(engine.deploy(withMessage('ä'.repeat(401), '<bpmn:receiveTask id="a" messageRef="m"/>'))).rejects.toMatchObject({
      code: 'invalidModel',
      diagnostics: [{ code: 'textTooLong', severity: 'error', elementId: 'm', line: expect.any(Number), column: expect.any(Number) }],
    })
    expect(await engine.processes.list()).toEqual([])
    await engine.close()
  })

  test('that stands in a model and is as long as may be is found by', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock() })
    const [id, key, name] = [longest(700), longest(340), longest(800)]
    const start = longest(360)
    await engine.deploy(
      processModel(
        key,
        `<bpmn:startEvent id="${start}"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent><bpmn:receiveTask id="${id}" messageRef="m"/>
        <bpmn:boundaryEvent id="b${id.slice(1)}" attachedToRef="${id}"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
        <bpmn:userTask id="t${id.slice(1)}" camunda:assignee="${name}"/><bpmn:serviceTask id="s${id.slice(1)}" camunda:type="external" camunda:topic="${name}"/>`,
        `${start} -> ${id}\nb${id.slice(1)} -> t${id.slice(1)}\nt${id.slice(1)} -> s${id.slice(1)}`,
        `<bpmn:message id="m" name="${name}"/>`,
      ),
    )
    await engine.messages.publish({ name })
    await engine.advance('PT1H')
    const [task] = await engine.tasks.find({ assignee: name })
    expect(task).toMatchObject({ elementId: `t${id.slice(1)}`, processKey: key })
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.jobs.fetch({ types: [name], worker: 'w' })).toMatchObject([{ elementId: `s${id.slice(1)}` }])
    await engine.close()
  })

  test('of a long variable is found by all of it', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock(), searchable: { plan: 'text' } })
    await engine.deploy(chain('p', [user('a')]))
    const plan = 'ä\0'.repeat(5_000)
    const { id } = await engine.start('p', { variables: { plan } })
    await engine.start('p', { variables: { plan: `${plan}!` } })
    expect((await engine.instances.find({ variables: { plan } })).map((view) => view.id)).toEqual([id])
    await engine.close()
  })
})

/** Text of so many bytes that does not compress: a store may keep what does where it is longer. */
function longest(bytes: number): string {
  let text = 'x'
  for (let seed = bytes; text.length < bytes; seed = (seed * 48_271) % 2_147_483_647) text += (seed % 36).toString(36)
  return text
}
