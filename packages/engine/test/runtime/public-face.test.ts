import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, type Engine, EngineError, type EngineEvent, inspectModel, manualClock, ModelError, NoRetry, Refused, systemClock } from '../../src/index.ts'
import { chain, processModel, service, user, wait } from './process-model.ts'

const order = chain('order', [user('approve', 'camunda:candidateGroups="sales,lead" camunda:priority="7"'), user('ship')])

async function engineWith(model: string, options: Parameters<typeof createEngine>[0] = {}): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T09:00:00Z'), ...options })
  await engine.deploy(model)
  return engine
}

describe('createEngine', () => {
  test('takes every option of the public face, and refuses one that it does not know', async () => {
    const engine = await createEngine({
      storage: memoryStorage(),
      handlers: { 'charge-card': async () => ({ receipt: 1 }), 'print-label': { run: () => undefined, attempts: 3, backoff: 'PT5S', timeout: 'PT1M', concurrency: 2 } },
      elementHandlers: {},
      defaultHandler: undefined,
      functions: { shippingCost: (kg: number) => kg * 2 },
      beans: {},
      searchable: { orderId: 'text' },
      clock: systemClock,
      calendars: {},
      timeZone: 'Europe/Berlin',
      durability: 'activity',
      worker: { concurrencyMax: 10, leaseMs: 30_000, inlineMs: 20 },
      retries: { attempts: 3, backoff: 'exponential' },
      history: 'activity',
      logger: { warn: () => undefined, error: () => undefined },
      authorize: async () => true,
    })
    await engine.close()
    for (const options of [{ storrage: 1 }, { durability: 'never' }, { timeZone: 'Mars/Olympus' }, { worker: { leaseMs: -1 } }, { retries: { backoff: 'soon' } }, { history: 'some' }]) {
      await expect(createEngine(options as never), JSON.stringify(options)).rejects.toMatchObject({ name: 'EngineError', code: 'invalidOption' })
    }
  })

  test('refuses everything after close', async () => {
    const engine = await engineWith(order)
    await engine.close()
    await engine.close()
    for (const call of [() => engine.start('order'), () => engine.tasks.find(), () => engine.drain(), () => engine.run(), () => engine.messages.publish({ name: 'x' })]) {
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

describe('models', () => {
  test('inspectModel tells processes and elements in document order, and never throws', async () => {
    const report = await inspectModel(chain('p', [user('ask'), service('pack', 'pack')]))
    expect(report.processes).toMatchObject([
      {
        key: 'p',
        name: 'p',
        executable: true,
        versionTag: null,
        jobTypes: ['pack'],
        messages: [],
        signals: [],
        forms: [],
        elements: [
          { id: 'start', type: 'startEvent' },
          { id: 'ask', type: 'userTask', name: 'Do ask' },
          { id: 'pack', type: 'serviceTask' },
          { id: 'end', type: 'endEvent' },
        ],
      },
    ])
    const bad = await inspectModel('<nothing')
    expect(bad.diagnostics[0]).toMatchObject({ code: expect.any(String), severity: 'error', message: expect.any(String) })
  })

  test('a deployment answers its processes and is idempotent by content; another content is the next version', async () => {
    const engine = await createEngine()
    const first = await engine.deploy(order, { actor: 'kim' })
    expect(first.processes).toMatchObject([{ id: expect.any(String), key: 'order', version: 1, name: 'order', versionTag: null }])
    expect(first.diagnostics.every((diagnostic) => diagnostic.severity !== 'error')).toBe(true)
    expect(await engine.deploy(order)).toEqual(first)
    const second = await engine.deploy(order.replace('Do ship', 'Ship it'))
    expect(second.processes).toMatchObject([{ key: 'order', version: 2 }])
    expect((await engine.processes.list()).map(({ key, version }) => `${key} ${version}`)).toEqual(['order 2', 'order 1'])
    expect(await engine.processes.find({ key: 'order', latest: true })).toMatchObject([{ version: 2 }])
    expect(await engine.processes.xml(first.processes[0]?.id ?? '')).toBe(order)
    await expect(engine.processes.xml('nothing')).rejects.toMatchObject({ code: 'unknownDefinition' })
    await engine.close()
  })

  test('a deployment of several files is atomic: one bad file and none is deployed, and the error tells every finding', async () => {
    const engine = await createEngine()
    const files = [
      { name: 'order.bpmn', content: order },
      { name: 'bad.bpmn', content: chain('bad', [user('ask')]).replace('targetRef="end"', 'targetRef="nowhere"') },
    ]
    const error = await engine.deploy(files).catch((fault: unknown) => fault)
    expect(error).toBeInstanceOf(ModelError)
    expect((error as ModelError).diagnostics).toEqual(expect.arrayContaining([expect.objectContaining({ severity: 'error', code: expect.any(String), file: 'bad.bpmn' })]))
    expect(await engine.processes.list()).toEqual([])
    expect((await engine.deploy(files.slice(0, 1))).processes).toHaveLength(1)
    await engine.close()
  })

  test('bytes deploy as text does', async () => {
    const engine = await createEngine()
    expect((await engine.deploy(new TextEncoder().encode(order))).processes).toMatchObject([{ key: 'order', version: 1 }])
    await engine.close()
  })
})

describe('instances', () => {
  test('start takes a key, an id, a version or a version tag, and starts at given elements', async () => {
    const tagged = order.replace('isExecutable="true"', 'isExecutable="true" camunda:versionTag="v-one"')
    const engine = await engineWith(tagged)
    await engine.deploy(order.replace('Do ship', 'Ship it'))
    const versionOf = async (id: string): Promise<number | undefined> => (await engine.instances.get(id))?.definition.version
    const [latest] = await engine.processes.find({ key: 'order', latest: true })
    expect(await versionOf((await engine.start('order')).id)).toBe(2)
    expect(await versionOf((await engine.start({ id: latest?.id ?? '' })).id)).toBe(2)
    expect(await versionOf((await engine.start({ key: 'order', version: 1 })).id)).toBe(1)
    expect(await versionOf((await engine.start({ key: 'order', versionTag: 'v-one' })).id)).toBe(1)
    const there = await engine.start('order', { at: ['ship'] })
    expect(await engine.instances.get(there.id)).toMatchObject({ activeElements: [{ elementId: 'ship' }] })
    await expect(engine.start('order', { at: ['nowhere'] })).rejects.toMatchObject({ code: 'unknownElement' })
    await expect(engine.start('nobody')).rejects.toMatchObject({ code: 'unknownDefinition' })
    await expect(engine.start({ key: 'order', version: 9 })).rejects.toMatchObject({ code: 'unknownDefinition' })
    await engine.close()
  })

  test('get shows the whole view, null where there is none', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order', { variables: { amount: 40 }, businessKey: 'A-17', tenantId: undefined as never, actor: 'kim' })
    expect(await engine.instances.get(id)).toEqual({
      id,
      status: 'active',
      businessKey: 'A-17',
      tenantId: null,
      definition: { id: expect.any(String), key: 'order', version: 1 },
      activeElements: [
        { elementId: 'approve', elementInstanceId: expect.any(String), type: 'userTask', kind: 'leaf', phase: 'waiting', scopeId: id, since: '2026-01-01T09:00:00.000Z' },
      ],
      variables: { amount: 40 },
      parent: null,
      startedAt: '2026-01-01T09:00:00.000Z',
      endedAt: null,
      revision: 1,
      incidents: [],
    })
    expect(await engine.instances.get('nothing')).toBeNull()
    await engine.close()
  })

  test('a join that waits has one entry for each token that waits', async () => {
    const engine = await engineWith(
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="ask"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>',
        'start -> fork\nfork -> join\nfork -> join\nfork -> ask\nask -> join\njoin -> end',
      ),
    )
    const { id } = await engine.start('p')
    const view = await engine.instances.get(id)
    expect(view?.activeElements.filter(({ elementId, phase }) => elementId === 'join' && phase === 'arrived')).toHaveLength(2)
    expect((await engine.explain(id)).filter(({ elementId }) => elementId === 'join')).toMatchObject([{ missingFlows: [expect.stringContaining('ask')] }, {}])
    await engine.close()
  })

  test('find and count take every criterion, order and page through all without loss', async () => {
    const engine = await engineWith(order, { searchable: { orderId: 'text' } })
    for (let i = 0; i < 5; i++) {
      await engine.start('order', { variables: { orderId: `o${i}` }, businessKey: `b${i % 2}` })
      await engine.advance('PT1M')
    }
    expect(await engine.instances.count({ processKey: 'order' })).toBe(5)
    expect(await engine.instances.count({ businessKey: 'b1', status: 'active' })).toBe(2)
    expect(await engine.instances.count({ status: ['completed', 'terminated'] })).toBe(0)
    expect(await engine.instances.find({ variables: { orderId: 'o3' } })).toMatchObject([{ variables: { orderId: 'o3' } }])
    expect(await engine.instances.find({ processKey: 'order', startedAfter: '2026-01-01T09:02:30Z' })).toHaveLength(2)
    await expect(engine.instances.find({ variables: { amount: 1 } })).rejects.toMatchObject({ code: 'invalidArgument' })
    const seen: unknown[] = []
    let after: string | undefined
    do {
      const page = await engine.instances.find({ processKey: 'order', orderBy: '-startedAt', limit: 2, ...(after !== undefined && { after }) })
      seen.push(...page.map(({ variables }) => variables['orderId']))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(['o4', 'o3', 'o2', 'o1', 'o0'])
    await engine.close()
  })

  test('variables keep dates, big integers and bytes; anything else is refused with its path', async () => {
    const engine = await engineWith(order)
    const given = { when: new Date('2026-02-03T04:05:06Z'), big: 2n ** 70n, raw: new Uint8Array([1, 2, 255]), deep: [{ a: null }] }
    const { id } = await engine.start('order', { variables: given })
    expect(await engine.instances.variables(id)).toEqual(given)
    await engine.instances.setVariables(id, { more: 1 }, { actor: 'kim' })
    expect((await engine.instances.get(id))?.variables).toMatchObject({ more: 1 })
    await expect(engine.start('order', { variables: { a: [{ f: () => 1 }] } })).rejects.toMatchObject({ code: 'invalidVariable', message: expect.stringContaining('a') })
    await expect(engine.instances.variables('nothing')).rejects.toMatchObject({ code: 'unknownInstance' })
    await engine.close()
  })

  test('cancel and delete end and remove, each refused where it does not apply', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order')
    await expect(engine.instances.delete(id)).rejects.toMatchObject({ code: 'instanceRunning' })
    await engine.instances.cancel(id, { reason: 'twice ordered', actor: 'kim' })
    expect((await engine.history(id)).at(-1)).toMatchObject({ type: 'processEnded', status: 'terminated', reason: 'twice ordered', actor: 'kim' })
    await engine.instances.delete(id)
    expect(await engine.instances.get(id)).toBeNull()
    await expect(engine.history(id)).rejects.toMatchObject({ code: 'unknownInstance' })
    await expect(engine.instances.cancel(id)).rejects.toMatchObject({ code: 'unknownInstance' })
    await engine.close()
  })

  test('history is in order and names actors; the end of an activity is an elementCompleted', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order', { actor: 'kim' })
    await engine.tasks.complete((await engine.tasks.find())[0]?.id ?? '', { actor: 'lee' })
    const entries = await engine.history(id)
    expect(entries.map(({ seq }) => seq)).toEqual([...entries.map(({ seq }) => seq)].sort((a, b) => a - b))
    expect(entries[0]).toMatchObject({ seq: 1, at: '2026-01-01T09:00:00.000Z', actor: 'kim' })
    expect(entries.find(({ type, elementId }) => type === 'elementCompleted' && elementId === 'approve')).toMatchObject({ actor: 'lee', elementInstanceId: expect.stringContaining(id) })
    await engine.close()
  })

  test.each([
    ['none', []],
    ['activity', ['approve']],
    ['full', ['approve']],
  ] as const)("history at level '%s' keeps what it says", async (history, ends) => {
    const engine = await engineWith(order, { history })
    const { id } = await engine.start('order', { variables: { secret: 'swordfish' }, actor: 'kim' })
    await engine.tasks.complete((await engine.tasks.find())[0]?.id ?? '')
    const entries = await engine.history(id)
    expect(entries.length).toBeGreaterThanOrEqual(2)
    expect(entries[0]).toMatchObject({ actor: 'kim', at: '2026-01-01T09:00:00.000Z' })
    expect(entries.filter(({ type, elementId }) => type === 'elementCompleted' && elementId === 'approve').map(({ elementId }) => elementId)).toEqual(ends)
    expect(JSON.stringify(entries).includes('swordfish')).toBe(history === 'full')
    await engine.close()
  })
})

describe('tasks', () => {
  test('have the whole shape, and are found by each criterion', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order', { variables: { amount: 40 } })
    const [task] = await engine.tasks.find({ instanceId: id })
    expect(task).toMatchObject({
      id: expect.any(String),
      name: 'Do approve',
      elementId: 'approve',
      elementInstanceId: expect.any(String),
      instanceId: id,
      assignee: null,
      candidateUsers: [],
      candidateGroups: ['sales', 'lead'],
      dueAt: null,
      followUpAt: null,
      priority: 7,
      form: null,
      variables: { amount: 40 },
      state: 'ready',
      createdAt: '2026-01-01T09:00:00.000Z',
    })
    const taskId = task?.id ?? ''
    const count = async (query: Parameters<Engine['tasks']['find']>[0]): Promise<number> => (await engine.tasks.find(query)).length
    expect(await count({ candidateGroups: ['lead', 'none'] })).toBe(1)
    expect(await count({ candidateGroups: ['none'] })).toBe(0)
    expect(await count({ forUser: { id: 'kim', groups: ['sales'] } })).toBe(1)
    expect(await count({ forUser: { id: 'kim', groups: [] } })).toBe(0)
    await engine.tasks.update(taskId, { dueAt: '2026-01-02T00:00:00Z', followUpAt: '2026-01-01T12:00:00Z', priority: 9, candidateUsers: ['ann'] })
    expect(await count({ candidateUser: 'ann' })).toBe(1)
    expect(await count({ dueBefore: '2026-01-03T00:00:00Z' })).toBe(1)
    expect(await count({ dueBefore: '2026-01-01T10:00:00Z' })).toBe(0)
    await engine.tasks.claim(taskId, 'kim')
    expect(await count({ assignee: 'kim', state: 'reserved', elementId: 'approve' })).toBe(1)
    expect(await count({ forUser: { id: 'lee', groups: ['sales'] } }), 'claimed by another').toBe(0)
    expect(await count({ held: true })).toBe(0)
    expect(await count({ held: 'include' })).toBe(1)
    await engine.tasks.comment(taskId, 'rang twice', { actor: 'kim' })
    await engine.tasks.saveDraft(taskId, { half: true })
    expect(await engine.tasks.get(taskId)).toMatchObject({
      dueAt: '2026-01-02T00:00:00.000Z',
      followUpAt: '2026-01-01T12:00:00.000Z',
      priority: 9,
      draft: { half: true },
      comments: [{ actor: 'kim', text: 'rang twice', at: '2026-01-01T09:00:00.000Z' }],
    })
    await expect(engine.tasks.find({ orderBy: 'colour' })).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(engine.tasks.find({ limit: 0 })).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.close()
  })

  test('claim without a user takes the actor; delegation keeps the owner and comes back by resolve', async () => {
    const engine = await engineWith(order)
    await engine.start('order')
    const id = (await engine.tasks.find())[0]?.id ?? ''
    await expect(engine.tasks.claim(id)).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.as({ actor: 'kim' }).tasks.claim(id)
    await engine.tasks.claim(id, 'kim') // has it already
    await engine.tasks.delegate(id, 'ann')
    expect(await engine.tasks.get(id)).toMatchObject({ assignee: 'ann', owner: 'kim', state: 'delegated' })
    await engine.tasks.resolve(id)
    expect(await engine.tasks.get(id)).toMatchObject({ assignee: 'kim', owner: null, state: 'reserved' })
    await engine.tasks.assign(id, null)
    expect(await engine.tasks.get(id)).toMatchObject({ assignee: null, state: 'ready' })
    await engine.close()
  })
})

describe('work that waits', () => {
  test('is moved on by throwError into the event that catches it; uncaught it is an incident', async () => {
    const engine = await engineWith(
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:boundaryEvent id="no" attachedToRef="ask"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:userTask id="after"/><bpmn:endEvent id="end"/>',
        'start -> ask\nask -> end\nno -> after\nafter -> end',
        '<bpmn:error id="e" errorCode="NO"/>',
      ),
    )
    const { id } = await engine.start('p')
    const place = async (): Promise<string> => (await engine.instances.get(id))?.activeElements[0]?.elementInstanceId ?? ''
    await engine.throwError(await place(), 'NO', { variables: { why: 'rain' }, actor: 'kim' })
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'after' }], variables: { why: 'rain' } })
    await engine.throwError(await place(), 'OTHER')
    expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'after' }])
    await expect(engine.throwError('nothing', 'X')).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await expect(engine.trigger(`${id}.99`)).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await engine.close()
  })

  test('is moved on by trigger, whatever it waits for', async () => {
    const engine = await engineWith(chain('p', [wait('pause', 'P1D'), service('pack', 'pack'), user('ask')]))
    const { id } = await engine.start('p')
    for (const elementId of ['pause', 'pack', 'ask']) {
      const [element] = (await engine.instances.get(id))?.activeElements ?? []
      expect(element?.elementId).toBe(elementId)
      await engine.trigger(element?.elementInstanceId ?? '', { variables: { [elementId]: true } })
    }
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { pause: true, pack: true, ask: true } })
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
    await expect(engine.start('order', { businessKey: 'other', idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'idempotencyKeyReused' })
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
    expect(named).toMatchObject([{ type: 'taskCreated', instanceId: id, elementId: 'ask', processKey: 'p', actor: 'kim', at: Date.parse('2026-01-01T09:00:00Z') }])
    off()
    const task = (await engine.tasks.find())[0]?.id ?? ''
    await engine.tasks.claim(task, 'lee')
    await engine.tasks.complete(task)
    await engine.drain()
    await engine.instances.cancel(id)
    for (const type of ['instanceStarted', 'taskCreated', 'taskUpdated', 'taskCompleted', 'jobCreated', 'incidentCreated', 'instanceEnded'] as const) {
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

describe('a handler', () => {
  test('is given the whole job, and what it sets with result goes where it says', async () => {
    const seen: unknown[] = []
    const engine = await engineWith(chain('p', [{ id: 'pack', xml: '<bpmn:serviceTask id="pack" camunda:class="org.acme.PackIt"/>' }]), {
      handlers: {
        PackIt(job) {
          const { id, type, idempotencyKey, attempt, retriesLeft, instanceId, definitionId, processKey, businessKey, elementId, elementInstanceId, tenantId, variables, fields, headers, signal } = job
          seen.push({ id, type, idempotencyKey, attempt, retriesLeft, instanceId, definitionId, processKey, businessKey, elementId, elementInstanceId, tenantId, variables, fields, headers, aborted: signal.aborted })
          expect(Object.isFrozen(variables)).toBe(true)
          return job.result({ set: { box: 'B' } })
        },
      },
    })
    const { id } = await engine.start('p', { businessKey: 'A-17', variables: { size: 3 } })
    await engine.drain()
    expect(seen).toMatchObject([
      {
        type: 'org.acme.PackIt',
        idempotencyKey: `${id}/pack:1`,
        attempt: 1,
        retriesLeft: 2,
        instanceId: id,
        processKey: 'p',
        businessKey: 'A-17',
        elementId: 'pack',
        tenantId: null,
        variables: { size: 3 },
        fields: {},
        headers: {},
        aborted: false,
      },
    ])
    expect((await engine.instances.get(id))?.variables).toEqual({ size: 3, box: 'B' })
    await engine.close()
  })

  test('that answers pending leaves its activity waiting, beyond a restart, for throwError too', async () => {
    const storage = memoryStorage()
    const model = processModel(
      'p',
      '<bpmn:startEvent id="start"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="a"/><bpmn:boundaryEvent id="no" attachedToRef="a"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:userTask id="after"/><bpmn:endEvent id="end"/>',
      'start -> a\na -> end\nno -> after\nafter -> end',
      '<bpmn:error id="e" errorCode="NO"/>',
    )
    let runs = 0
    const handlers = { a: (job: { pending(): never }) => (runs++, job.pending()) }
    const engine = await engineWith(model, { storage, handlers: handlers as never })
    const { id } = await engine.start('p')
    await engine.drain()
    await engine.close()
    const later = await createEngine({ storage, clock: manualClock('2026-02-01T00:00:00Z'), handlers: handlers as never })
    await later.drain()
    expect(runs).toBe(1)
    await later.throwError((await later.instances.get(id))?.activeElements[0]?.elementInstanceId ?? '', 'NO')
    expect(await later.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'after' }] })
    await later.close()
  })

  test('of an element goes before the type’s, the process’s own element before an element of any process, and the default comes last', async () => {
    const runs: string[] = []
    const note = (name: string) => () => void runs.push(name)
    const engine = await engineWith(chain('p', [service('a', 'x'), service('b', 'x'), service('c', 'x'), service('d', 'unknown')]), {
      handlers: { x: note('type') },
      elementHandlers: { a: note('element'), 'p/b': note('own element'), b: note('any b') },
      defaultHandler: note('default'),
    })
    await engine.start('p')
    await engine.drain()
    expect(runs).toEqual(['element', 'own element', 'type', 'default'])
    await engine.close()
  })

  test('runs at most as often at once as its concurrency says', async () => {
    let now = 0
    let most = 0
    const engine = await engineWith(chain('p', [service('a', 'a')]), {
      handlers: {
        a: {
          async run() {
            most = Math.max(most, ++now)
            await new Promise((resolve) => setImmediate(resolve))
            now--
          },
          concurrency: 2,
        },
      },
    })
    await Promise.all(Array.from({ length: 12 }, () => engine.start('p')))
    await engine.drain()
    expect(await engine.instances.count({ status: 'completed' })).toBe(12)
    expect(most).toBe(2)
    await engine.close()
  })
})
