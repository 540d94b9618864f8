import { describe, expect, test } from 'vitest'
import {
  AB,
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
  timer,
  useDesk,
  user,
} from '../desk.ts'

const desk = useDesk()

const ERRORS = '<bpmn:error id="lost" errorCode="LOST"/>'
const ABC = model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E')
const FORK = model(
  `<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('C')}`,
  'S>F F>A F>B A>J B>J J>C C>E',
)

describe('coming back', () => {
  test('R3: skip: the step counts as done with what is given, and is not done', async () => {
    const id = await begun(desk, AB)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'skip', variables: { address: 'Oak 1' }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ address: 'Oak 1' })
    const history = (await desk.engine.history(id)).map(({ type, elementId }) => `${type} ${elementId}`)
    expect(history).toContain('elementSkipped A')
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'returned', returned: { to: 'skip' } })
  })

  test('S20, R2: redo makes a new task whose boundary timer starts afresh; the old one is withdrawn', async () => {
    const id = await begun(desk, model(user('A') + user('L') + boundary('T', 'A', timer('PT24H')), 'S>A A>E T>L L>E'))
    const before = await at(desk.engine, id, 'A')
    await desk.engine.advance('PT20H')
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'redo', actor: 'kim' })
    const after = await at(desk.engine, id, 'A')
    expect(after).not.toBe(before)
    const tasks = await desk.engine.tasks.find({ instanceId: id, held: 'include' })
    expect(tasks.map((task) => task.elementInstanceId)).toEqual([after])
    expect((await desk.engine.history(id)).filter((one) => one.type === 'elementWithdrawn')).toMatchObject([{ elementInstanceId: before }])
    await desk.engine.advance('PT23H')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    await desk.engine.advance('PT1H')
    expect(await positions(desk.engine, id)).toEqual(['L:waiting'])
  })

  test('redo of work gives its job another idempotency key, for it is other work', async () => {
    const keys: string[] = []
    await desk.reopen({ handlers: { pack: (job) => void keys.push(job.idempotencyKey) } })
    const pack = '<bpmn:serviceTask id="A" camunda:asyncBefore="false" camunda:type="external" camunda:topic="pack"/>'
    await desk.engine.deploy(model(pack + user('B'), 'S>A A>B B>E'))
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'redo', actor: 'kim' })
    await desk.engine.drain()
    expect(keys).toHaveLength(1)
    expect(keys[0]).toContain('~')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('S21, R4: resolve as event takes the boundary event exactly as if the error had been thrown', async () => {
    const error = '<bpmn:errorEventDefinition errorRef="lost" camunda:errorCodeVariable="code"/>'
    const work = '<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>'
    const xml = model(work + user('X') + boundary('B', 'A', error), 'S>A A>E B>X X>E', ERRORS)
    const thrown = await begun(desk, xml)
    const [job] = await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1H', max: 1 })
    await desk.engine.jobs.throwError(job!.id, { token: job!.token, code: 'LOST', variables: { note: 'gone' } })
    const id = await begun(desk, xml)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: { event: 'B' }, variables: { note: 'gone' }, actor: 'kim' })
    expect((await deviationOf(desk, away)).state).toBe('returned')
    const after = async (instanceId: string) => ({
      positions: await positions(desk.engine, instanceId),
      variables: (await desk.engine.instances.get(instanceId))?.variables,
      ends: (await desk.engine.history(instanceId))
        .filter(({ type }) => type.startsWith('element'))
        .map(({ type, elementId }) => `${type} ${elementId}`),
    })
    expect(await after(id)).toEqual(await after(thrown))
    expect(await after(id)).toMatchObject({ positions: ['X:waiting'], variables: { note: 'gone', code: 'LOST' } })
  })

  test('an event-based gateway that was left ends as the event that is named, with its payload', async () => {
    const gateway = `<bpmn:eventBasedGateway id="G"/><bpmn:intermediateCatchEvent id="M">${message()}</bpmn:intermediateCatchEvent><bpmn:intermediateCatchEvent id="T">${timer('PT5H')}</bpmn:intermediateCatchEvent>`
    const id = await begun(desk, model(gateway + user('X') + user('Y'), 'S>G G>M G>T M>X T>Y X>E Y>E'))
    const away = await leaveAt(desk, id, 'G')
    expect((await refusal(desk.cases.return(away.id, { to: { jump: 'M' }, actor: 'kim' }))).code).toBe('TargetBehindEventGateway')
    await desk.cases.return(away.id, { to: { event: 'M' }, variables: { amount: 3 }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['X:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ amount: 3 })
  })

  test('S22, R5: jump goes forward to another element; what lies between is passed over', async () => {
    const id = await begun(desk, ABC)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: { jump: 'C' }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
    expect((await deviationOf(desk, away)).returned).toMatchObject({ to: 'jump', target: 'C' })
  })

  test('S28, J3: a jump to a join arrives there by the named flow; it does not fire it', async () => {
    const id = await begun(desk, FORK)
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(desk.cases.return(away.id, { to: { jump: 'J', via: 'f4' }, actor: 'kim' }))).toMatchObject({
      code: 'WouldDeadlock',
      missing: ['f3'],
    })
    expect(await refusal(desk.cases.return(away.id, { to: { jump: 'C', via: 'f3' }, actor: 'kim' }))).toMatchObject({ code: 'UnknownFlow' })
    await desk.cases.return(away.id, { to: { jump: 'J', via: 'f3' }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting', 'J:arrived'])
    expect((await desk.engine.history(id)).filter(({ type }) => type === 'tokenArrived')).toMatchObject([{ elementId: 'J', via: 'f3' }])
    expect((await desk.engine.explain(id)).find(({ elementId }) => elementId === 'J')).toMatchObject({ missingFlows: ['f4'] })
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.complete(task!.id)
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
  })

  test('R6: end of a branch: the join behind it expects one token less, this time', async () => {
    const id = await begun(desk, FORK)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: { endBranch: { retireJoinSlot: true } }, actor: 'kim' })
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.complete(task!.id)
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
  })

  test('end of the last branch: its scope is complete, as if the branch had come to an end event', async () => {
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:userTask id="U"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i2" sourceRef="U" targetRef="e"/></bpmn:subProcess>`
    const id = await begun(desk, model(inner + user('B'), 'S>P P>B B>E'))
    const away = await leaveAt(desk, id, 'U')
    expect(await desk.cases.previewReturn(away.id, { to: { endBranch: {} }, actor: 'kim' })).toMatchObject({
      allowed: true,
      guarantee: 'G2',
    })
    await desk.cases.return(away.id, { to: { endBranch: {} }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    const again = await leaveAt(desk, id, 'B')
    await desk.cases.return(again.id, { to: { endBranch: {} }, actor: 'kim' })
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
    expect((await deviationOf(desk, again)).state).toBe('returned')
  })

  test('R7: end of the scope: a sub-process completes, the instance is over', async () => {
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:userTask id="U"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i2" sourceRef="U" targetRef="e"/></bpmn:subProcess>`
    const id = await begun(desk, model(inner + user('B'), 'S>P P>B B>E'))
    const away = await leaveAt(desk, id, 'U')
    await desk.cases.return(away.id, { to: 'endScope', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    const again = await leaveAt(desk, id, 'B')
    await desk.cases.return(again.id, { to: 'endScope', actor: 'kim' })
    expect((await desk.engine.instances.get(id))?.status).toBe('terminated')
  })

  test('S25, R9: a manager stays off to the end: the instance is superseded, what is open goes on at the case', async () => {
    const persons = [{ id: 'kim', roles: ['agent'] }, { id: 'jack' }, { id: 'max', roles: ['manager'] }]
    const grants = { agent: ['open', 'leave', 'addItem.*', 'return.resume'], manager: ['*'] } as const
    await desk.reopen({}, { people: { persons, grants } })
    const id = await begun(desk, AB)
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, {
      kind: 'human',
      name: 'send replacement',
      assignee: 'jack',
      required: true,
      actor: 'kim',
    })
    expect(await refusal(desk.cases.return(away.id, { to: 'stayOff', actor: 'kim' }))).toMatchObject({
      code: 'NotAllowed',
      missing: ['return.stayOff'],
      holders: ['max'],
    })
    await desk.cases.return(away.id, { to: 'stayOff', actor: 'max' })
    expect((await desk.engine.instances.get(id))?.status).toBe('superseded')
    const view = await caseOf(desk, away.caseId)
    expect(view.items).toMatchObject([{ id: item.id, state: 'active', deviationId: null }])
    expect(view.deviations[0]).toMatchObject({ state: 'returned', returned: { to: 'stayOff', actor: 'max' } })
    expect((await refusal(desk.cases.resolve(away.caseId, { code: 'by-hand', actor: 'kim' }))).missing).toMatchObject([{ id: item.id }])
    await desk.cases.completeItem(item.id, { actor: 'jack' })
    await desk.cases.resolve(away.caseId, { code: 'by-hand', actor: 'kim' })
    expect((await caseOf(desk, away.caseId)).state).toBe('resolved')
  })

  test('S29, J1: an illegal target is refused with an error of its own and a way out', async () => {
    const loop =
      '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
    const inner = `<bpmn:subProcess id="P">${loop}<bpmn:startEvent id="s"/><bpmn:userTask id="U"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i2" sourceRef="U" targetRef="e"/></bpmn:subProcess>`
    const gateway = `<bpmn:eventBasedGateway id="G"/><bpmn:intermediateCatchEvent id="M">${message()}</bpmn:intermediateCatchEvent><bpmn:intermediateCatchEvent id="T">${timer('PT5H')}</bpmn:intermediateCatchEvent>`
    const id = await begun(desk, model(user('A') + inner + gateway + boundary('L', 'A', timer('PT9H')), 'S>A A>P P>G G>M G>T M>E T>E L>E'))
    const away = await leaveAt(desk, id, 'A')
    const codeOf = async (target: string): Promise<unknown> => {
      const { code, details } = await refusal(desk.cases.return(away.id, { to: { jump: target }, actor: 'kim' }))
      expect(details).toMatchObject({ alternative: expect.any(String) })
      return code
    }
    expect(await codeOf('S')).toBe('TargetIsStartEvent')
    expect(await codeOf('L')).toBe('TargetIsBoundaryEvent')
    expect(await codeOf('M')).toBe('TargetBehindEventGateway')
    expect(await codeOf('U')).toBe('TargetInMultiInstance')
    expect((await deviationOf(desk, away)).state).toBe('away')
  })

  test('M3: a withdrawn step has no task any more and is not resumed; it is done again, or passed over', async () => {
    const id = await begun(desk, AB)
    const away = await leaveAt(desk, id, 'A', { mode: 'withdraw' })
    expect(await desk.engine.tasks.find({ instanceId: id, held: 'include' })).toEqual([])
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect((await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))).code).toBe('StepWithdrawn')
    await desk.cases.return(away.id, { to: 'redo', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    const again = await leaveAt(desk, id, 'A', { mode: 'withdraw' })
    await desk.cases.return(again.id, { to: 'skip', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })
})

test('a return that names two is refused, and nothing of it is left out quietly', async () => {
  const id = await begun(desk, model(user('A') + user('B'), 'S>A A>B B>E'))
  const away = await leaveAt(desk, id, 'A')
  for (const to of [
    { jump: 'B', event: 'x' },
    { event: 'x', why: 1 },
    { endBranch: {}, jump: 'B' },
    { endBranch: {}, x: 1 },
    { handOver: { process: 'q' }, x: 1 },
  ]) {
    const returned = desk.cases.return(away.id, { to: to as never, actor: 'kim' })
    await expect(returned, JSON.stringify(to)).rejects.toMatchObject({ code: 'notYetSupported' })
  }
  expect(await positions(desk.engine, id)).toEqual(['A:held'])
})

describe('a job while away', () => {
  const pack = '<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>'
  const fetch = async () => (await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1H', max: 1 }))[0]

  test('S04, INV5: the result is applied once, on return; no second job is offered meanwhile', async () => {
    const id = await begun(desk, model(pack + user('B'), 'S>A A>B B>E'))
    const job = await fetch()
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { label: 'L1' } })
    await desk.engine.advance('P1D')
    expect(await fetch()).toBeUndefined()
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ label: 'L1' })
    const applied = (await desk.engine.history(id)).filter(({ type, elementId }) => type === 'elementCompleted' && elementId === 'A')
    expect(applied).toHaveLength(1)
    expect(await fetch()).toBeUndefined()
  })

  test('S05: with discard the result is on record as discarded and changes nothing; the work is offered again after the return', async () => {
    const id = await begun(desk, model(pack + user('B'), 'S>A A>B B>E'))
    const job = await fetch()
    const away = await leaveAt(desk, id, 'A', { onLateResult: 'discard' })
    await desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { label: 'L1' } })
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ kind: 'work', became: 'discarded' }])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({})
    expect(await fetch()).toBeUndefined()
    expect((await refusal(desk.cases.return(away.id, { to: 'redo', actor: 'kim' }))).code).toBe('NotIdempotent')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    const again = await fetch()
    await desk.engine.jobs.complete(again!.id, { token: again!.token, variables: { label: 'L2' } })
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ label: 'L2' })
  })

  test('with acceptAndContinue the result is taken at once, and ends the deviation', async () => {
    const id = await begun(desk, model(pack + user('B'), 'S>A A>B B>E'))
    const job = await fetch()
    const away = await leaveAt(desk, id, 'A', { onLateResult: 'acceptAndContinue' })
    await desk.engine.jobs.complete(job!.id, { token: job!.token })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await deviationOf(desk, away)).state).toBe('preempted')
  })

  test('S06: what failed is left, done by hand, and skipped with its outputs; the incident is closed, with a reference in the record', async () => {
    const id = await begun(desk, model(pack + user('B'), 'S>A A>B B>E'))
    const job = await fetch()
    await desk.engine.jobs.fail(job!.id, { token: job!.token, message: 'no paper' })
    for (let k = 0; k < 3 && (await desk.engine.incidents.find({})).length === 0; k++) {
      await desk.engine.advance('P1D')
      const next = await fetch()
      if (next) await desk.engine.jobs.fail(next.id, { token: next.token, message: 'no paper' })
    }
    expect(await positions(desk.engine, id)).toEqual(['A:incident'])
    const away = await leaveAt(desk, id, 'A')
    const [incident] = await desk.engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ state: 'handledByDeviation', deviationId: away.id })
    const handled = { id: incident?.id, elementId: 'A', code: 'workerFailed', message: 'no paper' }
    expect((await deviationOf(desk, away)).incidents).toEqual([{ ...handled, became: 'handled' }])
    await desk.cases.return(away.id, { to: 'skip', variables: { label: 'by hand' }, actor: 'kim' })
    expect(await desk.engine.incidents.find({})).toEqual([])
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await deviationOf(desk, away)).incidents).toEqual([{ ...handled, became: 'closed' }])
    expect(await desk.engine.tasks.find({ instanceId: id })).toMatchObject([{ elementId: 'B', variables: { label: 'by hand' } }])
  })
})

