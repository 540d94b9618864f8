import { describe, expect, test } from 'vitest'
import {
  AB,
  at,
  begun,
  boundary,
  caseOf,
  complete,
  deviationOf,
  leaveAt,
  message,
  model,
  positions,
  refusal,
  slowWork,
  timer,
  useDesk,
  user,
} from '../desk.ts'

const desk = useDesk()

const base = { reason: 'x', actor: 'kim' }

describe('leaving ahead of a step', () => {
  test('S08: leaveBefore: the token reaches it, the step is not started, the deviation is open, and whoever wanted to leave is told', async () => {
    const told: unknown[] = []
    await desk.reopen({ handlers: { tell: ({ variables }) => void told.push(variables) } }, { notifier: 'tell' })
    const id = await begun(desk, AB)
    const away = await desk.cases.leave({ instanceId: id, before: 'B', ...base })
    expect((await deviationOf(desk, away)).state).toBe('requested')
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['B:held'])
    expect(await desk.engine.tasks.find({ instanceId: id, held: 'include' })).toEqual([])
    expect(await deviationOf(desk, away)).toMatchObject({
      state: 'away',
      anchor: { elementId: 'B', elementInstanceId: await at(desk.engine, id, 'B') },
    })
    await desk.engine.drain()
    expect(told).toMatchObject([{ caseId: away.caseId, because: 'reached', to: ['kim'] }])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    await complete(desk, id, 'B')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('P28: pinned for good, an item waits at the step in each later round, until that is taken back', async () => {
    const again = '<bpmn:exclusiveGateway id="G" default="f3"/>'
    const xml = model(user('A') + user('B') + again, 'S>A A>B B>G G>E').replace(
      '</bpmn:process>',
      '<bpmn:sequenceFlow id="loop" sourceRef="G" targetRef="A"><bpmn:conditionExpression>${again}</bpmn:conditionExpression></bpmn:sequenceFlow></bpmn:process>',
    )
    const id = await begun(desk, xml, { again: true })
    const item = { kind: 'human', name: 'check', outputs: ['checked'] } as const
    const pinned = await desk.cases.defer({ instanceId: id, before: 'B', item, permanent: true, actor: 'kim' })
    const ask = async () => (await caseOf(desk, pinned.caseId)).deviations
    for (const round of [1, 2]) {
      await complete(desk, id, 'A')
      expect(await positions(desk.engine, id)).toEqual(['B:held'])
      const open = (await ask()).find(({ state }) => state === 'away')
      await desk.cases.completeItem(open!.items[0]!.id, { variables: { checked: round }, actor: 'lee' })
      expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
      await complete(desk, id, 'B')
    }
    const [first, second, third] = await ask()
    expect([first?.state, second?.state, third?.state]).toEqual(['returned', 'returned', 'requested'])
    expect(third).toMatchObject({ permanent: true, repeats: second?.id, items: [{ name: 'check', state: 'available' }] })
    await desk.cases.undo(third!.id, { actor: 'kim' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toMatchObject({ checked: 2 })
  })

  test('a breakpoint holds at elements that never wait: a gateway, an event that occurred, an end event', async () => {
    const xml = model(`${user('A')}<bpmn:exclusiveGateway id="G"/>${boundary('T', 'A', timer('PT1H'))}`, 'S>A A>E T>G G>E')
    const id = await begun(desk, xml)
    const first = await desk.cases.leave({ instanceId: id, before: 'T', ...base })
    const second = await desk.cases.leave({ instanceId: id, before: 'G', ...base })
    const third = await desk.cases.leave({ instanceId: id, before: 'E', ...base })
    await desk.engine.advance('PT1H')
    for (const [away, place] of [
      [first, 'T:held'],
      [second, 'G:held'],
      [third, 'E:held'],
    ] as const) {
      expect(await positions(desk.engine, id)).toEqual([place])
      await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    }
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('what was asked for and is never reached lapses with the instance', async () => {
    const id = await begun(desk, model(`${user('A')}${user('B')}${boundary('T', 'A', timer('PT1H'))}`, 'S>A A>B B>E T>E'))
    const away = await desk.cases.leave({ instanceId: id, before: 'B', ...base })
    await desk.engine.advance('PT1H')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
    expect((await deviationOf(desk, away)).state).toBe('lapsed')
  })

  test('what comes to a breakpoint and is ended in the same step is preempted', async () => {
    const all = '<bpmn:endEvent id="X"><bpmn:terminateEventDefinition/></bpmn:endEvent><bpmn:parallelGateway id="F"/>'
    const id = await begun(desk, model(all + user('A') + user('B'), 'S>A A>F F>B F>X B>E'))
    const away = await desk.cases.leave({ instanceId: id, before: 'B', ...base })
    await complete(desk, id, 'A')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
    expect((await deviationOf(desk, away)).state).toBe('preempted')
  })

  test('S07: asked for while work goes on, it takes effect at the next wait, and says which', async () => {
    const pack = (one: string) => `<bpmn:serviceTask id="${one}" camunda:type="external" camunda:topic="pack"/>`
    const id = await begun(desk, model(pack('A') + pack('B'), 'S>A A>B B>E'))
    const away = await desk.cases.leave({ instanceId: id, atNext: true, ...base })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    const [job] = await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1H', max: 1 })
    await desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { packed: true } })
    expect(await positions(desk.engine, id)).toEqual(['B:held'])
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', anchor: { elementId: 'B' } })
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ packed: true })
    const waiting = await begun(desk, AB)
    const now = await desk.cases.leave({ instanceId: waiting, atNext: true, ...base })
    expect((await deviationOf(desk, now)).anchor.elementId).toBe('A')
    expect(await positions(desk.engine, waiting)).toEqual(['A:held'])
  })

  test('S07: a chain of scripts and work that is under way goes through to the next wait, which is what is left', async () => {
    const script = (one: string) =>
      `<bpmn:scriptTask id="${one}" scriptFormat="feel" camunda:resultVariable="${one.toLowerCase()}"><bpmn:script>1 + 1</bpmn:script></bpmn:scriptTask>`
    const slow = slowWork()
    const ask = async () => {
      slow.begin()
      await slow.ended
      return { asked: true }
    }
    await desk.reopen({ durability: 'wait', worker: { inlineMs: Number.POSITIVE_INFINITY }, handlers: { ask } })
    const work = '<bpmn:serviceTask id="ask" camunda:type="external" camunda:topic="ask"/>'
    const id = await begun(desk, model(user('A') + script('X') + work + script('Y') + user('B'), 'S>A A>X X>ask ask>Y Y>B B>E'))
    const elementInstanceId = await at(desk.engine, id, 'A')
    const completing = complete(desk, id, 'A')
    await slow.begun
    const leaving = desk.cases.leave({ instanceId: id, atNext: true, ...base })
    const late = refusal(desk.cases.leave({ instanceId: id, elementInstanceId, ...base }))
    slow.end()
    const away = await leaving
    await completing
    expect(await late).toMatchObject({ code: 'AnchorMoved', to: [{ elementId: 'B' }] })
    expect(await positions(desk.engine, id)).toEqual(['B:held'])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ x: 2, asked: true, y: 2 })
    const anchor = { elementId: 'B', elementInstanceId: await at(desk.engine, id, 'B') }
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', anchor })
  })

  test('S13: in an instance that is over there is nothing to leave', async () => {
    const id = await begun(desk, AB)
    await complete(desk, id, 'A')
    const elementInstanceId = await at(desk.engine, id, 'B')
    await complete(desk, id, 'B')
    for (const where of [{ elementInstanceId }, { before: 'A' }, { atNext: true as const }]) {
      const refused = await refusal(desk.cases.leave({ instanceId: id, ...where, ...base }))
      expect(refused.code).toBe('AnchorGone')
      expect(refused.message).toContain('completed')
      expect(refused.message).toContain('Reopen')
    }
    expect(await desk.cases.find({ instanceId: id })).toEqual([])
  })
})

