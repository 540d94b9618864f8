import { describe, expect, test } from 'vitest'
import {
  at,
  begun,
  boundary,
  caught,
  complete,
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

const desk = useDesk()
const held = async (instanceId: string) =>
  (await desk.engine.tasks.find({ instanceId, held: true })).map(({ elementId }) => elementId).sort()
const open = async (instanceId: string) => (await desk.engine.tasks.find({ instanceId })).map(({ elementId }) => elementId).sort()
const over = (instanceId: string, more = {}) =>
  desk.cases.leave({ instanceId, elementInstanceId: instanceId, mode: 'takeOver', reason: 'flood', actor: 'kim', ...more })
const back = (id: string, to: 'resume' | 'endScope' | 'stayOff' = 'resume') => desk.cases.return(id, { to, actor: 'kim' })

const listener = (id: string, definition: string, interrupts: boolean): string =>
  `<bpmn:subProcess id="${id}" triggeredByEvent="true"><bpmn:startEvent id="${id}s" isInterrupting="${interrupts}">${definition}</bpmn:startEvent><bpmn:userTask id="${id}u"/><bpmn:endEvent id="${id}e"/>
  <bpmn:sequenceFlow id="${id}1" sourceRef="${id}s" targetRef="${id}u"/><bpmn:sequenceFlow id="${id}2" sourceRef="${id}u" targetRef="${id}e"/></bpmn:subProcess>`
const FORK = '<bpmn:parallelGateway id="F"/>'
const DATE = '<bpmn:timerEventDefinition><bpmn:timeDate>2026-03-03T09:00:00Z</bpmn:timeDate></bpmn:timerEventDefinition>'

describe('a whole instance is taken over', () => {
  const BOTH = model(FORK + user('A', 'camunda:assignee="tom"') + user('B'), 'S>F F>A F>B A>E B>E')

  test('M5: all of it is on hold; on return all goes on as it was (G0)', async () => {
    const id = await begun(desk, BOTH)
    const before = await positions(desk.engine, id)
    expect(await desk.cases.previewLeave({ instanceId: id, mode: 'takeOver', actor: 'kim' })).toMatchObject({
      allowed: true,
      elementId: 'p',
    })
    const away = await over(id)
    expect(await held(id)).toEqual(['A', 'B'])
    expect(await deviationOf(desk, away)).toMatchObject({
      mode: 'takeOver',
      anchor: { type: 'instance', elementId: 'p', elementInstanceId: id },
    })
    expect((await refusal(leaveAt(desk, id, 'A'))).code).toBe('AlreadyAway')
    expect((await refusal(over(id))).code).toBe('AlreadyAway')
    for (const to of ['skip', 'redo', { jump: 'B' }] as const)
      expect((await refusal(desk.cases.return(away.id, { to, actor: 'kim' }))).code).toBe('ScopeTakenOver')
    expect(await desk.cases.previewReturn(away.id, { to: 'resume', actor: 'kim' })).toMatchObject({ allowed: true, guarantee: 'G0' })
    await back(away.id)
    expect(await positions(desk.engine, id)).toEqual(before)
    await complete(desk, id, 'A')
    await complete(desk, id, 'B')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('whoever worked in it is told; who left inside before stays away, and comes back after it', async () => {
    const id = await begun(desk, BOTH)
    const first = await leaveAt(desk, id, 'B')
    const away = await over(id)
    expect((await desk.cases.get(away.caseId))?.timeline.filter(({ type }) => type === 'deviation:notice')).toMatchObject([{ to: 'tom' }])
    expect(await refusal(back(first.id))).toMatchObject({ code: 'AlreadyAway', details: { deviationId: away.id } })
    await back(away.id)
    expect(await held(id)).toEqual(['B'])
    await back(first.id)
    expect(await open(id)).toEqual(['A', 'B'])
  })

  test('it is ended, stayed off from, undone, or preempted by the end of the instance', async () => {
    const ends = async (end: (id: string, awayId: string) => Promise<unknown>) => {
      const id = await begun(desk, BOTH)
      const away = await over(id)
      await end(id, away.id)
      return [(await desk.engine.instances.get(id))?.status, (await deviationOf(desk, away)).state]
    }
    expect(await ends((_, awayId) => back(awayId, 'endScope'))).toEqual(['terminated', 'returned'])
    expect(await ends((_, awayId) => back(awayId, 'stayOff'))).toEqual(['superseded', 'returned'])
    expect(await ends((_, awayId) => desk.cases.undo(awayId, { actor: 'kim' }))).toEqual(['active', 'undone'])
    expect(await ends((id) => desk.engine.instances.cancel(id, { reason: 'gone' }))).toEqual(['terminated', 'preempted'])
  })

  test('T8: its timers stand still, but for those at a date, which are kept for the return', async () => {
    const id = await begun(
      desk,
      model(FORK + caught('D', timer('PT2H')) + caught('T', DATE) + user('X') + user('Y'), 'S>F F>D F>T D>X T>Y X>E Y>E'),
    )
    const away = await over(id)
    await desk.engine.advance('P3D')
    expect((await deviationOf(desk, away)).timers).toMatchObject([
      { elementId: 'D', policy: 'pause', remainingMs: 7_200_000 },
      { elementId: 'T', policy: 'latch' },
    ])
    await back(away.id)
    expect(await positions(desk.engine, id)).toEqual(['D:waiting', 'Y:waiting'])
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'T', became: 'applied' }])
    await desk.engine.advance('PT2H')
    expect(await open(id)).toEqual(['X', 'Y'])
  })

  test('a policy is given by the timer inside; one of no timer in it is refused', async () => {
    const id = await begun(desk, model(caught('D', timer('PT2H')) + user('X'), 'S>D D>X X>E'))
    await expect(over(id, { timers: { X: 'keep' } })).rejects.toMatchObject({ code: 'invalidArgument' })
    const away = await over(id, { timers: { D: 'keep' } })
    await desk.engine.advance('PT3H')
    expect(await positions(desk.engine, id)).toEqual(['D:held'])
    await back(away.id)
    expect(await positions(desk.engine, id)).toEqual(['X:waiting'])
  })
})

