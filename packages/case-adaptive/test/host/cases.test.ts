import { createEngine, EngineError } from '@leeway/engine'
import { beforeEach, describe, expect, test } from 'vitest'
import { createCases } from '../../src/index.ts'
import { AB, at, boundary, caseOf, type Desk, leaveAt, model, positions, refusal, STORAGES, timer, useDesk, user } from '../desk.ts'

describe.each(STORAGES)('cases on $name', ({ make }) => {
  const desk = useDesk({}, {}, make)
  beforeEach(async () => {
    await desk.engine.deploy(AB)
  })

  const code = async (call: Promise<unknown>): Promise<string> => (await refusal(call)).code
  const notYet = async (call: Promise<unknown>): Promise<string> => {
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof EngineError)) throw error ?? new Error('the call was not refused')
    return error.code
  }

  test('a case is opened with its process in one commit, and shows both', async () => {
    const view = await desk.cases.open({
      template: 'missing-modem',
      customer: 'cust-7',
      title: 'Modem never arrived',
      facts: { orderId: 'A-17' },
      process: { key: 'p', variables: { orderId: 'A-17' } },
      actor: 'kim',
    })
    expect(view).toMatchObject({ state: 'open', template: 'missing-modem', customer: 'cust-7', title: 'Modem never arrived', owner: 'kim' })
    expect(view.facts).toMatchObject([{ key: 'orderId', value: 'A-17', givenBy: 'kim' }])
    expect(view.path).toMatchObject([{ processKey: 'p', status: 'active', activeElements: [{ elementId: 'A' }] }])
    const [instance] = await desk.engine.instances.find({ processKey: 'p' })
    expect(view.instanceIds).toEqual([instance!.id])
    expect(instance!.revision).toBe(1)
    expect(await desk.engine.instances.variables(instance!.id)).toEqual({ orderId: 'A-17' })
    const away = await leaveAt(desk, instance!.id, 'A')
    expect(away.caseId).toBe(view.id)
  })

  test('opening twice with one key opens one case with one instance', async () => {
    const request = { customer: 'c1', process: { key: 'p' }, actor: 'kim', idempotencyKey: 'open-1' }
    const [first, second] = await Promise.all([desk.cases.open(request), desk.cases.open(request)])
    expect(second.id).toBe(first.id)
    expect(await desk.engine.instances.count({})).toBe(1)
    expect(await desk.cases.find({ customer: 'c1' })).toHaveLength(1)
  })

  test('a case without a process has dependent ad hoc items', async () => {
    const { id } = await desk.cases.open({ customer: 'c1', actor: 'kim' })
    const first = await desk.cases.addItem(id, { kind: 'human', name: 'first', actor: 'kim' })
    const second = await desk.cases.addItem(id, { kind: 'human', name: 'second', after: [first.id], actor: 'kim' })
    expect(second.taskId).toBeUndefined()
    expect(await code(desk.cases.completeItem(second.id, { actor: 'kim' }))).toBe('ItemNotActive')
    await desk.cases.completeItem(first.id, { outcome: 'done', variables: { a: 1 }, actor: 'lee' })
    const view = await caseOf(desk, id)
    expect(view.items).toMatchObject([
      { name: 'first', state: 'completed', completed: { by: 'lee', outcome: 'done', variables: { a: 1 } } },
      { name: 'second', state: 'active', taskId: second.id },
    ])
    await desk.engine.tasks.complete(second.id, { actor: 'lee' })
    expect((await caseOf(desk, id)).items.map(({ state }) => state)).toEqual(['completed', 'completed'])
    expect(await desk.engine.tasks.find({})).toHaveLength(0)
  })

  test('a running instance is attached to one case', async () => {
    const { id: caseId } = await desk.cases.open({ actor: 'kim' })
    const { id: other } = await desk.cases.open({ actor: 'kim' })
    const { id } = await desk.engine.start('p')
    await desk.cases.attach(caseId, id, { actor: 'kim' })
    await desk.cases.attach(caseId, id, { actor: 'kim' })
    expect((await caseOf(desk, caseId)).instanceIds).toEqual([id])
    expect(await code(desk.cases.attach(other, id, { actor: 'kim' }))).toBe('AlreadyAttached')
    expect(await code(desk.cases.attach('nothing', id, { actor: 'kim' }))).toBe('UnknownCase')
    expect(await desk.cases.find({ instanceId: id })).toMatchObject([{ id: caseId }])
  })

  test('a return is refused while required items are open, and optional work in hand stays at the case', async () => {
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    const required = await desk.cases.addItem(away.id, { kind: 'human', name: 'must', required: true, actor: 'kim' })
    const optional = await desk.cases.addItem(away.id, { kind: 'human', name: 'may', assignee: 'lee', actor: 'kim' })
    const refused = await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))
    expect(refused).toMatchObject({ code: 'RequiredOpen', missing: [{ id: required.id, name: 'must' }] })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await desk.cases.completeItem(required.id, { actor: 'ann' })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    const view = await caseOf(desk, away.caseId)
    expect(view.items.find((item) => item.id === optional.id)).toMatchObject({ state: 'rehomed', closed: { cause: 'returned' } })
    const [task] = await desk.engine.tasks.find({ assignee: 'lee' })
    expect(task).toMatchObject({ itemId: optional.id, deviationId: null })
    expect(await code(desk.cases.addItem(away.id, { kind: 'human', name: 'late', actor: 'kim' }))).toBe('AlreadyReturned')
  })

  test('S42: a second person who leaves at the same step is told who is away, and can join and add an item', async () => {
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(leaveAt(desk, id, 'A', { actor: 'ann' }))
    expect(refused).toMatchObject({
      code: 'AlreadyAway',
      deviationId: away.id,
      by: 'kim',
      reason: { code: 'lost-parcel' },
      holders: ['kim'],
    })
    await desk.cases.join(away.id, { actor: 'ann' })
    expect((await caseOf(desk, away.caseId)).deviations[0]).toMatchObject({ participants: ['kim', 'ann'] })
    const item = await desk.cases.addItem(refused.deviationId ?? '', { kind: 'human', name: 'ring', actor: 'ann' })
    const { deviations } = await caseOf(desk, away.caseId)
    expect(deviations).toHaveLength(1)
    expect(deviations[0]?.items).toMatchObject([{ id: item.id, addedBy: 'ann' }])
  })

  test('leaving at a completed step names where the path is now', async () => {
    const { id } = await desk.engine.start('p')
    const elementInstanceId = await at(desk.engine, id, 'A')
    await desk.engine.tasks.complete(elementInstanceId)
    const leave = () => desk.cases.leave({ instanceId: id, elementInstanceId, reason: 'x', actor: 'kim' })
    const to = await at(desk.engine, id, 'B')
    expect(await refusal(leave())).toMatchObject({ code: 'AnchorMoved', to: [{ elementId: 'B', elementInstanceId: to }] })
    await desk.engine.tasks.complete(to)
    expect(await code(leave())).toBe('AnchorGone')
  })

  test('S44: the same key gives the same answer and one effect', async () => {
    const { id } = await desk.engine.start('p')
    const elementInstanceId = await at(desk.engine, id, 'A')
    const request = { instanceId: id, elementInstanceId, reason: 'x', actor: 'kim', idempotencyKey: 'k' }
    const [a, b] = await Promise.all([desk.cases.leave(request), desk.cases.leave(request)])
    expect(b).toEqual(a)
    const item = { kind: 'human' as const, name: 'i', actor: 'kim', idempotencyKey: 'k' }
    expect(await desk.cases.addItem(a.id, item)).toEqual(await desk.cases.addItem(a.id, item))
    const back = { to: 'resume' as const, actor: 'kim', idempotencyKey: 'k' }
    const answer = await desk.cases.return(a.id, back)
    expect(await desk.cases.return(a.id, back)).toEqual(answer)
    const view = await caseOf(desk, a.caseId)
    expect(view.items).toHaveLength(1)
    expect(view.timeline.filter(({ type }) => type === 'deviation:return')).toHaveLength(1)
    await expect(desk.cases.return(a.id, { ...back, reason: 'other' })).rejects.toMatchObject({ code: 'idempotencyKeyReused' })
    expect(await code(desk.cases.return(a.id, { to: 'resume', actor: 'kim' }))).toBe('AlreadyReturned')
  })

  test('what goes on record needs a name and a reason', async () => {
    const { id } = await desk.engine.start('p')
    const elementInstanceId = await at(desk.engine, id, 'A')
    const nobody = await refusal(desk.cases.leave({ instanceId: id, elementInstanceId, reason: 'x' }))
    expect(nobody).toMatchObject({ code: 'NotAllowed', missing: ['actor'] })
    const request = { instanceId: id, elementInstanceId } as Parameters<Desk['cases']['leave']>[0]
    expect(await code(desk.cases.as({ actor: 'kim' }).leave(request))).toBe('ReasonMissing')
    expect(await code(desk.cases.as({ actor: 'kim' }).leave({ ...request, reason: ' ' }))).toBe('ReasonMissing')
    expect(await code(desk.cases.leave({ ...request, reason: 'storm', actor: ' ' }))).toBe('NotAllowed')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    await desk.cases.as({ actor: 'kim' }).leave({ ...request, reason: 'x' })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
  })

  test('what is not known is refused by its name', async () => {
    expect(await code(desk.cases.return('none', { to: 'resume', actor: 'kim' }))).toBe('UnknownDeviation')
    expect(await code(desk.cases.addItem('none', { kind: 'human', name: 'x', actor: 'kim' }))).toBe('UnknownDeviation')
    expect(await code(desk.cases.completeItem('none', { actor: 'kim' }))).toBe('UnknownItem')
    expect(await desk.cases.get('none')).toBeNull()
    await expect(desk.cases.leave({ instanceId: 'none', elementInstanceId: 'none.1', reason: 'x', actor: 'kim' })).rejects.toMatchObject({
      code: 'unknownInstance',
    })
  })

  test('what is not there yet is refused and changes nothing', async () => {
    const { id } = await desk.engine.start('p')
    const elementInstanceId = await at(desk.engine, id, 'A')
    const base = { instanceId: id, elementInstanceId, reason: 'x', actor: 'kim' }
    expect(await notYet(desk.cases.leave({ ...base, timers: { A: 'never' as 'keep' } }))).toBe('invalidArgument')
    expect(await notYet(desk.cases.find({ colour: 'red' } as Parameters<typeof desk.cases.find>[0]))).toBe('notYetSupported')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    expect(await desk.cases.find()).toHaveLength(0)
    const away = await leaveAt(desk, id, 'A')
    expect(await notYet(desk.cases.return(away.id, { to: 'home' as 'skip', actor: 'kim' }))).toBe('invalidArgument')
    const options = { people: {} } as Parameters<typeof createCases>[1]
    expect(await notYet(createCases(desk.engine, options))).toBe('invalidOption')
  })

  test('what is noted in a case is told to listeners once it is kept, by its ids and without what people wrote', async () => {
    const told: Record<string, unknown>[] = []
    desk.engine.on('noted', (event) => told.push(event))
    await desk.engine.deploy(AB)
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    await expect(desk.cases.assign(away.caseId, { to: 'kim', actor: 'max' })).rejects.toMatchObject({ code: 'AlreadyAssigned' })
    await desk.cases.facts.record(away.caseId, { key: 'address', value: 'Main St', actor: 'lee' })
    expect(told.map(({ what, actor, instanceId }) => [what, actor, instanceId])).toEqual([
      ['case:open', 'kim', id],
      ['case:attach', 'kim', id],
      ['deviation:start', 'kim', id],
      ['case:fact', 'lee', null],
    ])
    expect(told[2]).toEqual({
      type: 'noted',
      extension: 'case-adaptive',
      what: 'deviation:start',
      caseId: away.caseId,
      deviationId: away.id,
      seq: 3,
      actor: 'kim',
      instanceId: id,
      at: Date.parse('2026-03-02T09:00:00Z'),
    })
    expect(JSON.stringify(told)).not.toContain('Main St')
  })

  test('E9: a tenant sees and moves its own cases and those of none', async () => {
    const { id } = await desk.engine.start('p', { tenantId: 't1' })
    const t1 = desk.cases.as({ actor: 'kim', tenantId: 't1' })
    const t2 = desk.cases.as({ actor: 'eve', tenantId: 't2' })
    const elementInstanceId = await at(desk.engine, id, 'A')
    const request = { instanceId: id, elementInstanceId, reason: 'x' }
    await expect(t2.leave(request)).rejects.toMatchObject({ code: 'unknownInstance' })
    const away = await t1.leave(request)
    expect(await t1.get(away.caseId)).toMatchObject({ tenantId: 't1' })
    expect(await t2.get(away.caseId)).toBeNull()
    expect(await t2.find()).toHaveLength(0)
    expect(await t1.find()).toHaveLength(1)
    expect(await code(t2.addItem(away.caseId, { kind: 'human', name: 'x' }))).toBe('UnknownDeviation')
    expect(await code(t2.return(away.id, { to: 'resume' }))).toBe('UnknownDeviation')
    await t1.return(away.id, { to: 'resume' })
  })

  test('a tenant learns nothing of the instances of another by leaving in many, or by resolving', async () => {
    const { id } = await desk.engine.start('p', { tenantId: 't1' })
    const away = await desk.cases.as({ actor: 'kim', tenantId: 't1' }).leave({ instanceId: id, before: 'B', reason: 'x' })
    const t2 = desk.cases.as({ actor: 'eve', tenantId: 't2' })
    const report = async ({ batchId }: { batchId: string }): Promise<unknown> => (await desk.engine.batches.get(batchId))?.report
    expect(await report(await t2.leaveMany({ query: { processKey: 'p' }, reason: 'x' }))).toEqual([])
    const asCalled = { query: { processKey: 'p' }, reason: 'x', actor: 'eve', tenantId: 't2' }
    expect(await report(await desk.cases.leaveMany(asCalled))).toEqual([])
    expect(await report(await t2.leaveMany({ instanceIds: [id], reason: 'x' }))).toMatchObject([{ outcome: 'failed' }])
    expect(await code(t2.resolve(away.caseId, { code: 'done' }))).toBe('UnknownCase')
  })

  test('what an instance that is suspended does not take now is refused as instanceSuspended, not as a conflict', async () => {
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    const { id: other } = await desk.engine.start('p')
    const place = { instanceId: other, elementInstanceId: await at(desk.engine, other, 'A') }
    await desk.engine.instances.suspend(id)
    await desk.engine.instances.suspend(other)
    const by = { actor: 'kim' }
    for (const call of [
      () => desk.cases.leave({ ...place, reason: 'x', ...by }),
      () => desk.cases.leave({ ...place, mode: 'alongside', reason: 'x', ...by }),
      () => desk.cases.leave({ instanceId: other, mode: 'takeOver', reason: 'x', ...by }),
      () => desk.cases.leave({ instanceId: other, atNext: true, reason: 'x', ...by }),
      () => desk.cases.return(away.id, { to: 'resume', ...by }),
      () => desk.cases.undo(away.id, by),
      () => desk.cases.leave({ instanceId: id, before: 'B', reason: 'x', ...by }),
      () => desk.cases.defer({ instanceId: id, before: 'B', item: { kind: 'human', name: 'x' }, ...by }),
    ])
      await expect(call()).rejects.toMatchObject({ name: 'EngineError', code: 'instanceSuspended' })
    const before = await desk.cases.previewLeave({ ...place, ...by })
    expect([before.allowed, before.refusals]).toMatchObject([false, [{ code: 'instanceSuspended' }]])
    const preview = await desk.cases.previewReturn(away.id, { to: 'resume', ...by })
    expect([preview.allowed, preview.guarantee, preview.refusals]).toMatchObject([false, 'G0', [{ code: 'instanceSuspended' }]])
    await desk.engine.instances.resume(id)
    expect((await desk.cases.previewReturn(away.id, { to: 'resume', ...by })).allowed).toBe(true)
    await desk.cases.return(away.id, { to: 'resume', ...by })
    await desk.engine.instances.resume(other)
    await desk.cases.leave({ ...place, reason: 'x', ...by })
  })

  test('work for a process that is not deployed is refused at once, by its name', async () => {
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    const by = { actor: 'kim' }
    const item = { kind: 'process', name: 'ask', process: 'nowhere' } as const
    const to = { handOver: { process: 'nowhere' } }
    for (const call of [
      () => desk.cases.addItem(away.id, { ...item, ...by }),
      () => desk.cases.addItem(away.caseId, { ...item, ...by }),
      () => desk.cases.defer({ instanceId: id, before: 'B', item, ...by }),
      () => desk.cases.return(away.id, { to, ...by }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'unknownDefinition', message: expect.stringContaining('"nowhere"') })
    expect((await desk.cases.previewReturn(away.id, { to, ...by })).refusals).toMatchObject([{ code: 'unknownDefinition' }])
    expect((await desk.cases.get(away.caseId))?.items).toEqual([])
  })

  test('an engine without the extension neither moves an instance that carries it nor does its work', async () => {
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    const plain = await createEngine({ storage: desk.storage, clock: desk.clock })
    await expect(plain.instances.cancel(id)).rejects.toMatchObject({ code: 'extensionMissing' })
    await plain.close()
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  })

  test('a timer that came to an engine without the extension is left to one that has it', async () => {
    await desk.engine.deploy(model(user('A') + user('L') + boundary('T', 'A', timer('PT1H')), 'S>A A>E T>L L>E'))
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A', { timers: { T: 'keep' } })
    desk.clock.advance('PT2H')
    const plain = await createEngine({ storage: desk.storage, clock: desk.clock })
    await plain.drain()
    await plain.close()
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    desk.clock.advance('PT1M')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['L:waiting'])
    expect((await caseOf(desk, away.caseId)).deviations[0]).toMatchObject({ state: 'preempted' })
  })
})

