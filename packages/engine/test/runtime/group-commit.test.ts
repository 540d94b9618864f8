import { memoryStorage, type Storage } from '@leeway/storage'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { chain, service } from './process-model.ts'

// The engine gives way to its host after some milliseconds of work: a machine that is slow must not change what is counted here.
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

test('instances that came while others were being committed go on with them in one commit, not by turns with them', async () => {
  const sizes: number[] = []
  const storage: Storage = memoryStorage()
  const commit = storage.commit.bind(storage)
  let onCommit = (): void => {}
  // as over a wire: the answer comes in a later turn of the event loop
  storage.commit = async (sets) => {
    sizes.push(sets.length)
    onCommit()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    return commit(sets)
  }
  const steps = ['a', 'b', 'c', 'd', 'e', 'f']
  const handlers = Object.fromEntries(steps.map((step) => [step, () => undefined]))
  const engine = await createEngine({ storage, handlers, worker: { concurrencyMax: 16 } })
  await engine.deploy(
    chain(
      'work',
      steps.map((step) => service(step, step)),
    ),
  )
  const start = () => Array.from({ length: 8 }, () => engine.start('work'))
  sizes.length = 0
  const later = new Promise<unknown>((resolve) => {
    onCommit = () => {
      onCommit = () => {}
      resolve(Promise.all(start()))
    }
  })
  const running = engine.run()
  await Promise.all([...start(), later])
  await engine.drain()
  // The second eight start while the first are being committed; from then on all sixteen go together, the first eight a step ahead. By
  // turns it would be 14 commits of eight.
  expect(sizes).toEqual([8, 16, 16, 16, 16, 16, 16, 8])
  await running
  await engine.close()
})

/** A store that holds each commit until it is let go, and tells how many sets each has. */
function held(commitsAtOnce?: number): { readonly storage: Storage; readonly sizes: number[]; letGo(): void } {
  const storage: Storage = memoryStorage()
  if (commitsAtOnce !== undefined) storage.commitsAtOnce = commitsAtOnce
  const commit = storage.commit.bind(storage)
  const sizes: number[] = []
  let isHeld = true
  let release = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  storage.commit = async (sets) => {
    if (sets.some((set) => set.put.some(({ collection }) => collection.name === 'instances'))) {
      sizes.push(sets.length)
      if (isHeld) await released
    }
    return commit(sets)
  }
  const letGo = (): void => {
    isHeld = false
    release()
  }
  return { storage, sizes, letGo }
}

test.each([
  ['a store that takes one commit at a time gets the others when that has ended', undefined, [100]],
  ['a store that takes three at once gets parts while others are being decided, and what is too little for one waits', 3, [24, 24, 24]],
  ['a store that takes two at once', 2, [24, 24]],
] as const)('%s', async (_name, commitsAtOnce, sent) => {
  const { storage, sizes, letGo } = held(commitsAtOnce)
  const engine = await createEngine({ storage })
  await engine.deploy(chain('work', [service('a', 'none')]))
  const starts = Array.from({ length: 100 }, () => engine.start('work'))
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(sizes).toEqual(sent)
  letGo()
  await Promise.all(starts)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100)
  expect(await engine.instances.count()).toBe(100)
  await engine.close()
})
