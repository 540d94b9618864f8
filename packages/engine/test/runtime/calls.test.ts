import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'

const call = (attributes: string, content = ''): { readonly id: string; readonly xml: string } => ({
  id: 'call',
  xml: `<bpmn:callActivity id="call" ${attributes}><bpmn:extensionElements>${content}</bpmn:extensionElements></bpmn:callActivity>`,
})
const ALL = '<camunda:in variables="all"/><camunda:out variables="all"/>'
const caller = (attributes = 'calledElement="sub"', content = ALL): string => chain('main', [call(attributes, content), user('after')])
const sub = chain('sub', [user('inner')])

async function engineOf(models: readonly string[], options: EngineOptions = {}): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })
  for (const model of models) await engine.deploy(model)
  return engine
}

async function childOf(engine: Engine, id: string): Promise<string> {
  const [child] = await engine.instances.find({ parent: id })
  if (child === undefined) throw new Error('nothing was called')
  return child.id
}

async function taskIds(engine: Engine): Promise<readonly string[]> {
  return (await engine.tasks.find({})).map((task) => String(task.elementId)).sort()
}

async function completeTask(engine: Engine, elementId: string, variables: Record<string, unknown> = {}): Promise<void> {
  const [task] = await engine.tasks.find({ elementId })
  await engine.tasks.complete(task?.id ?? elementId, { variables: variables as never })
  await engine.drain()
}

