import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, type EngineOptions, type Handler, manualClock, NoRetry } from '../../src/index.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { stores } from './stores.ts'

const SCRIPT = { id: 'sc', xml: '<bpmn:scriptTask id="sc" scriptFormat="javascript"><bpmn:script>1 + 1</bpmn:script></bpmn:scriptTask>' }
const PLAIN = { id: 'pack', xml: '<bpmn:serviceTask id="pack"/>' }

const make = async (options: EngineOptions, model = chain('p', [service('a', 'work')])) => {
  const engine = await createEngine(options)
  await engine.deploy(model)
  return engine
}

const macrotask = () => new Promise((resolve) => setTimeout(resolve, 1))

describe.each(stores)('work that this node has no handler for ($name)', ({ open }) => {
  test('a handler of an element of one process leaves the same name in another process alone', async () => {
    const engine = await make({ storage: open(), elementHandlers: { 'p/pack': () => ({}) } }, chain('q', [PLAIN]))
    const { id } = await engine.start('q')
    await engine.run()
    await engine.drain()
    expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ type: 'pack', leaseOwner: null }])
    await engine.close()
  })

  test('a handler of an element leaves a topic of that name alone', async () => {
    const engine = await make({ storage: open(), elementHandlers: { pack: () => ({}) } }, chain('q', [service('other', 'pack')]))
    const { id } = await engine.start('q')
    await engine.run()
    await engine.drain()
    expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ type: 'pack', leaseOwner: null }])
    await engine.close()
  })

  test('a default handler leaves scripts of other nodes alone, and does what comes after them', async () => {
    const storage = open()
    const scripting = await make({ storage, elementHandlers: { sc: () => ({ done: true }) } }, chain('p', [SCRIPT]))
    const other = await make({ storage, defaultHandler: () => ({ packed: true }) }, chain('q', [PLAIN]))
    const { id } = await scripting.start('p')
    const next = await other.start('q')
    await other.drain()
    expect(await other.instances.get(next.id)).toMatchObject({ status: 'completed', variables: { packed: true } })
    expect(await other.jobs.find({ instanceId: id })).toMatchObject([{ leaseOwner: null }])
    await scripting.drain()
    expect(await scripting.instances.get(id)).toMatchObject({ status: 'completed' })
    await scripting.close()
    await other.close()
  })

  test('an element handler takes work that a node without it wrote down', async () => {
    const storage = open()
    const client = await make({ storage }, chain('p', [PLAIN]))
    const { id } = await client.start('p')
    const worker = await createEngine({ storage, elementHandlers: { 'p/pack': () => ({ packed: true }) } })
    await worker.drain()
    expect(await client.instances.get(id)).toMatchObject({ status: 'completed', variables: { packed: true } })
    await worker.close()
    await client.close()
  })
})

