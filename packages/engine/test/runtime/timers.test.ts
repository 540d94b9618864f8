import { memoryStorage, type Storage } from '@leeway/storage'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { runCommand } from '../../src/runtime/run-command.ts'
import { failingStorage } from './failing-storage.ts'
import { createNode } from './message-node.ts'
import { chain, processModel, user, wait } from './process-model.ts'
import { sharedDatabases } from './shared-databases.ts'
import { stores } from './stores.ts'

type Kind = 'timeDate' | 'timeDuration' | 'timeCycle'

function timer(kind: Kind, text: string): string {
  return `<bpmn:timerEventDefinition><bpmn:${kind} xsi:type="bpmn:tFormalExpression">${text}</bpmn:${kind}></bpmn:timerEventDefinition>`
}

/** A user task with a boundary timer that leads to a user task of its own. */
function reminding(kind: Kind, text: string, isInterrupting = false): string {
  return processModel(
    'p',
    `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:boundaryEvent id="late" attachedToRef="ask" cancelActivity="${isInterrupting}">${timer(kind, text)}</bpmn:boundaryEvent>
     <bpmn:userTask id="remind"/><bpmn:endEvent id="end"/>`,
    'start -> ask\nask -> end\nlate -> remind\nremind -> end',
  )
}

/** A process with one timer to be caught. */
function catching(kind: Kind, text: string): string {
  return chain('p', [{ id: 'pause', xml: `<bpmn:intermediateCatchEvent id="pause">${timer(kind, text)}</bpmn:intermediateCatchEvent>` }])
}

/** A process that a timer starts. */
function startingBy(cycle: string): string {
  return processModel(
    'begun',
    `<bpmn:startEvent id="begin">${timer('timeCycle', cycle)}</bpmn:startEvent><bpmn:endEvent id="over"/>`,
    'begin -> over',
  )
}

/** When the boundary timer fired, to the second. */
async function firedAt(engine: Engine, id: string): Promise<string[]> {
  return (await engine.history(id)).filter((entry) => entry.type === 'waitTriggered').map((entry) => entry.at.slice(0, 19))
}

async function dueAt(engine: Engine): Promise<(string | null)[]> {
  return (await engine.jobs.find({ kind: 'timer' })).map((job) => job.dueAt)
}

describe.each(stores)('a timer on $name', ({ open }) => {
  test('that is 60 days away fires then, not before', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(catching('timeDuration', 'P60D'))
    const { id } = await engine.start('p')
    await engine.advance('P59DT23H59M59S')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
    await engine.advance('PT1S')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', endedAt: '2026-03-02T00:00:00.000Z' })
    await engine.close()
  })

  test('that cycles is due again an interval after it was due, however late it fired, and at most as often as it says', async () => {
    const clock = manualClock('2026-01-01T09:00:00Z')
    const engine = await createEngine({ storage: open(), clock })
    await engine.deploy(reminding('timeCycle', 'R3/PT10M'))
    const { id } = await engine.start('p')
    clock.advance('PT13M') // the node was busy: nothing worked meanwhile
    await engine.drain()
    expect(await firedAt(engine, id)).toEqual(['2026-01-01T09:13:00'])
    expect(await dueAt(engine)).toEqual(['2026-01-01T09:20:00.000Z'])
    await engine.advance('PT3H')
    expect(await firedAt(engine, id)).toEqual(['2026-01-01T09:13:00', '2026-01-01T09:20:00', '2026-01-01T09:30:00'])
    expect(await dueAt(engine)).toEqual([])
    expect(await engine.tasks.find({ elementId: 'remind' })).toHaveLength(3)
    await engine.close()
  })

  test('fires once, though two engines on one store look for it', async () => {
    const storage = open()
    const clock = manualClock()
    const engines = await Promise.all([createEngine({ storage, clock }), createEngine({ storage, clock })])
    const [one, other] = engines
    await one.deploy(reminding('timeDuration', 'PT1H'))
    const started = await Promise.all(Array.from({ length: 12 }, () => one.start('p')))
    clock.advance('PT2H')
    await Promise.all(engines.map((engine) => engine.drain()))
    for (const { id } of started) expect(await firedAt(other, id)).toHaveLength(1)
    expect(await one.tasks.count({ elementId: 'remind' })).toBe(12)
    await Promise.all(engines.map((engine) => engine.close()))
  })
})

