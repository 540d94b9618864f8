import type { Storage, StoredRecord } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { describe, expect, test } from 'vitest'
import { createEngine, type EngineOptions, manualClock } from '../../src/index.ts'
import { activities, commands, history } from '../../src/runtime/records/history.ts'
import { chunks, instances, scopes } from '../../src/runtime/records/instance.ts'
import { subscriptions } from '../../src/runtime/records/message.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { newFile } from './stores.ts'

const caller = chain('caller', [{ id: 'call', xml: '<bpmn:callActivity id="call" calledElement="p"/>' }, user('after')])
const caught = processModel(
  'paid',
  `<bpmn:startEvent id="start"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent><bpmn:endEvent id="end"/>`,
  'start -> end',
  `<bpmn:message id="m" name="paid"/>`,
)

const wrappedTask = processModel(
  'wrapped',
  `<bpmn:startEvent id="s"/><bpmn:subProcess id="sub"><bpmn:startEvent id="s1"/><bpmn:userTask id="t"/><bpmn:endEvent id="e1"/>
  <bpmn:sequenceFlow id="f1" sourceRef="s1" targetRef="t"/><bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="e1"/></bpmn:subProcess><bpmn:endEvent id="e"/>`,
  's -> sub; sub -> e',
)

describe.each(allStores)('cleaning up ($name)', ({ open }) => {
  test('deletes instances that ended before the time they are kept, with their history, and nothing else', async () => {
    const clock = manualClock('2026-01-01T09:00:00Z')
    const storage = open()
    const engine = await createEngine({ storage, clock, retention: { ended: 'P30D' } })
    await engine.deploy(chain('p', [user('a')]))
    const begin = async () => (await engine.start('p')).id
    const finish = async (id: string) => engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')
    const [old, open1, late] = [await begin(), await begin(), await begin()]
    await finish(old)
    clock.advance('P20D')
    await finish(late)
    clock.advance('P11D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 1 })
    expect(await engine.instances.get(old)).toBeNull()
    expect(await storage.find(history, { where: { id: [{ gt: `${old}#` }, { lt: `${old}$` }] }, limit: 10 })).toEqual([])
    expect(await engine.instances.get(open1)).toMatchObject({ status: 'active' })
    expect((await engine.history(late)).length).toBeGreaterThan(0)
    expect(await engine.cleanUp()).toMatchObject({ instances: 0 })
    await engine.close()
    await storage.close()
  })
})

describe.each(allStores)('cleaning up many ($name)', ({ open }) => {
  const TIMES = 50
  /** Fifty that ended a month ago and one that goes on; `seen` is what the engine has as its store. */
  const opened = async (seen: (storage: Storage) => Storage) => {
    const clock = manualClock('2026-01-01T09:00:00Z')
    const storage = open()
    const engine = await createEngine({ storage: seen(storage), clock, retention: { ended: 'P30D' }, history: { level: 'full' } })
    await engine.deploy(wrappedTask)
    const ids = await Promise.all(Array.from({ length: TIMES }, async () => (await engine.start('wrapped')).id))
    for (const { id } of await engine.tasks.find({ limit: 500 })) await engine.tasks.complete(id)
    const lasting = (await engine.start('wrapped')).id
    clock.advance('P31D')
    return { engine, storage, ids, lasting, close: () => engine.close().then(() => storage.close()) }
  }

  test('asks the store far less often than there are instances, and leaves nothing of them', async () => {
    let calls = 0
    const { engine, storage, lasting, close } = await opened((of) => heard(of, async () => void calls++))
    calls = 0
    expect(await engine.cleanUp()).toMatchObject({ instances: TIMES })
    expect(calls).toBeLessThan(TIMES)
    for (const collection of [history, activities, scopes, chunks, subscriptions, instances]) {
      const left = await storage.find<StoredRecord>(collection, { where: {}, limit: 500 })
      expect(left.filter(({ record }) => !record.id.startsWith(lasting))).toEqual([])
    }
    const [task] = await engine.tasks.find({})
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.instances.get(lasting)).toMatchObject({ status: 'completed' })
    await close()
  })

  test('leaves what another changes meanwhile, and that alone', async () => {
    let before = async (): Promise<void> => undefined
    const { engine, storage, ids, close } = await opened((of) => heard(of, (name) => (name === 'commit' ? before() : undefined)))
    const changed = ids[7] as string
    before = async () => {
      before = async () => undefined
      const touch = [{ collection: instances, id: changed }]
      await storage.commit([{ id: 'another', expect: [], touch, put: [], delete: [], append: [] }])
    }
    expect(await engine.cleanUp()).toMatchObject({ instances: TIMES - 1 })
    expect((await engine.instances.find({ status: 'completed' })).map(({ id }) => id)).toEqual([changed])
    expect(await engine.cleanUp()).toMatchObject({ instances: 1 })
    await close()
  })
})

