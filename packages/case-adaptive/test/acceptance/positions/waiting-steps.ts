import { expect } from 'vitest'
import { AB, at, boundary, caseOf, caught, deviationOf, message, model, refusal, timer, user } from '../../desk.ts'
import { comeBack, complete, expectAt, expectStatus, leave, type Position, pack, packed } from './position.ts'

const all = { alongside: 'ok', detour: 'ok', withdraw: 'ok' } as const
const GATEWAY = model(
  `<bpmn:eventBasedGateway id="G"/>${caught('M', message())}${caught('T', timer('PT5H'))}${user('X')}${user('Y')}`,
  'S>G G>M G>T M>X T>Y X>E Y>E',
)

/** Who is with the company. */
const STAFF: { [id: string]: boolean } = { kim: true, lee: true, tom: true }

/** Steps that wait for people, work or events: P1 to P10. */
export const waitingSteps: readonly Position[] = [
  {
    id: 'P01',
    sentence: 'a user task that nobody has claimed is in no worklist while away, and whoever asks for it is told that it is on hold',
    xml: AB,
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const { desk, id } = place
        const away = await leave(place)
        expect(await desk.engine.tasks.find({ instanceId: id })).toEqual([])
        const [task] = await desk.engine.tasks.find({ instanceId: id, held: true })
        expect(task).toMatchObject({ held: true, deviationId: away.id })
        const refused = await refusal(desk.engine.tasks.claim(task!.id, 'tom'))
        expect([refused.code, refused.details.deviationId]).toEqual(['OnHold', away.id])
        await comeBack(place, away)
        expect((await desk.engine.tasks.find({ instanceId: id }))[0]).toMatchObject({ held: false, deviationId: null })
      },
    ],
  },
  {
    id: 'P02',
    sentence:
      'a user task that another has claimed is left with notice to them; assignee and draft are there again on return, or its candidates where the assignee has left the company',
    xml: model(user('A', 'camunda:candidateGroups="desk"') + user('B'), 'S>A A>B B>E'),
    cases: {
      people: { persons: () => ['kim', 'lee', 'tom'].filter((id) => STAFF[id]).map((id) => ({ id })), grants: { '*': ['*'] } },
    },
    at: 'A',
    modes: all,
    reach: async ({ desk, id }) => {
      const [task] = await desk.engine.tasks.find({ instanceId: id })
      await desk.engine.tasks.claim(task!.id, 'tom')
      await desk.engine.tasks.saveDraft(task!.id, { note: 'half' })
    },
    also: [
      async (place) => {
        const away = await leave(place)
        expect((await deviationOf(place.desk, away)).preempts).toBe('tom')
        const [task] = await place.desk.engine.tasks.find({ instanceId: place.id, held: true })
        expect(task).toMatchObject({ assignee: 'tom', draft: { note: 'half' }, state: 'heldReserved' })
        expect((await refusal(place.desk.engine.tasks.complete(task!.id, { actor: 'tom' }))).code).toBe('OnHold')
        expect((await refusal(place.desk.engine.tasks.claim(task!.id, 'lee'))).code).toBe('OnHold')
        await comeBack(place, away)
        expect((await place.desk.engine.tasks.find({ instanceId: place.id }))[0]).toMatchObject({ assignee: 'tom', state: 'reserved' })
      },
      async (place) => {
        const away = await leave(place)
        STAFF.tom = false
        await comeBack(place, away)
        STAFF.tom = true
        const [task] = await place.desk.engine.tasks.find({ forUser: { id: 'lee', groups: ['desk'] } })
        expect(task).toMatchObject({ elementId: 'A', assignee: null, state: 'ready', draft: { note: 'half' } })
        expect((await caseOf(place.desk, away.caseId)).timeline).toContainEqual(
          expect.objectContaining({ type: 'deviation:reassign', from: 'tom', to: null }),
        )
        await place.desk.engine.tasks.claim(task!.id, 'lee')
      },
      async (place) => {
        const { tasks } = place.desk.engine
        const [task] = await tasks.find({ instanceId: place.id })
        await tasks.assign(task!.id, 'lee')
        await tasks.delegate(task!.id, 'tom')
        const away = await leave(place)
        STAFF.tom = false
        await comeBack(place, away)
        STAFF.tom = true
        expect(await tasks.get(task!.id)).toMatchObject({ assignee: 'lee', state: 'reserved', owner: null })
      },
    ],
  },
  {
    id: 'P03',
    sentence: 'work that no worker has locked is invisible to workers until the return',
    xml: model(pack() + user('B'), 'S>A A>B B>E'),
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        expect(await packed(place)).toBeUndefined()
        await comeBack(place, away)
        const job = await packed(place)
        await place.desk.engine.jobs.complete(job!.id, { token: job!.token })
        await expectAt(place, 'B:waiting')
      },
    ],
  },
  {
    id: 'P04',
    sentence: 'work that runs at a worker goes on; what it ends in is kept, a late failure counts no attempt, redo after it needs consent',
    xml: model(
      pack() + user('B') + user('X') + boundary('lost', 'A', '<bpmn:errorEventDefinition errorRef="gone"/>'),
      'S>A A>B B>E lost>X X>E',
      '<bpmn:error id="gone" errorCode="LOST"/>',
    ),
    at: 'A',
    modes: { ...all, withdraw: 'ok' },
    also: [
      async (place) => {
        const { jobs } = place.desk.engine
        const job = await packed(place)
        const away = await leave(place)
        await jobs.extend(job!.id, { token: job!.token, lease: 'PT1M' })
        await jobs.throwError(job!.id, { token: job!.token, code: 'LOST' })
        await expectAt(place, 'A:held')
        await comeBack(place, away)
        await expectAt(place, 'X:waiting')
      },
      async (place) => {
        const { jobs } = place.desk.engine
        const job = await packed(place)
        const { retriesLeft } = job!
        const away = await leave(place)
        await jobs.fail(job!.id, { token: job!.token, message: 'no paper' })
        expect(await packed(place)).toBeUndefined()
        await comeBack(place, away)
        await place.desk.engine.advance('P1D')
        expect(await packed(place)).toMatchObject({ id: job!.id, retriesLeft })
      },
      async (place) => {
        const job = await packed(place)
        const away = await leave(place)
        await place.desk.engine.jobs.complete(job!.id, { token: job!.token })
        expect((await refusal(comeBack(place, away, { to: 'redo' }))).code).toBe('NotIdempotent')
        await comeBack(place, away, { to: 'redo', confirmNotIdempotent: true })
        expect((await packed(place))?.id).not.toBe(job!.id)
      },
    ],
  },
  {
    id: 'P05',
    sentence:
      'failed work is left like any other, and handled by the deviation; the incident is open again on return, unless it has new attempts, a result, or is passed over',
    xml: model(pack() + user('B'), 'S>A A>B B>E'),
    at: 'A',
    modes: all,
    options: { retries: { attempts: 1 } },
    reach: async (place) => {
      const job = await packed(place)
      await place.desk.engine.jobs.fail(job!.id, { token: job!.token, message: 'no paper', retryIn: 'PT0S' })
      await expectAt(place, 'A:incident')
    },
    also: [
      async (place) => {
        const away = await leave(place)
        await comeBack(place, away, { to: 'skip', variables: { label: 'by hand' } })
        await expectAt(place, 'B:waiting')
        expect(await place.desk.engine.incidents.find({ instanceId: place.id })).toEqual([])
      },
      async (place) => {
        const { incidents } = place.desk.engine
        const away = await leave(place)
        expect(await incidents.find()).toMatchObject([{ state: 'handledByDeviation', deviationId: away.id }])
        await comeBack(place, away)
        expect(await incidents.find()).toMatchObject([{ state: 'open', deviationId: null, message: 'no paper' }])
        await expectAt(place, 'A:incident')
      },
      async (place) => {
        const { incidents, jobs } = place.desk.engine
        const away = await leave(place)
        const [{ jobId } = { jobId: null }] = await incidents.find()
        await jobs.setRetries(jobId!, 2)
        expect(await incidents.find()).toEqual([])
        await expectAt(place, 'A:held')
        expect(await packed(place)).toBeUndefined()
        await comeBack(place, away)
        const job = await packed(place)
        expect(job).toMatchObject({ id: jobId, retriesLeft: 2 })
        expect(await deviationOf(place.desk, away)).toMatchObject({ incidents: [{ elementId: 'A', became: 'closed' }] })
        await jobs.complete(jobId!, { token: job!.token })
        await expectAt(place, 'B:waiting')
      },
      async (place) => {
        const away = await leave(place)
        await place.desk.engine.trigger(await at(place.desk.engine, place.id, 'A'), { variables: { label: 'by hand' } })
        await expectAt(place, 'A:held')
        await comeBack(place, away)
        await expectAt(place, 'B:waiting')
        expect(await place.desk.engine.incidents.find()).toEqual([])
        expect((await place.desk.engine.instances.get(place.id))?.variables).toEqual({ label: 'by hand' })
      },
    ],
  },
  {
    id: 'P06',
    sentence: 'a pending continuation before an activity is parked; behind one, the activity is done and doing it again needs consent',
    xml: model(pack('A', 'camunda:asyncBefore="true"') + pack('B', 'camunda:asyncAfter="true"'), 'S>A A>B B>E'),
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        await place.desk.engine.drain()
        expect(await packed(place)).toBeUndefined()
        await comeBack(place, away)
        const job = await packed(place)
        await place.desk.engine.jobs.complete(job!.id, { token: job!.token })
        const second = await packed(place)
        await place.desk.engine.jobs.complete(second!.id, { token: second!.token })
        const behind = { ...place, element: 'B' }
        const late = await leave(behind)
        await place.desk.engine.drain()
        await expectAt(place, 'B:held')
        expect((await refusal(comeBack(place, late, { to: 'redo' }))).code).toBe('NotIdempotent')
        await comeBack(place, late)
        await expectStatus(place, 'completed')
      },
    ],
  },
  {
    id: 'P07',
    sentence: 'a chain that never waits is left at its next wait, or before any of its elements by a breakpoint',
    xml: model(
      `${user('A')}<bpmn:scriptTask id="K" scriptFormat="juel"><bpmn:script>\${1 + 1}</bpmn:script></bpmn:scriptTask><bpmn:exclusiveGateway id="G"/>${user('B')}`,
      'S>A A>K K>G G>B B>E',
    ),
    at: 'A',
    also: [
      async (place) => {
        const stop = (before: string) => place.desk.cases.leave({ instanceId: place.id, before, reason: 'x', actor: 'kim' })
        const first = await stop('K')
        await complete(place, 'A')
        await expectAt(place, 'K:held')
        const second = await stop('G')
        await comeBack(place, first)
        await expectAt(place, 'G:held')
        const third = await stop('E')
        await comeBack(place, second)
        await complete(place, 'B')
        await expectAt(place, 'E:held')
        await comeBack(place, third)
        await expectStatus(place, 'completed')
      },
    ],
  },
  {
    id: 'P08',
    sentence: 'a timer that one waits for goes on while away, a date that passes too, and the step goes on at once on return',
    xml: model(caught('W', timer('P3D')) + user('B'), 'S>W W>B B>E'),
    at: 'W',
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        await place.desk.engine.advance('P4D')
        await expectAt(place, 'W:held')
        await comeBack(place, away)
        await expectAt(place, 'B:waiting')
      },
    ],
  },
  {
    id: 'P09',
    sentence: 'one message is kept for a step that waits for it, a second one is no more; what was kept and not used is on record',
    xml: model(caught('W', message()) + user('B'), 'S>W W>B B>E'),
    at: 'W',
    modes: all,
    also: [
      async (place) => {
        const { desk, id } = place
        const away = await leave(place)
        const publish = async (n: number) =>
          (await desk.engine.messages.publish({ name: 'paid', instanceId: id, variables: { n } })).outcome
        expect([await publish(1), await publish(2)]).toEqual(['correlated', 'none'])
        await comeBack(place, away)
        expect((await desk.engine.instances.get(id))?.variables).toEqual({ n: 1 })
        await expectAt(place, 'B:waiting')
        expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'W', became: 'applied' }])
      },
      async (place) => {
        const away = await leave(place)
        await place.desk.engine.messages.publish({ name: 'paid', instanceId: place.id })
        await comeBack(place, away, { to: 'skip' })
        expect((await deviationOf(place.desk, away)).latches).toMatchObject([{ elementId: 'W', became: 'unused' }])
      },
    ],
  },
  {
    id: 'P10',
    sentence:
      'an event-based gateway is left with all its events; the first that comes closes the others; it ends as an event, not by a jump',
    xml: GATEWAY,
    at: 'G',
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        await place.desk.engine.advance('PT6H')
        const { outcome } = await place.desk.engine.messages.publish({ name: 'paid', instanceId: place.id })
        expect(outcome).toBe('none')
        await comeBack(place, away)
        await expectAt(place, 'Y:waiting')
      },
      async (place) => {
        const away = await leave(place)
        const refused = await refusal(comeBack(place, away, { to: { jump: 'M' } }))
        expect(refused.code).toBe('TargetBehindEventGateway')
        expect(refused.details.alternative).toContain('{ event: "M" }')
        await comeBack(place, away, { to: { event: 'M' }, variables: { n: 1 } })
        await expectAt(place, 'X:waiting')
      },
    ],
  },
]
