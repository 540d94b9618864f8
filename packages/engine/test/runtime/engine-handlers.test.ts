import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, type EngineOptions, manualClock, NoRetry } from '../../src/index.ts'
import { chain, processModel, service, user } from './process-model.ts'

const make = async (options: EngineOptions, model = chain('p', [service('a', 'work')])) => {
  const engine = await createEngine(options)
  await engine.deploy(model)
  return engine
}

describe('handlers', () => {
  test('a handler sees the variables as they were when it was called, and cannot change them', async () => {
    let seen: unknown
    const engine = await make({
      durability: 'wait',
      handlers: {
        work: async (job) => {
          expect(Object.isFrozen(job.variables)).toBe(true)
          await Promise.resolve()
          seen = job.variables
        },
      },
    })
    await engine.start('p', { variables: { at: new Date(0), big: 2n, raw: new Uint8Array([1]) } })
    expect(seen).toEqual({ at: new Date(0), big: 2n, raw: new Uint8Array([1]) })
    await engine.close()
  })

  test.each([
    ['a function', { f: () => 1 }, 'f'],
    ['NaN', { n: Number.NaN }, 'n'],
    ['a class instance', { deep: { list: [new Map()] } }, 'deep.list.0'],
    ['undefined', { u: undefined }, 'u'],
  ])('a result with %s fails the job with a clear message', async (_, result, path) => {
    const engine = await make({ handlers: { work: () => result } })
    const { id } = await engine.start('p')
    await engine.drain()
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ code: 'invalidResult' })
    expect(incident?.message).toContain(`Variable ${path} `)
    await engine.close()
  })

  test('a variable that cannot be kept is refused at the call, with its path', async () => {
    const engine = await make({}, chain('p', [user('a')]))
    await expect(engine.start('p', { variables: { a: { b: [Symbol('x')] } } })).rejects.toMatchObject({
      code: 'invalidVariable',
      details: { path: 'a.b.0' },
    })
    const endless: Record<string, unknown> = {}
    endless.self = endless
    await expect(engine.start('p', { variables: { endless } })).rejects.toMatchObject({ code: 'invalidVariable' })
    expect(await engine.instances.count()).toBe(0)
    await engine.close()
  })

  test('names of variables count against the limit, and a message shows the beginning of a long one', async () => {
    const engine = await make({})
    const error = await engine.start('p', { variables: { ['n'.repeat(17 * 1024 * 1024)]: 1 } }).catch((fault: Error) => fault)
    expect(error).toMatchObject({ code: 'invalidVariable' })
    expect((error as Error).message.length).toBeLessThan(400)
    await engine.close()
  })

  test('a negative zero is kept as zero, as every store gives it back', async () => {
    const engine = await make({})
    const { id } = await engine.start('p', { variables: { a: -0, b: [-0] } })
    expect(await engine.instances.variables(id)).toEqual({ a: 0, b: [0] }) // toEqual tells -0 from 0
    await engine.close()
  })

  test('an element handler stands instead of what the model names', async () => {
    const engine = await make({ handlers: { work: () => ({ by: 'type' }) }, elementHandlers: { 'p/a': () => ({ by: 'element' }) } })
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.instances.variables(id)).toEqual({ by: 'element' })
    await engine.close()
  })

  test('the default handler does work that no other does', async () => {
    const engine = await make({ defaultHandler: (job) => ({ type: job.type }) })
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.instances.variables(id)).toEqual({ type: 'work' })
    await engine.close()
  })

  test('drain passes over work that nobody here does', async () => {
    const engine = await make({})
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ type: 'work', leaseOwner: null }])
    await engine.close()
  })

  test('an external worker fetches, extends and completes a job, each with the token of its lease', async () => {
    const engine = await make({})
    const { id } = await engine.start('p', { variables: { x: 1 } })
    const [job] = await engine.jobs.fetch({ types: ['work'], worker: 'w1', lease: 'PT30S', max: 10 })
    expect(job).toMatchObject({ type: 'work', elementId: 'a', variables: { x: 1 }, leaseOwner: 'w1' })
    expect(await engine.jobs.fetch({ types: ['work'], worker: 'w2' })).toEqual([])
    await engine.jobs.extend(job?.id ?? '', { token: job?.token ?? 0, lease: 'PT1M' })
    await expect(engine.jobs.complete(job?.id ?? '', { token: 99 })).rejects.toMatchObject({ code: 'leaseLost' })
    await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0, variables: { y: 2 } })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { x: 1, y: 2 } })
    await engine.close()
  })

  test('a job that an external worker failed is offered again after the time that it named', async () => {
    const engine = await make({ clock: manualClock() })
    await engine.start('p')
    const [job] = await engine.jobs.fetch({ types: ['work'], worker: 'w1' })
    await engine.jobs.fail(job?.id ?? '', { token: job?.token ?? 0, message: 'printer is off', retryIn: 'PT5M' })
    expect(await engine.jobs.fetch({ types: ['work'], worker: 'w1' })).toEqual([])
    await engine.advance('PT5M')
    expect(await engine.jobs.fetch({ types: ['work'], worker: 'w1' })).toMatchObject([{ attempt: 2, error: { message: 'printer is off' } }])
    await engine.close()
  })

  test('slow work does not hold its caller: the command ends, the result comes later', async () => {
    let finish: (value: { done: boolean }) => void = () => undefined
    const engine = await make({
      durability: 'wait',
      worker: { inlineMs: 1 },
      handlers: { work: () => new Promise((resolve) => (finish = resolve)) },
    })
    const { id } = await engine.start('p')
    expect((await engine.instances.get(id))?.activeElements).toMatchObject([{ elementId: 'a', phase: 'waiting' }])
    finish({ done: true })
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { done: true } })
    await engine.close()
  })

  test('several slow handlers of one command are waited for together', async () => {
    const model = processModel(
      'p',
      '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="work"/><bpmn:serviceTask id="b" camunda:type="external" camunda:topic="work"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>',
      'start -> fork\nfork -> a\nfork -> b\na -> join\nb -> join\njoin -> end',
    )
    let atOnce = 0
    let most = 0
    const engine = await make(
      {
        durability: 'wait',
        worker: { inlineMs: Number.POSITIVE_INFINITY },
        handlers: {
          work: async () => {
            most = Math.max(most, ++atOnce)
            await new Promise((resolve) => setTimeout(resolve, 1))
            atOnce--
          },
        },
      },
      model,
    )
    const { id } = await engine.start('p')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(most).toBe(2)
    await engine.close()
  })

  test('a handler that throws what is no error harms no one', async () => {
    const engine = await make({
      retries: { attempts: 1 },
      handlers: {
        work: () => {
          throw undefined
        },
      },
    })
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.incidents.find({ instanceId: id })).toHaveLength(1)
    await engine.close()
  })

  test('the logger hears of each attempt that failed, with what was thrown, and of no BPMN error', async () => {
    const heard: unknown[] = []
    const cause = new Error('no paper')
    const engine = await make({
      clock: manualClock(),
      retries: { attempts: 2, backoff: 'PT1S' },
      logger: { warn: (message, details) => heard.push([message, details]), error: () => undefined },
      handlers: {
        work: async ({ attempt }) => {
          if (attempt === 1) throw cause
          throw new BpmnError('E')
        },
      },
    })
    const { id } = await engine.start('p')
    await engine.advance('PT1M')
    const place = { instanceId: id, jobId: `${id}.2`, jobType: 'work', processKey: 'p', elementId: 'a', attempt: 1, retriesLeft: 1 }
    expect(heard).toEqual([['A handler failed', { ...place, code: 'handlerFailed', error: 'no paper', cause }]])
    expect(heard[0]).toHaveProperty([1, 'cause'], cause)
    await engine.close()
  })

  test('an outcome that names what a result does not know fails the job', async () => {
    const engine = await make({ handlers: { work: (job) => job.result({ vars: { x: 1 } } as never) } })
    const { id } = await engine.start('p')
    await engine.drain()
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ code: 'invalidResult', message: expect.stringContaining('job.result knows no outcome.vars') })
    await engine.close()
  })

  test('a BPMN error that nothing catches is an incident', async () => {
    const engine = await make({
      handlers: {
        work: () => {
          throw new BpmnError('LOST', 'nobody knows')
        },
      },
    })
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'a' }])
    await engine.close()
  })

  test('the running worker does what comes, until the engine is closed', async () => {
    const engine = await make({ handlers: { work: async () => ({ done: true }) } })
    await engine.run()
    const ids = await Promise.all(Array.from({ length: 30 }, async () => (await engine.start('p')).id))
    await expect.poll(() => engine.instances.count({ status: 'completed' })).toBe(ids.length)
    await engine.close()
    await expect(engine.start('p')).rejects.toMatchObject({ code: 'closed' })
  })

  test('no more jobs of a handler run at once than it allows', async () => {
    let atOnce = 0
    let most = 0
    const run = async () => {
      most = Math.max(most, ++atOnce)
      await new Promise((resolve) => setTimeout(resolve, 1))
      atOnce--
    }
    const engine = await make({ handlers: { work: { run, concurrency: 2 } } })
    for (let i = 0; i < 12; i++) await engine.start('p')
    await engine.drain()
    expect(await engine.instances.count({ status: 'completed' })).toBe(12)
    expect(most).toBeLessThanOrEqual(2)
    await engine.close()
  })
})

