import { Refused } from '@leeway/engine'
import { describe, expect, test } from 'vitest'
import {
  AB,
  at,
  begun,
  boundary,
  caseOf,
  caught,
  complete,
  deviationOf,
  leaveAt,
  message,
  model,
  positions,
  refusal,
  timer,
  useDesk,
  user,
} from '../desk.ts'

const pack = '<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>'
const desk = useDesk()
const where = (id: string) => positions(desk.engine, id)
const resume = (away: { readonly id: string }) => desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
/** How a call ended: `ok`, or the code of its refusal. */
const endOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof Refused) return error.code
      throw error
    },
  )

describe('timers while away', () => {
  test('T2: a reminder that is kept fires while away, and its path runs beside the deviation', async () => {
    const id = await begun(desk, model(user('A') + user('R') + boundary('T', 'A', timer('PT1H'), false), 'S>A A>E T>R R>E'))
    const away = await leaveAt(desk, id, 'A', { timers: { T: 'keep' } })
    await desk.engine.advance('PT2H')
    expect(await where(id)).toEqual(['A:held', 'R:waiting'])
    expect((await deviationOf(desk, away)).state).toBe('away')
  })

  test.each([
    ['without end', 'R/PT1H', ['2026-03-02T15:00:00.000Z']],
    ['with repetitions left', 'R9/PT1H', ['2026-03-02T15:00:00.000Z']],
    ['whose repetitions are over', 'R3/PT1H', []],
  ])(
    'T2: a cycle %s that is kept for the return acts once then, however often it was due, and goes on by its grid',
    async (_, cycle, next) => {
      const every = `<bpmn:timerEventDefinition><bpmn:timeCycle>${cycle}</bpmn:timeCycle></bpmn:timerEventDefinition>`
      const id = await begun(desk, model(user('A') + user('R') + boundary('T', 'A', every, false), 'S>A A>E T>R R>E'))
      const away = await leaveAt(desk, id, 'A', { timers: { T: 'latch' } })
      await desk.engine.advance('PT5H30M')
      expect(await where(id)).toEqual(['A:held'])
      await resume(away)
      await desk.engine.drain()
      expect(await where(id)).toEqual(['A:waiting', 'R:waiting'])
      const due = (await desk.engine.jobs.find({ instanceId: id })).filter(({ kind }) => kind === 'timer').map(({ dueAt }) => dueAt)
      expect(due).toEqual(next)
      expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'T', kind: 'timer', missed: next.length === 0 ? 3 : 5 }])
    },
  )

  test('T4: a date that passes while away does not move the step, which goes on at once on return', async () => {
    const date =
      '<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">2026-03-03T09:00:00Z</bpmn:timeDate></bpmn:timerEventDefinition>'
    const id = await begun(desk, model(caught('W', date) + user('B'), 'S>W W>B B>E'))
    const away = await leaveAt(desk, id, 'W')
    await desk.engine.advance('P2D')
    expect(await where(id)).toEqual(['W:held'])
    await resume(away)
    expect(await where(id)).toEqual(['B:waiting'])
  })

  test('T6: a timer of the scope around goes on, and preempts all that is away in it', async () => {
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:parallelGateway id="F"/>${user('U')}${user('V')}<bpmn:endEvent id="e"/>
      <bpmn:sequenceFlow id="i0" sourceRef="s" targetRef="F"/><bpmn:sequenceFlow id="i1" sourceRef="F" targetRef="U"/><bpmn:sequenceFlow id="i2" sourceRef="F" targetRef="V"/>
      <bpmn:sequenceFlow id="i3" sourceRef="U" targetRef="e"/><bpmn:sequenceFlow id="i4" sourceRef="V" targetRef="e"/></bpmn:subProcess>`
    const id = await begun(desk, model(inner + user('L') + boundary('T', 'P', timer('PT1H')), 'S>P P>E T>L L>E'))
    const both = [await leaveAt(desk, id, 'U'), await leaveAt(desk, id, 'V')]
    await desk.engine.advance('PT1H')
    expect(await where(id)).toEqual(['L:waiting'])
    for (const away of both)
      expect(await deviationOf(desk, away)).toMatchObject({ state: 'preempted', preempted: { cause: 'event', elementId: 'T' } })
  })

  test('T7: the next attempt of work does not come due while away', async () => {
    const id = await begun(desk, model(pack, 'S>A A>E'))
    const fetch = async () => (await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1M', max: 1 }))[0]
    const job = await fetch()
    await desk.engine.jobs.fail(job!.id, { token: job!.token, message: 'no paper', retryIn: 'PT1H' })
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.advance('PT2H')
    expect(await fetch()).toBeUndefined()
    await resume(away)
    await desk.engine.advance('PT2H')
    expect((await fetch())?.id).toBe(job!.id)
  })

  test('T9: the day of an item goes on while away, and the item is overdue after it', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, {
      kind: 'human',
      name: 'call',
      assignee: 'lee',
      dueAt: '2026-03-02T12:00:00Z',
      actor: 'kim',
    })
    const overdue = async () => (await desk.cases.worklist({ actor: 'lee' })).find((one) => one.id === item.id)?.overdue
    expect(await overdue()).toBe(false)
    await desk.engine.advance('PT4H')
    expect(await overdue()).toBe(true)
  })

  test('T13: what is left of a timer is as long after the clocks were changed as it was before', async () => {
    await desk.reopen({ timeZone: 'Europe/Berlin' })
    const id = await begun(desk, model(user('A') + user('L') + boundary('T', 'A', timer('P1D')), 'S>A A>E T>L L>E'))
    await desk.engine.advance({ to: '2026-03-03T08:30:00Z' })
    const away = await leaveAt(desk, id, 'A')
    expect((await deviationOf(desk, away)).timers).toMatchObject([{ policy: 'pause', remainingMs: 30 * 60_000 }])
    await desk.engine.advance({ to: '2026-03-29T00:45:00Z' }) // a quarter of an hour before the clocks go forward
    await resume(away)
    await desk.engine.advance('PT29M')
    expect(await where(id)).toEqual(['A:waiting'])
    await desk.engine.advance('PT1M')
    expect(await where(id)).toEqual(['L:waiting'])
  })
})

describe('messages and signals while away', () => {
  const EVENTS = model(
    user('A') + user('L') + boundary('stop', 'A', message('cancelled')) + boundary('news', 'A', message(), false),
    'S>A A>E stop>L L>E news>E',
  )
  const publish = async (name: string, instanceId: string) => (await desk.engine.messages.publish({ name, instanceId })).outcome

  test('V1: what does not interrupt is kept for the return, unless it is to act at once', async () => {
    const id = await begun(desk, EVENTS)
    const away = await leaveAt(desk, id, 'A', { events: { news: 'live' } })
    expect(await publish('paid', id)).toBe('correlated')
    expect((await deviationOf(desk, away)).latches).toEqual([])
    expect((await desk.engine.history(id)).map(({ type, elementId }) => `${type} ${elementId}`)).toContain('elementCompleted news')
  })

  test('V2: what interrupts acts at once, unless it is to be kept', async () => {
    const id = await begun(desk, EVENTS)
    const away = await leaveAt(desk, id, 'A', { events: { stop: 'latch' } })
    await publish('cancelled', id)
    expect(await where(id)).toEqual(['A:held'])
    await resume(away)
    expect(await where(id)).toEqual(['L:waiting'])
  })

  test('V3: nothing is dropped but what is named, which is on record and is listened for again after the return', async () => {
    const id = await begun(desk, EVENTS)
    const away = await leaveAt(desk, id, 'A', { events: { stop: 'drop' } })
    expect((await deviationOf(desk, away)).events).toMatchObject([
      { elementId: 'stop', policy: 'drop' },
      { elementId: 'news', policy: 'latch' },
    ])
    expect([await publish('cancelled', id), await publish('paid', id)]).toEqual(['none', 'correlated'])
    await resume(away)
    expect(await where(id)).toEqual(['A:waiting'])
    expect(await publish('cancelled', id)).toBe('correlated')
    expect(await where(id)).toEqual(['L:waiting'])
  })

  test('V4: what the step itself waits for is not to act at once, and what nobody waits for has no policy', async () => {
    const id = await begun(desk, model(caught('W', message()), 'S>W W>E'))
    for (const events of [{ W: 'live' }, { X: 'latch' }] as const)
      await expect(leaveAt(desk, id, 'W', { events })).rejects.toMatchObject({ code: 'invalidArgument' })
    const away = await leaveAt(desk, id, 'W', { events: { W: 'drop' } })
    expect(await publish('paid', id)).toBe('none')
    await resume(away)
    expect(await publish('paid', id)).toBe('correlated')
  })
})

describe('several at once', () => {
  const FORK = model(
    `<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('C')}`,
    'S>F F>A F>B A>J B>J J>C C>E',
  )

  test('K3: two who leave on two branches are away each by themselves, and the join waits for both', async () => {
    const id = await begun(desk, FORK)
    const [one, other] = [await leaveAt(desk, id, 'A'), await leaveAt(desk, id, 'B', { actor: 'lee' })]
    expect(other.id).not.toBe(one.id)
    await resume(one)
    await complete(desk, id, 'A')
    expect(await where(id)).toEqual(['B:held', 'J:arrived'])
    await resume(other)
    await complete(desk, id, 'B')
    expect(await where(id)).toEqual(['C:waiting'])
  })

  test('K6: a result and a leaving that come at once end as in one order or the other, and the result counts once', async () => {
    for (const isFirst of [true, false]) {
      const id = await begun(desk, model(pack + user('B'), 'S>A A>B B>E'))
      const [job] = await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1M', max: 1 })
      const elementInstanceId = await at(desk.engine, id, 'A')
      const result = () => desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { label: 1 } })
      const leave = () => desk.cases.leave({ instanceId: id, elementInstanceId, reason: 'x', actor: 'kim' })
      const calls = isFirst ? [result, leave] : [leave, result]
      const ends = await Promise.all(calls.map((call) => endOf(call())))
      const left = isFirst ? ends[1] : ends[0]
      if (left === 'ok') {
        const [away] = (await desk.cases.find({ instanceId: id }))[0]
          ? (await desk.cases.get((await desk.cases.find({ instanceId: id }))[0]!.id))!.deviations
          : []
        expect(await where(id)).toEqual(['A:held'])
        await resume(away!)
      } else expect(['AnchorMoved', 'AnchorGone']).toContain(left)
      expect(await where(id)).toEqual(['B:waiting'])
      expect((await desk.engine.instances.get(id))?.variables).toEqual({ label: 1 })
    }
  })

  test('K13: a migration and a leaving that come at once end as in one order or the other', async () => {
    const [{ id: to } = { id: '' }] = (await desk.engine.deploy(model(user('A') + user('B') + user('N'), 'S>A A>B B>N N>E'))).processes
    for (const isFirst of [true, false]) {
      const id = await begun(desk)
      const migrate = () => desk.engine.instances.migrate({ instances: [id], to, actor: 'ops' })
      const leave = () => leaveAt(desk, id, 'A')
      await Promise.all(isFirst ? [migrate(), leave()] : [leave(), migrate()])
      await desk.engine.drain()
      expect(await where(id)).toEqual(['A:held'])
      const [found] = await desk.cases.find({ instanceId: id })
      const [deviation] = (await desk.cases.get(found!.id))!.deviations
      expect(deviation?.definition.id).toBe(to)
      await resume(deviation!)
      await complete(desk, id, 'A')
      await complete(desk, id, 'B')
      expect(await where(id)).toEqual(['N:waiting'])
    }
  })
})

describe('what is easily missed', () => {
  test('X2: a case is not resolved while somebody is away in it', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(desk.cases.resolve(away.caseId, { code: 'done', actor: 'kim' }))
    expect(refused).toMatchObject({ code: 'ProcessRunning', missing: [id] })
  })

  test('E2: what is kept for a step came by the key of when it began to wait, though that has changed meanwhile', async () => {
    const keyed = message().replace('paid', 'keyed')
    const xml = model(
      caught('W', keyed) + user('B'),
      'S>W W>B B>E',
      '<bpmn:message id="keyed" name="keyed"><bpmn:extensionElements><zeebe:subscription xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" correlationKey="=order"/></bpmn:extensionElements></bpmn:message>',
    )
    const id = await begun(desk, xml, { order: 'A-1' })
    const away = await leaveAt(desk, id, 'W')
    await desk.engine.instances.setVariables(id, { order: 'A-2' })
    const publish = async (correlationKey: string) => (await desk.engine.messages.publish({ name: 'keyed', correlationKey })).outcome
    expect([await publish('A-2'), await publish('A-1')]).toEqual(['none', 'correlated'])
    await resume(away)
    expect(await where(id)).toEqual(['B:waiting'])
  })

  test('E3: inputs are mapped again where the step is begun anew, and not where it is resumed', async () => {
    const input =
      '<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="seen">${price}</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>'
    const id = await begun(desk, model(`<bpmn:userTask id="A">${input}</bpmn:userTask>`, 'S>A A>E'), { price: 1 })
    const seen = async () => (await desk.engine.tasks.find({ instanceId: id }))[0]?.variables.seen
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.instances.setVariables(id, { price: 2 })
    await resume(away)
    expect(await seen()).toBe(1)
    await desk.cases.return((await leaveAt(desk, id, 'A')).id, { to: 'redo', actor: 'kim' })
    expect(await seen()).toBe(2)
  })

  test('E4: leaving and coming back are told, and that the step begins is not told again', async () => {
    const told: string[] = []
    for (const name of ['tokenHeld', 'tokenReleased', 'elementActivated', 'taskCreated'] as const)
      desk.engine.on(name, () => void told.push(name))
    const id = await begun(desk, model(user('A'), 'S>A A>E'))
    told.length = 0
    await resume(await leaveAt(desk, id, 'A'))
    expect(told).toEqual(['tokenHeld', 'tokenReleased'])
  })

  test('E7: an instance that somebody has left is not deleted before it is ended', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const remove = () => desk.engine.instances.delete(id, { actor: 'ops' })
    await expect(remove()).rejects.toMatchObject({ name: 'EngineError' })
    await desk.cases.return(away.id, { to: 'endScope', actor: 'kim' })
    await remove()
    expect(await desk.engine.instances.get(id)).toBeNull()
  })

  test('U5: where the return is undone that passed a mandatory step over, that step is to be done again', async () => {
    await desk.reopen({}, { policies: { elements: { A: { mandatory: true } } } })
    const id = await begun(desk, AB)
    const away = await leaveAt(desk, id, 'A')
    const skip = (one: { readonly id: string }, approvedBy: readonly string[]) =>
      desk.cases.return(one.id, { to: 'skip', approvedBy, actor: 'kim' })
    await skip(away, ['max'])
    await desk.cases.undo(away.id, { actor: 'kim' })
    expect(await where(id)).toEqual(['A:waiting'])
    expect((await refusal(skip(await leaveAt(desk, id, 'A'), []))).code).toBe('MandatoryStep')
  })

  test('U5: what was to be reviewed of a return that is undone is not any more, and that is on record', async () => {
    await desk.reopen({}, { policies: { elements: { A: { mandatory: true } } } })
    const away = await leaveAt(desk, await begun(desk, AB), 'A')
    await desk.cases.return(away.id, { to: 'skip', approvedBy: ['max'], actor: 'kim' })
    const [review] = await desk.cases.reviews.due({ actor: 'rex' })
    await desk.cases.undo(away.id, { actor: 'kim' })
    expect(await desk.cases.reviews.due({ actor: 'rex' })).toEqual([])
    const { reviews, timeline } = await caseOf(desk, away.caseId)
    expect(reviews).toMatchObject([{ id: review?.id, state: 'withdrawn', because: ['mandatory:A'], withdrawn: { by: 'kim' } }])
    expect(timeline).toContainEqual(expect.objectContaining({ type: 'case:review', reviewId: review?.id, change: 'withdrawn' }))
    expect(await deviationOf(desk, away)).toMatchObject({ review: { because: ['mandatory:A'], withdrawn: true } })
    const decided = desk.cases.reviews.decide(review?.id ?? '', { outcome: 'confirmed', reason: 'fine', actor: 'rex' })
    expect((await refusal(decided)).code).toBe('ReviewOver')
    const figures = await desk.cases.metrics({ from: '2026-03-01T00:00:00Z', to: '2026-03-03T00:00:00Z' })
    expect(figures.reviews).toMatchObject({ due: 0, withdrawn: 1 })
    expect(await desk.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true })
  })

  test('U3: what was told a customer while away is not untold by an undo', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const said = { caseId: away.caseId, direction: 'outbound', channel: 'phone', actor: 'kim' } as const
    await desk.cases.contacts.record(said)
    await desk.cases.undo(away.id, { actor: 'kim' })
    expect((await caseOf(desk, away.caseId)).contacts).toMatchObject([{ channel: 'phone' }])
  })

  test('U6: what is undone is on record, counts as undone, and is not made again by itself', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.undo(away.id, { actor: 'kim', reason: 'by mistake' })
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'undone', undone: { actor: 'kim' } })
    expect((await refusal(desk.cases.undo(away.id, { actor: 'kim' }))).code).toBe('NotUndoable')
    const { deviations } = await desk.cases.metrics({ from: '2026-03-01T00:00:00Z', to: '2026-03-03T00:00:00Z' })
    expect(deviations).toMatchObject({ started: 1, undone: 1 })
  })
})
