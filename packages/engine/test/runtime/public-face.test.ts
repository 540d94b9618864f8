import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, EngineError, type EngineEvent, ModelError, NoRetry, Refused, systemClock } from '../../src/index.ts'
import { engineWith, order } from './order-engine.ts'
import { chain, service, user } from './process-model.ts'

describe('createEngine', () => {
  test('takes every option of the public face, and refuses one that it does not know', async () => {
    const engine = await createEngine({
      storage: memoryStorage(),
      handlers: {
        'charge-card': async () => ({ receipt: 1 }),
        'print-label': { run: () => undefined, attempts: 3, backoff: 'PT5S', timeout: 'PT1M', concurrency: 2 },
      },
      elementHandlers: {},
      defaultHandler: undefined,
      functions: { shippingCost: (kg: number) => kg * 2 },
      beans: {},
      searchable: { orderId: 'text' },
      clock: systemClock,
      calendars: { business: { timeZone: 'Europe/Berlin', hours: { mon: [['09:00', '17:00']] }, holidays: ['2026-12-25'] } },
      timeZone: 'Europe/Berlin',
      durability: 'activity',
      worker: { concurrencyMax: 10, leaseMs: 30_000, inlineMs: 20 },
      retries: { attempts: 3, backoff: 'exponential' },
      history: 'activity',
      logger: { warn: () => undefined, error: () => undefined },
      authorize: async () => true,
    })
    await engine.close()
    for (const options of [
      { storrage: 1 },
      { durability: 'never' },
      { timeZone: 'Mars/Olympus' },
      { worker: { leaseMs: -1 } },
      { retries: { backoff: 'soon' } },
      { history: 'some' },
    ]) {
      await expect(createEngine(options as never), JSON.stringify(options)).rejects.toMatchObject({
        name: 'EngineError',
        code: 'invalidOption',
      })
    }
  })

  test('refuses everything after close', async () => {
    const engine = await engineWith(order)
    await engine.close()
    await engine.close()
    for (const call of [
      () => engine.start('order'),
      () => engine.tasks.find(),
      () => engine.drain(),
      () => engine.run(),
      () => engine.messages.publish({ name: 'x' }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'closed' })
    }
  })

  test('asks authorize before every call, and refuses what it does not allow', async () => {
    const asked: string[] = []
    const engine = await createEngine({
      authorize: ({ operation, actor }) => {
        asked.push(`${actor} ${operation}`)
        return actor !== 'mallory'
      },
    })
    await engine.deploy(order, { actor: 'kim' })
    const { id } = await engine.start('order', { actor: 'kim' })
    const [task] = await engine.as({ actor: 'lee' }).tasks.find({ instanceId: id })
    await expect(engine.tasks.complete(task?.id ?? '', { actor: 'mallory' })).rejects.toMatchObject({ code: 'notAuthorized' })
    await expect(engine.as({ actor: 'mallory' }).instances.get(id)).rejects.toMatchObject({ code: 'notAuthorized' })
    expect(asked).toEqual(['kim deploy', 'kim start', 'lee tasks.find', 'mallory tasks.complete', 'mallory instances.get'])
    expect(await engine.tasks.count()).toBe(1)
    await engine.close()
  })
})

describe('engine.as', () => {
  test('binds a person and a tenant: reads see that tenant and what is shared, writes carry both', async () => {
    const engine = await createEngine()
    await engine.deploy(order)
    const t1 = engine.as({ actor: 'kim', tenantId: 't1' })
    const t2 = engine.as({ tenantId: 't2' })
    const { id } = await t1.start('order')
    expect(await t1.instances.get(id)).toMatchObject({ tenantId: 't1' })
    expect(await t2.instances.get(id)).toBeNull()
    expect(await t2.tasks.find()).toEqual([])
    expect(await engine.tasks.find()).toHaveLength(1)
    await expect(t2.instances.cancel(id)).rejects.toMatchObject({ code: 'unknownInstance' })
    await expect(t2.tasks.claim((await engine.tasks.find())[0]?.id ?? '', 'eve')).rejects.toMatchObject({ code: 'unknownTask' })
    await expect(t1.start('order', { tenantId: 't2' })).rejects.toMatchObject({ code: 'notAuthorized' })
    expect((await engine.history(id))[0]).toMatchObject({ actor: 'kim' })
    expect('run' in t1 || 'drain' in t1 || 'close' in t1 || 'on' in t1).toBe(false)
    await engine.close()
  })
})

