import { expect, test } from 'vitest'
import { caseOf, useDesk } from '../desk.ts'

const desk = useDesk({ timeZone: 'Europe/Berlin' })

test('an instant without an offset is local in the time zone of the engine, wherever the program runs', async () => {
  const { id } = await desk.cases.open({ customer: 'cust-7', actor: 'kim' })
  await desk.cases.addItem(id, { kind: 'human', name: 'call', dueAt: '2026-03-29T03:30:00', actor: 'kim' })
  await desk.cases.commitments.make(id, { what: 'Delivery', dueAt: '2026-07-01', remindAt: '2026-06-30T12:00', actor: 'kim' })
  await desk.cases.facts.record(id, { key: 'k', value: 1, validUntil: '2026-07-01T10:00:00', actor: 'kim' })
  const { items, commitments, facts } = await caseOf(desk, id)
  expect(items).toMatchObject([{ dueAt: '2026-03-29T01:30:00.000Z' }])
  expect(commitments).toMatchObject([{ dueAt: '2026-06-30T22:00:00.000Z' }])
  expect(facts).toMatchObject([{ validUntil: '2026-07-01T08:00:00.000Z' }])
})

test('a day that no calendar has is refused, and so is what is no ISO 8601', async () => {
  const { id } = await desk.cases.open({ customer: 'cust-7', actor: 'kim' })
  const invalid = { code: 'invalidArgument' }
  for (const given of ['2026-02-30', 'March 2, 2026', '']) {
    await expect(desk.cases.addItem(id, { kind: 'human', name: 'call', dueAt: given, actor: 'kim' })).rejects.toMatchObject(invalid)
    await expect(desk.cases.commitments.make(id, { what: 'it', dueAt: given, actor: 'kim' })).rejects.toMatchObject(invalid)
    await expect(desk.cases.metrics({ from: given, to: '2026-04-01' })).rejects.toMatchObject(invalid)
  }
})