describe('a call activity', () => {
  test('starts the called process as an instance of its own in the command that reaches it, and goes on when that ends', async () => {
    const engine = await engineOf([sub, caller()])
    const { id } = await engine.start('main', { variables: { amount: 4 } })
    const child = await engine.instances.get(await childOf(engine, id))
    expect(child).toMatchObject({ status: 'active', definition: { key: 'sub' }, variables: { amount: 4 }, parent: { instanceId: id } })
    expect((await engine.instances.get(id))?.activeElements).toMatchObject([{ elementId: 'call', kind: 'leaf', phase: 'waiting' }])
    expect(await taskIds(engine)).toEqual(['inner'])
    await completeTask(engine, 'inner', { amount: 5, extra: true })
    expect(await taskIds(engine)).toEqual(['after'])
    expect(await engine.instances.variables(id)).toEqual({ amount: 5, extra: true })
    expect(await engine.instances.get(child?.id ?? '')).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('tells that it waits for the called instance, and which that is', async () => {
    const engine = await engineOf([sub, caller()])
    const { id } = await engine.start('main')
    const child = await childOf(engine, id)
    expect(await engine.explain(id)).toMatchObject([{ elementId: 'call', waitsFor: [{ type: 'call', instanceId: child }] }])
    await engine.close()
  })

  test('with durability wait is over within the command where nothing in it waits', async () => {
    const work = chain('sub', [{ id: 'work', xml: '<bpmn:serviceTask id="work" camunda:topic="double"/>' }])
    const engine = await engineOf([work, caller()], {
      durability: 'wait',
      handlers: { double: (job) => ({ amount: Number(job.variables.amount) * 2 }) },
    })
    const { id } = await engine.start('main', { variables: { amount: 4 } })
    expect(await taskIds(engine)).toEqual(['after'])
    expect(await engine.instances.variables(id)).toEqual({ amount: 8 })
    expect(await engine.instances.get(await childOf(engine, id))).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('passes exactly what its mappings name, and nothing without any', async () => {
    const passing = `<camunda:in source="a" target="x"/><camunda:in sourceExpression="\${a + 1}" target="y"/>
      <camunda:in businessKey="\${key}"/><camunda:out source="z" target="b"/><camunda:out sourceExpression="\${z + 1}" target="c"/>`
    const engine = await engineOf([
      sub,
      caller('calledElement="sub"', passing),
      caller('calledElement="sub"', '').replaceAll('"main"', '"bare"'),
    ])
    const { id } = await engine.start('main', { variables: { a: 1, key: 'K-1', hidden: true } })
    expect(await engine.instances.get(await childOf(engine, id))).toMatchObject({ variables: { x: 1, y: 2 }, businessKey: 'K-1' })
    await completeTask(engine, 'inner', { z: 7, hidden: false })
    expect(await engine.instances.variables(id)).toEqual({ a: 1, key: 'K-1', hidden: true, b: 7, c: 8 })
    const bare = await engine.start('bare', { variables: { a: 1 }, businessKey: 'K-2' })
    expect(await engine.instances.get(await childOf(engine, bare.id))).toMatchObject({ variables: {}, businessKey: null })
    await engine.close()
  })

  test.each([
    ['latest', 'calledElement="sub"', 3],
    ['deployment', 'calledElement="sub" camunda:calledElementBinding="deployment"', 2],
    ['a version', 'calledElement="sub" camunda:calledElementBinding="version" camunda:calledElementVersion="${number}"', 1],
    ['a version tag', 'calledElement="${name}" camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="two"', 2],
  ])('bound to %s calls that version', async (_, attributes, version) => {
    const tagged = sub.replace('<bpmn:process', '<bpmn:process camunda:versionTag="two"')
    const engine = await engineOf([sub])
    await engine.deploy([
      { name: 'sub.bpmn', content: tagged },
      { name: 'main.bpmn', content: caller(attributes) },
    ])
    await engine.deploy(sub.replace('Do inner', 'Do more'))
    const { id } = await engine.start('main', { variables: { number: 1, name: 'sub' } })
    expect(await engine.instances.get(await childOf(engine, id))).toMatchObject({ definition: { key: 'sub', version } })
    await engine.close()
  })

  test('with sameDeployment of Flowable calls what was deployed with it, else the latest', async () => {
    const same = caller('calledElement="sub" camunda:sameDeployment="true"')
    const engine = await engineOf([sub, same])
    const alone = await engine.start('main')
    expect(await engine.instances.get(await childOf(engine, alone.id))).toMatchObject({ definition: { version: 1 } })
    await engine.deploy([
      { name: 'sub.bpmn', content: sub.replace('Do inner', 'Do more') },
      { name: 'main.bpmn', content: same },
    ])
    await engine.deploy(sub.replace('Do inner', 'Do less'))
    const together = await engine.start('main')
    expect(await engine.instances.get(await childOf(engine, together.id))).toMatchObject({ definition: { version: 2 } })
    await engine.close()
  })

  test('without a deployed process is an incident, which is resolved once it is deployed', async () => {
    const engine = await engineOf([caller()])
    const { id } = await engine.start('main')
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ elementId: 'call', code: 'calledElementNotFound' })
    await engine.deploy(sub)
    await engine.incidents.resolve(incident?.id ?? '')
    expect(await taskIds(engine)).toEqual(['inner'])
    await completeTask(engine, 'inner')
    expect(await taskIds(engine)).toEqual(['after'])
    await engine.close()
  })

  test('that calls its own process without end is an incident where calls are nested too deep', async () => {
    const engine = await engineOf([chain('main', [call('calledElement="main"')])])
    await engine.start('main')
    expect(await engine.incidents.find({})).toMatchObject([{ code: 'callDepth' }])
    await engine.close()
  })

  test('calls in a multi-instance as often as it has iterations, also far more than one command starts', async () => {
    const loop =
      '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>250</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
    const many = caller().replace('</bpmn:callActivity>', `${loop}</bpmn:callActivity>`)
    const engine = await engineOf([chain('sub', [{ id: 'pass', xml: '<bpmn:task id="pass"/>' }]), many])
    const { id } = await engine.start('main')
    await engine.drain()
    expect(await engine.instances.count({ parent: id, status: 'completed' })).toBe(250)
    expect(await taskIds(engine)).toEqual(['after'])
    await engine.close()
  })

  test('cancels what it called when it is interrupted or its process is cancelled, and what that called', async () => {
    const middle = chain('middle', [call('calledElement="sub"')])
    const outer = processModel(
      'main',
      `<bpmn:startEvent id="start"/>${call('calledElement="middle"').xml}<bpmn:boundaryEvent id="late" attachedToRef="call">
        <bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
        <bpmn:userTask id="after"/>`,
      'start -> call; late -> after',
    )
    const engine = await engineOf([sub, middle, outer])
    const first = await engine.start('main')
    await engine.advance('PT1H')
    expect(await taskIds(engine)).toEqual(['after'])
    const second = await engine.start('main')
    await engine.instances.cancel(second.id)
    await engine.drain()
    expect(await taskIds(engine)).toEqual(['after'])
    for (const { id } of [first, second]) {
      const child = await childOf(engine, id)
      expect(await engine.instances.get(child)).toMatchObject({ status: 'terminated' })
      expect(await engine.instances.get(await childOf(engine, child))).toMatchObject({ status: 'terminated' })
    }
    expect(await engine.jobs.find({})).toHaveLength(0)
    await engine.close()
  })

  test('is an incident where what it called is cancelled from outside, and calls again when that is resolved', async () => {
    const engine = await engineOf([sub, caller()])
    const { id } = await engine.start('main')
    const first = await childOf(engine, id)
    await engine.instances.cancel(first)
    await engine.drain()
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ elementId: 'call', code: 'calledInstanceEnded' })
    await engine.incidents.resolve(incident?.id ?? '')
    const second = (await engine.instances.find({ parent: id, status: 'active' }))[0]
    expect(second?.id).not.toBe(first)
    await completeTask(engine, 'inner')
    expect(await taskIds(engine)).toEqual(['after'])
    await engine.close()
  })
})