describe('work pinned to a step to come', () => {
  const xml = model(
    `${user('A')}<bpmn:exclusiveGateway id="G" default="f2"/>${user('Invoice')}`,
    'S>A A>G G>Invoice G>E Invoice>E',
  ).replace(
    '<bpmn:sequenceFlow id="f2" sourceRef="G" targetRef="Invoice"/>',
    '<bpmn:sequenceFlow id="f2" sourceRef="G" targetRef="Invoice"/>',
  )

  test('S16, M4: the step waits for the item; one that the path avoids is unreachable in the end', async () => {
    const pay = xml.replace(
      '<bpmn:sequenceFlow id="f3" sourceRef="G" targetRef="E"/>',
      '<bpmn:sequenceFlow id="f3" sourceRef="G" targetRef="E"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${free}</bpmn:conditionExpression></bpmn:sequenceFlow>',
    )
    const id = await begun(desk, pay, { free: false })
    const item = { kind: 'human', name: 'check the rebate', assignee: 'lee', required: true } as const
    const pinned = await desk.cases.defer({ instanceId: id, before: 'Invoice', item, actor: 'kim' })
    expect((await caseOf(desk, pinned.caseId)).items).toMatchObject([{ state: 'available' }])
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['Invoice:held'])
    expect((await caseOf(desk, pinned.caseId)).items).toMatchObject([{ id: pinned.id, state: 'active' }])
    await desk.cases.completeItem(pinned.id, { actor: 'lee' })
    expect(await positions(desk.engine, id)).toEqual(['Invoice:waiting'])

    const { id: other } = await desk.engine.start('p', { variables: { free: true } })
    const avoided = await desk.cases.defer({ instanceId: other, before: 'Invoice', item, actor: 'kim' })
    await complete(desk, other, 'A')
    expect((await desk.engine.instances.get(other))?.status).toBe('completed')
    const view = await caseOf(desk, avoided.caseId)
    expect(view.items).toMatchObject([{ state: 'unreachable' }])
    expect(view.deviations).toMatchObject([{ state: 'lapsed', mode: 'deferred' }])
  })
})

