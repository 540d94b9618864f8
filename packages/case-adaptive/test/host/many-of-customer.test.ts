import { expect, test } from 'vitest'
import { useDesk } from '../desk.ts'

const desk = useDesk()

test('of a customer with more cases than are looked at, the latest say whom they are put through to', async () => {
  const { cases } = desk
  const by = { actor: 'kim' }
  for (let k = 0; k < 100; k++) await cases.open({ customer: 'cust-7', ...by })
  const { id } = await cases.open({ customer: 'cust-7', ...by })
  await cases.resolve(id, { code: 'done', ...by })
  await cases.close(id, { route: { to: 'ann', until: '2026-12-01' }, ...by })
  const said = { customer: 'cust-7', direction: 'inbound', channel: 'phone', ...by } as const
  expect(await cases.contacts.record(said)).toMatchObject({ routeTo: 'ann' })
})

test('what was said of one thing more often than is looked at is known as it was said last, and gives way', async () => {
  const { cases } = desk
  const by = { actor: 'kim' }
  const { id } = await cases.open({ customer: 'cust-7', ...by })
  for (let k = 0; k <= 101; k++) await cases.facts.record(id, { key: 'address', value: k, ...by })
  expect(await cases.facts.ask(id, { key: 'address', ...by })).toMatchObject({ known: true, value: 101 })
  const { facts = [] } = (await cases.get(id)) ?? {}
  expect(facts.filter(({ state }) => state === 'claimed').map(({ value }) => value)).toEqual([101])
})
