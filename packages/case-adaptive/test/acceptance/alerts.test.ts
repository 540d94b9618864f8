import { beforeEach, describe, expect, test } from 'vitest'
import type { CasesOptions, SurveyResponse } from '../../src/index.ts'
import { caseOf, refusal, START, STORAGES, useDesk } from '../desk.ts'

const OPTIONS: CasesOptions = {
  notifier: 'tell',
  customerNotifier: 'write',
  policies: { tierOf: (customer) => (customer === 'cust-7' ? 'gold' : null) },
  templates: [
    { key: 'plain' },
    {
      key: 'tactical',
      severities: { normal: { resolution: 'P3D' }, urgent: { firstResponse: 'PT24H', resolution: 'P1D' } },
      tiers: { gold: 'urgent' },
      escalateTo: ['max'],
      customerView: { states: { new: 'We have read it', open: 'We have read it' }, tell: { channel: 'mail' } },
    },
    { key: 'strategic', customerView: { states: { new: 'We have read it', open: 'We have read it' }, tell: { channel: 'mail' } } },
  ],
  alerts: [
    {
      key: 'not-installed',
      survey: 'download',
      when: ({ answers }) => answers.completed === 'NO',
      notify: ['support', 'partner@acme'],
      text: ({ customer, answers }) => `${customer} could not install it: ${answers.comment}`,
      open: 'tactical',
      title: 'Installation not completed',
    },
    { key: 'hard', survey: 'download', when: ({ answers }) => Number(answers.ease) <= 5, open: 'strategic' },
    { key: 'praise', when: ({ answers }) => Number(answers.ease) >= 10, notify: ['kim'] },
  ],
}
const PEOPLE: CasesOptions['people'] = {
  persons: [{ id: 'kim', roles: ['support'] }, { id: 'lee', roles: ['support'] }, { id: 'max', roles: ['manager'] }, { id: 'web' }],
  grants: { '*': ['open', 'recordContact'], manager: ['*'] },
}