describe('a busy worker', () => {
  const LOOP = processModel(
    'loop',
    '<bpmn:startEvent id="start"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="work"/><bpmn:exclusiveGateway id="g" default="f3_g_end"/><bpmn:endEvent id="end"/>',
    'start -> a\na -> g\ng -> end\ng -> a [${!stop}]',
  )

  test.each(['activity', 'wait'] as const)('lets the host live while work never ends (%s)', async (durability) => {
    let stop = false
    const handlers = { work: () => ({ stop }) }
    const engine = await make(
      { durability, handlers, worker: { inlineMs: 0 } },
      LOOP.replace('<bpmn:serviceTask id="a"', '<bpmn:serviceTask id="a" camunda:asyncBefore="true"'),
    )
    await engine.run()
    const { id } = await engine.start('loop')
    await new Promise((resolve) => setTimeout(resolve, 30))
    stop = true
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('drain gives up on work without end, names it, and leaves it stored', async () => {
    let stop = false
    const engine = await make(
      { clock: manualClock(), history: 'none', worker: { concurrencyMax: 500 }, handlers: { work: () => ({ stop }) } },
      LOOP,
    )
    const [{ id } = { id: '' }] = await Promise.all(Array.from({ length: 500 }, () => engine.start('loop')))
    await expect(engine.drain()).rejects.toMatchObject({
      code: 'endlessWork',
      details: { last: expect.arrayContaining([{ instanceId: expect.any(String), processKey: 'loop', elementId: 'a' }]) },
    })
    expect(await engine.jobs.find({ instanceId: id })).toHaveLength(1)
    stop = true
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  }, 60_000)

  test('drain sees what a job brought while the store was still answering that there is nothing more', async () => {
    const storage = memoryStorage()
    const [claim, commit] = [storage.claim.bind(storage), storage.commit.bind(storage)]
    storage.claim = async (collection, request) => {
      const claimed = await claim(collection, request)
      if (claimed.length === 0) for (let k = 0; k < 5; k++) await macrotask()
      return claimed
    }
    storage.commit = async (sets) => {
      await macrotask()
      return commit(sets)
    }
    const steps = ['a', 'b', 'c'].map((id) => ({ id, xml: `<bpmn:task id="${id}" camunda:asyncBefore="true"/>` }))
    const engine = await make({ storage, clock: manualClock() }, chain('p', steps))
    const { id } = await engine.start('p')
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test.each(['drain', 'advance'] as const)('%s from within a handler is refused, for it would wait for itself', async (how) => {
    const codes: unknown[] = []
    const engine = await make({
      clock: manualClock(),
      handlers: {
        work: async () => {
          await (how === 'drain' ? engine.drain() : engine.advance('PT1H')).catch((error) => codes.push(error.code))
        },
      },
    })
    await engine.start('p')
    await engine.drain()
    expect(codes).toEqual(['wouldWait'])
    await engine.close()
  })
})

describe('what a handler gives that cannot be kept', () => {
  test.each(stores)(
    'a result of which no store keeps what is made of it is an incident of the element that makes it ($name)',
    async ({ open }) => {
      let runs = 0
      const model = chain('p', [service('a', 'work'), user('u', 'camunda:assignee="${who}"')])
      const work = () => {
        runs++
        return { who: 'kim\u0000' }
      }
      const engine = await make({ storage: open(), clock: manualClock(), retries: { attempts: 2 }, handlers: { work } }, model)
      const { id } = await engine.start('p')
      await engine.advance('PT10M')
      expect(runs).toBe(1)
      expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'u', code: 'invalidValue' }])
      await engine.close()
    },
  )

  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('trap')
      },
      has() {
        throw new Error('trap')
      },
      getPrototypeOf() {
        throw new Error('trap')
      },
    },
  )
  const cases: readonly (readonly [string, Handler])[] = [
    [
      'throws a hostile proxy',
      () => {
        throw hostile
      },
    ],
    ['rejects with a hostile proxy', () => Promise.reject(hostile)],
    ['gives a hostile proxy', () => hostile],
    [
      'gives an object whose then throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried
        get then() {
          throw new Error('then')
        },
      }),
    ],
    [
      'throws an error whose message is an object',
      () => {
        throw Object.assign(new Error(''), { message: { a: 1 } })
      },
    ],
    [
      'throws a BPMN error without a code',
      () => {
        throw new BpmnError(undefined as never)
      },
    ],
  ]
  test.each(cases.flatMap(([what, work]) => (['activity', 'wait'] as const).map((durability) => ({ what, work, durability }))))(
    'a handler that $what fails its job ($durability)',
    async ({ work, durability }) => {
      const engine = await make({ durability, retries: { attempts: 1 }, handlers: { work } })
      const { id } = await engine.start('p')
      await engine.drain()
      const [incident] = await engine.incidents.find({ instanceId: id })
      expect(typeof incident?.message).toBe('string')
      await engine.close()
    },
  )

  test('values that the engine made itself count against the limits of size and depth', async () => {
    const grow = processModel(
      'p',
      '<bpmn:startEvent id="start"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="work"/><bpmn:exclusiveGateway id="g" default="f3_g_end"/><bpmn:endEvent id="end"/>',
      'start -> a\na -> g\ng -> end\ng -> a [${400 > n}]',
    )
    for (const next of [(v: unknown) => [v, v], (v: unknown) => ({ v })]) {
      const work: Handler = ({ variables: { v, n } }) => ({ v: next(v), n: Number(n) + 1 })
      const engine = await make({ retries: { attempts: 1 }, handlers: { work } }, grow)
      const { id } = await engine.start('p', { variables: { v: ['x'.repeat(1_000)], n: 0 } })
      await engine.drain()
      expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ code: 'invalidResult' }])
      await engine.close()
    }
  })

  test.each([undefined, 5, ''])('a BPMN error needs a code that is a text: %s', (code) => {
    expect(() => new BpmnError(code as never)).toThrow(expect.objectContaining({ code: 'invalidArgument' }))
  })
})

