import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { batchItems } from '../../src/runtime/records/batch.ts'
import { crashingStorage } from '../laws/crashing-storage.ts'
import { allStores } from './all-stores.ts'
import { chain, service, user } from './process-model.ts'

const AT = '2026-01-01T09:00:00Z'
const make = async (options: EngineOptions = {}): Promise<Engine> => {
  const engine = await createEngine({ clock: manualClock(AT), ...options })
  await engine.deploy(chain('p', [user('ask')]))
  return engine
}
const startMany = async (engine: Engine, count: number): Promise<string[]> => {
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push((await engine.start('p', { businessKey: `b${i % 2}` })).id)
  return ids
}

describe.each(allStores)('a bulk operation ($name)', ({ open }) => {
  test('is done by the worker, each instance by itself, with a report of one entry an instance', async () => {
    const engine = await make({ storage: open() })
    const ids = await startMany(engine, 120)
    await engine.tasks.complete(`${ids[7]}.2`)
    const { batchId } = await engine.instances.cancel({ instances: [...ids, 'nobody'] }, { reason: 'recall', actor: 'kim' })
    expect(await engine.batches.get(batchId)).toMatchObject({ state: 'running', total: 121, done: 0, failed: 0 })
    expect(await engine.instances.count({ status: 'active' })).toBe(119)
    await engine.drain()
    const batch = await engine.batches.get(batchId)
    expect(batch).toMatchObject({ operation: 'instances.cancel', state: 'done', total: 121, done: 119, failed: 2 })
    expect(batch?.report.map(({ instanceId }) => instanceId)).toEqual([...ids, 'nobody'])
    expect(batch?.report.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { instanceId: ids[7], code: 'instanceEnded' },
      { instanceId: 'nobody', code: 'unknownInstance' },
    ])
    const last = (await engine.history(ids[0] ?? '')).at(-1)
    expect(last).toMatchObject({ type: 'processEnded', actor: 'kim', reason: 'recall' })
    await engine.close()
  })

  test('by a query means what the query finds when the call is made', async () => {
    const engine = await make({ storage: open() })
    await startMany(engine, 6)
    const suspended = await engine.instances.suspend({ query: { businessKey: 'b1' } })
    await startMany(engine, 2)
    await engine.drain()
    expect(await engine.batches.get(suspended.batchId)).toMatchObject({ total: 3, done: 3, failed: 0 })
    expect(await engine.instances.count({ status: 'suspended' })).toBe(3)
    const resumed = await engine.instances.resume({ query: { processKey: 'p' } })
    const cancelled = await engine.instances.cancel({ query: { businessKey: 'b0' } })
    await engine.drain()
    expect(await engine.batches.get(resumed.batchId)).toMatchObject({ total: 3, done: 3 })
    expect(await engine.batches.get(cancelled.batchId)).toMatchObject({ total: 4, done: 4 })
    const deleted = await engine.instances.delete({ query: { processKey: 'p' } })
    await engine.drain()
    expect(await engine.batches.get(deleted.batchId)).toMatchObject({ total: 4, done: 4 })
    expect(await engine.instances.count()).toBe(4)
    await engine.close()
  })
})