describe('an error in a called instance', () => {
  const error = '<bpmn:error id="e" errorCode="E"/>'
  const failing = (body: string): string => chain('sub', [{ id: 'work', xml: body }])
  const caught = (key: string, calledElement: string, code = 'errorRef="e"'): string =>
    processModel(
      key,
      `<bpmn:startEvent id="start"/>${call(`calledElement="${calledElement}"`, '').xml}<bpmn:boundaryEvent id="failed" attachedToRef="call">
        <bpmn:errorEventDefinition ${code}/></bpmn:boundaryEvent><bpmn:userTask id="after"/>`,
      'start -> call; failed -> after',
      error,
    )
  const throwing = { handlers: { fail: () => Promise.reject(new BpmnError('E', 'no luck', { variables: { why: 'x' } })) } }
  const work = '<bpmn:serviceTask id="work" camunda:topic="fail"/>'

  test('that nothing catches there is caught at the call activity, over several calls', async () => {
    const engine = await engineOf([failing(work), chain('middle', [call('calledElement="sub"', '')]), caught('main', 'middle')], throwing)
    const { id } = await engine.start('main')
    await engine.drain()
    expect(await taskIds(engine)).toEqual(['after'])
    const middle = await childOf(engine, id)
    expect(await engine.instances.get(middle)).toMatchObject({ status: 'terminated' })
    expect(await engine.instances.get(await childOf(engine, middle))).toMatchObject({ status: 'terminated' })
    expect(await engine.instances.variables(id)).toEqual({ why: 'x' })
    expect(await engine.incidents.find({})).toEqual([])
    await engine.close()
  })

  test('of an end event is caught at the call activity in the same command', async () => {
    const ends = processModel(
      'sub',
      '<bpmn:startEvent id="start"/><bpmn:endEvent id="end"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>',
      'start -> end',
      error,
    )
    const engine = await engineOf([ends, caught('main', 'sub', '')])
    await engine.start('main')
    expect(await taskIds(engine)).toEqual(['after'])
    await engine.close()
  })

  test('that no caller catches is an incident where it was thrown', async () => {
    const engine = await engineOf([failing(work), caught('main', 'sub').replace('errorCode="E"', 'errorCode="OTHER"')], throwing)
    const { id } = await engine.start('main')
    await engine.drain()
    expect(await engine.incidents.find({})).toMatchObject([{ elementId: 'work', code: 'uncaughtError' }])
    expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
    await engine.close()
  })
})

