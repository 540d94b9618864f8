import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type EngineOptions, type Handler, type Job, manualClock } from '../../src/index.ts'
import { failingStorage } from './failing-storage.ts'
import { chain, processModel, service, user } from './process-model.ts'

/** A promise and what settles it. */
function gate<T = void>(): { readonly opened: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const three = chain('p', [service('a', 'a'), service('b', 'b'), service('c', 'c')])

describe("durability 'activity'", () => {
  test('commits after every activity: after a kill the finished handlers are not run again, the one cut off is, with the same idempotency key', async () => {
    const behind = memoryStorage()
    const clock = manualClock()
    const runs: string[] = []
    const inB = gate()
    const handlers = (b: Handler): EngineOptions => ({
      clock,
      worker: { leaseMs: 30_000 },
      handlers: {
        a: (job) => void runs.push(job.idempotencyKey),
        b(job) {
          runs.push(job.idempotencyKey)
          return b(job)
        },
        c: (job) => void runs.push(job.idempotencyKey),
      },
    })
    const failing = failingStorage(behind)
    const doomed = await createEngine({
      ...handlers(() => {
        failing.die()
        inB.open()
        return new Promise<never>(() => undefined)
      }),
      storage: failing.storage,
    })
    await doomed.deploy(three)
    const { id } = await doomed.start('p')
    void doomed.drain()
    await inB.opened

    const next = await createEngine({ ...handlers(() => ({ packed: true })), storage: behind })
    await next.drain()
    expect(await next.instances.get(id), 'its lease still runs').toMatchObject({ activeElements: [{ elementId: 'b' }] })
    await next.advance('PT31S')
    expect(await next.instances.get(id)).toMatchObject({ status: 'completed', variables: { packed: true } })
    expect(runs.map((key) => key.slice(id.length))).toEqual(['/a:1', '/b:1', '/b:1', '/c:1'])
    expect(runs.every((key) => key.startsWith(id))).toBe(true)
    await next.close()
  })

  test('commits the start before any handler runs, and each activity by itself', async () => {
    const failing = failingStorage(memoryStorage())
    const seen: number[] = []
    const note = (): void => void seen.push(failing.landed.length)
    const engine = await createEngine({ storage: failing.storage, handlers: { a: note, b: note, c: note } })
    await engine.deploy(three)
    const before = failing.landed.length
    await engine.start('p')
    await engine.drain()
    expect(seen.map((count) => count - before)).toEqual([1, 2, 3])
    expect(failing.landed.length - before).toBe(4)
    await engine.close()
  })

  test('a handler whose result met a conflict is not run again: its result is applied on the fresh state', async () => {
    const storage = memoryStorage()
    let runs = 0
    const other = await createEngine({ storage })
    const engine = await createEngine({
      storage,
      handlers: {
        async a(job) {
          runs++
          await other.instances.setVariables(job.instanceId, { meanwhile: true })
          return { done: true }
        },
      },
    })
    await engine.deploy(chain('p', [service('a', 'a')]))
    const { id } = await engine.start('p')
    await engine.drain()
    expect(runs).toBe(1)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { meanwhile: true, done: true } })
    await engine.close()
    await other.close()
  })
})

describe("durability 'wait'", () => {
  test('goes on through handlers that finish, in one commit up to the next wait', async () => {
    const failing = failingStorage(memoryStorage())
    const runs: string[] = []
    const note = (job: Job): Promise<void> => Promise.resolve(void runs.push(job.elementId))
    const engine = await createEngine({
      storage: failing.storage,
      durability: 'wait',
      handlers: { a: note, b: (job) => void runs.push(job.elementId), c: note },
    })
    await engine.deploy(chain('p', [service('a', 'a'), service('b', 'b'), service('c', 'c'), user('ask')]))
    const before = failing.landed.length
    const { id } = await engine.start('p')
    expect(runs).toEqual(['a', 'b', 'c'])
    expect(failing.landed.length - before).toBe(1)
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'ask' }] })
    await engine.close()
  })

  test('cut off before its commit the whole command is as if it had not been; repeated, its handlers run again', async () => {
    const behind = memoryStorage()
    const failing = failingStorage(behind)
    let runs = 0
    const inA = gate()
    const doomed = await createEngine({
      storage: failing.storage,
      durability: 'wait',
      handlers: {
        a() {
          runs++
          failing.die()
          inA.open()
        },
      },
    })
    await doomed.deploy(chain('p', [service('a', 'a')]))
    void doomed.start('p', { idempotencyKey: 'once' })
    await inA.opened
    const next = await createEngine({ storage: behind, durability: 'wait', handlers: { a: () => void runs++ } })
    expect(await next.instances.count()).toBe(0)
    const { id } = await next.start('p', { idempotencyKey: 'once' })
    expect(await next.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(runs).toBe(2)
    await next.close()
  })

  test('overtaken by other nodes the command is decided again, and no handler that has answered is run again', async () => {
    const storage = memoryStorage()
    const overtaken = failingStorage(storage).storage
    const commit = overtaken.commit.bind(overtaken)
    let left = 0
    overtaken.commit = async (sets) => {
      if (left > 0) await other.instances.setVariables(id, { [`overtaken${--left}`]: true })
      return commit(sets)
    }
    const runs: string[] = []
    const handlers: Readonly<Record<string, Handler>> = {
      a: (job) => void runs.push(job.elementId),
      b: async (job) => ({ of: `${job.elementId} ${runs.push(job.elementId)}` }),
      c: (job) => void runs.push(job.elementId),
    }
    const engine = await createEngine({ storage: overtaken, durability: 'wait', handlers })
    const other = await createEngine({ storage, durability: 'wait', handlers })
    await engine.deploy(chain('p', [user('ask'), service('a', 'a'), service('b', 'b'), service('c', 'c'), user('look')]))
    const { id } = await engine.start('p')
    const [task] = await engine.tasks.find({ instanceId: id })
    left = 2
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.instances.get(id)).toMatchObject({
      activeElements: [{ elementId: 'look' }],
      variables: { of: 'b 2', overtaken0: true, overtaken1: true },
    })
    expect(runs).toEqual(['a', 'b', 'c'])
    await engine.close()
    await other.close()
  })

  test.each([0, 5])('with inlineMs %d a slow handler does not hold up the command; its result comes later', async (inlineMs) => {
    const slow = gate<{ done: boolean }>()
    const engine = await createEngine({ durability: 'wait', worker: { inlineMs }, handlers: { a: () => slow.opened } })
    await engine.deploy(chain('p', [service('a', 'a'), user('ask')]))
    const { id } = await engine.start('p')
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'a', phase: 'waiting' }] })
    expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ leaseOwner: expect.any(String) }])
    slow.open({ done: true })
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'ask' }], variables: { done: true } })
    await engine.close()
  })

  test('with inlineMs Infinity the command waits for its handlers however long they take', async () => {
    const engine = await createEngine({
      durability: 'wait',
      worker: { inlineMs: Number.POSITIVE_INFINITY },
      handlers: { a: () => new Promise((resolve) => setTimeout(resolve, 40)) },
    })
    await engine.deploy(chain('p', [service('a', 'a')]))
    expect(await engine.instances.get((await engine.start('p')).id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })
})