describe('idempotency', () => {
  test('the same key gives the same answer and one effect; other arguments under it are refused', async () => {
    const engine = await engineWith(order)
    const one = await engine.start('order', { businessKey: 'b', idempotencyKey: 'k' })
    expect(await engine.start('order', { businessKey: 'b', idempotencyKey: 'k' })).toEqual(one)
    expect(await engine.instances.count()).toBe(1)
    await expect(engine.start('order', { businessKey: 'other', idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'idempotencyKeyReused',
    })
    const id = (await engine.tasks.find())[0]?.id ?? ''
    await engine.tasks.complete(id, { variables: { ok: true }, idempotencyKey: 'done' })
    await engine.tasks.complete(id, { variables: { ok: true }, idempotencyKey: 'done' })
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'ship' }])
    await engine.close()
  })
})

describe('engine.on', () => {
  test('tells tasks, jobs, incidents and instances after the commit, by name and as any; a listener that throws harms nobody', async () => {
    const engine = await engineWith(chain('p', [user('ask'), service('pack', 'pack')]), {
      handlers: {
        pack() {
          throw new NoRetry('no box')
        },
      },
    })
    const told: string[] = []
    const named: EngineEvent[] = []
    engine.on('any', (event) => void told.push(event.type))
    engine.on('any', () => {
      throw new Error('a bad listener')
    })
    const off = engine.on('taskCreated', (event) => void named.push(event))
    const { id } = await engine.start('p', { actor: 'kim' })
    expect(named).toMatchObject([
      { type: 'taskCreated', instanceId: id, elementId: 'ask', processKey: 'p', actor: 'kim', at: Date.parse('2026-01-01T09:00:00Z') },
    ])
    off()
    const task = (await engine.tasks.find())[0]?.id ?? ''
    await engine.tasks.claim(task, 'lee')
    await engine.tasks.complete(task)
    await engine.drain()
    await engine.instances.cancel(id)
    for (const type of [
      'instanceStarted',
      'taskCreated',
      'taskUpdated',
      'taskCompleted',
      'jobCreated',
      'incidentCreated',
      'instanceEnded',
    ] as const) {
      expect(told, type).toContain(type)
    }
    expect(named).toHaveLength(1)
    const other = await engine.start('p')
    await engine.instances.cancel(other.id)
    expect(told).toContain('taskCancelled')
    await engine.close()
  })
})

describe('errors', () => {
  test('are recognised by instanceof and carry their code', () => {
    const bpmn = new BpmnError('PAYMENT_DECLINED', 'card expired', { variables: { card: 1 } })
    expect(bpmn).toMatchObject({ code: 'PAYMENT_DECLINED', message: 'card expired', variables: { card: 1 } })
    for (const [error, own, others] of [
      [bpmn, BpmnError, [NoRetry, EngineError, ModelError, Refused]],
      [new NoRetry('customer unknown'), NoRetry, [BpmnError, EngineError, ModelError, Refused]],
      [new EngineError('closed', 'closed'), EngineError, [BpmnError, NoRetry, ModelError, Refused]],
      [new Refused('OnHold', 'on hold', { holders: ['d'] }), Refused, [BpmnError, NoRetry, EngineError, ModelError]],
    ] as const) {
      expect(error).toBeInstanceOf(own)
      expect(error).toBeInstanceOf(Error)
      for (const other of others) expect(error instanceof other).toBe(false)
    }
  })

  test('are recognised from another copy of the package, by what they carry', () => {
    const elsewhere = Object.assign(new Error('x'), { name: 'EngineError', code: 'closed', [Symbol.for('leeway.error')]: 'EngineError' })
    expect(elsewhere instanceof EngineError).toBe(true)
    expect(elsewhere instanceof Refused).toBe(false)
  })
})