/** The storage, with each call of it heard before it is made. */
function heard(storage: Storage, before: (name: string) => Promise<void> | undefined): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        await before(String(name))
        return member.apply(target, args)
      }
    },
  })
}

test('cleaning up lets the timers of the program fire meanwhile, though the store answers at once', async () => {
  const clock = manualClock('2026-01-01T09:00:00Z')
  const storage = sqliteStorage({ file: newFile() })
  const engine = await createEngine({ storage, clock, retention: { ended: 'P30D' } })
  await engine.deploy(chain('p', []))
  await Promise.all(Array.from({ length: 1_000 }, () => engine.start('p')))
  clock.advance('P31D')
  let isOver = false
  const firedBefore = new Promise<boolean>((resolve) => setTimeout(() => resolve(!isOver), 1))
  expect(await engine.cleanUp()).toMatchObject({ instances: 1_000 })
  isOver = true
  expect(await firedBefore).toBe(true)
  await engine.close()
  await storage.close()
})

test('a node that runs cleans up by itself, without being told to, what ended half a year ago', async () => {
  let now = Date.now()
  const file = newFile()
  const past = sqliteStorage({ file, now: () => now })
  const engine = await createEngine({ storage: past })
  await engine.deploy(chain('p', [user('u')]))
  const ended = await engine.start('p')
  await engine.instances.cancel(ended.id)
  const running = await engine.start('p')
  await engine.close()
  await past.close()
  now += 179 * 86_400_000
  const storage = sqliteStorage({ file, now: () => now })
  const node = await createEngine({ storage, retention: { everyMs: 1_000 }, worker: { leaseMs: 300 } })
  await node.run()
  now += 2 * 86_400_000
  while ((await node.instances.get(ended.id)) !== null) await new Promise((turn) => setTimeout(turn, 5))
  expect(await node.history(running.id)).not.toEqual([])
  await node.close()
  await storage.close()
})

test('an instance that was called goes after its caller', async () => {
  const clock = manualClock('2026-01-01T09:00:00Z')
  const engine = await createEngine({ clock, retention: { ended: 'P1D' } })
  await engine.deploy(chain('p', [user('a')]))
  await engine.deploy(caller)
  const { id } = await engine.start('caller')
  await engine.drain()
  const [called] = await engine.tasks.find({ elementId: 'a' })
  await engine.tasks.complete(called?.id ?? '')
  await engine.drain()
  clock.advance('P2D')
  expect(await engine.cleanUp()).toMatchObject({ instances: 0 })
  await engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')
  clock.advance('P2D')
  const first = await engine.cleanUp()
  const second = await engine.cleanUp()
  expect(first.instances + second.instances).toBe(2)
  expect(await engine.instances.count({})).toBe(0)
  await engine.close()
})

