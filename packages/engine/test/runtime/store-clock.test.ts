import { memoryStorage, type Storage } from '@leeway/storage'
import { afterEach, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/index.ts'
import { chain, wait } from './process-model.ts'

const AT = Date.parse('2026-05-01T12:00:00Z')
const MINUTES = 60_000
let engine: Engine
afterEach(() => engine.close())

test('A node whose clock is set right later dates timers by the store all along', async () => {
  const store = asked()
  const clock = { at: AT - 10 * MINUTES, now: () => clock.at }
  engine = await createEngine({ storage: store.storage, clock, worker: { leaseMs: 30 } })
  await engine.deploy(chain('p', [wait('t', 'PT1H')]))
  expect(await dueOfNew()).toBe('2026-05-01T13:00:00.000Z')
  clock.at = AT
  await store.again()
  expect(await dueOfNew()).toBe('2026-05-01T13:00:00.000Z')
  clock.at = AT + 3 * MINUTES
  await store.again()
  expect(await dueOfNew()).toBe('2026-05-01T13:00:00.000Z')
})

test('A clock that was set is held against the store before the next heartbeat', async () => {
  const store = asked()
  const clock = { skew: 0, now: () => AT + clock.skew }
  engine = await createEngine({ storage: store.storage, clock, worker: { leaseMs: 3_600_000, pollMs: 5 } })
  await engine.deploy(chain('p', [wait('t', 'PT1H')]))
  clock.skew = 10 * MINUTES
  await store.again()
  expect(await dueOfNew()).toBe('2026-05-01T13:00:00.000Z')
})

test('Without a storage of the host the engine goes by its own clock, whatever the computer’s says', async () => {
  const clock = { at: AT, now: () => clock.at }
  engine = await createEngine({ clock, worker: { leaseMs: 30 } })
  await engine.deploy(chain('p', [wait('t', 'PT1H')]))
  expect(await dueOfNew()).toBe('2026-05-01T13:00:00.000Z')
  clock.at += 60 * MINUTES
  await engine.drain()
  expect(await engine.instances.count({ status: 'completed' })).toBe(1)
})

test('A store that cannot tell the time for a while leaves what is known', async () => {
  const store = asked()
  const clock = { now: () => AT - 10 * MINUTES }
  engine = await createEngine({ storage: store.storage, clock, worker: { leaseMs: 30 } })
  await engine.deploy(chain('p', [wait('t', 'PT1H')]))
  store.fail()
  await store.again()
  expect(await dueOfNew()).toBe('2026-05-01T13:00:00.000Z')
})

async function dueOfNew(): Promise<string | null | undefined> {
  const { id } = await engine.start('p')
  return (await engine.jobs.find({ instanceId: id }))[0]?.dueAt
}

/** A store whose clock stands still, and that tells when it was asked for the time once more, and answered. */
function asked(): { readonly storage: Storage; again(): Promise<void>; fail(): void } {
  const storage = memoryStorage({ now: () => AT })
  let waiting: (() => void)[] = []
  let isFailing = false
  storage.now = async () => {
    const heard = waiting
    waiting = []
    for (const wake of heard) setImmediate(wake)
    if (isFailing) throw new Error('no time')
    return AT
  }
  return {
    storage,
    fail: () => {
      isFailing = true
    },
    again: () => new Promise((resolve) => waiting.push(resolve)),
  }
}