describe.each(allStores)('many incidents and jobs ($name)', ({ open }) => {
  const failing = async (): Promise<{ readonly engine: Engine; readonly ids: readonly string[]; repair(): void }> => {
    let isDown = true
    const work = (): void => {
      if (isDown) throw new Error('no line')
    }
    const engine = await createEngine({ clock: manualClock(AT), storage: open(), handlers: { work }, retries: { attempts: 1 } })
    await engine.deploy(chain('p', [service('a', 'work')]))
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push((await engine.start('p')).id)
    await engine.drain()
    return { engine, ids, repair: () => (isDown = false) }
  }

  test('are resolved by a query, each once, with an entry each in the report', async () => {
    const { engine, ids, repair } = await failing()
    await engine.instances.cancel(ids[2] ?? '')
    const preview = await engine.incidents.resolve({ query: { jobType: 'work' }, dryRun: true })
    expect(preview).toMatchObject({ total: 2, report: ids.slice(0, 2).map((instanceId) => ({ instanceId, outcome: 'possible' })) })
    repair()
    const { batchId } = await engine.incidents.resolve({ query: { processKey: 'p', elementId: 'a' } }, { idempotencyKey: 'k' })
    expect(await engine.incidents.resolve({ query: { processKey: 'p', elementId: 'a' } }, { idempotencyKey: 'k' })).toEqual({ batchId })
    const named = await engine.incidents.resolve({ incidents: ['nothing'] })
    await engine.drain()
    const batch = await engine.batches.get(batchId)
    expect(batch).toMatchObject({ operation: 'incidents.resolve', state: 'done', total: 2, done: 2, failed: 0 })
    expect(batch?.report).toEqual(ids.slice(0, 2).map((id) => ({ instanceId: id, incidentId: `${id}.2:incident`, outcome: 'done' })))
    expect(await engine.batches.get(named.batchId)).toMatchObject({
      report: [{ instanceId: null, incidentId: 'nothing', outcome: 'failed', code: 'unknownIncident' }],
    })
    expect(await engine.instances.count({ status: 'completed' })).toBe(2)
    await engine.close()
  })

  test('get new attempts; one that a worker has stands in the report', async () => {
    const { engine, ids, repair } = await failing()
    const { batchId } = await engine.jobs.setRetries({ query: { type: 'work' } }, 2)
    expect(await engine.jobs.find({ type: 'work' })).toMatchObject([{ retriesLeft: 0 }, { retriesLeft: 0 }, { retriesLeft: 0 }])
    repair()
    await engine.drain()
    expect(await engine.batches.get(batchId)).toMatchObject({ operation: 'jobs.setRetries', state: 'done', done: 3, failed: 0 })
    expect(await engine.instances.count({ status: 'completed' })).toBe(3)
    expect(await engine.incidents.find()).toEqual([])
    const gone = await engine.jobs.setRetries({ jobs: [`${ids[0]}.2`], dryRun: true }, 2)
    expect(gone.report).toMatchObject([{ jobId: `${ids[0]}.2`, outcome: 'refused', code: 'unknownJob' }])
    await expect(engine.jobs.setRetries({ query: {} }, 0)).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(engine.jobs.setRetries({ instances: ids } as never, 1)).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.close()
  })
})