describe('timers while away', () => {
  const xml = model(user('A') + user('L') + boundary('T', 'A', timer('PT24H')), 'S>A A>E T>L L>E')

  test('restart begins anew on return, extend fires so much later, cancel never fires', async () => {
    const id = await begun(desk, xml)
    await desk.engine.advance('PT20H')
    const first = await leaveAt(desk, id, 'A', { timers: { T: 'restart' } })
    await desk.cases.return(first.id, { to: 'resume', actor: 'kim' })
    await desk.engine.advance('PT23H')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    const second = await leaveAt(desk, id, 'A', { timers: { T: { extend: 'PT5H' } } })
    expect((await deviationOf(desk, second)).timers).toMatchObject([{ elementId: 'T', policy: 'extend' }])
    await desk.cases.return(second.id, { to: 'resume', actor: 'kim' })
    await desk.engine.advance('PT5H')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    const third = await leaveAt(desk, id, 'A', { timers: { T: 'cancel' } })
    expect((await deviationOf(desk, third)).timers).toMatchObject([{ elementId: 'T', policy: 'cancel' }])
    await desk.cases.return(third.id, { to: 'resume', actor: 'kim' })
    await desk.engine.advance('P9D')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  })

  test('S33: paused with 20 hours passed, 4 hours remain after the return', async () => {
    const id = await begun(desk, xml)
    await desk.engine.advance('PT20H')
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.advance('P3D')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await desk.engine.advance('PT3H59M')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    await desk.engine.advance('PT1M')
    expect(await positions(desk.engine, id)).toEqual(['L:waiting'])
  })

  test('S34: a cycle that was kept for the return fires once then, and says how often it was due', async () => {
    const hourly = '<bpmn:timerEventDefinition><bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>'
    const id = await begun(desk, model(user('A') + user('R') + boundary('T', 'A', hourly, false), 'S>A A>E T>R R>E'))
    const away = await leaveAt(desk, id, 'A', { timers: { T: 'latch' } })
    await desk.engine.advance('PT5H30M')
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'R:waiting'])
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'T', kind: 'timer', became: 'applied', missed: 5 }])
    await desk.engine.advance('PT30M')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'R:waiting', 'R:waiting'])
  })
})

describe('messages while away', () => {
  test('S03, V1: a message that came is consumed once on return, and the path goes on with its payload', async () => {
    const id = await begun(desk, model(caught('W', message()) + caught('W2', message()) + user('B'), 'S>W W>W2 W2>B B>E'))
    const away = await leaveAt(desk, id, 'W')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'call the customer', required: true, actor: 'kim' })
    await desk.engine.messages.publish({ name: 'paid', instanceId: id, variables: { amount: 7 } })
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    expect(await positions(desk.engine, id)).toEqual(['W:held'])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['W2:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ amount: 7 })
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ elementId: 'W', kind: 'message', became: 'applied' }])
  })
})
