import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, processModel, service, user, wait } from './process-model.ts'
import { stores } from './stores.ts'

const make = async (model: string, options: EngineOptions = {}): Promise<Engine> => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T09:00:00Z'), ...options })
  await engine.deploy(model)
  return engine
}

const parallel = processModel(
  'p',
  `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>${wait('first', 'PT1H').xml}${wait('second', 'PT2H').xml}<bpmn:endEvent id="end"/>`,
  'start -> fork\nfork -> second\nfork -> first\nfirst -> end\nsecond -> end',
)
const hear = { id: 'hear', xml: '<bpmn:receiveTask id="hear" messageRef="m"/>' }
const MESSAGE = '<bpmn:message id="m" name="told"/>'

describe.each(stores)('a suspended instance ($name)', ({ open }) => {
  test('hands out no work until it is resumed', async () => {
    const calls: string[] = []
    const engine = await make(chain('p', [user('ask'), service('a', 'work')]), {
      storage: open(),
      handlers: { work: (job) => void calls.push(job.id) },
    })
    const { id } = await engine.start('p')
    await engine.tasks.complete(`${id}.2`)
    await engine.instances.suspend(id, { actor: 'kim', reason: 'audit' })
    await engine.drain()
    await engine.advance('P1D')
    expect(calls).toEqual([])
    expect(await engine.jobs.fetch({ types: ['work'], worker: 'w' })).toEqual([])
    expect(await engine.instances.get(id)).toMatchObject({
      status: 'suspended',
      activeElements: [{ elementId: 'a', phase: 'suspended' }],
    })
    await engine.instances.resume(id)
    await engine.drain()
    expect(calls).toHaveLength(1)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('keeps the result of work that was under way', async () => {
    const engine = await make(chain('p', [service('a', 'work'), user('ask')]), { storage: open() })
    const { id } = await engine.start('p')
    const [job] = await engine.jobs.fetch({ types: ['work'], worker: 'w' })
    await engine.instances.suspend(id)
    await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0, variables: { receipt: 'r1' } })
    await expect(engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 })).rejects.toMatchObject({ code: 'notWaiting' })
    expect(await engine.instances.get(id)).toMatchObject({ variables: {}, activeElements: [{ elementId: 'a' }] })
    await engine.advance('PT1H')
    await engine.instances.resume(id)
    expect(await engine.instances.get(id)).toMatchObject({ variables: { receipt: 'r1' }, activeElements: [{ elementId: 'ask' }] })
    expect(await engine.jobs.find({ instanceId: id })).toEqual([])
    await engine.close()
  })

  test('fires the timers that came due meanwhile when it is resumed, in the order in which they were due', async () => {
    const engine = await make(parallel, { storage: open() })
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    await engine.advance('PT3H')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'suspended' })
    const told: string[] = []
    engine.on('waitTriggered', (event) => told.push(String(event.for)))
    await engine.instances.resume(id)
    await engine.drain()
    expect(told).toEqual(['first', 'second'])
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('keeps a message once, and gives the next one of that name to another', async () => {
    const engine = await make(chain('p', [hear, user('ask')], MESSAGE), { storage: open() })
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    expect(await engine.messages.publish({ name: 'told', variables: { n: 1 } })).toEqual({ outcome: 'correlated', instanceIds: [id] })
    expect(await engine.messages.publish({ name: 'told', variables: { n: 2 } })).toMatchObject({ outcome: 'none' })
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'hear' }], variables: {} })
    await engine.instances.resume(id)
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'ask' }], variables: { n: 1 } })
    await engine.close()
  })
})

