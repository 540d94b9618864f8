import { expect, test } from 'vitest'
import { at, boundary, deviationOf, leaveAt, message, model, positions, refusal, timer, useDesk, user } from '../desk.ts'

const desk = useDesk()

const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/><bpmn:userTask id="U"/><bpmn:userTask id="V"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask><bpmn:endEvent id="e"/>
  <bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="f"/><bpmn:sequenceFlow id="i2" sourceRef="f" targetRef="U"/><bpmn:sequenceFlow id="i3" sourceRef="f" targetRef="V"/><bpmn:sequenceFlow id="i4" sourceRef="U" targetRef="e"/><bpmn:sequenceFlow id="i5" sourceRef="V" targetRef="e"/></bpmn:subProcess>`
const MODEL = model(
  inner + user('B') + user('L') + boundary('T', 'P', timer('PT2H')) + boundary('M', 'P', message('cancelled')),
  'S>P P>B B>E T>L L>E M>E',
)

async function started(): Promise<string> {
  await desk.engine.deploy(MODEL)
  return (await desk.engine.start('p')).id
}

test('a scope is taken over: all in it is on hold, its timers stand still, and on return all goes on as it was', async () => {
  const id = await started()
  const before = await positions(desk.engine, id)
  const away = await leaveAt(desk, id, 'P', { mode: 'takeOver' })
  expect(await desk.engine.tasks.find({ instanceId: id })).toEqual([])
  expect(await desk.engine.tasks.find({ instanceId: id, held: true })).toHaveLength(3)
  await desk.engine.advance('P3D')
  expect((await refusal(desk.cases.return(away.id, { to: 'skip', actor: 'kim' }))).code).toBe('ScopeTakenOver')
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(await positions(desk.engine, id)).toEqual(before)
  await desk.engine.advance('PT1H')
  for (const task of await desk.engine.tasks.find({ instanceId: id })) await desk.engine.tasks.complete(task.id)
  expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
})

test('K10: who left inside before stays away, and comes back only after the scope', async () => {
  const id = await started()
  const first = await leaveAt(desk, id, 'U')
  const away = await leaveAt(desk, id, 'P', { mode: 'takeOver' })
  expect((await refusal(desk.cases.return(first.id, { to: 'resume', actor: 'kim' }))).code).toBe('AlreadyAway')
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect((await desk.engine.tasks.find({ instanceId: id, held: true })).map(({ elementId }) => elementId)).toEqual(['U'])
  await desk.cases.return(first.id, { to: 'resume', actor: 'kim' })
  expect(await desk.engine.tasks.find({ instanceId: id })).toHaveLength(3)
})

test('a scope that was taken over is ended, or preempted by what interrupts it', async () => {
  const id = await started()
  const away = await leaveAt(desk, id, 'P', { mode: 'takeOver' })
  await desk.cases.return(away.id, { to: 'endScope', actor: 'kim' })
  expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  const { id: other } = await desk.engine.start('p')
  const gone = await leaveAt(desk, other, 'P', { mode: 'takeOver' })
  await desk.engine.messages.publish({ name: 'cancelled', instanceId: other })
  expect((await desk.engine.instances.get(other))?.status).toBe('completed')
  expect((await deviationOf(desk, gone)).state).toBe('preempted')
  const { id: third } = await desk.engine.start('p')
  await expect(leaveAt(desk, third, 'P')).rejects.toMatchObject({ code: 'invalidArgument' })
  await expect(leaveAt(desk, third, 'U', { mode: 'takeOver' })).rejects.toMatchObject({ code: 'invalidArgument' })
  expect(await at(desk.engine, third, 'U')).toBeDefined()
})

test('a repeated activity that was taken over is not ended as a whole: preview and return refuse it alike, and it can still be resumed', async () => {
  const id = await started()
  const away = await leaveAt(desk, id, 'V', { mode: 'takeOver' })
  const ahead = await desk.cases.previewReturn(away.id, { to: 'endScope', actor: 'kim' })
  expect([ahead.allowed, ahead.refusals.map(({ code }) => code)]).toEqual([false, ['NotDivertible']])
  const error = await refusal(desk.cases.return(away.id, { to: 'endScope', actor: 'kim' }))
  expect([error.code, error.details]).toMatchObject(['NotDivertible', { alternatives: ['resume', 'jump'] }])
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(await desk.engine.tasks.find({ instanceId: id })).toHaveLength(3)
})

test('the end of the scope around a step of an ad hoc sub-process completes that, and the path goes on behind it', async () => {
  for (const cancels of [true, false]) {
    const adHoc = `<bpmn:adHocSubProcess id="H" cancelRemainingInstances="${cancels}"><bpmn:userTask id="U"/><bpmn:userTask id="V"/></bpmn:adHocSubProcess>`
    await desk.engine.deploy(model(adHoc + user('B'), 'S>H H>B B>E'))
    const { id } = await desk.engine.start('p')
    for (const activity of ['U', 'V']) await desk.engine.adHoc.start(await at(desk.engine, id, 'H'), activity)
    const away = await leaveAt(desk, id, 'U')
    await desk.cases.return(away.id, { to: 'endScope', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  }
})

test('nothing can be started in an ad hoc sub-process that was taken over, nor is it listed', async () => {
  await desk.engine.deploy(model(`<bpmn:adHocSubProcess id="H"><bpmn:userTask id="U"/></bpmn:adHocSubProcess>${user('B')}`, 'S>H H>B B>E'))
  const { id } = await desk.engine.start('p')
  const place = await at(desk.engine, id, 'H')
  expect(await desk.engine.adHoc.enabled(place)).toHaveLength(1)
  const away = await leaveAt(desk, id, 'H', { mode: 'takeOver' })
  expect(await desk.engine.adHoc.enabled(place)).toEqual([])
  expect((await refusal(desk.engine.adHoc.start(place, 'U'))).code).toBe('OnHold')
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(await desk.engine.adHoc.enabled(place)).toHaveLength(1)
})

test('M6, K12: many instances are left at once, each checked and reported by itself', async () => {
  await desk.engine.deploy(model(user('A') + user('B'), 'S>A A>B B>E').replace('id="p"', 'id="line"'))
  const [a, b] = [await desk.engine.start('line'), await desk.engine.start('line')]
  const c = await started()
  await leaveAt(desk, b.id, 'A')
  const { batchId } = await desk.cases.leaveMany({ instanceIds: [a.id, b.id, c], reason: 'outage', actor: 'kim' })
  const batch = await desk.engine.batches.get(batchId)
  expect(batch).toMatchObject({ state: 'done', total: 3, done: 1, failed: 1 })
  expect(batch?.report).toMatchObject([
    { instanceId: a.id, outcome: 'done' },
    { instanceId: b.id, outcome: 'skipped', code: 'AlreadyAway' },
    { instanceId: c, outcome: 'failed', code: 'SeveralTokens' },
  ])
  expect(await positions(desk.engine, a.id)).toEqual(['A:held'])
})
