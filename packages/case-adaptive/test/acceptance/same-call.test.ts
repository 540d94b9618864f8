import { memoryStorage } from '@leeway/storage'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AlertRule, CasesOptions } from '../../src/index.ts'
import { begun, type Desk, openDesk } from '../desk.ts'
import { HOUSE, keyedCalls, OTHER, once, otherWays } from './keyed-calls.ts'

const RULE: AlertRule = { key: 'unhappy', when: ({ answers }) => answers.done === 'NO', notify: ['kim'], open: 'plain' }
const TREND = { key: 'rise', within: 'P7D', atLeast: 1, notify: ['kim'], open: 'plain' } as const
const FIRST: CasesOptions = {
  notifier: 'tell',
  templates: [{ key: 'plain', offers: [{ key: 'call', item: { kind: 'human', name: 'Call them' } }] }],
  policies: { tierOf: () => 'silver' },
  alerts: [RULE],
  trends: [TREND],
}
const response = { id: 'r-1', customer: 'cust-7', answers: { done: 'NO' }, actor: 'web' } as const

describe('the same call gets the same answer, whatever its house has changed since', () => {
  let told = 0
  let desk: Desk
  /** The same store, with other options. */
  const changed = async (options: CasesOptions): Promise<void> => {
    const { storage } = desk
    await desk.close()
    desk = await openDesk(storage, { handlers: { tell: () => void told++ } }, undefined, { ...FIRST, ...options })
  }
  beforeEach(async () => {
    told = 0
    desk = await openDesk(memoryStorage(), { handlers: { tell: () => void told++ } }, undefined, FIRST)
  })
  afterEach(() => desk.close())

  test.each<[string, CasesOptions]>([
    [
      'another title, others to be told, another tier',
      { alerts: [{ ...RULE, title: 'T', notify: ['lee'] }], policies: { tierOf: () => 'gold' } },
    ],
    ['no such rule', { alerts: [] }],
    ['one more rule', { alerts: [RULE, { ...RULE, key: 'more' }] }],
    [
      'a rule that breaks',
      {
        alerts: [
          {
            ...RULE,
            when: () => {
              throw new Error('broken')
            },
          },
        ],
      },
    ],
  ])('a survey response, with %s', async (_what, options) => {
    const answer = await desk.cases.surveys.submit(response)
    expect(answer).toMatchObject([{ rule: 'unhappy' }])
    await changed(options)
    expect(await desk.cases.surveys.submit(response)).toEqual(answer)
    await desk.engine.drain()
    expect([await desk.cases.count(), told]).toEqual([1, 1])
    await expect(desk.cases.surveys.submit({ ...response, answers: { done: 'YES' } })).rejects.toMatchObject({
      code: 'idempotencyKeyReused',
    })
  })

  test('a response that met no rule', async () => {
    await changed({ alerts: [] })
    expect(await desk.cases.surveys.submit(response)).toEqual([])
    await changed({})
    expect(await desk.cases.surveys.submit(response)).toEqual([])
    expect(await desk.cases.count()).toBe(0)
  })

  test('a trend that is raised in one span', async () => {
    await desk.cases.contacts.record({ customer: 'c', direction: 'inbound', channel: 'phone', category: 'modem', actor: 'web' })
    const raised = await desk.cases.trends.raise({ actor: 'web' })
    expect(raised).toHaveLength(1)
    await changed({ trends: [{ ...TREND, title: 'T', notify: ['lee'] }] })
    expect(await desk.cases.trends.raise({ actor: 'web' })).toEqual(raised)
  })

  test('opening a case, and adding an item that was offered', async () => {
    const once = { idempotencyKey: 'k', actor: 'kim' }
    const opened = await desk.cases.open({ customer: 'c', ...once })
    const added = await desk.cases.addItem(opened.id, { offer: 'call', ...once })
    await changed({
      policies: { tierOf: () => 'gold' },
      templates: [{ key: 'other' }, { key: 'plain' }],
    })
    expect((await desk.cases.open({ customer: 'c', ...once })).id).toBe(opened.id)
    expect(await desk.cases.addItem(opened.id, { offer: 'call', ...once })).toEqual(added)
    await expect(desk.cases.open({ customer: 'd', ...once })).rejects.toMatchObject({ code: 'idempotencyKeyReused' })
  })
})

test('a case that was resolved stays answered so, though a process of it runs by now', async () => {
  const desk = await openDesk(memoryStorage())
  const [{ id }, instanceId] = [await desk.cases.open({ actor: 'kim' }), await begun(desk)]
  const resolve = () => desk.cases.resolve(id, { code: 'done', ...once })
  await resolve()
  await desk.cases.reopen(id, { reason: 'r', actor: 'kim' })
  await desk.cases.attach(id, instanceId, { actor: 'kim' })
  await resolve()
  await expect(desk.cases.resolve(id, { code: 'done', actor: 'kim' })).rejects.toMatchObject({ code: 'ProcessRunning' })
  await desk.close()
})

describe('a call that is made again with its key in another house gets the same answer, and changes nothing', () => {
  const handlers = { tell: () => undefined }
  test.each(Object.entries({ ...keyedCalls, ...otherWays }))('%s', async (_, prepare) => {
    const desk = await openDesk(memoryStorage(), { handlers }, undefined, HOUSE)
    const call = await prepare(desk)
    const answer = await call(desk)
    const { storage } = desk
    await desk.close()
    const other = await openDesk(storage, { handlers }, undefined, OTHER)
    const cases = await other.cases.find()
    expect(await call(other)).toEqual(answer)
    expect(await other.cases.find()).toEqual(cases)
    await other.close()
  })
})
