import { beforeEach, describe, expect, test } from 'vitest'
import {
  AB,
  allStorages,
  at,
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
  type SlowWork,
  signal,
  slowWork,
  started,
  timer,
  useDesk,
  user,
} from '../desk.ts'

describe.each(await allStorages())('leaving and coming back on $name', ({ make }) => {
  const handled: string[] = []
  let failures = 0
  let slow: SlowWork
  const handlers = {
    slow: async () => {
      slow.begin()
      await slow.ended
      handled.push('slow')
      return { times: handled.length }
    },
    work: (job: { idempotencyKey: string }) => {
      handled.push(job.idempotencyKey)
      if (failures-- > 0) throw new Error('not now')
      return { worked: true }
    },
  }

  const desk = useDesk({ handlers, retries: { attempts: 1 } }, {}, make)
  beforeEach(() => {
    handled.length = 0
    failures = 0
    slow = slowWork()
  })

  const comeBack = (id: string) => desk.cases.return(id, { to: 'resume', actor: 'kim' })

  test('S01, M2, R1: the step comes back as the same task, with its person and draft', async () => {
    const id = await started(desk, AB)
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.claim(task!.id, 'tom')
    await desk.engine.tasks.saveDraft(task!.id, { note: 'half' })
    const away = await leaveAt(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect(await desk.engine.tasks.find({ instanceId: id })).toHaveLength(0)
    const item = await desk.cases.addItem(away.id, {
      kind: 'human',
      name: 'send replacement',
      assignee: 'jack',
      required: true,
      actor: 'kim',
    })
    const [work] = await desk.engine.tasks.find({ assignee: 'jack' })
    expect(work).toMatchObject({ id: item.taskId, kind: 'human', itemId: item.id, deviationId: away.id, name: 'send replacement' })
    await desk.engine.tasks.complete(work!.id, { variables: { parcel: 'R-2' }, actor: 'jack' })
    await comeBack(away.id)
    const [back] = await desk.engine.tasks.find({ instanceId: id })
    expect(back).toMatchObject({ id: task!.id, assignee: 'tom', draft: { note: 'half' }, state: 'reserved', held: false })
    await desk.engine.tasks.complete(task!.id, { actor: 'tom' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    await complete(desk, id, 'B')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
    const view = await caseOf(desk, away.caseId)
    expect(view.deviations).toHaveLength(1)
    expect(view.deviations[0]).toMatchObject({ state: 'returned', actor: 'kim', returned: { to: 'resume', actor: 'kim' } })
    expect(view.items).toMatchObject([{ state: 'completed', completed: { by: 'jack', variables: { parcel: 'R-2' } } }])
    expect(view.timeline.map(({ type }) => type)).toEqual([
      'case:open',
      'case:attach',
      'deviation:start',
      'deviation:notice',
      'deviation:item',
      'deviation:item',
      'deviation:item',
      'deviation:return',
      'case:processEnded',
    ])
  })

  test('the record of a deviation names position, definition, reason and what stands still', async () => {
    const id = await started(
      desk,
      model(user('A') + boundary('late', 'A', timer('PT24H')) + boundary('cancel', 'A', message('cancelled')), 'S>A A>E late>E cancel>E'),
    )
    const away = await leaveAt(desk, id, 'A')
    const elementInstanceId = await at(desk.engine, id, 'A')
    expect(await deviationOf(desk, away)).toMatchObject({
      state: 'away',
      mode: 'detour',
      instanceId: id,
      definition: { key: 'p', version: 1 },
      anchor: { elementId: 'A', elementInstanceId, scopePath: '' },
      reason: { code: 'lost-parcel', text: 'The parcel never arrived.' },
      leftAt: '2026-03-02T09:00:00.000Z',
      timers: [{ elementId: 'late', policy: 'pause', dueAt: '2026-03-03T09:00:00.000Z', remainingMs: 86_400_000 }],
      events: [{ elementId: 'cancel', kind: 'message', name: 'cancelled', policy: 'live' }],
    })
  })

  test('a job that is not begun is invisible to workers until the return', async () => {
    const id = await started(desk, model('<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="work"/>', 'S>A A>E'))
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.drain()
    expect(handled).toHaveLength(0)
    await comeBack(away.id)
    await desk.engine.drain()
    expect(handled).toHaveLength(1)
    expect(await desk.engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { worked: true } })
  })

  test('the result of a job that ran at a worker is kept and applied once on return', async () => {
    const id = await started(
      desk,
      model(`<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>${user('B')}`, 'S>A A>B B>E'),
    )
    const [job] = await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w1', lease: 'PT30S', max: 1 })
    const away = await leaveAt(desk, id, 'A')
    expect(await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w2', lease: 'PT30S', max: 1 })).toHaveLength(0)
    await desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { packed: true } })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await comeBack(away.id)
    expect(await desk.engine.instances.get(id)).toMatchObject({ variables: { packed: true } })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'A', kind: 'work', became: 'applied' }])
  })

  test('whoever works on a job when its step is left keeps it, and nobody else gets it while away', async () => {
    const id = await started(
      desk,
      model(`<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>${user('B')}`, 'S>A A>B B>E'),
    )
    const fetch = (worker: string) => desk.engine.jobs.fetch({ types: ['pack'], worker, lease: 'PT30S', max: 1 })
    const [job] = await fetch('w1')
    const away = await leaveAt(desk, id, 'A')
    desk.clock.advance('PT31S')
    expect(await fetch('w2')).toHaveLength(0)
    await comeBack(away.id)
    const [again] = await fetch('w2')
    expect(again).toMatchObject({ id: job!.id, idempotencyKey: job!.idempotencyKey })
    await desk.engine.jobs.complete(again!.id, { token: again!.token })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('a worker that is still at its job after the return completes it, and nobody else got it', async () => {
    const id = await started(
      desk,
      model(`<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>${user('B')}`, 'S>A A>B B>E'),
    )
    const fetch = (worker: string) => desk.engine.jobs.fetch({ types: ['pack'], worker, lease: 'PT30S', max: 1 })
    const [job] = await fetch('w1')
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.jobs.extend(job!.id, { token: job!.token, lease: 'PT30S' })
    await comeBack(away.id)
    expect(await fetch('w2')).toHaveLength(0)
    await desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { packed: true } })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('an incident can be left and is open again after the return', async () => {
    failures = 1
    const id = await started(desk, model('<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="work"/>', 'S>A A>E'))
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:incident'])
    const away = await leaveAt(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect((await deviationOf(desk, away)).incidents).toMatchObject([{ elementId: 'A', message: 'not now', became: 'handled' }])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['A:incident'])
    expect((await deviationOf(desk, away)).incidents).toMatchObject([{ became: 'openAgain' }])
    const [incident] = await desk.engine.incidents.find({ instanceId: id })
    await desk.engine.incidents.resolve(incident!.id)
    await desk.engine.drain()
    expect(await desk.engine.instances.get(id)).toMatchObject({ status: 'completed' })
  })

  test.each([
    ['a message catch event', caught('W', message())],
    ['a receive task', '<bpmn:receiveTask id="W" messageRef="paid"/>'],
  ])('a message that comes to %s while away is applied once on return', async (_, element) => {
    const id = await started(desk, model(element + user('B'), 'S>W W>B B>E'))
    await desk.engine.drain()
    const away = await leaveAt(desk, id, 'W')
    const first = await desk.engine.messages.publish({ name: 'paid', instanceId: id, variables: { amount: 40 } })
    expect(first.outcome).toBe('correlated')
    expect(await positions(desk.engine, id)).toEqual(['W:held'])
    expect((await desk.engine.messages.publish({ name: 'paid', instanceId: id, variables: { amount: 50 } })).outcome).toBe('none')
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'W', kind: 'message', became: 'kept' }])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect(await desk.engine.instances.variables(id)).toMatchObject({ amount: 40 })
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ became: 'applied' }])
  })

  test('a signal that comes while away is applied once on return', async () => {
    const id = await started(desk, model(caught('W', signal) + user('B'), 'S>W W>B B>E'))
    const away = await leaveAt(desk, id, 'W')
    await desk.engine.signals.broadcast({ name: 'storm', variables: { wind: 10 } })
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['W:held'])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('S02, T3: a timer that one waits for matures without moving the token, which moves at once on return', async () => {
    const id = await started(desk, model(caught('W', timer('P3D')) + user('B'), 'S>W W>B B>E'))
    const away = await leaveAt(desk, id, 'W')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'ask the carrier', assignee: 'lee', actor: 'kim' })
    await desk.engine.advance('PT71H59M')
    expect((await deviationOf(desk, away)).latches).toEqual([])
    await desk.engine.advance('PT1M')
    expect(await positions(desk.engine, id)).toEqual(['W:held'])
    const matured = { elementId: 'W', kind: 'timer', at: '2026-03-05T09:00:00.000Z' }
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ ...matured, became: 'kept' }])
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ ...matured, became: 'applied' }])
  })

  test('T5: of the events behind a gateway the first that comes while away wins', async () => {
    const xml = model(
      `<bpmn:eventBasedGateway id="G"/>${caught('M', message())}${caught('T', timer('PT1H'))}${user('A')}${user('B')}`,
      'S>G G>M G>T M>A T>B A>E B>E',
    )
    const id = await started(desk, xml)
    await desk.engine.drain()
    const away = await leaveAt(desk, id, 'G')
    await desk.engine.messages.publish({ name: 'paid', instanceId: id })
    desk.clock.advance('PT2H')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['G:held'])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  })

  test.each([
    ['kept', 'keep' as const],
    ['extended', { extend: 'PT30M' }],
  ])('a timer behind a gateway that is %s matures while away, and its path is taken on the return', async (_, policy) => {
    const xml = model(
      `<bpmn:eventBasedGateway id="G"/>${caught('M', message())}${caught('T', timer('PT1H'))}${user('A')}${user('B')}`,
      'S>G G>M G>T M>A T>B A>E B>E',
    )
    const id = await started(desk, xml)
    await desk.engine.drain()
    const away = await leaveAt(desk, id, 'G', { timers: { T: policy } })
    desk.clock.advance('PT2H')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['G:held'])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('S09: a join waits for a token that arrived and was left there, and fires once on return', async () => {
    const gateways = '<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>'
    const id = await started(desk, model(gateways + user('A') + user('B') + user('C'), 'S>F F>A F>B A>J B>J J>C C>E'))
    const [b] = await desk.engine.tasks.find({ instanceId: id, elementId: 'B' })
    await desk.engine.tasks.complete(b!.id)
    const away = await leaveAt(desk, id, 'J')
    const [a] = await desk.engine.tasks.find({ instanceId: id, elementId: 'A' })
    await desk.engine.tasks.complete(a!.id)
    expect(await positions(desk.engine, id)).toEqual(['J:arrived', 'J:held'])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
  })

  test('T1: a boundary timer pauses and goes on with what was left', async () => {
    const id = await started(desk, model(user('A') + user('late') + boundary('T', 'A', timer('PT24H')), 'S>A A>E T>late late>E'))
    desk.clock.advance('PT20H')
    await desk.engine.drain()
    const away = await leaveAt(desk, id, 'A')
    desk.clock.advance('P3D')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await comeBack(away.id)
    desk.clock.advance('PT3H59M')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    desk.clock.advance('PT1M')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['late:waiting'])
  })

  test('a message that a non-interrupting boundary event waits for is kept for the return', async () => {
    const id = await started(desk, model(user('A') + user('N') + boundary('note', 'A', message(), false), 'S>A A>E note>N N>E'))
    await desk.engine.drain()
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.messages.publish({ name: 'paid', instanceId: id })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await comeBack(away.id)
    expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'N:waiting'])
  })

  test('completing a held task is refused and what was sent is kept as its draft', async () => {
    const id = await started(desk, AB)
    const taskId = await at(desk.engine, id, 'A')
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(desk.engine.tasks.complete(taskId, { variables: { answer: 42 }, actor: 'tom' }))
    expect(refused.code).toBe('OnHold')
    await comeBack(away.id)
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    expect(task).toMatchObject({ id: taskId, draft: { answer: 42 } })
  })

  test('variables given with the return are set before the step goes on', async () => {
    const id = await started(desk, AB)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'resume', variables: { address: 'Main St 1' }, actor: 'kim' })
    expect(await desk.engine.instances.variables(id)).toEqual({ address: 'Main St 1' })
  })

  test('S11: inside a sub-process only its own token is held; the sub-process and the events at it are untouched', async () => {
    const inner =
      '<bpmn:subProcess id="P"><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="own">${40 + 2}</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements><bpmn:startEvent id="s"/><bpmn:userTask id="X"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="X"/><bpmn:sequenceFlow id="i2" sourceRef="X" targetRef="e"/></bpmn:subProcess>'
    const id = await started(desk, model(inner + user('L') + boundary('T', 'P', timer('PT24H')), 'S>P P>E T>L L>E'))
    const away = await leaveAt(desk, id, 'X')
    expect((await deviationOf(desk, away)).anchor).toMatchObject({ elementId: 'X', scopePath: expect.stringContaining('P') })
    const scopes = async () => (await desk.engine.instances.get(id))?.activeElements.filter(({ elementId }) => elementId === 'P')
    const [before, timers] = [await scopes(), (await desk.engine.explain(id)).filter(({ elementId }) => elementId === 'P')]
    const variables = () => desk.engine.instances.variables(id, { scope: before?.[0]?.elementInstanceId ?? '' })
    expect([before?.map(({ phase }) => phase), await variables()]).toEqual([['active'], { own: 42 }])
    await comeBack(away.id)
    expect([await scopes(), await variables()]).toEqual([before, { own: 42 }])
    expect((await desk.engine.explain(id)).filter(({ elementId }) => elementId === 'P')).toEqual(timers)
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.complete(task!.id)
    expect(await desk.engine.instances.get(id)).toMatchObject({ status: 'completed' })

    const other = (await desk.engine.start('p')).id
    const again = await leaveAt(desk, other, 'X')
    await desk.engine.advance('PT23H')
    await comeBack(again.id)
    await desk.engine.advance('PT1H')
    expect(await positions(desk.engine, other)).toEqual(['L:waiting'])
  })

  test('a handler of this engine that runs when its step is left ends, and its result is applied once on return', async () => {
    const id = await started(desk, model('<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="slow"/>', 'S>A A>E'))
    const working = desk.engine.drain()
    await slow.begun
    const away = await leaveAt(desk, id, 'A')
    slow.end()
    await working
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ kind: 'work', became: 'kept' }])
    await desk.engine.drain()
    await comeBack(away.id)
    expect(await desk.engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { times: 1 } })
  })

  test('an asynchronous continuation waits for the return', async () => {
    const element = '<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="work" camunda:asyncBefore="true"/>'
    const id = await started(desk, model(element, 'S>A A>E'))
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect(handled).toHaveLength(0)
    await comeBack(away.id)
    await desk.engine.drain()
    expect(handled).toHaveLength(1)
    expect(await desk.engine.instances.get(id)).toMatchObject({ status: 'completed' })
  })

  test('S10: of a parallel multi-instance one iteration is left; the body waits for it, and the results of all are gathered in order', async () => {
    const loop = `<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>
      <bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef><bpmn:outputDataItem id="item" name="vote"/></bpmn:multiInstanceLoopCharacteristics>`
    const data =
      '<bpmn:ioSpecification><bpmn:dataOutput id="votes" name="votes" isCollection="true"/><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>'
    const id = await started(desk, model(`<bpmn:userTask id="A">${data}${loop}</bpmn:userTask>${user('B')}`, 'S>A A>B B>E'))
    const [, second] = await desk.engine.tasks.find({ instanceId: id, orderBy: 'id' })
    const reason = { code: 'absent' }
    const away = await desk.cases.leave({ instanceId: id, elementInstanceId: second!.id, reason, actor: 'kim' })
    const [first, third] = await desk.engine.tasks.find({ instanceId: id, orderBy: 'id' })
    await desk.engine.tasks.complete(third!.id, { variables: { vote: 'third' } })
    await desk.engine.tasks.complete(first!.id, { variables: { vote: 'first' } })
    expect((await positions(desk.engine, id)).filter((place) => place.startsWith('A:held'))).toHaveLength(1)
    expect(await desk.engine.tasks.find({ elementId: 'B' })).toHaveLength(0)
    await comeBack(away.id)
    await desk.engine.tasks.complete(second!.id, { variables: { vote: 'second' } })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toMatchObject({ votes: ['first', 'second', 'third'] })
  })

  test('T2: a cycle that sends reminders stands still while away and keeps its distance', async () => {
    const cycle =
      '<bpmn:timerEventDefinition><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>'
    const id = await started(desk, model(user('A') + user('R') + boundary('T', 'A', cycle, false), 'S>A A>E T>R R>E'))
    desk.clock.advance('PT30M')
    const away = await leaveAt(desk, id, 'A')
    desk.clock.advance('PT5H')
    await desk.engine.drain()
    await comeBack(away.id)
    desk.clock.advance('PT29M')
    await desk.engine.drain()
    expect(await desk.engine.tasks.count({ elementId: 'R' })).toBe(0)
    desk.clock.advance('PT1M')
    await desk.engine.drain()
    expect(await desk.engine.tasks.count({ elementId: 'R' })).toBe(1)
  })

  test('E6: held tasks are found only where they are asked for', async () => {
    const id = await started(desk, AB)
    await leaveAt(desk, id, 'A')
    expect(await desk.engine.tasks.find({ instanceId: id })).toHaveLength(0)
    expect(await desk.engine.tasks.find({ instanceId: id, held: true })).toMatchObject([{ elementId: 'A', state: 'heldReady' }])
    expect((await refusal(desk.engine.tasks.claim(await at(desk.engine, id, 'A'), 'tom'))).code).toBe('OnHold')
  })
})
