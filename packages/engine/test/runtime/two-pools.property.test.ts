import { memoryStorage, type Storage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { correlationBy, trade } from './conversation-model.ts'

const MODEL = trade(correlationBy(['orderId'], ['order', 'answer', 'money']))

test('of two pools that talk, each message sent is received once, by its own conversation, wherever the process dies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 }), fc.boolean(), async (orders, commits, isLanded) => {
      const clock = manualClock('2026-01-01T00:00:00Z')
      const storage = memoryStorage({ now: () => clock.now() })
      const dying = await createEngine({ storage: mortal(storage, commits, isLanded), clock })
      await trades(dying, orders).catch(() => undefined)
      const engine = await createEngine({ storage, clock })
      await trades(engine, orders)
      await trades(engine, orders)
      const buyers = await engine.instances.find({ processKey: 'buyer' })
      const sellers = await engine.instances.find({ processKey: 'seller' })
      expect(buyers.map(({ status }) => status)).toEqual(Array(orders).fill('completed'))
      expect(sellers.map(({ status }) => status)).toEqual(Array(orders).fill('completed'))
      for (const { id } of [...buyers, ...sellers]) {
        const done = (await engine.history(id)).filter(({ type }) => type === 'elementCompleted').map(({ elementId }) => elementId)
        expect(new Set(done).size).toBe(done.length)
      }
      expect(await engine.jobs.find({})).toEqual([])
      await engine.close()
      await dying.close().catch(() => undefined)
    }),
    { numRuns: 40 },
  )
})

/** Every order is asked for once, and every seller's task is done. */
async function trades(engine: Engine, orders: number): Promise<void> {
  await engine.deploy(MODEL)
  for (let k = 0; k < orders; k++) await engine.start('buyer', { variables: { orderId: `order ${k}` }, idempotencyKey: `start ${k}` })
  await engine.drain()
  await engine.advance('PT10M')
  const tasks = await engine.tasks.find({})
  for (const task of [...tasks].reverse()) {
    await engine.tasks.complete(task.id)
    await engine.drain()
  }
  await engine.advance('PT10M')
}

/** A storage whose process dies at its n-th commit: just before that lands, or just after. */
function mortal(storage: Storage, commits: number, isLanded: boolean): Storage {
  let left = commits
  const dead = new Error('the process died')
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        if (left <= 0) throw dead
        if (name !== 'commit' || --left > 0) return member.apply(target, args)
        if (isLanded) await member.apply(target, args)
        throw dead
      }
    },
  })
}
