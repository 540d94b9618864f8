import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, service, user } from './process-model.ts'

const timer = (kind: string, text: string) =>
  `<bpmn:timerEventDefinition><bpmn:${kind} xsi:type="bpmn:tFormalExpression">${text}</bpmn:${kind}></bpmn:timerEventDefinition>`

/** A user task that is reminded of by a cycle and given up at a date. */
const asking = (cycle: string) =>
  processModel(
    'p',
    `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:endEvent id="end"/>
     <bpmn:boundaryEvent id="remind" attachedToRef="ask" cancelActivity="false">${timer('timeCycle', cycle)}</bpmn:boundaryEvent>
     <bpmn:boundaryEvent id="giveUp" attachedToRef="ask">${timer('timeDuration', 'P30D')}</bpmn:boundaryEvent>
     <bpmn:endEvent id="reminded"/><bpmn:endEvent id="over"/>`,
    'start -> ask\nask -> end\nremind -> reminded\ngiveUp -> over',
  )

const pausing = chain('p', [
  { id: 'pause', xml: `<bpmn:intermediateCatchEvent id="pause">${timer('timeDuration', 'P3D')}</bpmn:intermediateCatchEvent>` },
])

async function firedAt(engine: Engine, id: string): Promise<string[]> {
  const entries = await engine.history(id)
  return entries.filter(({ type }) => type === 'waitTriggered').map((entry) => `${entry.for} ${entry.at.slice(5, 16)}`)
}