describe.each(STORAGES)('alerts on $name', ({ make }) => {
  const told: Record<string, unknown>[] = []
  const wrote: Record<string, unknown>[] = []
  const handlers = {
    tell: ({ variables }: { variables: Record<string, unknown> }) => void told.push(variables),
    write: ({ variables }: { variables: Record<string, unknown> }) => void wrote.push(variables),
  }
  const desk = useDesk({ handlers }, { ...OPTIONS, people: PEOPLE }, make)
  beforeEach(() => {
    for (const list of [told, wrote]) list.splice(0)
  })
  const news = async (from: Record<string, unknown>[]) => {
    await desk.engine.drain()
    return from.splice(0)
  }
  const response = (more: Partial<SurveyResponse> = {}): SurveyResponse => ({
    id: 'r-1',
    survey: 'download',
    customer: 'cust-7',
    answers: { completed: 'NO', ease: 8, comment: 'It stops at 90 %.' },
    link: 'https://survey.example/r-1',
    at: '2026-03-02T08:59:00Z',
    ...more,
  })

  test('S71: a response that meets the filter tells people by the template, with its link, and opens a case from the template; others do nothing', async () => {
    for (const [id, answers] of Object.entries({ fine: { completed: 'YES', ease: 8 }, 'well enough': { ease: 7 } }))
      expect(await desk.cases.surveys.submit({ ...response({ id, answers }), actor: 'web' })).toEqual([])
    expect(await desk.cases.surveys.submit({ ...response({ id: 'elsewhere', survey: 'support' }), actor: 'web' })).toEqual([])
    expect([await desk.cases.count(), await news(told)]).toEqual([0, []])
    const alerted = await desk.cases.surveys.submit({ ...response(), actor: 'web' })
    expect(alerted).toEqual([{ rule: 'not-installed', caseId: expect.any(String) }])
    const { caseId } = alerted[0]!
    const view = await caseOf(desk, caseId ?? '')
    expect(view).toMatchObject({
      template: 'tactical',
      title: 'Installation not completed',
      customer: 'cust-7',
      tier: 'gold',
      severity: 'urgent',
      openedAt: START.replace('Z', '.000Z'),
      clocks: [
        { name: 'firstResponse', goalMs: 86_400_000 },
        { name: 'resolution', dueAt: '2026-03-03T09:00:00.000Z' },
      ],
      alert: { rule: 'not-installed', because: 'response', link: 'https://survey.example/r-1', respondedAt: '2026-03-02T08:59:00.000Z' },
    })
    expect(view.facts.map(({ key, value }) => [key, value])).toEqual([
      ['completed', 'NO'],
      ['ease', 8],
      ['comment', 'It stops at 90 %.'],
    ])
    expect((await desk.cases.dashboard({ actor: 'max' })).map(({ id }) => id)).toEqual([caseId])
    // What is told is a job of the same commit.
    expect(await news(told)).toEqual([
      {
        because: 'alert',
        alert: 'not-installed',
        caseId,
        title: 'Installation not completed',
        to: ['kim', 'lee', 'partner@acme'],
        text: 'cust-7 could not install it: It stops at 90 %.',
        link: 'https://survey.example/r-1',
        customer: 'cust-7',
        dueAt: Date.parse('2026-03-03T09:00:00Z'),
        tenantId: null,
      },
    ])
    await desk.engine.advance('PT1H')
    expect(await desk.cases.surveys.submit({ ...response(), actor: 'web' })).toEqual(alerted)
    expect([await desk.cases.count(), await news(told)]).toEqual([1, []])
    expect((await desk.cases.metrics({ from: START, to: '2026-04-01' })).alerts).toEqual({ cases: 1, meanMs: 60_000 })
    expect(await desk.cases.verifyAudit(caseId ?? '')).toMatchObject({ ok: true })
  })

  test('a response that meets two filters opens two cases that know of each other, and its customer is told once', async () => {
    const answers = { completed: 'NO', ease: 3 }
    const [tactical, strategic] = await desk.cases.surveys.submit({ ...response({ answers }), actor: 'web' })
    expect([tactical?.rule, strategic?.rule]).toEqual(['not-installed', 'hard'])
    expect(await caseOf(desk, strategic?.caseId ?? '')).toMatchObject({
      template: 'strategic',
      links: [{ caseId: tactical?.caseId, as: 'related' }],
    })
    expect(await caseOf(desk, tactical?.caseId ?? '')).toMatchObject({ links: [{ caseId: strategic?.caseId, as: 'related' }] })
    expect(await news(wrote)).toMatchObject([{ caseId: tactical?.caseId, because: 'state', text: 'We have read it' }])
  })

  test('a filter may tell without a case; who may not open cases submits nothing', async () => {
    expect(await desk.cases.surveys.submit({ ...response({ answers: { ease: 10 } }), actor: 'web' })).toEqual([
      { rule: 'praise', caseId: null },
    ])
    expect(await news(told)).toMatchObject([{ caseId: null, alert: 'praise', to: ['kim'], text: 'praise' }])
    const { at: _at, ...undated } = response({ id: 'r-3' })
    const first = await desk.cases.surveys.submit({ ...undated, actor: 'web' })
    await desk.engine.advance('PT1H')
    expect(await desk.cases.surveys.submit({ ...undated, actor: 'web' })).toEqual(first)
    expect((await caseOf(desk, first[0]?.caseId ?? '')).alert).toMatchObject({ respondedAt: null })
    expect((await refusal(desk.cases.surveys.submit({ ...response({ id: 'r-2' }), actor: 'nobody' }))).code).toBe('NotAllowed')
    expect(await desk.cases.count()).toBe(1)
  })
})

describe('trends', () => {
  const told: Record<string, unknown>[] = []
  const desk = useDesk(
    { handlers: { tell: ({ variables }) => void told.push(variables) } },
    {
      notifier: 'tell',
      templates: [{ key: 'problem', escalateTo: ['max'] }],
      trends: [{ key: 'rise', within: 'P7D', spans: 2, atLeast: 4, notify: ['max'], open: 'problem' }],
    },
  )
  const calls = async (category: string, times: number, direction: 'inbound' | 'outbound' = 'inbound') => {
    for (let n = 0; n < times; n++)
      await desk.cases.contacts.record({ customer: `c-${n}`, direction, channel: 'phone', category, actor: 'kim' })
  }
  const states = async () =>
    (await desk.cases.trends.find()).map(({ category, state, count, usual, before }) => [category, state, count, usual, before])

  test('more contacts of a category than usual raise an alert once in a span; where that stays, it is told as what is usual now', async () => {
    await calls('modem', 2)
    await calls('billing', 3)
    await desk.engine.advance('P7D')
    await calls('modem', 2)
    await calls('billing', 5)
    await desk.engine.advance('P7D')
    await calls('modem', 5)
    await calls('billing', 5)
    await calls('modem', 9, 'outbound')
    expect(await states()).toEqual([
      ['modem', 'rising', 5, 2, 0],
      ['billing', 'newLevel', 5, 4, 0],
    ])
    const raised = await desk.cases.trends.raise()
    expect(raised).toMatchObject([{ rule: 'rise', category: 'modem', state: 'rising', caseId: expect.any(String) }])
    await desk.engine.drain()
    expect(told).toMatchObject([{ because: 'alert', alert: 'rise', to: ['max'], text: 'rise: modem', caseId: raised[0]?.caseId }])
    expect(await caseOf(desk, raised[0]?.caseId ?? '')).toMatchObject({
      state: 'new',
      alert: { rule: 'rise', because: 'trend' },
      facts: [{ key: 'category', value: 'modem' }],
    })
    await calls('modem', 1)
    expect(await desk.cases.trends.raise()).toMatchObject([{ count: 6, caseId: raised[0]?.caseId }])
    expect(await desk.cases.count()).toBe(1)
    await desk.engine.advance('P7D')
    await calls('modem', 6)
    await desk.engine.advance('P1D')
    expect(await states()).toEqual([
      ['modem', 'newLevel', 6, 4, 1],
      ['billing', 'newLevel', 0, 5, 1.5],
    ])
    expect(await desk.cases.trends.raise()).toEqual([])
  })

  test('rules that say nothing of when, whom or what are refused', async () => {
    const { notifier: _notifier, ...silent } = OPTIONS
    for (const options of [
      silent,
      { ...OPTIONS, alerts: [{ key: 'a', when: () => true }] },
      { ...OPTIONS, alerts: [{ key: 'a', when: 'completed = "NO"' as never, open: 'plain' }] },
      { ...OPTIONS, alerts: [{ key: 'a', when: () => true, open: 'nowhere' }] },
      { ...OPTIONS, trends: [{ key: 'hard', within: 'P1D', open: 'plain' }] },
      { ...OPTIONS, trends: [{ key: 't', within: 'weekly', open: 'plain' }] },
      { ...OPTIONS, trends: [{ key: 't', within: 'P1D', factor: 0.5, open: 'plain' }] },
    ])
      expect(await desk.reopen({}, options).catch((error) => error.code)).toBe('invalidOption')
    await desk.reopen()
  })
})

