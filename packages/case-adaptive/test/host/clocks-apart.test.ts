import { manualClock } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AB, boundary, caseOf, type Desk, deviationOf, leaveAt, model, openDesk, timer, user } from '../desk.ts'

/** Two nodes on one storage, whose clocks are two hours apart. */
let ahead: Desk
let behind: Desk

beforeEach(async () => {
  const storage = memoryStorage()
  const promises = { templates: [{ key: 'default', severities: { normal: { resolution: 'PT8H' } } }] }
  ahead = await openDesk(storage, {}, manualClock('2026-03-02T09:00:00Z'), promises)
  behind = await openDesk(storage, {}, manualClock('2026-03-02T07:00:00Z'), promises)
})
afterEach(async () => {
  await ahead.close()
  await behind.close()
})

test('nobody was away for less than no time, by whichever clock they came back', async () => {
  await ahead.engine.deploy(AB)
  const { id } = await ahead.engine.start('p')
  const away = await leaveAt(ahead, id, 'A')
  await behind.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect((await deviationOf(ahead, away)).waits).toEqual({ awayMs: 0, workingMs: 0, itemsMs: 0 })
})

test('what was left of a timer is left, by whichever clock somebody comes back', async () => {
  await ahead.engine.deploy(model(user('A') + boundary('T', 'A', timer('PT1H')), 'S>A A>E T>E'))
  const { id } = await ahead.engine.start('p')
  const dueAt = async () => (await ahead.engine.jobs.find({ instanceId: id, kind: 'timer' }))[0]?.dueAt
  const away = await leaveAt(ahead, id, 'A')
  await behind.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(await dueAt()).toBe('2026-03-02T08:00:00.000Z')
  const again = await leaveAt(behind, id, 'A')
  await ahead.cases.return(again.id, { to: 'resume', actor: 'kim' })
  expect(await dueAt()).toBe('2026-03-02T10:00:00.000Z')
})

test('a promise is not put off by a pause that began, by a clock that is behind, before the promise', async () => {
  const { id } = await ahead.cases.open({ customer: 'cust-7', actor: 'kim' })
  await behind.cases.pauseClock(id, { reason: 'awaitingCustomer', actor: 'kim' })
  await ahead.cases.resumeClock(id, { actor: 'kim' })
  expect((await caseOf(ahead, id)).clocks).toMatchObject([
    { name: 'resolution', dueAt: '2026-03-02T17:00:00.000Z', remainingMs: 28_800_000 },
  ])
})