describe('alongside', () => {
  test('S14, M1: with a gate the step is not completed while a required item is open; optional ones do not block', async () => {
    const id = await begun(desk, AB)
    const away = await leaveAt(desk, id, 'A', { mode: 'alongside', gate: true })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'ask legal', required: true, actor: 'kim' })
    await desk.cases.addItem(away.id, { kind: 'human', name: 'ask a friend', actor: 'kim' })
    const refused = await refusal(complete(desk, id, 'A'))
    expect(refused.code).toBe('RequiredOpen')
    expect(refused.missing).toMatchObject([{ id: item.id, name: 'ask legal' }])
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    const view = await caseOf(desk, away.caseId)
    expect(view.deviations).toMatchObject([{ state: 'preempted', mode: 'alongside' }])
    expect(view.items.map(({ state, deviationId }) => ({ state, deviationId }))).toEqual([
      { state: 'completed', deviationId: away.id },
      { state: 'active', deviationId: null },
    ])
  })

  test('K2: it stands beside a detour at the same step, and ends by itself with the step', async () => {
    const id = await begun(desk, AB)
    const beside = await leaveAt(desk, id, 'A', { mode: 'alongside' })
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect((await refusal(desk.cases.return(beside.id, { to: 'skip', actor: 'kim' }))).code).toBe('NotAway')
    await complete(desk, id, 'A')
    expect((await deviationOf(desk, beside)).state).toBe('returned')
    const other = await leaveAt(desk, id, 'B', { mode: 'alongside' })
    await desk.cases.return(other.id, { to: 'resume', actor: 'kim' })
    expect((await deviationOf(desk, other)).state).toBe('returned')
  })

  const join = '<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>'
  const joined = model(join + user('A') + user('B'), 'S>F F>A F>B A>J B>J J>E')
  const quantity = model(
    `<bpmn:parallelGateway id="F"/><bpmn:task id="J" startQuantity="2"/><bpmn:exclusiveGateway id="X"/>${user('A')}${user('B')}`,
    'S>F F>A F>B A>X B>X X>J J>E',
  )
  test.each([
    ['a join', joined],
    ['an activity that takes two tokens', quantity],
  ])('P11: at a token that waits at %s, it ends when that takes the token', async (_, xml) => {
    for (const [hasOpenWork, state] of [
      [false, 'returned'],
      [true, 'preempted'],
    ] as const) {
      const id = await begun(desk, xml)
      await complete(desk, id, 'A')
      const beside = await leaveAt(desk, id, 'J', { mode: 'alongside' })
      if (hasOpenWork) await desk.cases.addItem(beside.id, { kind: 'human', name: 'ask legal', required: true, actor: 'kim' })
      await complete(desk, id, 'B')
      expect((await desk.engine.instances.get(id))?.status).toBe('completed')
      const view = await caseOf(desk, beside.caseId)
      expect(view.deviations).toMatchObject([{ id: beside.id, state, mode: 'alongside' }])
      expect(view.items.map((item) => [item.state, item.deviationId])).toEqual(hasOpenWork ? [['active', null]] : [])
    }
  })

  test('P25: at a scope that is undone, it ends when all in it is undone', async () => {
    const undone = `${user('A')}<bpmn:boundaryEvent id="Ac" attachedToRef="A"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
      <bpmn:userTask id="H" isForCompensation="true"/><bpmn:association id="a" sourceRef="Ac" targetRef="H" associationDirection="One"/>`
    const scope = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/>${undone}<bpmn:endEvent id="e"/>
      <bpmn:sequenceFlow id="p1" sourceRef="s" targetRef="A"/><bpmn:sequenceFlow id="p2" sourceRef="A" targetRef="e"/></bpmn:subProcess>`
    const throws = '<bpmn:intermediateThrowEvent id="C"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>'
    const id = await begun(desk, model(scope + throws, 'S>P P>C C>E'))
    await complete(desk, id, 'A')
    const handler = await leaveAt(desk, id, 'H', { mode: 'alongside' })
    const around = await leaveAt(desk, id, 'P', { mode: 'alongside' })
    await complete(desk, id, 'H')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
    expect((await deviationOf(desk, handler)).state).toBe('returned')
    expect((await deviationOf(desk, around)).state).toBe('returned')
  })

  test('P21: at what listens, it ends when that listens no more', async () => {
    const listens = `<bpmn:subProcess id="L" triggeredByEvent="true"><bpmn:startEvent id="s">${message()}</bpmn:startEvent>
      <bpmn:endEvent id="e"/><bpmn:sequenceFlow id="l" sourceRef="s" targetRef="e"/></bpmn:subProcess>`
    const id = await begun(desk, model(user('A') + listens, 'S>A A>E'))
    const beside = await desk.cases.leave({ instanceId: id, elementInstanceId: `${id}.1`, mode: 'alongside', ...base })
    expect(await deviationOf(desk, beside)).toMatchObject({ state: 'away', anchor: { elementId: 'L' } })
    await complete(desk, id, 'A')
    expect((await deviationOf(desk, beside)).state).toBe('preempted')
  })
})