describe('what listens for event sub-processes in what is taken over', () => {
  const MODEL = model(
    user('A') + listener('M', message(), true) + listener('N', signal, false) + listener('T', timer('PT1H'), false),
    'S>A A>E',
  )

  test('keeps what comes, once each, and acts on return; its timers stand still', async () => {
    const id = await begun(desk, MODEL)
    const away = await over(id)
    await desk.engine.signals.broadcast({ name: 'storm' })
    await desk.engine.signals.broadcast({ name: 'storm' })
    await desk.engine.advance('P1D')
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await back(away.id)
    expect(await open(id)).toEqual(['A', 'Nu'])
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'Ns', kind: 'signal', became: 'applied' }])
    await desk.engine.advance('PT1H')
    expect(await open(id)).toEqual(['A', 'Nu', 'Tu'])
    await desk.engine.signals.broadcast({ name: 'storm' })
    expect(await open(id)).toEqual(['A', 'Nu', 'Nu', 'Tu'])
  })

  test('an interrupting one takes over on return, before what else was kept', async () => {
    const id = await begun(desk, MODEL)
    const away = await over(id)
    await desk.engine.messages.publish({ name: 'paid', instanceId: id })
    expect(await held(id)).toEqual(['A'])
    await back(away.id)
    expect(await open(id)).toEqual(['Mu'])
    await complete(desk, id, 'Mu')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('of a scope around it, they go on: an interrupting one ends the take-over', async () => {
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:userTask id="U"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i2" sourceRef="U" targetRef="e"/>${listener('N', signal, false)}</bpmn:subProcess>`
    const id = await begun(desk, model(inner + listener('M', message(), true), 'S>P P>E'))
    const away = await leaveAt(desk, id, 'P', { mode: 'takeOver' })
    await desk.engine.signals.broadcast({ name: 'storm' })
    expect(await positions(desk.engine, id)).toEqual(['P:held', 'U:held'])
    await desk.engine.messages.publish({ name: 'paid', instanceId: id })
    expect(await open(id)).toEqual(['Mu'])
    expect((await deviationOf(desk, away)).state).toBe('preempted')
  })
})

