import { describe, expect, test } from 'vitest'
import {
  allStorages,
  at,
  begun,
  boundary,
  caseOf,
  caught,
  deviationOf,
  leaveAt,
  message,
  model,
  positions,
  refusal,
  signal,
  timer,
  useDesk,
  user,
} from '../desk.ts'

describe.each(await allStorages())('preemption on $name', ({ make }) => {
  const desk = useDesk({}, {}, make)

  const human = (name: string, more = {}) => ({ kind: 'human' as const, name, actor: 'kim', ...more })

  test('a condition that came true while someone is away and is true no more on the return occurs once, and again when it comes true again', async () => {
    const condition = '<bpmn:conditionalEventDefinition><bpmn:condition>=x > 6</bpmn:condition></bpmn:conditionalEventDefinition>'
    // In the Camunda 7 dialect it would occur at each change after which it is true.
    const drawn = model(user('A') + user('C') + boundary('rises', 'A', condition, false), 'S>A A>E rises>C C>E')
    const id = await begun(desk, drawn.replace(/xmlns:camunda="[^"]*"|camunda:historyTimeToLive="[^"]*"/g, ''))
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.instances.setVariables(id, { x: 7 })
    await desk.engine.instances.setVariables(id, { x: 0 })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'C:waiting'])
    await desk.engine.instances.setVariables(id, { x: 8 })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'C:waiting', 'C:waiting'])
  })

  test.each([
    ['message', message('cancelled')],
    ['signal', signal],
  ])('an interrupting boundary %s moves the path although someone is away', async (kind, definition) => {
    const id = await begun(desk, model(user('A') + user('C') + boundary('cancel', 'A', definition), 'S>A A>E cancel>C C>E'))
    const elementInstanceId = await at(desk.engine, id, 'A')
    const away = await leaveAt(desk, id, 'A')
    const call = await desk.cases.addItem(away.id, human('call the customer', { assignee: 'lee', required: true }))
    const free = await desk.cases.addItem(away.id, human('anyone', { candidateGroups: ['desk'] }))
    const later = await desk.cases.addItem(away.id, human('then this', { after: [call.id] }))
    if (kind === 'message') await desk.engine.messages.publish({ name: 'cancelled', instanceId: id })
    else await desk.engine.signals.broadcast({ name: 'storm' })
    await desk.engine.drain()

    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
    const deviation = await deviationOf(desk, away)
    expect(deviation).toMatchObject({ state: 'preempted', preempted: { cause: 'event', elementId: 'cancel' } })
    const states = Object.fromEntries(deviation.items.map((item) => [item.id, item.state]))
    expect(states).toEqual({ [call.id]: 'rehomed', [free.id]: 'terminated', [later.id]: 'terminated' })
    const refused = await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))
    expect(refused.code).toBe('AnchorGone')
    expect((await refusal(desk.cases.addItem(away.id, human('too late')))).code).toBe('AnchorGone')
    expect((await refusal(leaveAgain(id, elementInstanceId))).code).toBe('AnchorGone')

    const tasks = await desk.engine.tasks.find({ instanceId: id })
    expect(
      tasks
        .map((task) => [task.name, task.deviationId])
        .sort()
        .reverse(),
    ).toEqual([
      ['call the customer', null],
      ['C', null],
    ])
    await desk.engine.tasks.complete(call.taskId!, { actor: 'lee' })
    expect((await caseOf(desk, away.caseId)).items.find((item) => item.id === call.id)).toMatchObject({ state: 'completed' })
    expect((await caseOf(desk, away.caseId)).timeline.map(({ type }) => type)).toContain('deviation:preempt')
  })

  const leaveAgain = (instanceId: string, elementInstanceId: string) =>
    desk.cases.leave({ instanceId, elementInstanceId, reason: 'again', actor: 'kim' })

  test('S35, T1, X1: a boundary timer that is kept running preempts; work that was begun goes on at the case, and nobody comes back', async () => {
    const id = await begun(desk, model(user('A') + user('L') + boundary('T', 'A', timer('PT1H')), 'S>A A>E T>L L>E'))
    const away = await leaveAt(desk, id, 'A', { timers: { T: 'keep' } })
    const item = await desk.cases.addItem(away.id, human('call the customer', { assignee: 'lee' }))
    desk.clock.advance('PT2H')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['L:waiting'])
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ id: item.id, state: 'rehomed' }])
    expect((await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))).code).toBe('AnchorGone')
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'completed' }])
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'preempted', preempted: { cause: 'event', elementId: 'T' } })
  })

  test('X1: cancelling the instance preempts, and what was kept is not used', async () => {
    const id = await begun(desk, model(caught('W', message()), 'S>W W>E'))
    const away = await leaveAt(desk, id, 'W')
    await desk.engine.messages.publish({ name: 'paid', instanceId: id })
    await desk.engine.instances.cancel(id, { reason: 'no longer wanted', actor: 'boss' })
    expect(await deviationOf(desk, away)).toMatchObject({
      state: 'preempted',
      preempted: { cause: 'instanceEnded', elementId: null, actor: 'boss' },
      latches: [{ kind: 'message', became: 'unused' }],
    })
    expect((await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))).code).toBe('AnchorGone')
  })

  test('X1, E1: a terminate end event elsewhere preempts', async () => {
    const elements = `<bpmn:parallelGateway id="F"/>${user('A')}${user('B')}<bpmn:endEvent id="X"><bpmn:terminateEventDefinition/></bpmn:endEvent>`
    const id = await begun(desk, model(elements, 'S>F F>A F>B A>E B>X'))
    const away = await leaveAt(desk, id, 'A')
    const [b] = await desk.engine.tasks.find({ instanceId: id, elementId: 'B' })
    await desk.engine.tasks.complete(b!.id)
    expect(await desk.engine.instances.get(id)).toMatchObject({ status: 'completed' })
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'preempted' })
  })

  test('only the deviation whose token the path took is preempted', async () => {
    const elements = `<bpmn:parallelGateway id="F"/>${user('A')}${user('B')}${user('C')}${boundary('cancel', 'A', message('cancelled'))}`
    const id = await begun(desk, model(elements, 'S>F F>A F>B A>E B>E cancel>C C>E'))
    const a = await leaveAt(desk, id, 'A')
    const b = await leaveAt(desk, id, 'B', { actor: 'lee' })
    expect(b.caseId).toBe(a.caseId)
    await desk.engine.messages.publish({ name: 'cancelled', instanceId: id })
    expect((await deviationOf(desk, a)).state).toBe('preempted')
    expect((await deviationOf(desk, b)).state).toBe('away')
    expect(await positions(desk.engine, id)).toEqual(['B:held', 'C:waiting'])
  })
})