describe('options', () => {
  test.each([
    [{ storrage: 1 }, 'storrage'],
    [{ worker: { leaseMS: 1 } }, 'worker.leaseMS'],
    [{ timeZone: 'Mars/Base' }, 'timeZone'],
    [{ retries: { backoff: 'soon' } }, 'retries.backoff'],
    [{ handlers: { a: { attempts: 1 } } }, 'handlers.a'],
  ])('an engine is refused with its unknown or impossible option %j', async (options, option) => {
    await expect(createEngine(options as EngineOptions)).rejects.toMatchObject({ code: 'invalidOption', details: { option } })
  })

  test('authorize is asked before every operation', async () => {
    const asked: string[] = []
    const engine = await createEngine({
      authorize: ({ operation, actor }) => {
        asked.push(operation)
        return operation !== 'instances.cancel' || actor === 'boss'
      },
    })
    await engine.deploy(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    await expect(engine.instances.cancel(id, { actor: 'kim' })).rejects.toMatchObject({ code: 'notAuthorized' })
    await engine.as({ actor: 'boss' }).instances.cancel(id)
    expect(asked).toEqual(['deploy', 'start', 'instances.cancel', 'instances.cancel'])
    await engine.close()
  })

  test('listeners hear what happened after it was kept, and one that throws harms no one', async () => {
    const engine = await createEngine()
    const heard: string[] = []
    engine.on('any', (event) => {
      heard.push(event.type)
      throw new Error('listener')
    })
    await engine.deploy(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    await engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')
    expect(heard).toEqual(expect.arrayContaining(['deployed', 'instanceStarted', 'taskCreated', 'elementCompleted', 'instanceEnded']))
    await engine.close()
  })

  test('an incident is told once when it comes and once when it is resolved, by its id', async () => {
    let fails = true
    const engine = await make({
      handlers: {
        work: () => {
          if (fails) throw new NoRetry('not yet')
        },
      },
    })
    const heard: unknown[] = []
    engine.on('incidentCreated', ({ incidentId, elementId, code }) => heard.push(['created', incidentId, elementId, code]))
    engine.on('incidentResolved', ({ incidentId, elementId, elementInstanceId }) =>
      heard.push(['resolved', incidentId, elementId, elementInstanceId]),
    )
    const { id } = await engine.start('p')
    await engine.drain()
    fails = false
    await engine.incidents.resolve(`${id}.2:incident`)
    expect(heard).toEqual([
      ['created', `${id}.2:incident`, 'a', 'noRetry'],
      ['resolved', `${id}.2:incident`, 'a', `${id}.2`],
    ])
    await engine.close()
  })

  test('explain names the flow that a join waits for, and that nothing can come by it', async () => {
    const engine = await createEngine()
    await engine.deploy(
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:exclusiveGateway id="split" default="f2_split_a"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>',
        'start -> split\nsplit -> a\nsplit -> b [${false}]\na -> join\nb -> join\njoin -> end',
      ),
    )
    const { id } = await engine.start('p')
    expect(await engine.explain(id)).toMatchObject([{ elementId: 'a', waitsFor: [{ type: 'task' }] }])
    await engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')
    expect(await engine.explain(id)).toMatchObject([{ elementId: 'join', phase: 'arrived', missingFlows: ['f5_b_join'], stuck: true }])
    await engine.close()
  })

  test('instances are found by key, business key, status, start and searchable variables', async () => {
    const engine = await createEngine({ searchable: { orderId: 'text' }, clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(chain('p', [user('a')]))
    await engine.deploy(chain('q', [user('a')]))
    const first = await engine.start('p', { businessKey: 'A-1', variables: { orderId: 'o1' } })
    await engine.advance('PT1H')
    const second = await engine.start('q', { variables: { orderId: 'o1' } })
    await engine.instances.cancel(first.id)
    const ids = async (query: Parameters<typeof engine.instances.find>[0]) => (await engine.instances.find(query)).map((one) => one.id)
    expect(await ids({ processKey: 'p' })).toEqual([first.id])
    expect(await ids({ businessKey: 'A-1' })).toEqual([first.id])
    expect(await ids({ status: 'active' })).toEqual([second.id])
    expect(await ids({ status: ['active', 'terminated'], orderBy: '-startedAt' })).toEqual([second.id, first.id])
    expect(await ids({ startedAfter: '2026-01-01T00:30:00Z' })).toEqual([second.id])
    expect(await ids({ variables: { orderId: 'o1' } })).toEqual([first.id, second.id])
    await engine.instances.setVariables(second.id, { orderId: 'o2' })
    expect(await ids({ variables: { orderId: 'o2' } })).toEqual([second.id])
    await expect(engine.instances.find({ variables: { other: 1 } })).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.close()
  })
})
