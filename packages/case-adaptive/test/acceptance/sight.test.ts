import { describe, expect, test } from 'vitest'
import { begun, leaveAt, refusal, useDesk } from '../desk.ts'

const SPAN = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' }
/** max sees all, whoever has to do with a case sees that, web sees none. */
const people = {
  persons: [{ id: 'max', roles: ['lead'] }, { id: 'kim', roles: ['agent'] }, { id: 'lee', roles: ['agent'] }, { id: 'web' }],
  grants: {
    lead: ['*'],
    agent: [
      'open',
      'leave',
      'addItem.*',
      'return.*',
      'recordContact',
      'recordFact',
      'makeCommitment',
      'propose',
      'endorse',
      'promote',
      'review',
    ],
    'case:manager': ['see'],
    'case:member': ['see'],
    'case:contributor': ['see'],
    '*': ['transfer'],
  },
} as const
const trend = { key: 'rise', within: 'P7D', atLeast: 1, factor: 1, notify: ['max'] }

describe('whoever may not see a case does not learn of it from what is made of many', () => {
  const desk = useDesk(
    { handlers: { tell: () => {} } },
    { people, notifier: 'tell', trends: [trend], policies: { reviews: [{ of: 'proposal', part: 1 }] } },
  )

  /** A case of this person, off its path, with all that is counted. */
  async function work(actor: string): Promise<{ readonly caseId: string; readonly instanceId: string }> {
    const instanceId = await begun(desk)
    const { id: deviationId, caseId } = await leaveAt(desk, instanceId, 'A', { actor })
    const item = await desk.cases.addItem(deviationId, { kind: 'human', name: 'call', actor })
    await desk.cases.completeItem(item.id, { actor })
    await desk.cases.contacts.record({
      caseId,
      direction: 'inbound',
      channel: 'phone',
      category: 'modem',
      cost: 10,
      actor,
    })
    await desk.cases.facts.record(caseId, { key: 'revenueAtRisk', value: 100, actor })
    await desk.cases.commitments.make(caseId, { what: 'a call', dueAt: '2026-03-09T09:00:00Z', actor })
    const { id: proposalId } = await desk.cases.proposals.draft({
      caseId,
      offer: `of ${actor}`,
      cost: { kind: 'goodwill', amount: 1 },
      reason: { code: 'r', customerStatement: 'make it good' },
      actor,
    })
    await desk.cases.proposals.submit(proposalId, { actor })
    await desk.cases.return(deviationId, { to: 'resume', actor })
    return { caseId, instanceId }
  }

  test('figures, trends, suggestions and candidates are of the cases that they see', async () => {
    const own = await work('kim')
    await work('lee')
    await desk.cases.contacts.record({ customer: 'passer-by', direction: 'inbound', channel: 'phone', category: 'modem', actor: 'kim' })
    for (const [actor, cases, said] of [
      ['max', 2, 3],
      ['kim', 1, 1],
      ['web', 0, 0],
      ['nobody', 0, 0],
    ] as const) {
      const seen = desk.cases.as({ actor })
      expect(await seen.metrics(SPAN), actor).toMatchObject({
        cases: { opened: cases },
        contacts: { count: said, byCategory: said === 0 ? {} : { modem: said } },
        risk: { cases, revenue: 100 * cases },
        deviations: { started: cases },
        commitments: { due: cases },
      })
      expect(
        (await seen.trends.find()).map(({ count }) => count),
        actor,
      ).toEqual(said === 0 ? [] : [said])
      const suggested = await seen.suggest({ instanceId: own.instanceId })
      expect(
        suggested.map(({ support, examples }) => [support, examples.length]),
        actor,
      ).toEqual(cases === 0 ? [] : [[cases, cases]])
      const candidates = await seen.promotions.candidates({ minSupport: 1 })
      expect(
        candidates.map(({ support }) => support),
        actor,
      ).toEqual(cases === 0 ? [] : [cases])
    }
    expect((await desk.cases.metrics(SPAN)).cases.opened).toBe(2)
  })

  test("of a customer they are told the cases that they see; by a case's own token anybody is told of that one", async () => {
    const open = async (actor: string) => (await desk.cases.open({ customer: 'cust-7', title: `of ${actor}`, actor })).id
    const [mine, other] = [await open('kim'), await open('lee')]
    const told = async (actor: string) => (await desk.cases.as({ actor }).customerView('cust-7')).cases.map(({ id }) => id)
    expect([await told('max'), await told('kim'), await told('web')]).toEqual([[other, mine], [mine], []])
    expect((await desk.cases.customerView('cust-7')).cases).toHaveLength(2)
    const token = (await desk.cases.get(other))?.customerToken ?? ''
    expect((await desk.cases.as({ actor: 'web' }).customerView(token)).cases).toMatchObject([{ id: other }])
  })

  test('the planning table is that of cases that they see, whoever asks for whom', async () => {
    const item = { kind: 'human', name: 'call back' } as const
    await desk.reopen({}, { people, templates: [{ key: 'modem', offers: [{ key: 'call', item }] }] })
    const { id } = await desk.cases.open({ template: 'modem', actor: 'kim' })
    const offered = async (reader: Pick<typeof desk.cases, 'offers'>, actor?: string) =>
      (await reader.offers(id, actor === undefined ? {} : { actor })).map(({ key }) => key)
    expect(await offered(desk.cases, 'max')).toEqual(['call'])
    expect(await offered(desk.cases.as({ actor: 'kim' }))).toEqual(['call'])
    for (const hidden of [
      offered(desk.cases, 'lee'),
      offered(desk.cases.as({ actor: 'lee' })),
      offered(desk.cases.as({ actor: 'lee' }), 'kim'),
    ])
      expect((await refusal(hidden)).code).toBe('UnknownDeviation')
  })

  test('a trend is raised by all contacts, and told by those that the caller sees', async () => {
    await work('kim')
    await work('lee')
    expect(await desk.cases.as({ actor: 'kim' }).trends.raise()).toMatchObject([{ category: 'modem', state: 'rising', count: 1 }])
    expect(await desk.cases.as({ actor: 'web' }).trends.raise()).toEqual([])
  })

  test('work lists have what is theirs to do, and nothing of other cases', async () => {
    const { caseId } = await work('kim')
    await work('lee')
    const fresh = await desk.cases.open({ title: 'nobody answers for it', actor: 'web' }).catch(() => null)
    expect(fresh).toBeNull()
    const told = async (actor: string, reader = desk.cases) => new Set((await reader.worklist({ actor })).map((one) => one.caseId))
    expect(await told('kim')).toEqual(new Set([caseId]))
    expect((await told('max')).size).toBe(2)
    expect(await told('web')).toEqual(new Set())
    expect(await told('lee', desk.cases.as({ actor: 'kim' }))).toEqual(new Set())
    expect((await desk.cases.as({ actor: 'kim' }).dashboard({ actor: 'lee' })).length).toBe(0)
    expect((await desk.cases.dashboard({ actor: 'lee' })).length).toBe(1)
  })
})
