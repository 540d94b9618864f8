import { expect } from 'vitest'
import { AB, at, boundary, caseOf, deviationOf, message, model, positions, refusal, signal, timer, user } from '../../desk.ts'
import { comeBack, complete, expectAt, expectStatus, inside, leave, type Place, type Position } from './position.ts'

const all = { alongside: 'ok', detour: 'ok', withdraw: 'ok' } as const
const human = (name: string, more = {}) => ({ kind: 'human' as const, name, actor: 'kim', ...more })

/** A sub-process that an event begins, with the user tasks `X` and `Y`; `storm` is its signal. */
const onStorm = (interrupts: boolean): string =>
  `<bpmn:subProcess id="ES" triggeredByEvent="true"><bpmn:startEvent id="es" isInterrupting="${interrupts}">${signal}</bpmn:startEvent>${user('X')}${user('Y')}<bpmn:endEvent id="ee"/><bpmn:sequenceFlow id="es1" sourceRef="es" targetRef="X"/><bpmn:sequenceFlow id="es2" sourceRef="X" targetRef="ee"/><bpmn:sequenceFlow id="es3" sourceRef="es" targetRef="Y"/><bpmn:sequenceFlow id="es4" sourceRef="Y" targetRef="ee"/></bpmn:subProcess>`
const storm = async ({ desk }: { readonly desk: Parameters<typeof caseOf>[0] }): Promise<void> => {
  await desk.engine.signals.broadcast({ name: 'storm' })
  await desk.engine.drain()
}
/** An activity with a compensation handler. */
const undone = (id: string, by: string): string =>
  `${user(id)}${boundary(`${id}c`, id, '<bpmn:compensateEventDefinition/>')}<bpmn:userTask id="${by}" isForCompensation="true"/><bpmn:association id="${id}a" sourceRef="${id}c" targetRef="${by}" associationDirection="One"/>`
const throwsCompensation =
  '<bpmn:intermediateThrowEvent id="C"><bpmn:compensateEventDefinition waitForCompletion="true"/></bpmn:intermediateThrowEvent>'

const REFUNDED: unknown[] = []
/** An item's work, and what undoes it. */
const PAYING = {
  handlers: {
    pay: () => ({}),
    refund: (job: { readonly variables: Readonly<Record<string, unknown>> }) => void REFUNDED.push(job.variables.what),
  },
}
async function paid({ desk }: Place, away: { readonly id: string }, what: string): Promise<{ readonly id: string }> {
  const work = { kind: 'service', name: what, type: 'pay', compensator: 'refund' } as const
  const item = await desk.cases.addItem(away.id, { ...work, variables: { what }, actor: 'kim' })
  await desk.engine.drain()
  return item
}

