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