describe('what is called is held with its caller', () => {
  const CALL = model(
    `<bpmn:callActivity id="C" calledElement="child"/>${user('B')}${boundary('X', 'C', message('cancelled'))}`,
    'S>C C>B B>E X>E',
  )
  const CHILD = model(
    `<bpmn:callActivity id="D" calledElement="grandchild"/>${user('V')}${FORK}${caught('T', timer('PT2H'))}`,
    'S>F F>D F>V F>T D>E V>E T>E',
  ).replace('id="p"', 'id="child"')
  const GRANDCHILD = model(user('W'), 'S>W W>E').replace('id="p"', 'id="grandchild"')
  const calling = async () => {
    for (const xml of [GRANDCHILD, CHILD]) await desk.engine.deploy(xml)
    const id = await begun(desk, CALL)
    const child = (await desk.engine.instances.find({ processKey: 'child', status: 'active' }))[0]!.id
    const grandchild = (await desk.engine.instances.find({ processKey: 'grandchild', status: 'active' }))[0]!.id
    return { id, child, grandchild }
  }

  test('S12: child tasks are on hold, and those of what it calls in turn; resume releases them', async () => {
    const { id, child, grandchild } = await calling()
    expect(
      (await desk.cases.previewLeave({ instanceId: id, elementInstanceId: await at(desk.engine, id, 'C'), actor: 'kim' })).called,
    ).toEqual([child])
    const away = await leaveAt(desk, id, 'C')
    expect([await held(child), await held(grandchild)]).toEqual([['V'], ['W']])
    await desk.engine.advance('P3D')
    const inside = refusal(leaveAt(desk, grandchild, 'W'))
    expect(await inside).toMatchObject({ code: 'AlreadyAway', details: { deviationId: away.id } })
    await back(away.id)
    expect([await open(child), await open(grandchild)]).toEqual([['V'], ['W']])
    await complete(desk, grandchild, 'W')
    await complete(desk, child, 'V')
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
    await desk.engine.advance('PT2H')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await deviationOf(desk, away)).state).toBe('returned')
  })

  test('with cascade: false it runs on, and its end is kept for the return', async () => {
    const { id, child, grandchild } = await calling()
    const away = await leaveAt(desk, id, 'C', { cascade: false })
    await complete(desk, grandchild, 'W')
    await complete(desk, child, 'V')
    await desk.engine.advance('PT2H')
    expect(await positions(desk.engine, id)).toEqual(['C:held'])
    await back(away.id)
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('a whole instance is taken over with what it calls; an undo, and what interrupts the call, end that too', async () => {
    const { id, child, grandchild } = await calling()
    const away = await over(id)
    expect([await held(child), await held(grandchild)]).toEqual([['V'], ['W']])
    await desk.cases.undo(away.id, { actor: 'kim' })
    expect([await open(child), await open(grandchild)]).toEqual([['V'], ['W']])
    const again = await leaveAt(desk, id, 'C')
    await desk.engine.messages.publish({ name: 'cancelled', instanceId: id })
    await desk.engine.drain()
    expect((await deviationOf(desk, again)).state).toBe('preempted')
    expect((await desk.engine.instances.get(grandchild))?.status).toBe('terminated')
  })

  test('a return that is made by itself releases what is called, too', async () => {
    const { id, child } = await calling()
    await desk.engine.deploy(model(user('H'), 'S>H H>E').replace('id="p"', 'id="help"'))
    const away = await leaveAt(desk, id, 'C')
    await desk.cases.return(away.id, { to: { handOver: { process: 'help' } }, actor: 'kim' })
    await desk.engine.drain()
    expect(await held(child)).toEqual(['V'])
    const [help] = await desk.engine.tasks.find({ elementId: 'H' })
    await desk.engine.tasks.complete(help!.id)
    await desk.engine.drain()
    expect((await deviationOf(desk, away)).state).toBe('returned')
    expect(await open(child)).toEqual(['V'])
  })

  test('what was suspended when its caller left is held when it is resumed, and released if the caller is back by then', async () => {
    const { id, child } = await calling()
    await desk.engine.instances.suspend(child)
    const away = await leaveAt(desk, id, 'C')
    await desk.engine.instances.resume(child)
    await desk.engine.drain()
    expect(await held(child)).toEqual(['V'])
    await desk.engine.instances.suspend(child)
    await back(away.id)
    await desk.engine.instances.resume(child)
    await desk.engine.drain()
    expect(await open(child)).toEqual(['V'])
  })
})
