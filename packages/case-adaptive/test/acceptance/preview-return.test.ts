import { expect, test } from 'vitest'
import type { ReturnDirective } from '../../src/index.ts'
import { at, begun, boundary, caught, leaveAt, message, model, signal, timer, useDesk, user } from '../desk.ts'

const desk = useDesk()

const AT_THE_STEP = boundary('T', 'A', timer('PT24H')) + boundary('M', 'A', message(), false)
const STEPS = model(user('A') + AT_THE_STEP + user('B') + caught('W', timer('PT2H')) + user('C'), 'S>A A>B B>W W>C C>E T>E M>E')

/** Left for three days, 20 hours after it began. */
async function away(xml: string, elementId: string) {
  const id = await begun(desk, xml)
  await desk.engine.advance('PT20H')
  const left = await leaveAt(desk, id, elementId)
  await desk.engine.advance('P3D')
  return { ...left, instanceId: id, ahead: (to: ReturnDirective) => desk.cases.previewReturn(left.id, { to, actor: 'kim' }) }
}

test('the preview of a return tells which timers go on and when they are due, which end, and which begin', async () => {
  const { ahead } = await away(STEPS, 'A')
  const goesOn = { elementId: 'T', becomes: 'goesOn', dueAt: '2026-03-06T09:00:00.000Z' }
  const ends = { elementId: 'T', becomes: 'ends', dueAt: null }
  expect((await ahead('resume')).timers).toMatchObject([goesOn])
  expect((await ahead('skip')).timers).toMatchObject([ends])
  expect((await ahead('redo')).timers).toMatchObject([ends, { elementId: 'T', becomes: 'begins', dueAt: '2026-03-07T05:00:00.000Z' }])
  expect((await ahead({ jump: 'W' })).timers).toMatchObject([
    ends,
    { elementId: 'W', becomes: 'begins', dueAt: '2026-03-06T07:00:00.000Z' },
  ])
})

test('what the preview of a return tells of a timer is what comes', async () => {
  const { id, ahead, instanceId } = await away(STEPS, 'A')
  const [timer] = (await ahead('resume')).timers
  await desk.cases.return(id, { to: 'resume', actor: 'kim' })
  await desk.engine.advance({ to: new Date(Date.parse(timer!.dueAt!) - 1).toISOString() })
  expect((await desk.engine.instances.get(instanceId))?.status).toBe('active')
  await desk.engine.advance({ to: timer!.dueAt! })
  expect((await desk.engine.instances.get(instanceId))?.status).toBe('completed')
})

test('the preview of a return tells which messages and signals go on, which end, and which are waited for from then on', async () => {
  const xml = model(caught('W', message()) + user('A') + caught('V', signal), 'S>W W>A A>V V>E')
  const { ahead } = await away(xml, 'W')
  const own = { elementId: 'W', kind: 'message', name: 'paid' }
  expect((await ahead('resume')).events).toMatchObject([{ ...own, becomes: 'goesOn' }])
  expect((await ahead({ jump: 'V' })).events).toMatchObject([
    { ...own, becomes: 'ends' },
    { elementId: 'V', kind: 'signal', name: 'storm', becomes: 'begins' },
  ])
})

test('both previews tell of conditions, which have no name', async () => {
  const condition = '<bpmn:conditionalEventDefinition><bpmn:condition>=go = true</bpmn:condition></bpmn:conditionalEventDefinition>'
  const xml = model(user('A') + boundary('C', 'A', condition, false), 'S>A A>E C>E')
  const id = await begun(desk, xml, { go: false })
  const before = { elementId: 'C', kind: 'condition', name: null }
  const elementInstanceId = await at(desk.engine, id, 'A')
  const request = { instanceId: id, elementInstanceId, actor: 'kim' }
  expect((await desk.cases.previewLeave(request)).events).toEqual([{ ...before, policy: 'latch' }])
  const left = await leaveAt(desk, id, 'A')
  const ahead = async (to: ReturnDirective) => (await desk.cases.previewReturn(left.id, { to, actor: 'kim' })).events
  expect(await ahead('resume')).toEqual([{ ...before, elementInstanceId, becomes: 'goesOn' }])
  expect(await ahead('skip')).toEqual([{ ...before, elementInstanceId, becomes: 'ends' }])
})

test('the preview of a return tells what becomes of what came meanwhile, and nothing of it has changed', async () => {
  const { ahead, instanceId, caseId } = await away(STEPS, 'A')
  await desk.engine.messages.publish({ name: 'paid', instanceId })
  const kept = { elementId: 'M', kind: 'message', at: '2026-03-06T05:00:00.000Z' }
  expect((await ahead('resume')).latches).toMatchObject([{ ...kept, became: 'applied' }])
  expect((await ahead('skip')).latches).toMatchObject([{ ...kept, became: 'unused' }])
  expect((await desk.cases.get(caseId))?.deviations).toMatchObject([{ state: 'away', latches: [{ ...kept, became: 'kept' }] }])
})

test('the preview of a return from all of an instance tells of every timer in it', async () => {
  const xml = model(
    `<bpmn:parallelGateway id="F"/>${user('A')}${boundary('T', 'A', timer('PT24H'))}${caught('W', timer('PT48H'))}`,
    'S>F F>A F>W A>E W>E T>E',
  )
  const id = await begun(desk, xml)
  const left = await desk.cases.leave({ instanceId: id, mode: 'takeOver', reason: 'storm', actor: 'kim' })
  await desk.engine.advance('P3D')
  const { timers } = await desk.cases.previewReturn(left.id, { to: 'resume', actor: 'kim' })
  expect(timers.map(({ elementId, becomes, dueAt }) => [elementId, becomes, dueAt])).toEqual([
    ['T', 'goesOn', '2026-03-06T09:00:00.000Z'],
    ['W', 'goesOn', '2026-03-07T09:00:00.000Z'],
  ])
})

test('the preview of a return that is refused tells of nothing that would change', async () => {
  const { ahead, id } = await away(STEPS, 'A')
  await desk.cases.addItem(id, { kind: 'human', name: 'must', required: true, actor: 'kim' })
  expect(await ahead('resume')).toMatchObject({ allowed: false, timers: [], events: [], latches: [] })
})