/** Events around the step, compensation, and the ends of path and instance: P20 to P32. */
export const eventsAndEnds: readonly Position[] = [
  {
    id: 'P20',
    sentence: 'events at the boundary: an interrupting message stays live and preempts, a timer stands still, others are kept',
    xml: model(
      user('A') + user('L') + boundary('T', 'A', timer('PT1H')) + boundary('cancel', 'A', message('cancelled')),
      'S>A A>E T>E cancel>L L>E',
    ),
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        await place.desk.engine.advance('P2D')
        await expectAt(place, 'A:held')
        await place.desk.engine.messages.publish({ name: 'cancelled', instanceId: place.id })
        await expectAt(place, 'L:waiting')
        expect(await deviationOf(place.desk, away)).toMatchObject({
          state: 'preempted',
          preempted: { cause: 'event', elementId: 'cancel' },
        })
      },
    ],
  },
  {
    id: 'P21',
    sentence: 'beside an event sub-process that runs each token is left by itself, and its start stays live',
    xml: model(user('A') + onStorm(false), 'S>A A>E'),
    at: 'X',
    reach: storm,
    modes: all,
    also: [
      async (place) => {
        const main = await leave({ ...place, element: 'A' })
        await storm(place)
        const where = await positions(place.desk.engine, place.id)
        expect(where.filter((one) => one === 'X:waiting')).toHaveLength(2)
        expect(where).toContain('A:held')
        await comeBack(place, main)
        expect(await positions(place.desk.engine, place.id)).toContain('A:waiting')
      },
    ],
  },
  {
    id: 'P22',
    sentence:
      'where an interrupting event sub-process took over, its tokens are left; a jump to the main flow ends it, and is refused over others in it',
    xml: model(user('A') + user('B') + onStorm(true), 'S>A A>B B>E'),
    at: 'X',
    reach: storm,
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        expect((await refusal(comeBack(place, away, { to: { jump: 'B' } }))).code).toBe('ScopeHasTokens')
        await complete(place, 'Y')
        await comeBack(place, away, { to: { jump: 'B' } })
        await expectAt(place, 'B:waiting')
        await complete(place, 'B')
        await expectStatus(place, 'completed')
      },
    ],
  },
  {
    id: 'P23',
    sentence: 'what ends the scope around the step preempts: work in hand goes to the case, the rest ends, nobody comes back',
    xml: model(
      inside('P', user('U'), 's>U U>e') + user('B') + user('L') + boundary('cancel', 'P', message('cancelled')),
      'S>P P>B B>E cancel>L L>E',
    ),
    at: 'U',
    also: [
      async (place) => {
        const { desk, id } = place
        const away = await leave(place)
        const inHand = await desk.cases.addItem(away.id, human('call', { assignee: 'lee' }))
        const idle = await desk.cases.addItem(away.id, human('anyone', { candidateGroups: ['desk'] }))
        await desk.engine.messages.publish({ name: 'cancelled', instanceId: id })
        await expectAt(place, 'L:waiting')
        const deviation = await deviationOf(desk, away)
        expect(deviation.state).toBe('preempted')
        expect((await caseOf(desk, away.caseId)).timeline).toContainEqual(
          expect.objectContaining({ type: 'deviation:notice', to: 'kim', because: 'pathMoved' }),
        )
        expect(Object.fromEntries(deviation.items.map((item) => [item.id, item.state]))).toEqual({
          [inHand.id]: 'rehomed',
          [idle.id]: 'terminated',
        })
        for (const to of ['resume', 'redo', 'skip', 'endScope', { jump: 'B' }, { endBranch: {} }, { event: 'cancel' }] as const)
          expect((await refusal(comeBack(place, away, { to }))).code).toBe('AnchorGone')
      },
    ],
  },
  {
    id: 'P24',
    sentence:
      'what can be compensated stays as it is while someone is away behind it; what was done away is compensated too, in its turn, the latest first',
    xml: model(undone('A', 'H') + undone('B', 'K') + throwsCompensation, 'S>A A>B B>C C>E'),
    at: 'B',
    options: PAYING,
    reach: (place) => complete(place, 'A'),
    modes: all,
    also: [
      async (place) => {
        const before = await positions(place.desk.engine, place.id)
        await comeBack(place, await leave(place))
        expect(await positions(place.desk.engine, place.id)).toEqual(before)
        await complete(place, 'B')
        for (const handler of ['K', 'H']) await complete(place, handler)
        await expectStatus(place, 'completed')
      },
      async (place) => {
        const away = await leave(place)
        const items = [await paid(place, away, 'one'), await paid(place, away, 'two')]
        await comeBack(place, away)
        await complete(place, 'B')
        const states = async () => (await deviationOf(place.desk, away)).items.map(({ state }) => state)
        await expectAt(place, 'C:compensating', 'K:waiting')
        expect(await states()).toEqual(['completed', 'completed'])
        REFUNDED.length = 0
        await complete(place, 'K')
        await expectAt(place, 'C:compensating', 'H:waiting')
        expect(REFUNDED).toEqual(['two', 'one'])
        expect(await states()).toEqual(items.map(() => 'compensated'))
        await complete(place, 'H')
        await expectStatus(place, 'completed')
        expect((await place.desk.cases.verifyAudit(away.caseId)).ok).toBe(true)
      },
      async (place) => {
        const away = await leave(place)
        await paid(place, away, 'undone')
        const { id } = await paid(place, away, 'cancelled')
        REFUNDED.length = 0
        await place.desk.cases.cancelItem(id, { reason: 'moot', actor: 'kim' })
        await place.desk.engine.drain()
        await place.desk.cases.undo(away.id, { actor: 'kim' })
        await place.desk.engine.drain()
        await complete(place, 'B')
        for (const handler of ['K', 'H']) await complete(place, handler)
        await expectStatus(place, 'completed')
        expect(REFUNDED).toEqual(['cancelled', 'undone'])
      },
    ],
  },
  {
    id: 'P25',
    sentence: 'compensation does not go on past a handler that is held; begun anew it is only if it may be, and withdrawn only by two',
    xml: model(undone('A', 'H') + undone('B', 'K') + throwsCompensation, 'S>A A>B B>C C>E'),
    at: 'K',
    reach: async (place) => {
      await complete(place, 'A')
      await complete(place, 'B')
    },
    modes: { ...all, withdraw: { refused: 'NotWithdrawable', instead: /mode "detour"/ } },
    also: [
      async (place) => {
        const away = await leave(place)
        expect((await refusal(comeBack(place, away, { to: 'redo' }))).code).toBe('NotIdempotent')
        expect((await refusal(leave({ ...place, element: 'C' }))).code).toBe('CompensationRuns')
        await place.desk.engine.advance('P1D')
        expect(await positions(place.desk.engine, place.id)).not.toContain('H:waiting')
        await comeBack(place, away, { to: 'skip' })
        await complete(place, 'H')
        await expectStatus(place, 'completed')
      },
      async (place) => {
        const away = await leave(place)
        const first = await at(place.desk.engine, place.id, 'K')
        await comeBack(place, away, { to: 'redo', confirmNotIdempotent: true })
        expect(await at(place.desk.engine, place.id, 'K')).not.toBe(first)
        expect(await positions(place.desk.engine, place.id)).not.toContain('H:waiting')
        for (const handler of ['K', 'H']) await complete(place, handler)
        await expectStatus(place, 'completed')
      },
      async (place) => {
        const how = (by: string) => ({ override: { by, reason: 'wrong account' } })
        expect((await refusal(leave(place, 'withdraw', how('kim')))).code).toBe('SecondPersonNeeded')
        const away = await leave(place, 'withdraw', how('max'))
        expect(await deviationOf(place.desk, away)).toMatchObject({
          verdict: { class: 'G3' },
          override: { by: 'max', reason: { code: 'wrong account' } },
          review: { because: ['unproven'] },
        })
        expect(await place.desk.engine.tasks.find({ instanceId: place.id, held: 'include' })).toEqual([])
        expect((await refusal(comeBack(place, away))).code).toBe('StepWithdrawn')
        await comeBack(place, away, { to: 'redo', confirmNotIdempotent: true })
        for (const handler of ['K', 'H']) await complete(place, handler)
        await expectStatus(place, 'completed')
      },
    ],
  },
  {
    id: 'P26',
    options: PAYING,
    sentence: 'a transaction that is cancelled while someone is away in it preempts, and its compensations run',
    xml: model(
      `<bpmn:transaction id="P"><bpmn:startEvent id="s"/><bpmn:parallelGateway id="F"/>${undone('A', 'H')}${user('U')}${user('V')}<bpmn:endEvent id="x"><bpmn:cancelEventDefinition/></bpmn:endEvent><bpmn:endEvent id="e"/>
      <bpmn:sequenceFlow id="i0" sourceRef="s" targetRef="A"/><bpmn:sequenceFlow id="i1" sourceRef="A" targetRef="F"/><bpmn:sequenceFlow id="i2" sourceRef="F" targetRef="U"/><bpmn:sequenceFlow id="i3" sourceRef="F" targetRef="V"/><bpmn:sequenceFlow id="i4" sourceRef="U" targetRef="e"/><bpmn:sequenceFlow id="i5" sourceRef="V" targetRef="x"/></bpmn:transaction>${boundary('gone', 'P', '<bpmn:cancelEventDefinition/>')}`,
      'S>P P>E gone>E',
    ),
    at: 'U',
    reach: (place) => complete(place, 'A'),
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        await paid(place, away, 'ad hoc')
        REFUNDED.length = 0
        await complete(place, 'V')
        expect(REFUNDED).toEqual(['ad hoc'])
        expect(await positions(place.desk.engine, place.id)).toContain('H:waiting')
        expect((await deviationOf(place.desk, away)).state).toBe('preempted')
        await complete(place, 'H')
        await expectStatus(place, 'completed')
      },
    ],
  },
  {
    id: 'P27',
    sentence:
      'in an ad hoc sub-process what runs is left by itself, and it does not complete over what is held; what the model offers and what was added are one list',
    xml: model(
      `<bpmn:adHocSubProcess id="AH" cancelRemainingInstances="false">${user('U')}${user('V')}<bpmn:completionCondition>\${done == true}</bpmn:completionCondition></bpmn:adHocSubProcess>${user('B')}`,
      'S>AH AH>B B>E',
    ),
    variables: { done: false },
    at: 'U',
    reach: async ({ desk, id }) => {
      for (const activity of ['U', 'V']) await desk.engine.adHoc.start(await at(desk.engine, id, 'AH'), activity)
    },
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        await complete(place, 'V', { done: true })
        expect(await positions(place.desk.engine, place.id)).toContain('U:held')
        expect(await positions(place.desk.engine, place.id)).not.toContain('B:waiting')
        await comeBack(place, away)
        await complete(place, 'U')
        await expectAt(place, 'B:waiting')
      },
      async (place) => {
        const { desk, id } = place
        const [inside, held] = [await at(desk.engine, id, 'AH'), await at(desk.engine, id, 'U')]
        const away = await leave(place)
        const item = await desk.cases.addItem(away.id, human('call'))
        const running = (elementId: string, elementInstanceId: string, state: string) => ({
          from: 'model',
          elementId,
          elementInstanceId,
          state,
        })
        expect(await desk.cases.workIn(inside)).toMatchObject([
          running('U', held, 'held'),
          running('V', await at(desk.engine, id, 'V'), 'waiting'),
          { from: 'case', itemId: item.id, deviationId: away.id, name: 'call', kind: 'human', state: 'active' },
          { from: 'model', state: 'offered', elementId: 'U' },
          { from: 'model', state: 'offered', elementId: 'V' },
        ])
      },
    ],
  },
  {
    id: 'P28',
    sentence: 'inside a loop this round alone is left',
    xml: model(
      `<bpmn:userTask id="A"><bpmn:standardLoopCharacteristics loopMaximum="2"><bpmn:loopCondition>\${true}</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>${user('B')}`,
      'S>A A>B B>E',
    ),
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const { desk, id } = place
        for (const round of [1, 2]) {
          const [task] = await desk.engine.tasks.find({ instanceId: id, elementId: 'A' })
          if (round === 1) await comeBack(place, await leave(place), { to: 'skip' })
          else await desk.engine.tasks.complete(task!.id)
        }
        await expectAt(place, 'B:waiting')
      },
    ],
  },
  {
    id: 'P29',
    sentence: 'what operations suspended is not left before it is resumed; both must be lifted before the step goes on',
    xml: AB,
    at: 'A',
    reach: ({ desk, id }) => desk.engine.instances.suspend(id, { actor: 'ops' }),
    modes: {
      alongside: { refused: 'instanceSuspended', instead: /suspended; resume it first/ },
      detour: { refused: 'instanceSuspended', instead: /suspended; resume it first/ },
      withdraw: { refused: 'instanceSuspended', instead: /suspended; resume it first/ },
    },
    also: [
      async (place) => {
        const { instances, tasks } = place.desk.engine
        await instances.resume(place.id, { actor: 'ops' })
        const away = await leave(place)
        await instances.suspend(place.id, { actor: 'ops' })
        await instances.resume(place.id, { actor: 'ops' })
        await expectAt(place, 'A:held')
        await comeBack(place, away)
        expect(await tasks.find({ instanceId: place.id })).toHaveLength(1)
      },
    ],
  },
  {
    id: 'P30',
    sentence: 'in an instance that is over there is nothing to leave; its case is reopened instead',
    xml: model(user('A'), 'S>A A>E'),
    at: 'A',
    also: [
      async (place) => {
        const { desk, id } = place
        const [task] = await desk.engine.tasks.find({ instanceId: id })
        await desk.engine.tasks.complete(task!.id)
        for (const mode of ['alongside', 'detour', 'withdraw'] as const) {
          const call = desk.cases.leave({ instanceId: id, elementInstanceId: task!.id, mode, reason: 'x', actor: 'kim' })
          const refused = await refusal(call)
          expect(refused.code).toBe('AnchorGone')
          expect(refused.message).toContain('Reopen')
        }
      },
    ],
  },
  {
    id: 'P31',
    sentence:
      'an element to come has work pinned to it or a breakpoint; what is never reached is told at the end, and blocks only if required',
    xml: model(user('A') + user('B') + boundary('T', 'A', timer('PT1H')), 'S>A A>B B>E T>E'),
    at: 'A',
    also: [
      async (place) => {
        const { desk, id } = place
        const pinned = await desk.cases.defer({ instanceId: id, before: 'B', item: human('check'), actor: 'kim' })
        await complete(place, 'A')
        await expectAt(place, 'B:held')
        await desk.cases.completeItem(pinned.id, { actor: 'lee' })
        await expectAt(place, 'B:waiting')
      },
      async (place) => {
        const { desk, id } = place
        const pinned = await desk.cases.defer({ instanceId: id, before: 'B', item: human('check'), actor: 'kim' })
        await desk.engine.advance('PT1H')
        await expectStatus(place, 'completed')
        expect((await caseOf(desk, pinned.caseId)).items).toMatchObject([{ id: pinned.id, state: 'unreachable' }])
        await desk.cases.resolve(pinned.caseId, { code: 'done', actor: 'kim' })
      },
      async (place) => {
        const { desk, id } = place
        const pinned = await desk.cases.defer({ instanceId: id, before: 'B', item: human('check', { required: true }), actor: 'kim' })
        await desk.engine.advance('PT1H')
        const how = { code: 'done', actor: 'kim' }
        expect((await refusal(desk.cases.resolve(pinned.caseId, how))).missing).toMatchObject([{ id: pinned.id }])
        await desk.cases.cancelItem(pinned.id, { reason: 'moot', actor: 'kim' })
        await desk.cases.resolve(pinned.caseId, how)
      },
    ],
  },
  {
    id: 'P32',
    sentence:
      'the process of an item is left like any other, so many deep; the outer step stays on hold, and the inner one comes back first',
    cases: { policies: { depthMax: 2 } },
    xml: model(user('A'), 'S>A A>E').replace(
      '</bpmn:definitions>',
      `<bpmn:process id="q" isExecutable="true" camunda:historyTimeToLive="P1D"><bpmn:startEvent id="qs"/>${user('Q')}<bpmn:endEvent id="qe"/><bpmn:sequenceFlow id="q1" sourceRef="qs" targetRef="Q"/><bpmn:sequenceFlow id="q2" sourceRef="Q" targetRef="qe"/></bpmn:process></bpmn:definitions>`,
    ),
    at: 'A',
    also: [
      async (place) => {
        const { desk } = place
        const outer = await leave(place)
        const item = await desk.cases.addItem(outer.id, { kind: 'process', name: 'ask', process: 'q', required: true, actor: 'kim' })
        await desk.engine.drain()
        const [run] = await desk.engine.instances.find({ processKey: 'q' })
        const inner = await leave({ ...place, id: run!.id, element: 'Q' })
        await expectAt(place, 'A:held')
        expect((await refusal(comeBack(place, outer))).code).toBe('RequiredOpen')
        await comeBack(place, inner)
        await complete({ ...place, id: run!.id }, 'Q')
        expect((await caseOf(desk, outer.caseId)).items).toMatchObject([{ id: item.id, state: 'completed' }])
        await comeBack(place, outer)
        await expectAt(place, 'A:waiting')
      },
      async (place) => {
        const { desk } = place
        const around: string[] = []
        let id = place.id
        for (const element of ['A', 'Q']) {
          const away = await leave({ ...place, id, element })
          around.unshift(away.id)
          await desk.cases.addItem(away.id, { kind: 'process', name: 'ask', process: 'q', actor: 'kim' })
          await desk.engine.drain()
          const runs = await desk.engine.instances.find({ processKey: 'q' })
          id = runs.find((run) => run.id !== id && run.id !== place.id)!.id
        }
        const { code, details } = await refusal(leave({ ...place, id, element: 'Q' }))
        expect({ code, details }).toMatchObject({ code: 'TooDeep', details: { depthMax: 2, deviationIds: around } })
      },
    ],
  },
]
