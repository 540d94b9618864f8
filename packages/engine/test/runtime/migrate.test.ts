import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, processModel, service, user, wait } from './process-model.ts'
import { stores } from './stores.ts'

const make = async (model: string, options: EngineOptions = {}): Promise<Engine> => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T09:00:00Z'), ...options })
  await engine.deploy(model)
  return engine
}
const deploy = async (engine: Engine, model: string): Promise<string> => (await engine.deploy(model)).processes[0]?.id ?? ''
const places = async (engine: Engine, id: string): Promise<string[]> =>
  ((await engine.instances.get(id))?.activeElements ?? []).map(({ elementId }) => elementId).sort()
const migrate = async (engine: Engine, id: string, to: string, map: { readonly [old: string]: string } = {}): Promise<unknown> => {
  const { batchId } = await engine.instances.migrate({ instances: [id], to, map })
  await engine.drain()
  return (await engine.batches.get(batchId))?.report[0]
}
const timer = (id: string, at: string, after: string, cancels = true): string =>
  `<bpmn:boundaryEvent id="${id}" attachedToRef="${at}" cancelActivity="${cancels}"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">${after}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>`
/** Sequence flows `a -> b` of a sub-process. */
const flowsXml = (flows: string): string =>
  flows
    .split('; ')
    .map((one) => one.split(' -> '))
    .map(([from, to]) => `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`)
    .join('')
const asked = (events: string): string =>
  processModel(
    'p',
    `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/>${events}<bpmn:userTask id="next"/><bpmn:endEvent id="end"/>`,
    `start -> ask; ask -> next; next -> end${events.includes('"late"') ? '; late -> end' : ''}${events.includes('"soon"') ? '; soon -> end' : ''}`,
  )

