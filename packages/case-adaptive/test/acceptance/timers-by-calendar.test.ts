import { expect, test } from 'vitest'
import { begun, boundary, deviationOf, leaveAt, model, positions, useDesk, user } from '../desk.ts'

// The clock begins on a Monday, at nine.
const OFFICE = [['09:00', '17:00']] as const
const desk = useDesk({
  calendars: { business: { timeZone: 'UTC', hours: { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE } } },
})

const byHours = `<bpmn:timerEventDefinition xmlns:leeway="https://leeway.dev/schema/1.0" leeway:calendar="business"><bpmn:timeDuration>PT12H</bpmn:timeDuration></bpmn:timerEventDefinition>`
const xml = model(user('A') + user('L') + boundary('T', 'A', byHours), 'S>A A>E T>L L>E')

test('T10: a timer that stands still keeps its working time, over nights and weekends, and is due when that has passed', async () => {
  const id = await begun(desk, xml)
  await desk.engine.advance('PT6H')
  const { timers } = await desk.cases.previewLeave({
    instanceId: id,
    elementInstanceId: (await desk.engine.explain(id))[0]!.elementInstanceId,
    mode: 'detour',
  })
  expect(timers).toMatchObject([{ elementId: 'T', policy: 'pause', dueAt: '2026-03-03T13:00:00.000Z', remainingMs: 6 * 3_600_000 }])
  const away = await leaveAt(desk, id, 'A')
  await desk.engine.advance({ to: '2026-03-06T16:00:00Z' }) // Friday
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  const [step] = await desk.engine.explain(id)
  expect(step?.waitsFor).toContainEqual(expect.objectContaining({ elementId: 'T', dueAt: '2026-03-09T14:00:00.000Z' }))
  await desk.engine.advance({ to: '2026-03-09T13:59:00Z' })
  expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  await desk.engine.advance('PT1M')
  expect(await positions(desk.engine, id)).toEqual(['L:waiting'])
})

test('more time is working time, too', async () => {
  const id = await begun(desk, xml)
  const away = await leaveAt(desk, id, 'A', { timers: { T: { extend: 'P1DT2H' } } })
  expect((await deviationOf(desk, away)).timers).toMatchObject([{ elementId: 'T', policy: 'extend' }])
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  const [step] = await desk.engine.explain(id)
  expect(step?.waitsFor).toContainEqual(expect.objectContaining({ elementId: 'T', dueAt: '2026-03-04T15:00:00.000Z' }))
})

test('restart gives the whole time again, counted from the return', async () => {
  const id = await begun(desk, xml)
  await desk.engine.advance('PT6H')
  const away = await leaveAt(desk, id, 'A', { timers: { T: 'restart' } })
  await desk.engine.advance({ to: '2026-03-07T12:00:00Z' }) // Saturday
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  const [step] = await desk.engine.explain(id)
  expect(step?.waitsFor).toContainEqual(expect.objectContaining({ elementId: 'T', dueAt: '2026-03-10T13:00:00.000Z' }))
})