describe.each(['activity', 'wait'] as const)("with durability '%s'", (durability) => {
  const guarded = processModel(
    'p',
    `<bpmn:startEvent id="start"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="a"/><bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT10M</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
     <bpmn:userTask id="look"/><bpmn:endEvent id="end"/>`,
    'start -> a\na -> end\nlate -> look\nlook -> end',
  )

  test('slow work blocks neither a boundary timer nor a cancel, and what it gives then comes to nothing', async () => {
    const slow = gate<{ tooLate: boolean }>()
    const begun: Job[] = []
    const clock = manualClock()
    const engine = await createEngine({
      clock,
      durability,
      worker: { inlineMs: 5, leaseMs: 86_400_000 },
      handlers: {
        a(job) {
          begun.push(job)
          return slow.opened
        },
      },
    })
    await engine.deploy(guarded)
    const one = await engine.start('p')
    const two = await engine.start('p')
    const draining = engine.drain()
    while (begun.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await engine.instances.cancel(two.id)
    expect(await engine.instances.get(two.id)).toMatchObject({ status: 'terminated' })
    expect(begun.find((job) => job.instanceId === two.id)?.signal.aborted, 'the signal of cancelled work').toBe(true)
    clock.advance('PT10M')
    const looked = new Promise((resolve) => engine.on('taskCreated', resolve))
    void engine.drain()
    await looked
    expect(await engine.instances.get(one.id)).toMatchObject({ activeElements: [{ elementId: 'look' }] })
    expect(begun.find((job) => job.instanceId === one.id)?.signal.aborted, 'the signal of interrupted work').toBe(true)
    slow.open({ tooLate: true })
    await draining
    expect(await engine.instances.get(one.id)).toMatchObject({ status: 'active', variables: {}, activeElements: [{ elementId: 'look' }] })
    expect(await engine.incidents.find()).toEqual([])
    expect(await engine.jobs.find()).toEqual([])
    await engine.close()
  })

  test('a handler that took longer than its timeout has failed, and its signal is aborted', async () => {
    let signal: AbortSignal | null = null
    const engine = await createEngine({
      clock: manualClock(),
      durability,
      handlers: {
        a: {
          run(job) {
            signal = job.signal
            return new Promise<never>(() => undefined)
          },
          timeout: 'PT0.01S',
          attempts: 1,
        },
      },
    })
    await engine.deploy(chain('p', [service('a', 'a')]))
    await engine.start('p')
    await engine.drain()
    expect(await engine.incidents.find()).toMatchObject([{ code: 'timeout', jobType: 'a' }])
    expect((signal as AbortSignal | null)?.aborted).toBe(true)
    await engine.close()
  })

  test('attempts count on, and back-off doubles from one second where nothing says otherwise', async () => {
    const at: string[] = []
    const jobs: [number, number][] = []
    const clock = manualClock('2026-01-01T00:00:00Z')
    const engine = await createEngine({
      clock,
      durability,
      retries: { attempts: 4 },
      handlers: {
        a(job) {
          at.push(new Date(clock.now()).toISOString().slice(14, 19))
          jobs.push([job.attempt, job.retriesLeft])
          throw new Error('no')
        },
      },
    })
    await engine.deploy(chain('p', [service('a', 'a')]))
    const { id } = await engine.start('p')
    await engine.advance('PT1H')
    expect(at).toEqual(['00:00', '00:01', '00:03', '00:07'])
    expect(jobs).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
      [4, 0],
    ])
    expect(await engine.incidents.find({ instanceId: id })).toMatchObject([
      { code: 'handlerFailed', message: 'no', jobType: 'a', elementId: 'a' },
    ])
    await engine.close()
  })

  test('what a handler returns that cannot be kept is an incident at once, not a crash', async () => {
    const engine = await createEngine({ clock: manualClock(), durability, handlers: { a: () => ({ f: () => 1 }) } })
    await engine.deploy(chain('p', [service('a', 'a')]))
    await engine.start('p')
    await engine.drain()
    expect(await engine.incidents.find()).toMatchObject([{ code: 'invalidResult', message: expect.stringContaining('f') }])
    await engine.close()
  })
})
