import { beforeEach, describe, expect, test } from 'vitest'
import type { CasesOptions, CaseTemplate } from '../../src/index.ts'
import { AB, begun, caseOf, leaveAt, refusal, STORAGES, type TestDesk, useDesk } from '../desk.ts'

/** Closure goals of 72, 48 and 24 hours. */
const MODEM: CaseTemplate = {
  key: 'missing-modem',
  severities: { normal: { resolution: 'PT72H' }, high: { resolution: 'PT48H' }, urgent: { resolution: 'PT24H' } },
  tiers: { bronze: 'normal', silver: 'high', gold: 'urgent' },
  escalateTo: ['manager'],
}

/** Nothing is promised at first. */
const LOOSE: CaseTemplate = { key: 'loose', severities: { none: {}, high: { resolution: 'PT10H' } } }

const OPTIONS: CasesOptions = {
  templates: [MODEM, LOOSE],
  people: {
    persons: [
      { id: 'kim', roles: ['agent'] },
      { id: 'lee', roles: ['agent'] },
      { id: 'max', roles: ['manager'] },
      { id: 'mia', roles: ['manager'] },
    ],
    grants: { agent: ['*'], manager: ['*'] },
  },
  notifier: 'tell',
}

/** What the notifier was given. */
interface Notice {
  readonly caseId: string
  readonly because: string
  readonly to: readonly string[]
}

const HANDLERS = (told: Notice[]) => ({ handlers: { tell: (job: { variables: unknown }) => void told.push(job.variables as Notice) } })

async function open(desk: TestDesk, tier?: string): Promise<string> {
  return (await desk.cases.open({ template: 'missing-modem', customer: 'cust-7', actor: 'kim', ...(tier && { tier }) })).id
}

async function changesOf(desk: TestDesk, id: string): Promise<readonly unknown[]> {
  return (await caseOf(desk, id)).timeline.flatMap(({ type, change }) => (type === 'case:clock' ? [change] : []))
}