describe('a bulk operation', () => {
  test('as a dry run tells for each instance whether it could be done, and does nothing', async () => {
    const engine = await make()
    const ids = await startMany(engine, 2)
    await engine.instances.suspend(ids[1] ?? '')
    const preview = await engine.instances.suspend({ instances: [...ids, 'nobody'], dryRun: true })
    expect(preview).toMatchObject({
      total: 3,
      report: [
        { instanceId: ids[0], outcome: 'possible' },
        { instanceId: ids[1], outcome: 'refused', code: 'instanceSuspended' },
        { instanceId: 'nobody', outcome: 'refused', code: 'unknownInstance' },
      ],
    })
    expect(await engine.instances.delete({ query: {} }, { dryRun: true })).toEqual({ total: 0, report: [] })
    await engine.drain()
    expect(await engine.instances.count({ status: 'active' })).toBe(1)
    await engine.close()
  })

  test('that was cut off while it was written down means, called again with its key, what is there then and nothing else', async () => {
    const storage = memoryStorage()
    const engine = await make({ storage })
    const ids = await startMany(engine, 4)
    const dying = await createEngine({ storage: crashingStorage(storage, 0, 'lost').storage, clock: manualClock(AT) })
    await expect(dying.instances.cancel({ query: {} }, { idempotencyKey: 'k' })).rejects.toThrow('gone')
    for (const id of ids.slice(1)) await engine.instances.cancel(id)
    const { batchId } = await engine.instances.cancel({ query: {} }, { idempotencyKey: 'k' })
    await engine.drain()
    const batch = await engine.batches.get(batchId)
    expect(batch).toMatchObject({ total: 1, done: 1, failed: 0 })
    expect(batch?.report).toEqual([{ instanceId: ids[0], outcome: 'done' }])
    await engine.close()
  })

  test('that was cut off while its many instances were written down leaves nothing', async () => {
    const storage = memoryStorage()
    const engine = await make({ storage })
    const instances = Array.from({ length: 501 }, (_, i) => `i${i}`)
    const dying = await createEngine({ storage: crashingStorage(storage, 1, 'lost').storage, clock: manualClock(AT) })
    await expect(dying.instances.cancel({ instances })).rejects.toThrow('gone')
    expect(await storage.count(batchItems, {}, 1_000)).toBe(500)
    await engine.drain()
    expect(await storage.count(batchItems, {}, 1_000)).toBe(500)
    await engine.advance('PT1H')
    expect(await storage.count(batchItems, {}, 1_000)).toBe(0)
    const { batchId } = await engine.instances.cancel({ instances })
    await engine.drain()
    expect(await engine.batches.get(batchId)).toMatchObject({ state: 'done', total: 501, failed: 501 })
    await engine.close()
  })

  test('that two nodes ask for at once with one key is one batch, each instance in it once', async () => {
    const storage = memoryStorage()
    const one = await make({ storage })
    const other = await createEngine({ storage, clock: manualClock(AT) })
    await startMany(one, 5)
    const calls = [one, other, one].map((engine) => engine.instances.suspend({ query: {} }, { idempotencyKey: 'k' }))
    const [first, ...more] = await Promise.all(calls)
    expect(more).toEqual([first, first])
    await one.drain()
    const batch = await other.batches.get(first?.batchId ?? '')
    expect(batch).toMatchObject({ total: 5, done: 5, failed: 0 })
    expect(batch?.report).toHaveLength(5)
    expect(await storage.find(batchItems, { where: {}, orderBy: [{ field: 'id' }], limit: 100 })).toHaveLength(5)
    await one.close()
    await other.close()
  })

  test('is written down once by its key, and without instances is done at once', async () => {
    const engine = await make()
    await startMany(engine, 2)
    const first = await engine.instances.cancel({ query: {} }, { idempotencyKey: 'k' })
    expect(await engine.instances.cancel({ query: {} }, { idempotencyKey: 'k' })).toEqual(first)
    await engine.drain()
    const none = await engine.instances.cancel({ query: {} })
    expect(await engine.batches.get(none.batchId)).toMatchObject({ state: 'done', total: 0, report: [] })
    expect(await engine.batches.get('nothing')).toBeNull()
    await engine.close()
  })

  test('sees what its caller sees, and asks for each instance whether it may', async () => {
    const engine = await make({
      authorize: ({ instanceId, operation }) => operation !== 'instances.cancel' || !instanceId?.startsWith(forbidden),
    })
    let forbidden = 'none'
    const { id } = await engine.start('p', { tenantId: 't1' })
    const other = await engine.start('p', { tenantId: 't2' })
    const bound = engine.as({ tenantId: 't1', actor: 'kim' })
    const { batchId } = await bound.instances.cancel({ query: {} })
    const named = await bound.instances.cancel({ instances: [other.id] })
    await engine.drain()
    expect(await engine.batches.get(batchId)).toMatchObject({ report: [{ instanceId: id, outcome: 'done' }] })
    expect(await engine.batches.get(named.batchId)).toMatchObject({ report: [{ outcome: 'failed', code: 'unknownInstance' }] })
    expect(await engine.as({ tenantId: 't2' }).batches.get(batchId)).toBeNull()
    forbidden = other.id
    const refused = await engine.instances.cancel({ query: {} })
    await engine.drain()
    expect(await engine.batches.get(refused.batchId)).toMatchObject({ report: [{ outcome: 'failed', code: 'notAuthorized' }] })
    await engine.close()
  })

  test('refuses what names no instances', async () => {
    const engine = await make()
    for (const many of [{}, { instances: ['a'], query: {} }, { instances: 'a' }, { query: { limit: 'x', what: 1 } }])
      await expect(engine.instances.cancel(many as never)).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.close()
  })

  test.each(['lost', 'landed'] as const)('goes on where a crash cut it off, and does nothing twice (last commit %s)', async (last) => {
    for (let at = 0; at < 12; at++) {
      const inner = memoryStorage()
      const engine = await make({ storage: inner })
      await startMany(engine, 4)
      const { batchId } = await engine.instances.suspend({ query: {} })
      const dying = crashingStorage(inner, at, last)
      const crashed = await createEngine({ clock: manualClock(AT), storage: dying.storage, logger: quiet })
      const drained = crashed.drain().catch(() => undefined)
      await drained
      const survivor = await createEngine({ clock: manualClock('2026-01-01T10:00:00Z'), storage: inner })
      await survivor.drain()
      expect(await survivor.batches.get(batchId)).toMatchObject({ state: 'done', total: 4, done: 4, failed: 0 })
      for (const { id } of await survivor.instances.find())
        expect((await survivor.history(id)).filter(({ type }) => type === 'processSuspended')).toHaveLength(1)
      if (!dying.isDead()) break
    }
  })
})

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