describe.each(allStores)('a timer that is put at another time, on $name', ({ open }) => {
  const begin = async (model: string) => {
    const storage = open()
    const engine = await createEngine({ storage, clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(model)
    const { id } = await engine.start('p')
    const [element] = (await engine.instances.get(id))?.activeElements ?? []
    return { storage, engine, id, at: element?.elementInstanceId ?? '' }
  }

  test('is due then, earlier or later; who did it stands in the history, and what explains the instance says it', async () => {
    const { engine, id, at } = await begin(pausing)
    const heard: unknown[] = []
    engine.on('timerRescheduled', (event) => heard.push(event))
    const dueAt = '2026-01-01T06:00:00.000Z'
    for (let i = 0; i < 2; i++) await engine.jobs.reschedule(at, { dueAt, actor: 'kim', idempotencyKey: 'r' })
    expect(await engine.jobs.find()).toMatchObject([{ kind: 'timer', dueAt }])
    expect((await engine.history(id)).filter(({ type }) => type === 'timerRescheduled')).toMatchObject([
      { actor: 'kim', elementId: 'pause', for: 'pause', dueAt: Date.parse(dueAt), from: Date.parse('2026-01-04T00:00:00Z') },
    ])
    expect(heard).toMatchObject([{ instanceId: id, elementInstanceId: at, for: 'pause', actor: 'kim' }])
    const [job] = await engine.jobs.find()
    await engine.jobs.reschedule(job?.id ?? '', { dueAt: new Date('2026-01-01T12:00:00Z') })
    expect(await engine.explain(id)).toMatchObject([
      {
        text: '"pause" waits for the timer "pause" at 2026-01-01T12:00:00.000Z, where it was put instead of 2026-01-04T00:00:00.000Z.',
        waitsFor: [{ type: 'timer', dueAt: '2026-01-01T12:00:00.000Z', insteadOf: '2026-01-04T00:00:00.000Z' }],
      },
    ])
    await engine.advance('PT11H59M')
    expect(await firedAt(engine, id)).toEqual([])
    await engine.advance('PT1M')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await expect(engine.jobs.reschedule(at, { dueAt })).rejects.toMatchObject({ name: 'EngineError', code: 'instanceEnded' })
    await expect(engine.jobs.reschedule(job?.id ?? '', { dueAt })).rejects.toMatchObject({ code: 'unknownJob' })
    await engine.close()
  })

  test('in the past acts at once', async () => {
    const { engine, id, at } = await begin(pausing)
    await engine.jobs.reschedule(at, { dueAt: 0 })
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test.each([
    ['what follows in a cycle comes when it would have come', 'R3/PT1H', '2026-01-01T00:30', 'keep', ['00:30', '02:00', '03:00']],
    ['what it was put behind is passed over', 'R3/PT1H', '2026-01-01T03:30', 'keep', ['03:30', '04:00', '05:00']],
    ['or the interval counts from then', 'R3/PT1H', '2026-01-01T03:30', 'shift', ['03:30', '04:30', '05:30']],
    ['also where the cycle has a start', 'R2/2026-01-01T02:00:00Z/PT1H', '2026-01-01T01:15', 'shift', ['01:15', '02:15']],
    ['and a cron expression keeps its times', '0 0 */2 * * ?', '2026-01-01T03:30', 'shift', ['03:30', '04:00', '06:00']],
  ] as const)('%s', async (_, cycle, dueAt, following, fired) => {
    const { engine, id, at } = await begin(asking(cycle))
    await engine.jobs.reschedule(at, { elementId: 'remind', dueAt: `${dueAt}:00Z`, following })
    await engine.advance('PT6H30M')
    expect((await firedAt(engine, id)).slice(0, fired.length)).toEqual(fired.map((time) => `remind 01-01T${time}`))
    await engine.close()
  })

  test('is named by its event where there are several; the others stay', async () => {
    const { engine, at } = await begin(asking('R/P1D'))
    const dueAt = '2026-01-01T05:00:00.000Z'
    await expect(engine.jobs.reschedule(at, { dueAt })).rejects.toMatchObject({
      code: 'ambiguousTimer',
      message: expect.stringContaining('"remind", "giveUp"'),
    })
    await expect(engine.jobs.reschedule(at, { dueAt, elementId: 'other' })).rejects.toMatchObject({ code: 'notWaiting' })
    await expect(engine.jobs.reschedule(`${at}:remind`, { dueAt, elementId: 'giveUp' })).rejects.toMatchObject({ code: 'notWaiting' })
    await engine.jobs.reschedule(at, { dueAt, elementId: 'giveUp' })
    expect((await engine.jobs.find({ kind: 'timer' })).map(({ dueAt: due }) => due?.slice(0, 16)).sort()).toEqual([
      '2026-01-01T05:00',
      '2026-01-02T00:00',
    ])
    await engine.close()
  })

  test('while its instance is suspended acts after the resumption', async () => {
    const { engine, id, at } = await begin(pausing)
    await engine.instances.suspend(id)
    await engine.jobs.reschedule(at, { dueAt: '2026-01-01T01:00:00Z' })
    await engine.advance('PT2H')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'suspended' })
    await engine.jobs.reschedule(at, { dueAt: '2026-01-01T03:00:00Z' })
    await engine.instances.resume(id)
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
    await engine.advance('PT1H')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('just when a worker has taken it is not lost: it acts at its new time', async () => {
    const { storage, engine, id, at } = await begin(pausing)
    await engine.jobs.reschedule(at, { dueAt: 0 })
    const now = Date.parse('2026-01-01T00:00:00Z')
    const [claimed] = await storage.claim(jobs, { owner: 'other', now, leaseMs: 1_000, where: {}, limit: 1 })
    await engine.jobs.reschedule(at, { dueAt: '2026-01-01T01:00:00Z' })
    const gone = { collection: jobs, id: claimed?.record.id ?? '', revision: claimed?.revision ?? 0, fence: claimed?.fence ?? 0 }
    expect(await storage.commit([{ id: 'drop', expect: [gone], touch: [], put: [], delete: [gone], append: [] }])).toMatchObject([
      { conflict: [{}] },
    ])
    await engine.advance('PT1H')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('starts the next instance then, and the cycle goes on by its grid or from there', async () => {
    const clock = manualClock('2026-01-01T00:00:00Z')
    const engine = await createEngine({ storage: open(), clock })
    await engine.deploy(
      processModel(
        'p',
        `<bpmn:startEvent id="begin">${timer('timeCycle', 'R4/PT1H')}</bpmn:startEvent><bpmn:endEvent id="over"/>`,
        'begin -> over',
      ),
    )
    const [job] = await engine.jobs.find({ type: '$startTimer' })
    await engine.jobs.reschedule(job?.id ?? '', { dueAt: '2026-01-01T02:30:00Z', actor: 'kim' })
    await engine.advance('PT3H')
    await engine.jobs.reschedule(job?.id ?? '', { dueAt: '2026-01-01T03:45:00Z', following: 'shift' })
    await engine.advance('PT3H')
    const started = (await engine.instances.find()).map(({ startedAt }) => startedAt.slice(11, 16)).sort()
    expect(started).toEqual(['02:30', '03:00', '03:45', '04:45'])
    await engine.close()
  })

  test('or work that waits for its next attempt is tried then; nobody else’s lease is touched', async () => {
    const clock = manualClock('2026-01-01T00:00:00Z')
    const engine = await createEngine({ storage: open(), clock })
    await engine.deploy(chain('p', [service('a', 'pack'), user('b')]))
    await engine.start('p')
    const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w' })
    const id = job?.id ?? ''
    const later = { dueAt: '2026-01-01T08:00:00.000Z' }
    await expect(engine.jobs.reschedule(id, later)).rejects.toMatchObject({ code: 'illegalTransition' })
    await engine.jobs.fail(id, { token: job?.token ?? 0, message: 'no box', retryIn: 'PT1M' })
    const heard: unknown[] = []
    engine.on('jobRescheduled', (event) => heard.push(event))
    await engine.jobs.reschedule(id, { ...later, actor: 'kim' })
    expect(heard).toMatchObject([{ jobId: id, jobType: 'pack', dueAt: Date.parse(later.dueAt), actor: 'kim' }])
    clock.advance('PT7H')
    expect(await engine.jobs.fetch({ types: ['pack'], worker: 'w' })).toEqual([])
    clock.advance('PT1H')
    expect(await engine.jobs.fetch({ types: ['pack'], worker: 'w' })).toMatchObject([{ attempt: 2 }])
    await engine.close()
  })
})