describe.each(STORAGES)('clocks of service levels on $name', ({ make }) => {
  const told: Notice[] = []
  const desk = useDesk(HANDLERS(told), OPTIONS, make)
  beforeEach(() => told.splice(0))

  test('a severity that promises nothing ends the goal, and one that promises something counts from the opening', async () => {
    const { id } = await desk.cases.open({ template: 'loose', actor: 'kim' })
    const by = { reason: 'said otherwise', actor: 'kim' }
    const severity = (name: string) => desk.cases.setSeverity(id, { severity: name, ...by })
    expect((await caseOf(desk, id)).clocks).toEqual([])
    await desk.engine.advance('PT2H')
    expect(await severity('high')).toMatchObject([
      { state: 'running', startedAt: '2026-03-02T09:00:00.000Z', dueAt: '2026-03-02T19:00:00.000Z' },
    ])
    await desk.cases.pauseClock(id, { reason: 'forceMajeure', actor: 'kim' })
    await desk.engine.advance('PT1H')
    expect(await severity('none')).toMatchObject([{ state: 'cancelled' }])
    await desk.engine.advance('PT9H')
    expect(await caseOf(desk, id)).toMatchObject({ overdue: false, escalations: 0, dueAt: null })
    expect(await severity('high')).toMatchObject([{ state: 'breached', dueAt: '2026-03-02T20:00:00.000Z' }])
    expect(await severity('none')).toMatchObject([{ state: 'breached' }])
    expect(await changesOf(desk, id)).toEqual(['started', 'paused', 'cancelled', 'started', 'breached'])
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
  })

  test('S37, T14: the clock of a Gold customer does not stop for a deviation', async () => {
    const instanceId = await begun(desk, AB)
    const id = await open(desk, 'gold')
    await desk.cases.attach(id, instanceId, { actor: 'kim' })
    const away = await leaveAt(desk, instanceId, 'A')
    await desk.engine.advance('PT10H')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect((await caseOf(desk, id)).clocks).toMatchObject([{ state: 'running', dueAt: '2026-03-03T09:00:00.000Z', remainingMs: 14 * HOUR }])
    await desk.engine.advance('PT13H59M')
    expect(await caseOf(desk, id)).toMatchObject({ overdue: false, clocks: [{ state: 'atRisk' }] })
    await desk.engine.advance('PT1M')
    expect(await caseOf(desk, id)).toMatchObject({ overdue: true, clocks: [{ state: 'breached', dueAt: '2026-03-03T09:00:00.000Z' }] })
    expect(await changesOf(desk, id)).toEqual(['started', 'atRisk', 'breached'])
  })

  test('S38: waiting for the customer moves what is due by as long; waiting for a subcontractor does not', async () => {
    const id = await open(desk, 'gold')
    await desk.engine.advance('PT2H')
    expect(await refusal(desk.cases.pauseClock(id, { reason: 'awaitingSubcontractor', actor: 'kim' }))).toMatchObject({
      code: 'PauseNotAllowed',
      details: { allowed: ['awaitingCustomer', 'agreedWithCustomer', 'forceMajeure'] },
    })
    await desk.cases.pauseClock(id, { reason: 'awaitingCustomer', actor: 'kim' })
    expect(await caseOf(desk, id)).toMatchObject({
      dueAt: null,
      clocks: [{ state: 'paused', dueAt: null, paused: { reason: 'awaitingCustomer' } }],
    })
    expect((await refusal(desk.cases.pauseClock(id, { reason: 'awaitingCustomer', actor: 'kim' }))).code).toBe('ClockNotRunning')
    await desk.engine.advance('PT6H')
    await desk.cases.resumeClock(id, { actor: 'kim' })
    expect((await caseOf(desk, id)).clocks).toMatchObject([{ state: 'running', dueAt: '2026-03-03T15:00:00.000Z', remainingMs: 22 * HOUR }])
    expect((await refusal(desk.cases.resumeClock(id, { actor: 'kim' }))).code).toBe('ClockNotPaused')
    await desk.engine.advance('PT21H')
    expect((await caseOf(desk, id)).overdue).toBe(false)
    await desk.engine.advance('PT1H')
    expect((await caseOf(desk, id)).overdue).toBe(true)
  })

  test('S38: with business hours, due moves by the working time in which the clock stood still', async () => {
    const hours = {
      timeZone: 'Europe/Berlin',
      hours: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]])),
    }
    const clockOf = async (options: CasesOptions): Promise<string | null> => {
      await desk.reopen({ ...HANDLERS(told), calendars: { office: hours } }, { ...OPTIONS, ...options })
      const id = await open(desk, 'gold')
      await desk.cases.pauseClock(id, { reason: 'awaitingCustomer', actor: 'kim' })
      await desk.engine.advance('PT24H')
      await desk.cases.resumeClock(id, { actor: 'kim' })
      return (await caseOf(desk, id)).dueAt
    }
    // Monday 10:00 in Berlin: 24 hours of work are over on Thursday at 10:00, and with a day of 8 hours standing still on Friday.
    expect(await clockOf({ calendar: 'office' })).toBe('2026-03-06T09:00:00.000Z')
    expect(await clockOf({ calendar: hours })).toBe('2026-03-06T09:00:00.000Z')
    await expect(clockOf({ calendar: 'nights' })).rejects.toMatchObject({ code: 'invalidOption' })
    await expect(clockOf({ calendar: { timeZone: 'Nowhere', hours: {} } })).rejects.toMatchObject({ code: 'invalidOption' })
    await desk.reopen()
  })

  test('S39: the tier gives severity and closure goal', async () => {
    await desk.reopen(HANDLERS(told), { ...OPTIONS, policies: { tierOf: async (customer) => (customer === 'cust-7' ? 'silver' : null) } })
    for (const [tier, severity, dueAt] of [
      ['bronze', 'normal', '2026-03-05T09:00:00.000Z'],
      ['silver', 'high', '2026-03-04T09:00:00.000Z'],
      ['gold', 'urgent', '2026-03-03T09:00:00.000Z'],
    ] as const)
      expect(await caseOf(desk, await open(desk, tier))).toMatchObject({ tier, severity, dueAt })
    expect(await caseOf(desk, await open(desk)), 'asked of the host').toMatchObject({ tier: 'silver', severity: 'high' })
    expect((await desk.cases.open({ template: 'missing-modem', actor: 'kim' })).severity, 'no customer, no tier').toBe('normal')
    expect((await refusal(desk.cases.open({ tier: 'iron', actor: 'kim' }))).code).toBe('UnknownTier')
  })

  test('S40: a case still open at its closure goal is raised once to its managers, and is on the dashboards of all who have to do with it', async () => {
    const instanceId = await begun(desk, AB)
    const id = await open(desk, 'gold')
    await desk.cases.attach(id, instanceId, { actor: 'kim' })
    const away = await leaveAt(desk, instanceId, 'A')
    await desk.cases.addItem(away.id, { kind: 'human', name: 'courier', assignee: 'lee', actor: 'kim' })
    await desk.engine.advance('PT30H')
    await desk.engine.advance('P3D')
    expect(told.filter(({ because }) => because === 'overdue')).toEqual([expect.objectContaining({ caseId: id, to: ['max', 'mia'] })])
    expect(told.filter(({ because }) => because === 'atRisk')).toEqual([expect.objectContaining({ caseId: id, to: ['kim'] })])
    const view = await caseOf(desk, id)
    expect(view).toMatchObject({ owner: 'kim', escalations: 1, overdue: true })
    expect(view.timeline.filter(({ type }) => type === 'case:escalate')).toMatchObject([
      { level: 1, because: 'resolution', to: ['max', 'mia'] },
    ])
    for (const actor of ['kim', 'lee', 'max', 'mia'])
      expect(await desk.cases.dashboard({ actor }), actor).toMatchObject([{ id, overdue: true }])
    expect(await desk.cases.dashboard({ actor: 'eve' })).toEqual([])
  })

  test('S41: a higher tier counts the goal anew from the opening, and says what is breached by that', async () => {
    const late = await open(desk, 'silver')
    const early = await open(desk, 'silver')
    await desk.engine.advance('PT20H')
    const clocks = await desk.cases.setTier(early, { tier: 'gold', reason: 'upgraded', actor: 'kim' })
    expect(clocks).toMatchObject([{ state: 'atRisk', dueAt: '2026-03-03T09:00:00.000Z', remainingMs: 4 * HOUR }])
    await desk.engine.advance('PT10H')
    expect(await desk.cases.setTier(late, { tier: 'gold', reason: 'upgraded', actor: 'kim' })).toMatchObject([
      { state: 'breached', dueAt: '2026-03-03T09:00:00.000Z', remainingMs: -6 * HOUR },
    ])
    const view = await caseOf(desk, late)
    expect(view).toMatchObject({ tier: 'gold', severity: 'urgent', overdue: true, escalations: 1 })
    expect(view.timeline.filter(({ type }) => type === 'case:tier')).toMatchObject([
      { from: 'silver', to: 'gold', severity: 'urgent', actor: 'kim' },
    ])
    await desk.cases.setTier(late, { tier: 'bronze', reason: 'a mistake', actor: 'kim' })
    expect((await caseOf(desk, late)).clocks[0]?.state, 'what is breached stays so').toBe('breached')
  })

  test('a lower severity gives the clock its time back; a case that is resolved has met its goal, or late', async () => {
    const [first, second] = [await open(desk, 'gold'), await open(desk, 'gold')]
    await desk.engine.advance('PT22H')
    expect((await caseOf(desk, first)).clocks[0]?.state).toBe('atRisk')
    expect(await desk.cases.setSeverity(first, { severity: 'normal', reason: 'not so bad', actor: 'kim' })).toMatchObject([
      { state: 'running', dueAt: '2026-03-05T09:00:00.000Z' },
    ])
    expect((await refusal(desk.cases.setSeverity(first, { severity: 'dire', reason: 'x', actor: 'kim' }))).code).toBe('UnknownSeverity')
    await desk.cases.resolve(first, { code: 'replaced', actor: 'kim' })
    expect(await caseOf(desk, first)).toMatchObject({ dueAt: null, overdue: false, clocks: [{ state: 'met' }] })
    await desk.engine.advance('PT3H')
    await desk.cases.resolve(second, { code: 'replaced', actor: 'kim' })
    expect(await caseOf(desk, second)).toMatchObject({ overdue: false, clocks: [{ state: 'metLate', remainingMs: -HOUR }] })
    await desk.engine.advance('P9D')
    expect(await desk.engine.jobs.find({}), 'no clock is looked at any more').toEqual([])
    expect(await desk.cases.dashboard({ actor: 'kim' })).toEqual([])
  })

  test('X3: a deviation that lasts too long is escalated once, and stays; one that came back in time is not', async () => {
    await desk.reopen(HANDLERS(told), { ...OPTIONS, templates: [{ key: 'missing-modem', maxAway: 'P2D', escalateTo: ['max'] }] })
    const [long, short] = [await begun(desk, AB), await begun(desk, AB)]
    const away = await leaveAt(desk, long, 'A')
    const brief = await leaveAt(desk, short, 'A')
    await desk.engine.advance('PT47H')
    await desk.cases.return(brief.id, { to: 'resume', actor: 'kim' })
    expect(told).toEqual([])
    await desk.engine.advance('P9D')
    expect(told).toEqual([expect.objectContaining({ caseId: away.caseId, because: 'overdue', to: ['max'] })])
    const view = await caseOf(desk, away.caseId)
    expect(view.escalations).toBe(1)
    expect(view.timeline.filter(({ type }) => type === 'case:escalate')).toMatchObject([
      { because: 'away:A', at: '2026-03-04T09:00:00.000Z' },
    ])
    expect(view.deviations).toMatchObject([{ state: 'away', overdueAt: '2026-03-04T09:00:00.000Z' }])
    expect((await desk.cases.dashboard({ actor: 'max' })).map(({ id }) => id)).toContain(away.caseId)
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await desk.engine.jobs.find({})).toEqual([])
  })

  test('a person raises a case; further escalations follow a breach at their times, each once', async () => {
    const again: CaseTemplate = { ...MODEM, severities: { normal: { resolution: { within: 'PT8H', again: ['PT4H', 'P1D'] } } }, tiers: {} }
    await desk.reopen(HANDLERS(told), { ...OPTIONS, templates: [again] })
    const id = await open(desk)
    await desk.cases.escalate(id, { reason: { code: 'angry', text: 'third call today' }, actor: 'kim' })
    await desk.engine.advance('PT20H')
    await desk.engine.advance('P7D')
    const raised = (await caseOf(desk, id)).timeline.filter(({ type }) => type === 'case:escalate')
    expect(raised.map(({ level, because, at }) => [level, because, at])).toEqual([
      [1, 'angry', '2026-03-02T09:00:00.000Z'],
      [2, 'resolution', '2026-03-02T17:00:00.000Z'],
      [3, 'resolution', '2026-03-02T21:00:00.000Z'],
      [4, 'resolution', '2026-03-03T17:00:00.000Z'],
    ])
    expect(raised[0]).toMatchObject({ reason: { code: 'angry', text: 'third call today' } })
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
  })
})

