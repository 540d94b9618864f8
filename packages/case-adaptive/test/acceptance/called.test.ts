import { expect, test } from 'vitest'
import { leaveAt, model, positions, refusal, useDesk, user } from '../desk.ts'

const CALLED = `<bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="qs"/>${user('Q')}${user('R')}<bpmn:endEvent id="qe"/>
  <bpmn:sequenceFlow id="q1" sourceRef="qs" targetRef="Q"/><bpmn:sequenceFlow id="q2" sourceRef="Q" targetRef="R"/><bpmn:sequenceFlow id="q3" sourceRef="R" targetRef="qe"/></bpmn:process>`
const CALLING = model(
  `<bpmn:callActivity id="A" calledElement="q"><bpmn:extensionElements><camunda:out variables="all"/></bpmn:extensionElements></bpmn:callActivity>${user('B')}`,
  'S>A A>B B>E',
).replace('</bpmn:definitions>', `${CALLED}</bpmn:definitions>`)
const by = { actor: 'kim' }
const desk = useDesk()

async function calling(): Promise<{ readonly caller: string; readonly called: string }> {
  await desk.engine.deploy(CALLING)
  const { id: caller } = await desk.engine.start('p')
  await desk.engine.drain()
  const [child] = await desk.engine.instances.find({ processKey: 'q' })
  return { caller, called: child!.id }
}

test('the end of a called instance lets its caller go on with what it gives; the preview says so', async () => {
  const { caller, called } = await calling()
  const away = await leaveAt(desk, called, 'Q')
  const how = { to: 'endScope', variables: { answer: 42 }, ...by } as const
  const preview = await desk.cases.previewReturn(away.id, how)
  expect(preview).toMatchObject({ allowed: true, guarantee: 'G1', caller: { instanceId: caller } })
  expect((await desk.cases.previewReturn(away.id, { to: 'resume', ...by })).caller).toBeNull()
  await desk.cases.return(away.id, how)
  await desk.engine.drain()
  expect((await desk.engine.instances.get(called))?.status).toBe('completed')
  expect(await positions(desk.engine, caller)).toEqual(['B:waiting'])
  expect((await desk.engine.instances.get(caller))?.variables).toEqual({ answer: 42 })
  expect(await desk.engine.incidents.find()).toEqual([])
})

test('a called instance that was taken over as a whole ends in the same way', async () => {
  const { caller, called } = await calling()
  const away = await desk.cases.leave({ instanceId: called, mode: 'takeOver', reason: 'crisis', ...by })
  expect((await desk.cases.previewReturn(away.id, { to: 'endScope', ...by })).caller).toMatchObject({ instanceId: caller })
  await desk.cases.return(away.id, { to: 'endScope', ...by })
  await desk.engine.drain()
  expect(await positions(desk.engine, caller)).toEqual(['B:waiting'])
})

test('what is left in a called instance belongs to the case of its caller, however far up that is', async () => {
  const grandchild = model(user('W'), 'S>W W>E').replace('id="p"', 'id="grandchild"')
  const child = model('<bpmn:callActivity id="V" calledElement="grandchild"/>', 'S>V V>E').replace('id="p"', 'id="child"')
  for (const xml of [grandchild, child, model('<bpmn:callActivity id="A" calledElement="child"/>', 'S>A A>E')])
    await desk.engine.deploy(xml)
  const opened = await desk.cases.open({ customer: 'cust-7', process: { key: 'p' }, ...by })
  await desk.engine.drain()
  const [inner] = await desk.engine.instances.find({ processKey: 'grandchild' })
  const away = await leaveAt(desk, inner!.id, 'W')
  expect(away.caseId).toBe(opened.id)
  expect(await desk.cases.get(opened.id)).toMatchObject({
    customer: 'cust-7',
    instanceIds: [opened.instanceIds[0], inner!.id],
    deviations: [{ id: away.id, instanceId: inner!.id }],
  })
  await desk.cases.return(away.id, { to: 'resume', ...by })
  const { caseId } = await desk.cases.leave({ instanceId: inner!.id, atNext: true, reason: 'again', ...by })
  expect(caseId).toBe(opened.id)
  expect(await desk.cases.count()).toBe(1)
})

test('nobody stays off in a called instance while its caller waits for it: that is named, and so is what to do', async () => {
  const { caller, called } = await calling()
  const away = await leaveAt(desk, called, 'Q')
  const how = { to: 'stayOff', ...by } as const
  const refused = await refusal(desk.cases.return(away.id, how))
  expect(refused.code).toBe('CallerWaits')
  expect(refused.details).toMatchObject({ caller: { instanceId: caller }, alternatives: ['endScope'] })
  expect((await desk.cases.previewReturn(away.id, how)).refusals.map(({ code }) => code)).toEqual(['CallerWaits'])
  expect((await refusal(desk.cases.return(away.id, { to: { jump: 'B' }, ...by }))).message).toContain('endScope')
  expect(await positions(desk.engine, called)).toEqual(['Q:held'])
})

test('P18: a call is left together with what it calls by who has the right on both processes; beside it, by who has it on the caller', async () => {
  await desk.reopen(
    {},
    {
      people: { persons: [{ id: 'kim' }, { id: 'max', roles: ['all'] }], grants: { '*': [{ right: '*', processes: ['p'] }], all: ['*'] } },
    },
  )
  const { caller, called } = await calling()
  for (const mode of ['detour', 'withdraw', 'takeOver'] as const) {
    const refused = await refusal(
      mode === 'takeOver' ? desk.cases.leave({ instanceId: caller, mode, reason: 'crisis', ...by }) : leaveAt(desk, caller, 'A', { mode }),
    )
    expect(refused).toMatchObject({ code: 'NotAllowed', missing: [mode === 'detour' ? 'leave' : mode], holders: ['max'] })
  }
  const beside = await leaveAt(desk, caller, 'A', { cascade: false })
  expect(await positions(desk.engine, called)).toEqual(['Q:waiting'])
  await desk.cases.return(beside.id, { to: 'resume', ...by })
  await leaveAt(desk, caller, 'A', { actor: 'max' })
  expect(await positions(desk.engine, called)).toEqual(['Q:held'])
})