describe('a timer', () => {
  test.each(sharedDatabases)('survives the restart of its process on $name: what came due meanwhile fires once', async ({ make }) => {
    const open = make()
    const first = open()
    const engine = await createEngine({ storage: first, clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(reminding('timeDuration', 'PT1H', true))
    const { id } = await engine.start('p')
    await engine.close()
    await first.close()
    const second = open()
    const later = await createEngine({ storage: second, clock: manualClock('2026-01-05T00:00:00Z') })
    expect(await dueAt(later)).toEqual(['2026-01-01T01:00:00.000Z'])
    await later.drain()
    expect(await firedAt(later, id)).toEqual(['2026-01-05T00:00:00'])
    expect(await later.tasks.find()).toMatchObject([{ elementId: 'remind' }])
    await later.drain()
    expect(await later.tasks.count()).toBe(1)
    await later.close()
    await second.close()
  })

  test('that cycles makes up for each occurrence of an outage, and keeps its grid', async () => {
    const storage = memoryStorage()
    const engine = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(reminding('timeCycle', 'R/PT1H'))
    const { id } = await engine.start('p')
    await engine.close()
    const later = await createEngine({ storage, clock: manualClock('2026-01-01T03:30:00Z') })
    await later.drain()
    expect(await firedAt(later, id)).toEqual(Array(3).fill('2026-01-01T03:30:00'))
    expect(await dueAt(later)).toEqual(['2026-01-01T04:00:00.000Z'])
    await later.close()
  })

  test.each([
    ['a date in the past fires at once', 'timeDate', '2020-01-01T00:00:00Z', '2026-01-01T00:00:00'],
    ['a date without a zone is in the engine’s', 'timeDate', '2026-01-02T10:00:00', '2026-01-02T09:00:00'],
    ['a cron expression follows the engine’s zone', 'timeCycle', '0 0 9 * * ?', '2026-01-01T08:00:00'],
    ['a cycle with a start begins there', 'timeCycle', 'R2/2026-01-03T00:00:00Z/P1D', '2026-01-03T00:00:00'],
    ['of a cycle that is caught only the first occurrence counts', 'timeCycle', 'R5/PT1H', '2026-01-01T01:00:00'],
  ] as const)('%s', async (_rule, kind, text, at) => {
    const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), timeZone: 'Europe/Berlin' })
    await engine.deploy(catching(kind, text))
    const { id } = await engine.start('p')
    await engine.advance('P10D')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(await firedAt(engine, id)).toEqual([at])
    await engine.close()
  })

  test('at nine in a zone stays at nine when the clocks change, and a day is a day there', async () => {
    for (const text of ['0 0 9 * * ?', 'R3/2026-03-28T09:00:00/P1D']) {
      const engine = await createEngine({ clock: manualClock('2026-03-27T12:00:00Z'), timeZone: 'Europe/Berlin' })
      await engine.deploy(reminding('timeCycle', text))
      const { id } = await engine.start('p')
      await engine.advance({ to: '2026-03-30T12:00:00Z' })
      expect(await firedAt(engine, id)).toEqual(['2026-03-28T08:00:00', '2026-03-29T07:00:00', '2026-03-30T07:00:00'])
      await engine.close()
    }
  })

  test.each([
    ['R4/P1M', 'UTC', '2027-01-31T10:00:00', ['2027-02-28T10:00:00', '2027-03-31T10:00:00', '2027-04-30T10:00:00', '2027-05-31T10:00:00']],
    ['R4/P1Y', 'UTC', '2028-02-29T10:00:00', ['2029-02-28T10:00:00', '2030-02-28T10:00:00', '2031-02-28T10:00:00', '2032-02-29T10:00:00']],
    ['R2/P1D', 'Europe/Berlin', '2026-03-28T01:30:00', ['2026-03-29T01:30:00', '2026-03-30T00:30:00']], // 02:30, which the 29th does not have
  ])(
    '%s keeps the day and the time of its beginning, behind short months and changes of the clocks',
    async (cycle, timeZone, from, dues) => {
      const engine = await createEngine({ clock: manualClock(`${from}Z`), timeZone })
      await engine.deploy([
        { name: 'within.bpmn', content: reminding('timeCycle', cycle) },
        { name: 'start.bpmn', content: startingBy(cycle) },
      ])
      const { id } = await engine.start('p')
      await engine.advance({ to: `${dues.at(-1)}Z` })
      expect(await firedAt(engine, id)).toEqual(dues)
      const started = await engine.instances.find({ processKey: 'begun' })
      expect(started.map(({ startedAt }) => startedAt.slice(0, 19))).toEqual(dues)
      await engine.close()
    },
  )

  test('R0 never fires', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(reminding('timeCycle', 'R0/PT1H'))
    const { id } = await engine.start('p')
    await engine.advance('P1D')
    expect(await firedAt(engine, id)).toEqual([])
    await engine.close()
  })

  test('takes its time from a variable; a text that is no time is an incident, which can be resolved', async () => {
    const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(catching('timeDuration', '${patience}'))
    const { id } = await engine.start('p', { variables: { patience: 'for ever' } })
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ code: 'invalidTimer', elementId: 'pause' })
    await engine.instances.setVariables(id, { patience: 'PT5M' })
    await engine.incidents.resolve(incident?.id ?? '')
    expect(await dueAt(engine)).toEqual(['2026-01-01T00:05:00.000Z'])
    await engine.close()
  })

  test('goes with its activity: completing or cancelling leaves none behind', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(reminding('timeCycle', 'R/PT1H'))
    const one = await engine.start('p')
    await engine.start('p')
    expect(await dueAt(engine)).toHaveLength(2)
    await engine.instances.cancel(one.id)
    await engine.tasks.complete((await engine.tasks.find({ elementId: 'ask' }))[0]?.id ?? '')
    expect(await dueAt(engine)).toEqual([])
    await engine.close()
  })
})