describe('an escalation in a called instance', () => {
  const root = '<bpmn:escalation id="s" escalationCode="S"/>'
  const escalating = (before: string): string =>
    processModel(
      'sub',
      `<bpmn:startEvent id="start"/>${before}<bpmn:intermediateThrowEvent id="up"><bpmn:escalationEventDefinition escalationRef="s"/>
        </bpmn:intermediateThrowEvent><bpmn:userTask id="inner"/><bpmn:endEvent id="end"/>`,
      'start -> before; before -> up; up -> inner; inner -> end',
      root,
    )
  const caught = (cancelActivity: boolean): string =>
    processModel(
      'main',
      `<bpmn:startEvent id="start"/>${call('calledElement="sub"', '<camunda:out source="at" target="at"/>').xml}
        <bpmn:boundaryEvent id="raised" attachedToRef="call" cancelActivity="${cancelActivity}"><bpmn:escalationEventDefinition escalationRef="s"/>
        </bpmn:boundaryEvent><bpmn:userTask id="after"/><bpmn:userTask id="looked"/>`,
      'start -> call; call -> after; raised -> looked',
      root,
    )
  const AT_ONCE = '<bpmn:task id="before"/>'
  const LATER = '<bpmn:userTask id="before"/>'

  test.each([
    ['in the command that called', AT_ONCE],
    ['later', LATER],
  ])('%s is caught at the call activity, and the called instance goes on', async (_, before) => {
    const engine = await engineOf([escalating(before), caught(false)])
    const { id } = await engine.start('main')
    if (before === LATER) await completeTask(engine, 'before', { at: 1 })
    expect(await taskIds(engine)).toEqual(['inner', 'looked'])
    expect(await engine.instances.variables(id)).toEqual({ at: before === LATER ? 1 : null })
    await completeTask(engine, 'inner')
    expect(await taskIds(engine)).toEqual(['after', 'looked'])
    await engine.close()
  })

  test.each([
    ['in the command that called', AT_ONCE],
    ['later', LATER],
  ])('%s cancels the called instance where what catches it interrupts', async (_, before) => {
    const engine = await engineOf([escalating(before), caught(true)])
    const { id } = await engine.start('main')
    if (before === LATER) await completeTask(engine, 'before')
    expect(await taskIds(engine)).toEqual(['looked'])
    expect(await engine.instances.get(await childOf(engine, id))).toMatchObject({ status: 'terminated' })
    await engine.close()
  })

  test('comes to its caller before the end of the called instance', async () => {
    const last = escalating(LATER).replace('<bpmn:userTask id="inner"/>', '<bpmn:task id="inner"/>')
    const engine = await engineOf([last, caught(false)])
    await engine.start('main')
    await completeTask(engine, 'before')
    expect(await taskIds(engine)).toEqual(['after', 'looked'])
    await engine.close()
  })
})

describe('a global task', () => {
  test.each(['globalUserTask', 'globalTask', 'globalManualTask', 'globalScriptTask', 'globalBusinessRuleTask'])(
    '%s is called as a process of that one task',
    async (tag) => {
      const model = chain('main', [call('calledElement="shared"'), user('after')], `<bpmn:${tag} id="shared" name="Shared"/>`)
      const engine = await engineOf([model], { elementHandlers: { shared: () => undefined } })
      const { id } = await engine.start('main')
      await engine.drain()
      if (tag === 'globalUserTask') await completeTask(engine, 'shared')
      expect(await taskIds(engine)).toEqual(['after'])
      expect(await engine.history(await childOf(engine, id))).toContainEqual(
        expect.objectContaining({ type: 'elementCompleted', elementId: 'shared' }),
      )
      await engine.close()
    },
  )
})

test('a called instance and its caller meet over a restart', async () => {
  const storage = memoryStorage()
  const first = await engineOf([sub, caller()], { storage })
  const { id } = await first.start('main')
  await completeWithout(first)
  await first.close()
  const second = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
  await second.drain()
  expect(await second.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'after' }] })
  await second.close()
})

async function completeWithout(engine: Engine): Promise<void> {
  const [task] = await engine.tasks.find({ elementId: 'inner' })
  await engine.tasks.complete(task?.id ?? '')
}
