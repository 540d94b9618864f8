import type { Storage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, user } from './process-model.ts'

const suspended = { name: 'EngineError', code: 'definitionSuspended' }
const message = '<bpmn:message id="m" name="ordered"/><bpmn:signal id="s" name="storm"/>'
const cycle =
  '<bpmn:timerEventDefinition><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>'
const begun = (event: string) =>
  processModel('p', `<bpmn:startEvent id="begin">${event}</bpmn:startEvent><bpmn:userTask id="ask"/>`, 'begin -> ask', message)
const byMessage = begun('<bpmn:messageEventDefinition messageRef="m"/>')
const bySignal = begun('<bpmn:signalEventDefinition signalRef="s"/>')
const byHand = (key = 'p', task = 'ask') => chain(key, [user(task)])

describe.each(allStores)('a suspended definition, on $name', ({ open }) => {
  const begin = async (...models: string[]): Promise<{ engine: Engine; storage: Storage }> => {
    const storage = open()
    const engine = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    for (const model of models) await engine.deploy(model)
    return { engine, storage }
  }

  test('begins nothing, by whatever name it is started, until it is resumed; what runs goes on', async () => {
    const { engine, storage } = await begin(byHand())
    const other = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    const { id } = await engine.start('p')
    await other.start('p')
    await other.start({ id: 'p:1' })
    const heard: unknown[] = []
    engine.on('definitionSuspended', (event) => heard.push(event))
    for (let i = 0; i < 2; i++)
      expect(await engine.processes.suspend('p', { actor: 'kim', idempotencyKey: 's' })).toEqual({ definitionIds: ['p:1'], batchId: null })
    expect(heard).toMatchObject([{ processKey: 'p', definitionId: 'p:1', actor: 'kim' }])
    expect(await engine.processes.find({ key: 'p' })).toMatchObject([{ id: 'p:1', isSuspended: true }])
    for (const each of [engine, other])
      for (const reference of ['p', { id: 'p:1' }, { key: 'p' }, { key: 'p', version: 1 }])
        await expect(each.start(reference)).rejects.toMatchObject(suspended)
    const [task] = await engine.tasks.find({ instanceId: id })
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await expect(engine.instances.restart(id)).rejects.toMatchObject(suspended)
    await engine.processes.resume({ key: 'p', version: 1 })
    for (const each of [other, engine]) for (const reference of ['p', { id: 'p:1' }]) await each.start(reference)
    expect(await engine.processes.find({ key: 'p' })).toMatchObject([{ isSuspended: false }])
    await other.close()
    await engine.close()
  })

  test('of an older version hinders the newer one not, nor one that is deployed later', async () => {
    const { engine } = await begin(byHand(), byHand('p', 'other'))
    await engine.processes.suspend({ id: 'p:1' })
    expect(await engine.start('p')).toMatchObject({ definitionId: 'p:2' })
    await expect(engine.start({ id: 'p:1' })).rejects.toMatchObject(suspended)
    expect(await engine.processes.suspend('p')).toMatchObject({ definitionIds: ['p:2', 'p:1'] })
    await expect(engine.start('p')).rejects.toMatchObject(suspended)
    await engine.deploy(byHand('p', 'third'))
    expect(await engine.start('p')).toMatchObject({ definitionId: 'p:3' })
    await expect(engine.processes.suspend({ key: 'p', version: 9 })).rejects.toMatchObject({ code: 'unknownDefinition' })
    await engine.close()
  })

  test('refuses a message that nobody else gets; one that is kept starts it later', async () => {
    const { engine } = await begin(byMessage)
    await engine.processes.suspend('p')
    await expect(engine.messages.publish({ name: 'ordered' })).rejects.toMatchObject(suspended)
    await expect(engine.messages.publish({ name: 'ordered', start: 'always' })).rejects.toMatchObject(suspended)
    expect(await engine.messages.publish({ name: 'ordered', start: 'never' })).toMatchObject({ outcome: 'none' })
    expect(await engine.messages.publish({ name: 'ordered', ttl: 'P1D' })).toMatchObject({ outcome: 'buffered' })
    await engine.processes.resume('p')
    await engine.advance('PT2H')
    expect(await engine.instances.count()).toBe(1)
    expect(await engine.messages.publish({ name: 'ordered' })).toMatchObject({ outcome: 'started' })
    await engine.close()
  })

  test('is passed by by signals, which are not kept', async () => {
    const { engine } = await begin(bySignal)
    await engine.processes.suspend('p')
    expect(await engine.signals.broadcast({ name: 'storm' })).toEqual({ outcome: 'none', instanceIds: [] })
    await engine.processes.resume('p')
    expect(await engine.signals.broadcast({ name: 'storm' })).toMatchObject({ outcome: 'delivered' })
    await engine.close()
  })

  test('lets its timer stand still: what came due meanwhile starts one instance, and the cycle goes on by its grid', async () => {
    const { engine } = await begin(begun(cycle))
    await engine.advance('PT1H')
    await engine.processes.suspend('p')
    await engine.advance('PT5H30M')
    expect(await engine.instances.count()).toBe(1)
    await engine.processes.resume('p')
    await engine.drain()
    await engine.advance('PT1H')
    expect((await engine.instances.find()).map(({ startedAt }) => startedAt.slice(11, 16)).sort()).toEqual(['01:00', '06:30', '07:00'])
    await engine.close()
  })

  test('is an incident of who calls it, which goes on when it is resolved after the resumption', async () => {
    const caller = chain('caller', [{ id: 'call', xml: '<bpmn:callActivity id="call" calledElement="p"/>' }])
    const { engine } = await begin(byHand(), caller)
    await engine.start('caller')
    await engine.processes.suspend('p')
    await engine.start('caller')
    await engine.drain()
    const [incident] = await engine.incidents.find()
    expect(incident).toMatchObject({ code: 'definitionSuspended', elementId: 'call' })
    await engine.processes.resume('p')
    await engine.incidents.resolve(incident?.id ?? '')
    await engine.drain()
    expect(await engine.tasks.count()).toBe(2)
    await engine.close()
  })

  test('takes its instances along where that is asked for, of all its versions in one batch, once by a key', async () => {
    const { engine } = await begin(byHand(), byHand('p', 'other'))
    const ids = [await engine.start({ id: 'p:1' }), await engine.start('p')].map(({ id }) => id)
    await expect(engine.processes.suspend('p', { reason: 'audit' })).rejects.toMatchObject({ code: 'invalidArgument' })
    const call = { instances: true, reason: 'audit', idempotencyKey: 'k' }
    const answer = await engine.processes.suspend('p', call)
    expect(answer.definitionIds).toEqual(['p:2', 'p:1'])
    await engine.drain()
    expect(await engine.batches.get(answer.batchId ?? '')).toMatchObject({
      operation: 'instances.suspend',
      state: 'done',
      done: 2,
      failed: 0,
    })
    for (const id of ids) expect(await engine.instances.get(id)).toMatchObject({ status: 'suspended' })
    await expect(engine.processes.resume('p', { instances: true, reason: 'x' })).rejects.toMatchObject({ code: 'invalidArgument' })
    const resumed = await engine.processes.resume('p', { instances: true })
    await engine.drain()
    expect(await engine.batches.get(resumed.batchId ?? '')).toMatchObject({ operation: 'instances.resume', state: 'done', done: 2 })
    for (const id of ids) expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
    await expect(engine.processes.suspend('p', { ...call, reason: 'other' })).rejects.toMatchObject({ code: 'idempotencyKeyReused' })
    await engine.deploy(byHand('p', 'third'))
    expect(await engine.processes.suspend('p', call)).toEqual(answer)
    await engine.drain()
    for (const id of ids) expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
    await engine.close()
  })

  test('is meant by its version tag too, and so is one that is listed or deleted', async () => {
    const tagged = (tag: string, task: string) => byHand('p', task).replace('id="p"', `id="p" camunda:versionTag="${tag}"`)
    const { engine } = await begin(tagged('old', 'a'), tagged('old', 'b'), tagged('new', 'c'))
    const old = { key: 'p', versionTag: 'old' }
    expect((await engine.processes.find(old)).map(({ id }) => id)).toEqual(['p:2', 'p:1'])
    expect(await engine.processes.suspend(old)).toEqual({ definitionIds: ['p:2', 'p:1'], batchId: null })
    await expect(engine.start({ id: 'p:1' })).rejects.toMatchObject(suspended)
    expect(await engine.start('p')).toMatchObject({ definitionId: 'p:3' })
    expect(await engine.processes.resume({ ...old, version: 1 })).toMatchObject({ definitionIds: ['p:1'] })
    for (const versionTag of ['none', 'ol'])
      await expect(engine.processes.delete({ key: 'p', versionTag })).rejects.toMatchObject({ code: 'unknownDefinition' })
    const once = { idempotencyKey: 'k' }
    const answer = await engine.processes.resume(old, once)
    expect(await engine.processes.delete(old)).toEqual({ definitionIds: ['p:2', 'p:1'], batchId: null })
    expect(await engine.processes.resume(old, once)).toEqual(answer)
    expect((await engine.processes.list()).map(({ id }) => id)).toEqual(['p:3'])
    await engine.close()
  })

  test('of a tenant is the tenant’s; what all share is nobody’s', async () => {
    const { engine } = await begin(byHand())
    await engine.deploy(byHand(), { tenantId: 'A' })
    const [a, b] = [engine.as({ tenantId: 'A' }), engine.as({ tenantId: 'B' })]
    await a.processes.suspend('p')
    await expect(a.start('p')).rejects.toMatchObject(suspended)
    expect(await b.start('p')).toMatchObject({ definitionId: 'p:1' })
    await expect(b.processes.suspend('p')).rejects.toMatchObject({ code: 'unknownDefinition' })
    await expect(b.processes.suspend({ id: 'p:1' })).rejects.toMatchObject({ code: 'notAuthorized' })
    await engine.processes.suspend('p')
    await expect(b.start('p')).rejects.toMatchObject(suspended)
    await engine.close()
  })
})