test('an instance that is spared for its caller loses its history in time all the same', async () => {
  const clock = manualClock('2026-01-01T09:00:00Z')
  const engine = await createEngine({ clock, retention: { ended: 'P1D', history: 'PT1H' } })
  await engine.deploy(chain('p', [user('a')]))
  await engine.deploy(caller)
  await engine.start('caller')
  await engine.drain()
  const [called] = await engine.tasks.find({ elementId: 'a' })
  await engine.tasks.complete(called!.id)
  await engine.drain()
  clock.advance('P2D')
  expect(await engine.cleanUp()).toMatchObject({ instances: 0, trimmed: 1 })
  expect(await engine.history(called!.instanceId!)).toEqual([])
  expect(await engine.cleanUp()).toMatchObject({ instances: 0, trimmed: 0 })
  await engine.close()
})

test('messages, keys and traces of commands whose time is over go too', async () => {
  const clock = manualClock('2026-01-01T09:00:00Z')
  const { storage, engine } = await withStore(clock, 'P30D')
  await engine.deploy(caught)
  await engine.messages.publish({ name: 'late', correlationKey: 'A', ttl: 'PT1H', messageId: '1' })
  await engine.start('p', { idempotencyKey: 'k' })
  expect(await engine.cleanUp()).toEqual({ instances: 0, trimmed: 0, messages: 0, keys: 0, commands: 0 })
  clock.advance('P31D')
  const gone = await engine.cleanUp()
  expect(gone).toMatchObject({ messages: 1, keys: 2 })
  expect(gone.commands).toBeGreaterThan(0)
  expect(await storage.count(commands, {}, 10)).toBe(0)
  expect(await storage.count(instances, {}, 10)).toBe(1)
  expect((await storage.count(scopes, {}, 10)) + (await storage.count(chunks, {}, 10))).toBe(0)
  await engine.close()
})

test('without a limit instances are kept for ever; a limit that is no duration is refused', async () => {
  const clock = manualClock('2026-01-01T09:00:00Z')
  const { engine } = await withStore(clock, null)
  const { id } = await engine.start('p')
  await engine.instances.cancel(id)
  clock.advance('P9Y')
  expect(await engine.cleanUp()).toMatchObject({ instances: 0 })
  await engine.close()
  await expect(createEngine({ retention: { ended: 'soon' } })).rejects.toMatchObject({ code: 'invalidOption' })
})

async function withStore(clock: ReturnType<typeof manualClock>, ended: string | null) {
  const storage = allStores[0]!.open()
  const engine = await createEngine({ storage, clock, retention: { ended } })
  await engine.deploy(chain('p', [user('a')]))
  return { storage, engine }
}

test('lengths of time that no timer of the platform takes are waited for, and not over at once', async () => {
  const warned: string[] = []
  const onWarning = ({ name, message }: Error): void => void (name === 'TimeoutOverflowWarning' && warned.push(message))
  process.on('warning', onWarning)
  const worked = await endOf(
    { retention: { everyMs: 30 * 86_400_000 } },
    { retention: { everyMs: Number.POSITIVE_INFINITY } },
    {
      worker: { leaseMs: 365 * 86_400_000, pollMs: Number.POSITIVE_INFINITY },
    },
  )
  const inlineOnly = { durability: 'wait', worker: { inlineMs: 2 ** 40 } } as const
  expect(await endOf(inlineOnly)).toEqual(['completed'])
  expect(worked).toEqual(['completed', 'completed', 'completed'])
  await new Promise((turn) => setImmediate(turn)) // warnings are told in a turn of their own
  process.off('warning', onWarning)
  expect(warned).toEqual([])
  await expect(createEngine({ worker: { leaseMs: 366 * 86_400_000 } })).rejects.toMatchObject({ code: 'invalidOption' })
})

/** What becomes of an instance with work that takes a turn, on a node that runs with each of these options. */
async function endOf(...all: readonly EngineOptions[]): Promise<readonly (string | undefined)[]> {
  const ends = []
  for (const options of all) {
    const handlers = { work: () => new Promise<void>((done) => setImmediate(done)) }
    const node = await createEngine({ ...options, handlers })
    const ended = new Promise((done) => node.on('instanceEnded', done))
    await node.deploy(chain('p', [service('s', 'work')]))
    await node.run()
    const { id } = await node.start('p')
    await ended
    ends.push((await node.instances.get(id))?.status)
    await node.close()
  }
  return ends
}