describe('what contacts cost, and what is at stake', () => {
  const desk = useDesk()
  const open = async () => (await desk.cases.open({ customer: 'cust-7', actor: 'kim' })).id

  test('cost is told by contact, by case and by channel, with what came of it; ideas count apart from problems', async () => {
    const [one, two] = [await open(), await open()]
    const contact = { direction: 'inbound', actor: 'kim' } as const
    const { id } = await desk.cases.contacts.record({ ...contact, caseId: one, channel: 'phone', state: 'connected', category: 'modem' })
    await desk.cases.contacts.record({ id, cost: 20, actor: 'kim' })
    await desk.cases.contacts.record({ ...contact, caseId: one, channel: 'chat', cost: 4, category: 'modem' })
    await desk.cases.contacts.record({ ...contact, caseId: two, channel: 'phone', cost: 12, category: 'idea' })
    await desk.cases.contacts.record({ ...contact, customer: 'cust-8', channel: 'community', cost: 0 })
    await desk.cases.contacts.record({ ...contact, customer: 'cust-8', channel: 'letter' })
    await desk.cases.resolve(one, { code: 'sent', actor: 'kim' })
    expect((await desk.cases.metrics({ from: START, to: '2026-04-01' })).contacts).toEqual({
      count: 5,
      cost: 36,
      costPerContact: 9,
      costPerCase: 18,
      byChannel: {
        phone: { contacts: 2, cost: 32, cases: 2, resolved: 1 },
        chat: { contacts: 1, cost: 4, cases: 1, resolved: 1 },
        community: { contacts: 1, cost: 0, cases: 0, resolved: 0 },
        letter: { contacts: 1, cost: 0, cases: 0, resolved: 0 },
      },
      byCategory: { modem: 2, idea: 1 },
    })
    expect((await desk.cases.contacts.find({ caseId: two }))[0]).toMatchObject({ category: 'idea', cost: 12 })
    for (const wrong of [{ cost: -1 }, { category: '' }])
      await expect(desk.cases.contacts.record({ ...contact, caseId: two, channel: 'phone', ...wrong })).rejects.toMatchObject({
        code: 'invalidArgument',
      })
  })

  test('revenue at risk and what became of the customer are facts of the case, and are summed', async () => {
    const [one, two, three] = [await open(), await open(), await open()]
    const fact = (caseId: string, key: string, value: unknown) =>
      desk.cases.facts.record(caseId, { key, value, source: 'crm', actor: 'kim' })
    await fact(one, 'revenueAtRisk', 900)
    await fact(one, 'revenueAtRisk', 1_200)
    await fact(two, 'revenueAtRisk', 300)
    await fact(three, 'revenueAtRisk', 'much')
    await fact(one, 'customerOutcome', 'kept')
    await fact(two, 'customerOutcome', 'lost')
    expect((await desk.cases.metrics({ from: START, to: '2026-04-01' })).risk).toEqual({ cases: 2, revenue: 1_500, kept: 1, lost: 1 })
  })
})