describe('a suspended instance', () => {
  test('refuses what would move it, takes variables and can be cancelled', async () => {
    const engine = await make(chain('p', [user('ask')]))
    const { id } = await engine.start('p')
    const [task] = await engine.tasks.find()
    await engine.instances.suspend(id)
    const taskId = task?.id ?? ''
    for (const call of [
      () => engine.tasks.complete(taskId),
      () => engine.trigger(taskId),
      () => engine.throwError(taskId, 'E'),
      () => engine.instances.suspend(id),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'instanceSuspended' })
    expect(await engine.tasks.find()).toMatchObject([{ id: taskId, suspended: true }])
    await engine.instances.setVariables(id, { x: 1 })
    expect(await engine.instances.variables(id)).toEqual({ x: 1 })
    await engine.instances.cancel(id)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'terminated' })
    await expect(engine.instances.resume(id)).rejects.toMatchObject({ code: 'instanceEnded' })
    await engine.close()
  })

  test('that is resumed goes on as if it had never stood still; one that is not suspended cannot be resumed', async () => {
    const engine = await make(chain('p', [user('ask')]))
    const { id } = await engine.start('p')
    await expect(engine.instances.resume(id)).rejects.toMatchObject({ code: 'illegalTransition' })
    await engine.instances.suspend(id, { idempotencyKey: 'k' })
    await engine.instances.suspend(id, { idempotencyKey: 'k' })
    await engine.instances.resume(id)
    expect(await engine.tasks.find()).toMatchObject([{ suspended: false }])
    await engine.tasks.complete(`${id}.2`)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect((await engine.history(id)).filter(({ type }) => type === 'processSuspended')).toHaveLength(1)
    await engine.close()
  })

  const conditional = (steps: string): string =>
    processModel(
      'p',
      `<bpmn:startEvent id="start"/>${steps}
       <bpmn:userTask id="met"/><bpmn:endEvent id="end"/>`,
      'start -> ask; ask -> end; when -> met; met -> end',
    )
  const when = (cancels: boolean): string =>
    conditional(`<bpmn:userTask id="ask"/><bpmn:boundaryEvent id="when" attachedToRef="ask" cancelActivity="${cancels}"><bpmn:conditionalEventDefinition>
      <bpmn:condition xsi:type="bpmn:tFormalExpression">\${n > 3}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>`)
  test.each([
    [true, ['met']],
    [false, ['ask', 'met']],
  ])('judges its conditions when it is resumed, each once (interrupting: %s)', async (cancels, places) => {
    const engine = await make(when(cancels))
    const { id } = await engine.start('p', { variables: { n: 1 } })
    await engine.instances.suspend(id)
    await engine.instances.setVariables(id, { n: 4 })
    await engine.instances.setVariables(id, { n: 5 })
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'ask' }])
    await engine.instances.resume(id)
    expect((await engine.tasks.find()).map(({ elementId }) => elementId).sort()).toEqual(places)
    await engine.close()
  })
  test('does not miss a condition for having been false again when it is resumed: only what holds then occurs', async () => {
    const engine = await make(when(true))
    const { id } = await engine.start('p', { variables: { n: 1 } })
    await engine.instances.suspend(id)
    await engine.instances.setVariables(id, { n: 4 })
    await engine.instances.setVariables(id, { n: 2 })
    await engine.instances.resume(id)
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'ask' }])
    await engine.instances.setVariables(id, { n: 4 })
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'met' }])
    await engine.close()
  })
  test('has a call that was still to be made put aside until it is resumed, and not looked at again and again', async () => {
    const engine = await make(chain('sub', [user('inner')]))
    const rounds =
      '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>102</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
    await engine.deploy(chain('p', [{ id: 'call', xml: `<bpmn:callActivity id="call" calledElement="sub">${rounds}</bpmn:callActivity>` }]))
    const { id } = await engine.start('p')
    const waiting = await engine.jobs.find({ instanceId: id, kind: 'call' })
    expect(waiting.length).toBeGreaterThan(0)
    await engine.instances.suspend(id)
    await engine.drain()
    const parked = await engine.jobs.find({ instanceId: id, kind: 'call' })
    expect(parked.map(({ dueAt, leaseOwner }) => ({ dueAt, leaseOwner }))).toEqual(waiting.map(() => ({ dueAt: null, leaseOwner: null })))
    await engine.instances.resume(id)
    await engine.drain()
    expect(await engine.instances.count({ parent: id })).toBe(102)
    await engine.close()
  })
  test('keeps the escalation of an instance that it called, and hears it before the end of that', async () => {
    const engine = await make(
      processModel(
        'sub',
        `<bpmn:startEvent id="start"/><bpmn:userTask id="inner"/><bpmn:intermediateThrowEvent id="up"><bpmn:escalationEventDefinition escalationRef="s"/></bpmn:intermediateThrowEvent>
         <bpmn:endEvent id="end"/>`,
        'start -> inner; inner -> up; up -> end',
        '<bpmn:escalation id="s" escalationCode="S"/>',
      ),
    )
    await engine.deploy(
      processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:callActivity id="call" calledElement="sub"/><bpmn:userTask id="raised"/><bpmn:userTask id="after"/><bpmn:endEvent id="end"/>
         <bpmn:boundaryEvent id="on" attachedToRef="call" cancelActivity="false"><bpmn:escalationEventDefinition escalationRef="s"/></bpmn:boundaryEvent>`,
        'start -> call; call -> after; on -> raised; after -> end; raised -> end',
        '<bpmn:escalation id="s" escalationCode="S"/>',
      ),
    )
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    const [inner] = await engine.tasks.find({ elementId: 'inner' })
    await engine.tasks.complete(inner?.id ?? '')
    await engine.drain()
    expect(await engine.tasks.find()).toEqual([])
    await engine.instances.resume(id)
    expect((await engine.tasks.find()).map(({ elementId }) => elementId).sort()).toEqual(['after', 'raised'])
    await engine.close()
  })

  test('keeps a failed attempt: the incident comes with the resumption', async () => {
    const engine = await make(chain('p', [service('a', 'work')]), { retries: { attempts: 1 } })
    const { id } = await engine.start('p')
    const [job] = await engine.jobs.fetch({ types: ['work'], worker: 'w' })
    await engine.instances.suspend(id)
    await engine.jobs.fail(job?.id ?? '', { token: job?.token ?? 0, message: 'no line' })
    expect(await engine.incidents.find()).toEqual([])
    await engine.instances.resume(id)
    expect(await engine.incidents.find()).toMatchObject([{ instanceId: id, code: 'workerFailed' }])
    await engine.close()
  })
})