describe('the planning table', () => {
  const desk = useDesk()
  const offers: CaseTemplate['offers'] = [
    { key: 'apology', item: { kind: 'human', name: 'Write an apology' } },
    {
      key: 'express',
      item: { kind: 'service', name: 'Express courier', type: 'courier', required: true, variables: { speed: 'express' } },
      when: { tiers: ['gold'] },
      roles: ['senior'],
    },
  ]

  test('S17: an item is offered where its rule applies, to those whose role it is for', async () => {
    const people = {
      persons: [
        { id: 'jun', roles: ['junior'] },
        { id: 'sam', roles: ['senior'] },
      ],
      grants: { junior: ['*'], senior: ['*'] },
    } as const
    await desk.reopen({ handlers: { courier: () => ({ sent: true }) } }, { templates: [{ ...MODEM, offers }], people })
    const open = async (tier: string) => (await desk.cases.open({ customer: 'c', tier, actor: 'jun' })).id
    const [gold, bronze] = [await open('gold'), await open('bronze')]
    const keys = async (id: string, actor: string) => (await desk.cases.offers(id, { actor })).map(({ key }) => key)
    expect(await keys(gold, 'jun')).toEqual(['apology'])
    expect(await keys(bronze, 'sam')).toEqual(['apology'])
    expect(await keys(gold, 'sam')).toEqual(['apology', 'express'])
    for (const [id, actor] of [
      [gold, 'jun'],
      [bronze, 'sam'],
    ] as const)
      expect((await refusal(desk.cases.addItem(id, { offer: 'express', actor }))).code).toBe('NotOffered')
    expect((await refusal(desk.cases.addItem(gold, { offer: 'flowers', actor: 'sam' }))).code).toBe('UnknownOffer')
    const item = await desk.cases.addItem(gold, { offer: 'express', variables: { to: 'door' }, actor: 'sam' })
    await desk.engine.drain()
    expect((await caseOf(desk, gold)).items).toMatchObject([
      {
        id: item.id,
        kind: 'service',
        name: 'Express courier',
        required: true,
        state: 'completed',
        completed: { variables: { sent: true } },
      },
    ])
  })
})

const HOUR = 3_600_000
