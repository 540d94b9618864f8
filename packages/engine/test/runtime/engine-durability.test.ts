import { describe, expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { replay } from '../../src/kernel/apply.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { history as historyRecords } from '../../src/runtime/records/history.ts'
import { instances } from '../../src/runtime/records/instance.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { sharedDatabases } from './shared-databases.ts'

describe.each(sharedDatabases)('two engines on $name', ({ make }) => {
  test('what one started the other completes', async () => {
    const open = make()
    const one = await createEngine({ storage: open() })
    const other = await createEngine({ storage: open() })
    await one.deploy(chain('p', [user('a'), user('b')]))
    const { id } = await one.start('p', { variables: { x: 1n } })
    for (const engine of [other, one]) {
      const [task] = await engine.tasks.find({ instanceId: id })
      expect(task?.variables).toEqual({ x: 1n })
      await engine.tasks.complete(task?.id ?? '')
    }
    expect(await other.instances.get(id)).toMatchObject({ status: 'completed', variables: { x: 1n } })
    await one.close()
    await other.close()
  })

  test('a contested completion is applied once', async () => {
    const open = make()
    const engines = [await createEngine({ storage: open() }), await createEngine({ storage: open() })]
    await engines[0]?.deploy(chain('p', [user('a'), user('b')]))
    for (let round = 0; round < 50; round++) {
      const { id } = (await engines[round % 2]?.start('p')) ?? { id: '' }
      const task = (await engines[0]?.tasks.find({ instanceId: id }))?.[0]?.id ?? ''
      const tries = await Promise.allSettled(engines.map((engine) => engine.tasks.complete(task)))
      expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
      expect((await engines[1]?.tasks.find({ instanceId: id }))?.map((one) => one.elementId)).toEqual(['b'])
    }
    for (const engine of engines) await engine.close()
  })

  test('work that was cut off is done by another engine when the lease ends, with the same idempotency key', async () => {
    const open = make()
    const keys: string[] = []
    const clock = manualClock('2026-01-01T09:00:00Z')
    const hangs = await createEngine({
      storage: open(),
      clock,
      worker: { inlineMs: 0 },
      handlers: {
        work: (job) => {
          keys.push(job.idempotencyKey)
          return new Promise(() => undefined)
        },
      },
    })
    await hangs.deploy(chain('p', [service('a', 'work')]))
    const { id } = await hangs.start('p')
    // Claimed as by a process that died right after: nobody renews this lease.
    const [claimed] = await hangs.jobs.fetch({ types: ['work'], worker: 'dead', lease: 'PT1M' })
    keys.push(claimed?.idempotencyKey ?? '')
    const other = await createEngine({
      storage: open(),
      clock,
      handlers: { work: (job) => void keys.push(job.idempotencyKey) },
    })
    await other.drain()
    expect(keys).toHaveLength(1)
    await other.advance('PT2M')
    expect((await other.instances.get(id))?.status).toBe('completed')
    expect(new Set(keys).size).toBe(1)
    await expect(other.jobs.complete(claimed?.id ?? '', { token: claimed?.token ?? 0 })).rejects.toMatchObject({ code: 'unknownJob' })
    await other.close()
  })
})

describe.each(sharedDatabases)('a handler that ends after its lease on $name', ({ make }) => {
  test.each(['gives a result', 'throws'])('and %s changes nothing: another node has done its work', async (how) => {
    const open = make()
    const clock = manualClock('2026-01-01T09:00:00Z')
    let begin = (): void => undefined
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    let end = (): void => undefined
    const late = async () => {
      begin()
      await new Promise<void>((resolve) => {
        end = resolve
      })
      if (how === 'throws') throw new Error('too late')
      return { by: 'late' }
    }
    const slow = await createEngine({ storage: open(), clock, handlers: { work: late } })
    const other = await createEngine({ storage: open(), clock, handlers: { work: () => ({ by: 'other' }) } })
    await slow.deploy(chain('p', [service('a', 'work'), user('b')]))
    const { id } = await slow.start('p')
    const draining = slow.drain()
    await begun
    await other.advance('PT1H')
    expect(await other.instances.get(id)).toMatchObject({ variables: { by: 'other' }, activeElements: [{ elementId: 'b' }] })
    const before = [await other.instances.get(id), await other.history(id), await other.jobs.find(), await other.incidents.find()]
    end()
    await draining
    expect([await other.instances.get(id), await other.history(id), await other.jobs.find(), await other.incidents.find()]).toEqual(before)
    for (const engine of [slow, other]) await engine.close()
  })
})

for (const { name, open } of allStores) {
  describe(`history on ${name}`, () => {
    test('the events of level full rebuild the state', async () => {
      const storage = open()
      const engine = await createEngine({
        storage,
        history: 'full',
        handlers: { work: (job) => ({ done: [...((job.variables.done as string[]) ?? []), job.elementId] }) },
      })
      await engine.deploy(
        processModel(
          'p',
          '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="work"/><bpmn:userTask id="b"/><bpmn:parallelGateway id="join"/><bpmn:userTask id="c"/><bpmn:endEvent id="end"/>',
          'start -> fork\nfork -> a\nfork -> b\na -> join\nb -> join\njoin -> c\nc -> end',
        ),
      )
      const { id } = await engine.start('p')
      await engine.drain()
      await engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')
      const records = await storage.find(historyRecords, {
        where: { id: [{ gt: `${id}#` }, { lt: `${id}$` }] },
        orderBy: [{ field: 'id' }],
        limit: 100,
      })
      const events = records.flatMap(({ record }) => record.body.e as KernelEvent[])
      const [stored] = await storage.get(instances, [id])
      expect(JSON.parse(JSON.stringify(replay(events).scopes.get(id)))).toEqual(JSON.parse(JSON.stringify(stored?.record.body.root)))
      await engine.close()
    })

    test('the past of an instance is told in order, by commands', async () => {
      const engine = await createEngine({ storage: open() })
      await engine.deploy(chain('p', [user('a'), user('b')]))
      const { id } = await engine.start('p', { actor: 'kim' })
      await engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '', { actor: 'lee' })
      const past = await engine.history(id)
      expect(past.map(({ seq, actor, type, elementId }) => [seq, actor, type, elementId ?? null])).toEqual([
        [1, 'kim', 'processStarted', null],
        [1, 'kim', 'elementActivated', 'start'],
        [1, 'kim', 'elementCompleted', 'start'],
        [1, 'kim', 'elementActivated', 'a'],
        [1, 'kim', 'elementWaits', 'a'],
        [2, 'lee', 'workFinished', 'a'],
        [2, 'lee', 'elementCompleted', 'a'],
        [2, 'lee', 'elementActivated', 'b'],
        [2, 'lee', 'elementWaits', 'b'],
      ])
      await engine.close()
    })

    test('level none keeps that a command was, and by whom', async () => {
      const engine = await createEngine({ storage: open(), history: 'none' })
      await engine.deploy(chain('p', [user('a')]))
      const { id } = await engine.start('p', { actor: 'kim' })
      expect(await engine.history(id)).toMatchObject([{ seq: 1, actor: 'kim', type: 'commandApplied' }])
      await engine.close()
    })

    test('an ended instance can be deleted with its past, a running one cannot', async () => {
      const engine = await createEngine({ storage: open() })
      await engine.deploy(chain('p', [user('a')]))
      const { id } = await engine.start('p')
      await expect(engine.instances.delete(id)).rejects.toMatchObject({ code: 'instanceRunning' })
      await engine.instances.cancel(id)
      await engine.instances.delete(id)
      expect(await engine.instances.get(id)).toBeNull()
      await expect(engine.history(id)).rejects.toMatchObject({ code: 'unknownInstance' })
      await engine.close()
    })
  })
}