test('a job that will not be tried again counts the attempts that were made', async () => {
  for (const [attempts, thrown, made] of [
    [1, new Error('no'), 1],
    [3, new NoRetry('no'), 1],
    [3, new Error('no'), 3],
  ] as const) {
    const run = () => {
      throw thrown
    }
    const engine = await make({ clock: manualClock(), handlers: { work: { run, attempts } } })
    const { id } = await engine.start('p')
    expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ attempt: 1, retriesLeft: attempts }])
    await engine.advance('PT1H')
    expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ attempt: made, retriesLeft: 0 }])
    await engine.close()
  }
})

describe('close', () => {
  test('tells running handlers, waits no longer than closeMs, and gives their jobs to others', async () => {
    const storage = memoryStorage()
    let signal: AbortSignal | null = null
    const never: Handler = (job) => {
      signal = job.signal
      return new Promise(() => undefined)
    }
    const engine = await make({ storage, worker: { closeMs: 20 }, handlers: { work: never } })
    const { id } = await engine.start('p')
    await engine.run()
    await expect.poll(() => signal).not.toBe(null)
    await engine.close()
    expect(signal).toMatchObject({ aborted: true, reason: { code: 'closed' } })
    const other = await createEngine({ storage, handlers: { work: () => ({ by: 'other' }) } })
    await other.drain()
    expect(await other.instances.get(id)).toMatchObject({ status: 'completed', variables: { by: 'other' } })
    await other.close()
  })

  test('refuses new calls at once and finishes what is in hand', async () => {
    const storage = memoryStorage()
    let finish: (value: { done: boolean }) => void = () => undefined
    const engine = await make({ storage, handlers: { work: () => new Promise((resolve) => (finish = resolve)) } })
    const { id } = await engine.start('p')
    await engine.run()
    await macrotask()
    const closing = engine.close()
    await expect(engine.start('p')).rejects.toMatchObject({ code: 'closed' })
    await expect(engine.drain()).rejects.toMatchObject({ code: 'closed' })
    await expect(engine.cleanUp()).rejects.toMatchObject({ code: 'closed' })
    finish({ done: true })
    await closing
    const other = await createEngine({ storage })
    expect(await other.instances.get(id)).toMatchObject({ status: 'completed', variables: { done: true } })
    await other.close()
  })

  test('within a handler it returns', async () => {
    const engine = await make({ worker: { closeMs: 10 }, handlers: { work: () => engine.close() } })
    await engine.start('p')
    await engine.drain()
    await engine.close()
    await expect(engine.start('p')).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('what hosts plug in', () => {
  test('a logger that throws, and a listener that gives a rejecting thenable, harm no one', async () => {
    const told: string[] = []
    const fail = (message: string): never => {
      told.push(message)
      throw new Error('logger')
    }
    const engine = await make({ logger: { warn: fail, error: fail } }, chain('p', [user('a')]))
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    const rejecting = { then: (_: unknown, reject: (error: unknown) => void) => reject(new Error('late')) }
    engine.on('instanceStarted', () => rejecting as never)
    await engine.start('p')
    await macrotask()
    expect(told).toEqual(['A listener failed'])
    await engine.close()
  })

  test('a signal that is first looked at after the abort has the reason', async () => {
    let look: () => unknown = () => undefined
    let finish: () => void = () => undefined
    const model = chain('p', [{ id: 'a', xml: '<bpmn:serviceTask id="a" camunda:type="external" camunda:topic="work"/>' }])
    const engine = await make(
      {
        handlers: {
          work: (job) => {
            look = () => job.signal.reason
            return new Promise<void>((resolve) => (finish = resolve))
          },
        },
      },
      model,
    )
    const { id } = await engine.start('p')
    await engine.run()
    await macrotask()
    await engine.instances.cancel(id)
    expect(look()).toMatchObject({ code: 'leaseLost' })
    finish()
    await engine.close()
  })
})