describe.each(stores)('migrating an instance ($name)', ({ open }) => {
  test('takes a repeated activity with a collection that is not loaded at once into a sub-process, with all that is left of it', async () => {
    const storage = open()
    const each = `<bpmn:userTask id="each"><bpmn:multiInstanceLoopCharacteristics isSequential="true" camunda:collection="\${items}" camunda:elementVariable="item"/></bpmn:userTask>`
    const sub = `<bpmn:subProcess id="sub"><bpmn:startEvent id="s"/>${each}<bpmn:endEvent id="e"/>${flowsXml('s -> each; each -> e')}</bpmn:subProcess>`
    const first = await make(chain('p', [{ id: 'each', xml: each }]), { storage })
    // eight parts of 256 are loaded at once at most
    const items = Array.from({ length: 2_300 }, (_, k) => `item ${k}`)
    const { id } = await first.start('p', { variables: { items } })
    const to = await deploy(first, chain('p', [{ id: 'sub', xml: sub }]))
    await first.close()
    const engine = await createEngine({ storage, clock: manualClock('2026-01-01T09:00:00Z') })
    const { report } = await engine.instances.migrate({ instances: [id], to, dryRun: true })
    expect(report).toMatchObject([{ outcome: 'possible' }])
    expect(await migrate(engine, id, to)).toMatchObject({ outcome: 'done' })
    expect(await places(engine, id)).toEqual(['each', 'each', 'sub'])
    const seen: unknown[] = []
    for (let k = 0; k < 260; k++) {
      const [task] = await engine.tasks.find({ instanceId: id })
      seen.push(task?.variables.item)
      await engine.tasks.complete(task?.id ?? '')
    }
    expect(seen).toEqual(items.slice(0, 260))
    await engine.close()
  })

  test('keeps tasks, people and due times, and goes on by the new model', async () => {
    const engine = await make(chain('p', [user('ask'), wait('pause', 'PT1H'), service('pack', 'work')]), {
      storage: open(),
      handlers: { work: () => ({ by: 'old' }), parcel: () => ({ by: 'new' }) },
    })
    const [first, second] = [await engine.start('p'), await engine.start('p')]
    await engine.tasks.complete(`${first.id}.2`)
    await engine.tasks.claim(`${second.id}.2`, 'kim')
    const to = await deploy(engine, chain('p', [user('ask'), user('check'), wait('pause', 'PT9H'), service('wrap', 'parcel')]))
    const { batchId } = await engine.instances.migrate({ query: { processKey: 'p' }, to, actor: 'lee' })
    await engine.drain()
    expect(await engine.batches.get(batchId)).toMatchObject({ total: 2, done: 2 })
    expect(await engine.instances.get(first.id)).toMatchObject({
      definition: { id: to, version: 2 },
      activeElements: [{ elementId: 'pause' }],
    })
    expect(await engine.tasks.get(`${second.id}.2`)).toMatchObject({ elementId: 'ask', assignee: 'kim' })
    await engine.tasks.complete(`${second.id}.2`)
    expect(await places(engine, second.id)).toEqual(['check'])
    await engine.advance('PT1H')
    expect(await engine.instances.get(first.id)).toMatchObject({ status: 'completed', variables: { by: 'new' } })
    expect((await engine.history(first.id)).find(({ type }) => type === 'processMigrated')).toMatchObject({
      actor: 'lee',
      definitionId: to,
    })
    await engine.close()
  })

  test('finds a job that a worker had meanwhile at its new element when that lease ends, or when it fails', async () => {
    const engine = await make(chain('p', [service('pack', 'work'), user('ask')]), { storage: open() })
    const ids = [(await engine.start('p')).id, (await engine.start('p')).id]
    const to = await deploy(engine, chain('p', [service('wrap', 'work'), user('ask')]))
    const [first, second] = await engine.jobs.fetch({ types: ['work'], worker: 'w', lease: 'PT1M', max: 2 })
    const { batchId } = await engine.instances.migrate({ instances: ids, to, map: { pack: 'wrap' } })
    await engine.drain()
    expect(await engine.batches.get(batchId)).toMatchObject({ done: 2 })
    await engine.jobs.fail(first?.id ?? '', { token: first?.token ?? 0, message: 'no line', retryIn: 'PT10M' })
    const place = { elementId: 'wrap', definitionId: to }
    expect(await engine.jobs.find({ id: first?.id ?? '' })).toMatchObject([place])
    await engine.advance('PT1M')
    expect(await engine.jobs.fetch({ types: ['work'], worker: 'w', max: 2 })).toMatchObject([{ id: second?.id, ...place }])
    await engine.close()
  })

  test('takes tokens to the elements that the map names, with their jobs', async () => {
    const engine = await make(chain('p', [service('pack', 'work'), user('ask')]), { storage: open() })
    const { id } = await engine.start('p')
    const to = await deploy(engine, chain('p', [service('wrap', 'parcel'), user('ask')]))
    expect(await migrate(engine, id, to)).toMatchObject({
      outcome: 'failed',
      code: 'notMigratable',
      reason: expect.stringContaining('pack'),
    })
    expect(await migrate(engine, id, to, { pack: 'wrap' })).toMatchObject({ outcome: 'done' })
    const [job] = await engine.jobs.fetch({ types: ['work'], worker: 'w' })
    expect(job).toMatchObject({ elementId: 'wrap', definitionId: to })
    await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 })
    expect(await places(engine, id)).toEqual(['ask'])
    await engine.close()
  })

  test('arms boundary events that are new and disarms those that are gone; one that stays keeps its due time', async () => {
    const engine = await make(asked(timer('late', 'ask', 'PT4H')), { storage: open() })
    const [stays, goes] = [await engine.start('p'), await engine.start('p')]
    await engine.advance('PT1H')
    const both = await deploy(engine, asked(timer('late', 'ask', 'PT99H') + timer('soon', 'ask', 'PT2H', false)))
    const none = await deploy(engine, asked(''))
    await migrate(engine, stays.id, both)
    await migrate(engine, goes.id, none)
    const due = async (id: string): Promise<unknown[]> =>
      (await engine.jobs.find({ instanceId: id, kind: 'timer' })).map(({ dueAt }) => dueAt)
    expect((await due(stays.id)).sort()).toEqual(['2026-01-01T12:00:00.000Z', '2026-01-01T13:00:00.000Z'])
    expect(await due(goes.id)).toEqual([])
    await engine.advance('PT3H')
    expect(await engine.instances.get(stays.id)).toMatchObject({ status: 'completed' })
    expect(await places(engine, goes.id)).toEqual(['ask'])
    await engine.close()
  })

  test('has timers count anew by the new model where that is asked for', async () => {
    const engine = await make(asked(timer('late', 'ask', 'PT4H') + timer('soon', 'ask', 'PT4H', false)), { storage: open() })
    const { id } = await engine.start('p')
    await engine.advance('PT1H')
    const to = await deploy(engine, asked(timer('late', 'ask', 'PT9H') + timer('soon', 'ask', 'PT9H', false)))
    await engine.instances.migrate({ instances: [id], to, retime: ['late'] })
    await engine.drain()
    const due = async (): Promise<unknown[]> => (await engine.jobs.find({ instanceId: id, kind: 'timer' })).map(({ dueAt }) => dueAt).sort()
    expect(await due()).toEqual(['2026-01-01T13:00:00.000Z', '2026-01-01T19:00:00.000Z'])
    await engine.instances.migrate({ instances: [id], to, retime: true })
    await engine.drain()
    expect(await due()).toEqual(['2026-01-01T19:00:00.000Z', '2026-01-01T19:00:00.000Z'])
    await engine.close()
  })

  test('listens for event sub-processes that are new, and no more for those that are gone', async () => {
    const alarm = (id: string, name: string): string =>
      `<bpmn:subProcess id="${id}" triggeredByEvent="true"><bpmn:startEvent id="on_${id}"><bpmn:messageEventDefinition messageRef="${name}"/></bpmn:startEvent><bpmn:endEvent id="off_${id}"/><bpmn:sequenceFlow id="f_${id}" sourceRef="on_${id}" targetRef="off_${id}"/></bpmn:subProcess>`
    const root = '<bpmn:message id="m1" name="fire"/><bpmn:message id="m2" name="flood"/>'
    const model = (inside: string): string =>
      processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/>${inside}<bpmn:endEvent id="end"/>`,
        'start -> ask; ask -> end',
        root,
      )
    const engine = await make(model(alarm('fire', 'm1')), { storage: open() })
    const { id } = await engine.start('p')
    expect(await migrate(engine, id, await deploy(engine, model(alarm('flood', 'm2'))))).toMatchObject({ outcome: 'done' })
    expect(await engine.messages.publish({ name: 'fire' })).toMatchObject({ outcome: 'none' })
    expect(await engine.messages.publish({ name: 'flood' })).toMatchObject({ outcome: 'correlated' })
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('opens a sub-process that is new around a step: its task, work and timers stay as they are known, its boundary events are armed', async () => {
    const steps = `<bpmn:userTask id="ask"/>${service('pack', 'pack').xml}${timer('late', 'ask', 'PT4H')}`
    const inner = 'fork -> ask; fork -> pack; ask -> join; pack -> join; late -> join'
    const parts = (more: string, ends: string, flows: string): string =>
      processModel('p', `<bpmn:startEvent id="start"/>${more}<bpmn:userTask id="next"/><bpmn:endEvent id="end"/>${ends}`, flows)
    const gateways = '<bpmn:inclusiveGateway id="fork"/><bpmn:inclusiveGateway id="join"/>'
    const flat = parts(steps + gateways, '', `start -> fork; ${inner}; join -> next; next -> end`)
    const wrapped = parts(
      `<bpmn:subProcess id="sub"><bpmn:startEvent id="in"/>${steps}${gateways}<bpmn:endEvent id="out"/>${flowsXml(`in -> fork; ${inner}; join -> out`)}</bpmn:subProcess>`,
      `${timer('over', 'sub', 'PT2H')}<bpmn:endEvent id="tooLate"/>`,
      'start -> sub; sub -> next; next -> end; over -> tooLate',
    )
    const engine = await make(flat, { storage: open() })
    const ids = [(await engine.start('p')).id, (await engine.start('p')).id] as const
    for (const id of ids) {
      const [task] = await engine.tasks.find({ instanceId: id })
      await engine.tasks.claim(task?.id ?? '', 'tom')
      await engine.tasks.saveDraft(task?.id ?? '', { note: 'half' })
    }
    const before = await engine.tasks.find({ instanceId: ids[0] })
    const [leased] = await engine.jobs.fetch({ types: ['pack'], worker: 'w', max: 1, lease: 'PT10H' })
    await engine.advance('PT1H')
    const to = await deploy(engine, wrapped)
    for (const id of ids) expect(await migrate(engine, id, to)).toMatchObject({ outcome: 'done' })
    expect(await places(engine, ids[0])).toEqual(['ask', 'pack', 'sub'])
    expect(await engine.tasks.find({ instanceId: ids[0] })).toEqual(before)
    expect(
      (await engine.instances.get(ids[0]))?.activeElements.filter(({ kind }) => kind === 'leaf').map(({ scopeId }) => scopeId),
    ).toEqual(Array(2).fill((await engine.instances.get(ids[0]))?.activeElements.find(({ kind }) => kind === 'scope')?.elementInstanceId))
    const due = async (id: string): Promise<unknown[]> =>
      (await engine.jobs.find({ instanceId: id, kind: 'timer' })).map(({ dueAt }) => dueAt).sort()
    expect(await due(ids[0])).toEqual(['2026-01-01T12:00:00.000Z', '2026-01-01T13:00:00.000Z'])
    // The worker's lease is still good, the task is completed under its id.
    await engine.jobs.complete(leased?.id ?? '', { token: leased?.token ?? 0, variables: { packed: true } })
    await engine.tasks.complete(before[0]?.id ?? '', { variables: { answer: 1 } })
    await engine.drain()
    expect(await engine.instances.get(ids[0])).toMatchObject({
      variables: { packed: true, answer: 1 },
      activeElements: [{ elementId: 'next' }],
    })
    expect(await due(ids[0])).toEqual([])
    const past = (await engine.history(ids[0])).filter(({ elementId }) => elementId === 'ask').map(({ type }) => type)
    expect(past.slice(0, 1).concat(past.slice(-3))).toEqual(['elementActivated', 'tokenMoved', 'workFinished', 'elementCompleted'])
    await engine.advance('PT2H')
    expect(await engine.instances.get(ids[1])).toMatchObject({ status: 'completed' })
    for (const query of [{ instanceId: ids[1] }]) {
      expect((await engine.tasks.find(query)).length + (await engine.jobs.find(query)).length).toBe(0)
    }
    await engine.close()
  })

  test('takes what is in a sub-process that is gone out of it, with its variables, and ends it', async () => {
    const flat = chain('p', [user('ask'), user('next')])
    const sub = (inputs: string): string =>
      processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:subProcess id="sub">${inputs}<bpmn:startEvent id="in"/>${user('ask').xml}${timer('late', 'ask', 'PT4H')}<bpmn:endEvent id="out"/>${flowsXml('in -> ask; ask -> out; late -> out')}</bpmn:subProcess>${timer('over', 'sub', 'PT2H')}${user('next').xml}<bpmn:endEvent id="end"/>`,
        'start -> sub; sub -> next; next -> end; over -> end',
      )
    const input = (value: string): string =>
      `<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="own">${value}</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>`
    const engine = await make(sub(input('in here')), { storage: open() })
    const { id } = await engine.start('p')
    const other = await engine.start('p', { variables: { own: 'elsewhere' } })
    const to = await deploy(engine, flat)
    const [task] = await engine.tasks.find({ instanceId: id })
    expect(await migrate(engine, other.id, to)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('"own"') })
    expect(await migrate(engine, id, to)).toMatchObject({ outcome: 'done' })
    expect(await places(engine, id)).toEqual(['ask'])
    expect(await engine.jobs.find({ instanceId: id })).toEqual([])
    expect(await engine.tasks.get(task?.id ?? '')).toMatchObject({ id: task?.id, variables: { own: 'in here' } })
    // In again, and out again: it is the same task.
    expect(await migrate(engine, id, await deploy(engine, sub('')))).toMatchObject({ outcome: 'done' })
    expect(await places(engine, id)).toEqual(['ask', 'sub'])
    expect(await migrate(engine, id, to)).toMatchObject({ outcome: 'done' })
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.instances.get(id)).toMatchObject({ variables: { own: 'in here' }, activeElements: [{ elementId: 'next' }] })
    await engine.close()
  })

  test('takes a step out of a sub-process that goes on with others, and into it again: it is the same task, with its draft and timers', async () => {
    const sub = (content: string, flows: string): string =>
      `<bpmn:subProcess id="sub"><bpmn:startEvent id="in"/>${content}<bpmn:endEvent id="out"/>${flowsXml(flows)}</bpmn:subProcess>`
    const gateways = (id: string): string => `<bpmn:parallelGateway id="${id}"/><bpmn:inclusiveGateway id="${id}j"/>`
    const ask = user('ask').xml + timer('late', 'ask', 'PT4H')
    const steps = 'f -> ask; f -> pack; ask -> fj; pack -> fj; late -> fj'
    const whole = processModel(
      'p',
      `<bpmn:startEvent id="start"/>${sub(gateways('f') + ask + user('pack').xml, `in -> f; ${steps}; fj -> out`)}${user('next').xml}<bpmn:endEvent id="end"/>`,
      'start -> sub; sub -> next; next -> end',
    )
    const apart = processModel(
      'p',
      `<bpmn:startEvent id="start"/>${gateways('g')}${ask}${sub(user('pack').xml, 'in -> pack; pack -> out')}${user('next').xml}<bpmn:endEvent id="end"/>`,
      'start -> g; g -> ask; g -> sub; ask -> gj; late -> gj; sub -> gj; gj -> next; next -> end',
    )
    const engine = await make(whole, { storage: open() })
    const { id } = await engine.start('p')
    const [task] = await engine.tasks.find({ instanceId: id, elementId: 'ask' })
    await engine.tasks.claim(task?.id ?? '', 'tom')
    await engine.tasks.saveDraft(task?.id ?? '', { note: 'half' })
    const [before] = await engine.tasks.find({ elementId: 'ask' })
    const to = await deploy(engine, apart)
    const { report } = await engine.instances.migrate({ instances: [id], to, dryRun: true })
    expect(report[0]?.tokens?.find(({ from }) => from === 'ask')).toMatchObject({ to: 'ask', outOf: ['sub'] })
    for (const [model, isOut] of [
      [apart, true],
      [whole, false],
      [apart, true],
    ] as const) {
      expect(await migrate(engine, id, await deploy(engine, model))).toMatchObject({ outcome: 'done' })
      expect(await places(engine, id)).toEqual(['ask', 'pack', 'sub'])
      expect(await engine.tasks.find({ elementId: 'ask' })).toEqual([before])
      const around = (await engine.instances.get(id))?.activeElements.find(({ elementId }) => elementId === 'ask')?.scopeId
      expect(around === id).toBe(isOut)
      expect((await engine.jobs.find({ instanceId: id, kind: 'timer' })).map(({ dueAt }) => dueAt)).toEqual(['2026-01-01T13:00:00.000Z'])
    }
    for (const { id: one } of await engine.tasks.find({ elementId: 'pack' })) await engine.tasks.complete(one)
    expect(await places(engine, id)).toEqual(['ask', 'gj'])
    await engine.advance('PT5H')
    expect(await places(engine, id)).toEqual(['next'])
    expect(await engine.jobs.find({ instanceId: id })).toEqual([])
    await engine.close()
  })

  test('takes work with what its path knows out of an ad hoc sub-process, into one that is open, and into a sub-process inside it', async () => {
    const { xml: a } = user('a')
    const { xml: x } = user('x')
    const made = (content: string, more = '', flows = 'start -> sub; sub -> end'): string =>
      processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:adHocSubProcess id="sub">${content}</bpmn:adHocSubProcess>${more}<bpmn:endEvent id="end"/>`,
        flows,
      )
    const inner = `<bpmn:subProcess id="deep"><bpmn:startEvent id="in"/>${a}<bpmn:sequenceFlow id="in_a" sourceRef="in" targetRef="a"/></bpmn:subProcess>`
    const apart = '<bpmn:parallelGateway id="f"/>'
    const engine = await make(made(a + x), { storage: open() })
    const { id } = await engine.start('p')
    const placeOf = async (elementId: string): Promise<string> =>
      (await engine.instances.get(id))?.activeElements.find((one) => one.elementId === elementId)?.elementInstanceId ?? ''
    await engine.adHoc.start(await placeOf('sub'), 'x')
    await engine.adHoc.start(await placeOf('sub'), 'a', { variables: { who: 'kim' } })
    const [task] = await engine.tasks.find({ elementId: 'a' })
    // What two of them know otherwise would be one variable outside.
    await engine.adHoc.start(await placeOf('sub'), 'a', { variables: { who: 'lee' } })
    const outside = await deploy(engine, made(x, apart + a, 'start -> f; f -> a; f -> sub; a -> end; sub -> end'))
    expect(await migrate(engine, id, outside)).toMatchObject({ code: 'notMigratable', reason: expect.stringContaining('"who"') })
    for (const one of await engine.tasks.find({ elementId: 'a' })) if (one.id !== task?.id) await engine.tasks.complete(one.id)
    const seen = async (): Promise<unknown> => (await engine.tasks.get(task?.id ?? ''))?.variables.who
    for (const [model, at] of [
      [made(inner + x), ['a', 'deep', 'sub', 'x']],
      [made(a + x), ['a', 'sub', 'x']],
      [made(x, apart + a, 'start -> f; f -> a; f -> sub; a -> end; sub -> end'), ['a', 'sub', 'x']],
      [made(a + x), ['a', 'sub', 'x']],
    ] as const) {
      expect(await migrate(engine, id, await deploy(engine, model))).toMatchObject({ outcome: 'done' })
      expect([await places(engine, id), await seen()]).toEqual([at, 'kim'])
    }
    for (const { id: one } of await engine.tasks.find({ instanceId: id })) await engine.tasks.complete(one)
    await engine.adHoc.complete(await placeOf('sub'))
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('updates the subscriptions of messages whose names changed', async () => {
    const hear = { id: 'hear', xml: '<bpmn:receiveTask id="hear" messageRef="m"/>' }
    const engine = await make(chain('p', [hear], '<bpmn:message id="m" name="paid"/>'), { storage: open() })
    const { id } = await engine.start('p')
    await migrate(engine, id, await deploy(engine, chain('p', [hear], '<bpmn:message id="m" name="settled"/>')))
    expect(await engine.messages.publish({ name: 'paid' })).toMatchObject({ outcome: 'none' })
    expect(await engine.messages.publish({ name: 'settled' })).toMatchObject({ outcome: 'correlated', instanceIds: [id] })
    await engine.close()
  })
})

describe('migrating an instance', () => {
  test('as a dry run tells where each token would go, and why not', async () => {
    const engine = await make(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    const to = await deploy(engine, chain('p', [{ id: 'a', xml: '<bpmn:receiveTask id="a"/>' }, user('b')]))
    const before = await engine.instances.get(id)
    expect(await engine.instances.migrate({ instances: [id], to, dryRun: true })).toMatchObject({
      total: 1,
      report: [
        { instanceId: id, outcome: 'refused', code: 'notMigratable', tokens: [{ from: 'a', to: 'a', problem: { code: 'changedType' } }] },
      ],
    })
    expect(await engine.instances.migrate({ instances: [id], to, map: { a: 'b' }, dryRun: true })).toMatchObject({
      report: [{ outcome: 'possible', tokens: [{ from: 'a', to: 'b', armed: [], disarmed: [] }] }],
    })
    expect(await engine.instances.get(id)).toEqual(before)
    await engine.close()
  })

  test('has what was done and lies ahead again by the new model done under another key', async () => {
    const keys: string[] = []
    const handlers = { work: (job: { readonly idempotencyKey: string }) => void keys.push(job.idempotencyKey) }
    const engine = await make(chain('p', [service('pack', 'work'), user('ask')]), { handlers })
    const { id } = await engine.start('p')
    await engine.drain()
    await migrate(engine, id, await deploy(engine, chain('p', [user('ask'), service('pack', 'work')])))
    const [task] = await engine.tasks.find({ instanceId: id })
    await engine.tasks.complete(task?.id ?? '')
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(new Set(keys).size).toBe(2)
    await engine.close()
  })

  test('refuses another scope, another kind of repetition, a join with fewer flows', async () => {
    const rounds =
      '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
    const engine = await make(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    const sub = `<bpmn:subProcess id="sub"><bpmn:userTask id="a"/>${rounds}</bpmn:subProcess>`
    const inside = await deploy(engine, chain('p', [{ id: 'sub', xml: sub }]))
    const repeated = await deploy(engine, chain('p', [{ id: 'a', xml: `<bpmn:userTask id="a">${rounds}</bpmn:userTask>` }]))
    const planned = async (to: string): Promise<unknown> =>
      (await engine.instances.migrate({ instances: [id], to, dryRun: true })).report[0]?.tokens
    expect(await planned(inside)).toMatchObject([{ problem: { code: 'changedScope' } }])
    expect(await planned(repeated)).toMatchObject([{ problem: { code: 'changedRepetition' } }])
    const fork = (third: string): string =>
      processModel(
        'q',
        `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:userTask id="c"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>`,
        `start -> fork; fork -> a; fork -> b; a -> join; b -> join; join -> end; fork -> c; c -> ${third}`,
      )
    await engine.deploy(fork('join'))
    const forked = await engine.start('q')
    await engine.tasks.complete((await engine.tasks.find({ elementId: 'a', instanceId: forked.id }))[0]?.id ?? '')
    expect(await migrate(engine, forked.id, await deploy(engine, fork('end')))).toMatchObject({ outcome: 'failed', code: 'notMigratable' })
    await engine.close()
  })

  test('while it is suspended arms and disarms, and moves nothing', async () => {
    const engine = await make(asked(''))
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    await migrate(engine, id, await deploy(engine, asked(timer('late', 'ask', 'PT1H'))))
    await engine.advance('PT2H')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'suspended' })
    await engine.instances.resume(id)
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('while it is suspended lets an inclusive join act at the resumption that no token can reach any more by the new model', async () => {
    const branches = (last: string): string =>
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="a"/><bpmn:userTask id="y"/><bpmn:inclusiveGateway id="join"/><bpmn:userTask id="behind"/><bpmn:endEvent id="end"/>',
        `start -> fork\nfork -> join\nfork -> a\na -> ${last}\ny -> join\njoin -> behind\nbehind -> end`,
      )
    const engine = await make(branches('y'))
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    await migrate(engine, id, await deploy(engine, branches('end')))
    await engine.instances.resume(id)
    expect((await engine.instances.get(id))?.activeElements.map(({ elementId }) => elementId).sort()).toEqual(['a', 'behind'])
    await engine.close()
  })

  test('while it is suspended keeps what has come, and applies that at the resumption by the ids of the new model', async () => {
    const hear = (id: string) => ({ id, xml: `<bpmn:receiveTask id="${id}" messageRef="m"/>` })
    const message = '<bpmn:message id="m" name="paid"/>'
    const engine = await make(chain('p', [hear('hear'), user('next')], message))
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    await engine.messages.publish({ name: 'paid', variables: { by: 'card' } })
    await migrate(engine, id, await deploy(engine, chain('p', [hear('listen'), user('next')], message)), { hear: 'listen' })
    await engine.instances.resume(id)
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'next' }], variables: { by: 'card' } })
    await engine.close()
  })

  const undone = (id: string): string =>
    `<bpmn:userTask id="${id}"/><bpmn:boundaryEvent id="${id}Done" attachedToRef="${id}"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent><bpmn:userTask id="${id}Undo" isForCompensation="true"/><bpmn:association id="${id}To" sourceRef="${id}Done" targetRef="${id}Undo"/>`

  test('refuses a model without what completed in a sub-process that is about to go on', async () => {
    const model = (inside: string): string =>
      chain('p', [{ id: 'sub', xml: `<bpmn:subProcess id="sub" camunda:asyncAfter="true">${inside}</bpmn:subProcess>` }, user('next')])
    const engine = await make(model(undone('a')))
    const { id } = await engine.start('p')
    await engine.tasks.complete((await engine.tasks.find({ elementId: 'a' }))[0]?.id ?? '')
    expect(await places(engine, id)).toEqual(['sub'])
    const to = await deploy(engine, model('<bpmn:userTask id="b"/>'))
    expect(await engine.instances.migrate({ instances: [id], to, dryRun: true })).toMatchObject({
      report: [{ outcome: 'refused', code: 'notMigratable', reason: expect.stringContaining('"a" completed and can be compensated') }],
    })
    await engine.close()
  })

  test('while something is undone refuses a model without what is yet to be undone', async () => {
    const model = (steps: readonly string[]): string =>
      chain('p', [
        ...steps.map((id) => ({ id, xml: undone(id) })),
        { id: 'undo', xml: '<bpmn:intermediateThrowEvent id="undo"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>' },
      ])
    const engine = await make(model(['a', 'b']))
    const { id } = await engine.start('p')
    for (const done of ['a', 'b']) await engine.tasks.complete((await engine.tasks.find({ elementId: done }))[0]?.id ?? '')
    expect(await places(engine, id)).toEqual(['bUndo', 'undo'])
    expect(await migrate(engine, id, await deploy(engine, model(['b'])))).toMatchObject({ outcome: 'failed', code: 'notMigratable' })
    await engine.tasks.complete((await engine.tasks.find({ elementId: 'bUndo' }))[0]?.id ?? '')
    expect(await places(engine, id)).toEqual(['aUndo', 'undo'])
    await engine.close()
  })

  test('to what is not there, or by a map that names nothing, is refused at once', async () => {
    const engine = await make(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    const [known] = await engine.processes.list()
    await expect(engine.instances.migrate({ instances: [id], to: 'nowhere' })).rejects.toMatchObject({ code: 'unknownDefinition' })
    await expect(engine.instances.migrate({ instances: [id], to: known?.id ?? '', map: { a: 'z' } })).rejects.toMatchObject({
      code: 'unknownElement',
    })
    await expect(engine.instances.migrate({ instances: [id] } as never)).rejects.toMatchObject({ code: 'invalidArgument' })
    expect(await migrate(engine, 'nobody', known?.id ?? '')).toMatchObject({ outcome: 'failed', code: 'unknownInstance' })
    await engine.close()
  })
})