test('cases that are items, offers or take the work over are of a template that there is, by default the default one', async () => {
  const templates = [{ key: 'first', offers: [{ key: 'ask', item: { kind: 'case', name: 'ask' } as const }] }, { key: 'second' }]
  const engine = await createEngine()
  const cases = (await createCases(engine, { templates })).as({ actor: 'kim' })
  await engine.deploy(AB)
  const { id } = await engine.start('p')
  const item = { kind: 'case', name: 'n' } as const
  const unknown = { ...item, template: 'third' }
  const away = await cases.leave({ instanceId: id, elementInstanceId: await at(engine, id, 'A'), reason: 'x' })
  for (const call of [
    () => cases.addItem(away.id, unknown),
    () => cases.defer({ instanceId: id, before: 'B', item: unknown }),
    () => cases.return(away.id, { to: { handOver: { case: 'third' } } }),
    () => cases.previewReturn(away.id, { to: { handOver: { case: 'third' } } }),
  ])
    expect((await refusal(call())).code).toBe('UnknownTemplate')
  await cases.addItem(away.id, { offer: 'ask' })
  await cases.defer({ instanceId: id, before: 'B', item })
  await cases.return(away.id, { to: { handOver: { case: true, next: 'skip' } } })
  await engine.drain()
  expect((await cases.find()).map(({ template }) => template)).toEqual(['first', 'first', 'first'])
  const offer = { key: 'ask', item: unknown }
  await expect(createCases(await createEngine(), { templates: [{ key: 'first', offers: [offer] }] })).rejects.toMatchObject({
    code: 'UnknownTemplate',
  })
  await engine.close()
})

test('a call without its request is refused as invalidArgument, and the tenant that a handle is bound to is not changed', async () => {
  const engine = await createEngine()
  const cases = await createCases(engine)
  const loose = cases as unknown as Record<'return' | 'leave' | 'addItem', (...args: unknown[]) => Promise<unknown>>
  for (const call of [() => loose.return('d'), () => loose.leave(), () => loose.addItem('d')]) {
    await expect(call()).rejects.toMatchObject({ name: 'EngineError', code: 'invalidArgument' })
  }
  const bound = cases.as({ tenantId: 'A', actor: 'kim' })
  expect(() => bound.as({ tenantId: 'B' })).toThrow(expect.objectContaining({ code: 'notAuthorized' }))
  await expect(bound.open({ tenantId: 'B' })).rejects.toMatchObject({ code: 'notAuthorized' })
  await engine.close()
})
