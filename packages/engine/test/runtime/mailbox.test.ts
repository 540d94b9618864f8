import { expect, test } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { createMailboxes, MAILBOX_MAX } from '../../src/runtime/mailbox.ts'
import { chain, user } from './process-model.ts'

test('commands of one instance take effect one after the other, in the order in which they were called', async () => {
  const engine = await createEngine()
  await engine.deploy(chain('p', [user('a')]))
  const { id } = await engine.start('p')
  const calls = Array.from({ length: 40 }, (_, k) => k)
  const ended: number[] = []
  await Promise.all(calls.map((k) => engine.instances.setVariables(id, { latest: k }).then(() => ended.push(k))))
  expect(ended).toEqual(calls)
  expect(await engine.instances.get(id)).toMatchObject({ variables: { latest: calls.length - 1 }, revision: calls.length + 1 })
  await engine.close()
})

test('who comes to an instance waits until all before it have left, and nobody waits for another instance', async () => {
  const mailboxes = createMailboxes()
  const order: string[] = []
  expect(mailboxes.enter('A')).toBe(null)
  expect(mailboxes.enter('B')).toBe(null)
  const second = mailboxes.enter('A')?.then(() => order.push('second'))
  const third = mailboxes.enter('A')?.then(() => order.push('third'))
  expect(mailboxes.busy()).toBe(2)
  mailboxes.leave('A')
  await second
  expect(order).toEqual(['second'])
  mailboxes.leave('A')
  await third
  mailboxes.leave('A')
  mailboxes.leave('B')
  expect(order).toEqual(['second', 'third'])
  expect(mailboxes.busy()).toBe(0)
  expect(mailboxes.enter('A')).toBe(null)
})

test('so many commands wait for one instance and no more', () => {
  const mailboxes = createMailboxes()
  for (let k = 0; k <= MAILBOX_MAX; k++) void mailboxes.enter('A')
  expect(() => mailboxes.enter('A')).toThrow(expect.objectContaining({ code: 'tooManyWaiting' }))
  expect(mailboxes.enter('B')).toBe(null)
})