describe('with the computer’s clock', () => {
  afterEach(() => vi.restoreAllMocks())

  test('a timer 60 days away never makes a platform timer wait longer than one can, and does not fire', async () => {
    const waits: number[] = []
    const platform = globalThis.setTimeout
    // The platform's own function, listened to.
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
      waits.push(ms ?? 0)
      return platform(run, ms)
    }) as typeof setTimeout)
    const engine = await createEngine({ worker: { pollMs: 10 * 365 * 86_400_000 } })
    await engine.deploy(chain('p', [wait('pause', 'P60D'), user('after')]))
    const { id } = await engine.start('p')
    await engine.run()
    for (let i = 0; i < 200 && waits.length === 0; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(waits.length).toBeGreaterThan(0)
    expect(Math.max(...waits)).toBeLessThanOrEqual(2 ** 31 - 1)
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'pause' }] })
    await engine.close()
  })

  test('a running engine fires a timer when it is due, without being asked and however rarely it polls', async () => {
    const engine = await createEngine({ worker: { pollMs: 86_400_000 } })
    await engine.deploy(chain('p', [wait('pause', 'PT0.05S')]))
    await engine.run()
    const ended = new Promise<number>((resolve) => engine.on('instanceEnded', () => resolve(Date.now())))
    const begun = Date.now()
    await engine.start('p')
    expect((await ended) - begun).toBeGreaterThanOrEqual(45)
    await engine.close()
  })
})

test('a timer that becomes due between the look for due work and the look for what is due next does not wait for the next poll', async () => {
  let now = Date.UTC(2026, 0, 1)
  const due = now + 60_000
  const behind = memoryStorage({ now: () => now })
  const { storage } = failingStorage(behind)
  const claim: Storage['claim'] = async (collection, request) => {
    const claimed = await behind.claim(collection, request)
    if (now < due && claimed.length === 0 && (await behind.count(jobs, {}, 1)) > 0) now = due // just after the look
    return claimed
  }
  const engine = await createEngine({ storage: { ...storage, claim }, clock: { now: () => now }, worker: { pollMs: 86_400_000 } })
  await engine.deploy(chain('p', [wait('pause', 'PT1M')]))
  const ended = new Promise((resolve) => engine.on('instanceEnded', resolve))
  await engine.start('p')
  await engine.run()
  await ended
  await engine.close()
}, 20_000)

test('a continuation that failed is due when it is to be tried again; as an incident it rests, and is due when that is resolved', async () => {
  const node = await createNode()
  await node.deploy(chain('p', [user('ask', 'camunda:asyncBefore="true"')]))
  const id = await node.start('p')
  const place = { scopeId: id, n: 2 }
  const fail = (retryAt: number | null) => {
    const command = { type: 'failWork', ...place, code: 'broken', message: 'no line', retriesLeft: 0, retryAt } as const
    return runCommand(node.engine, { instanceId: id, command, actor: null })
  }
  const due = async () => (await node.jobs()).map(({ record }) => [record.kind, record.dueAt])
  expect(await due()).toEqual([['continuation', node.clock.now()]])
  const later = node.clock.now() + 5_000
  expect(await fail(later)).toMatchObject({ type: 'done' })
  expect(await due()).toEqual([['continuation', later]])
  expect(await fail(null)).toMatchObject({ type: 'done' })
  expect(await due()).toEqual([])
  expect(await runCommand(node.engine, { instanceId: id, command: { type: 'resolveIncident', ...place }, actor: null })).toMatchObject({
    type: 'done',
  })
  expect(await due()).toEqual([['continuation', node.clock.now()]])
})
