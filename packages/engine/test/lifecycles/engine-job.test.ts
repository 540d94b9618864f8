import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type ManualClock, manualClock } from '../../src/index.ts'
import { jobLifecycle, jobMachine } from '../../src/lifecycles/job.ts'
import { processModel } from '../runtime/process-model.ts'
import { type Drive, followPaths, tryEverything, walkAtRandom } from './driven-chart.ts'
import { type Holder, holderOf } from './holding.ts'

const model = processModel(
  'p',
  `<bpmn:startEvent id="start"/><bpmn:serviceTask id="pack" camunda:type="external" camunda:topic="pack"/>
   <bpmn:boundaryEvent id="broken" attachedToRef="pack"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:endEvent id="end"/>`,
  'start -> pack\npack -> end\nbroken -> end',
  '<bpmn:error id="e" errorCode="BROKEN"/>',
)

/** The job of an external worker, with the token that it was last fetched with. */
interface Subject {
  readonly engine: Engine
  readonly clock: ManualClock
  readonly holder: Holder
  readonly instanceId: string
  readonly id: string
  token: number
  retriesLeft: number
  /** The state before it was frozen. */
  was: string
}

const MANY = 5

const drive: Drive<Subject> = {
  lifecycle: jobLifecycle,
  machine: jobMachine,
  calls: {
    async claim(s) {
      if ((await drive.stateOf(s)) !== 'frozen') s.clock.advance('PT1H') // past every back-off and lease
      const [job] = await s.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT30M' })
      if (job === undefined) return 'refused'
      s.token = job.token
      s.retriesLeft = job.retriesLeft
    },
    complete: (s) => s.engine.jobs.complete(s.id, { token: s.token }),
    throwError: (s) => s.engine.jobs.throwError(s.id, { token: s.token, code: 'BROKEN' }),
    fail: (s) => s.engine.jobs.fail(s.id, { token: s.token, message: 'no', retryIn: 'PT10M' }),
    // Attempts that are left are used up first: the last report of a failure is the one that exhausts.
    async exhaust(s) {
      const { calls } = drive
      for (; (await drive.stateOf(s)) === 'claimed' && s.retriesLeft > 1; await calls.claim?.(s)) await calls.fail?.(s)
      await s.engine.jobs.fail(s.id, { token: s.token, message: 'no' })
    },
    async retry(s) {
      await s.engine.jobs.setRetries(s.id, MANY)
      if (s.was === 'failed') s.was = 'created'
    },
    cancel: (s) => s.engine.instances.cancel(s.instanceId),
    async freeze(s) {
      const state = await drive.stateOf(s)
      await s.holder.hold(s.id)
      s.was = state
    },
    thaw: (s) => s.holder.release(s.id),
    thawToClaimed: (s) => s.holder.release(s.id),
    thawToRetrying: (s) => s.holder.release(s.id),
    thawToFailed: (s) => s.holder.release(s.id),
  },
  async begin() {
    const clock = manualClock()
    const engine = await createEngine({ clock, retries: { attempts: MANY, backoff: 'PT10M' } })
    const holder = await holderOf(engine)
    await engine.deploy(model)
    const { id } = await engine.start('p')
    const [job] = await engine.jobs.find({ instanceId: id })
    if (job === undefined) throw new Error('no job')
    return { engine, clock, holder, instanceId: id, id: job.id, token: 0, retriesLeft: MANY, was: '' }
  },
  async stateOf({ engine, clock, instanceId, id }) {
    const [job] = await engine.jobs.find({ id })
    const view = await engine.instances.get(instanceId)
    if (job === undefined) return view?.status === 'completed' ? 'completed' : 'cancelled'
    const place = view?.activeElements.find((element) => element.elementInstanceId === id)
    if (place?.phase === 'held') return 'frozen'
    if (job.leasedUntil !== null && Date.parse(job.leasedUntil) > clock.now()) return 'claimed'
    if (job.dueAt === null) return place?.phase === 'incident' ? 'failed' : 'unknown'
    return job.attempt > 1 && Date.parse(job.dueAt) > clock.now() ? 'retrying' : 'created'
  },
  seen: async ({ engine, instanceId, id }) => [
    (await engine.jobs.find({ id })).map(({ retriesLeft: _retriesLeft, ...job }) => job),
    await engine.instances.get(instanceId),
    await engine.history(instanceId),
    await engine.incidents.find(),
  ],
  applies(subject, state, event) {
    if (state === 'frozen' && event === 'retry') return subject.was !== 'claimed'
    if (state === 'frozen') return event in THAWED ? THAWED[event] === subject.was : subject.was !== 'claimed' || !RESULTS.has(event)
    return event === 'fail' ? subject.retriesLeft > 1 : true
  },
  // New attempts may be given before the first one; they move only a job that failed.
  isTolerated: (state, event) => event === 'retry' && state === 'created',
}

/** What a worker sends: late results of a frozen job are kept, see below. */
const RESULTS: ReadonlySet<string> = new Set(['complete', 'throwError', 'fail', 'exhaust'])
const THAWED: Readonly<Record<string, string>> = {
  thaw: 'created',
  thawToClaimed: 'claimed',
  thawToRetrying: 'retrying',
  thawToFailed: 'failed',
}

describe('a job of the engine', () => {
  test('is caused to take every event of the chart but the release, which is the engine’s own', () => {
    expect(new Set([...Object.keys(drive.calls), 'release'])).toEqual(new Set(jobLifecycle.events))
  })

  test('goes along every simple path of the chart', async () => {
    expect(await followPaths(drive)).toBeGreaterThan(20)
  })

  test('takes in each state what the chart takes, and refuses all else, changing nothing', async () => {
    expect(await tryEverything(drive)).toEqual(new Set(jobLifecycle.states))
  })

  test('follows the chart on random ways', () => walkAtRandom(drive, 60))

  test('that is frozen while a worker has it keeps the late result, and applies it once on the return', async () => {
    for (const event of ['complete', 'throwError'] as const) {
      const subject = await drive.begin()
      await drive.calls.claim?.(subject)
      await drive.calls.freeze?.(subject)
      await drive.calls[event]?.(subject)
      await expect(drive.calls[event]?.(subject), 'the same again').rejects.toMatchObject({
        name: expect.stringMatching(/EngineError|Refused/),
      })
      expect((await subject.engine.instances.get(subject.instanceId))?.activeElements).toMatchObject([{ elementId: 'pack', phase: 'held' }])
      await subject.holder.release(subject.id)
      expect(await drive.stateOf(subject)).toBe('completed')
    }
  })

  test('whose lease ends while it is frozen is put aside, and due again on the return', async () => {
    const subject = await drive.begin()
    await drive.calls.claim?.(subject)
    await subject.holder.hold(subject.id)
    subject.clock.advance('PT1H')
    expect(await subject.engine.jobs.fetch({ types: ['pack'], worker: 'other' })).toEqual([])
    expect(await subject.engine.jobs.find()).toMatchObject([{ dueAt: null, leaseOwner: null }])
    await expect(subject.engine.jobs.complete(subject.id, { token: subject.token })).rejects.toMatchObject({ code: 'leaseLost' })
    await subject.holder.release(subject.id)
    expect(await subject.engine.jobs.fetch({ types: ['pack'], worker: 'other' })).toHaveLength(1)
  })
})
