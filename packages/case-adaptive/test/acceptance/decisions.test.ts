import { sha256 } from '@leeway/engine/extension'
import { expect, test } from 'vitest'
import type { CasesOptions } from '../../src/index.ts'
import { caseOf, refusal, useDesk } from '../desk.ts'

const OPTIONS: CasesOptions = {
  people: {
    persons: [
      { id: 'ann', roles: ['agent'] },
      { id: 'bob', roles: ['agent'] },
      { id: 'tom', roles: ['clerk'] },
      { id: 'rex', roles: ['reviewer'] },
    ],
    grants: {
      agent: ['open', 'addItem.*', 'propose', 'endorse', 'makeCommitment', 'proveCommitment'],
      clerk: ['propose'],
      reviewer: ['review'],
    },
  },
}
const desk = useDesk({}, OPTIONS)
const REASON = { code: 'late', customerStatement: 'I want my money back.' }

async function proposed(amount = 200, more: object = {}): Promise<{ readonly id: string; readonly caseId: string }> {
  const { id: caseId } = await desk.cases.open({ customer: 'cust-7', actor: 'ann' })
  const request = { caseId, offer: 'Money back', cost: { kind: 'remedy', amount }, reason: REASON, actor: 'ann', ...more }
  const { id } = await desk.cases.proposals.draft(request)
  return { id, caseId }
}

const workOf = async (actor: string) => (await desk.cases.worklist({ actor })).filter(({ type }) => type !== 'case' && type !== 'item')

test('the worklist has proposals for those whose turn it is, and reviews for those who had no part', async () => {
  const { id, caseId } = await proposed()
  const entry = { type: 'proposal', id, caseId, name: 'Money back', overdue: false }
  expect(await workOf('ann')).toMatchObject([{ ...entry, state: 'draft', offered: false }])
  await desk.cases.proposals.submit(id, { actor: 'ann' })
  expect(await workOf('ann')).toEqual([])
  expect(await workOf('bob')).toMatchObject([{ ...entry, state: 'open', offered: true }])
  expect([await workOf('tom'), await workOf('rex')]).toEqual([[], []])
  await desk.cases.proposals.reject(id, { reason: 'too-much', actor: 'bob' })
  expect(await workOf('ann')).toMatchObject([{ ...entry, state: 'rejected', offered: false }])
  await desk.cases.proposals.draft({
    amends: id,
    caseId,
    offer: 'Half of it',
    cost: { kind: 'remedy', amount: 100 },
    reason: REASON,
    actor: 'ann',
  })
  await desk.cases.proposals.submit(id, { actor: 'ann' })
  await desk.cases.proposals.endorse(id, { actor: 'bob' })
  const [review] = (await caseOf(desk, caseId)).reviews
  expect(await workOf('rex')).toMatchObject([{ type: 'review', id: review?.id, caseId, name: 'endorsed', state: 'due', offered: true }])
  expect([await workOf('ann'), await workOf('bob')]).toEqual([[], []])
})

test('the worklist has promises for whoever keeps them, the next due first', async () => {
  const { id } = await desk.cases.open({ customer: 'cust-7', actor: 'ann' })
  const promise = { what: 'Ring them', actor: 'ann' }
  const later = await desk.cases.commitments.make(id, { ...promise, dueAt: '2026-03-05T09:00:00Z', by: 'bob' })
  const sooner = await desk.cases.commitments.make(id, { ...promise, dueAt: '2026-03-03T09:00:00Z', by: 'bob' })
  expect(await workOf('bob')).toMatchObject([
    { type: 'commitment', id: sooner.id, name: 'Ring them', dueAt: '2026-03-03T09:00:00.000Z', overdue: false, offered: false },
    { type: 'commitment', id: later.id },
  ])
  expect(await workOf('ann')).toEqual([])
  await desk.cases.commitments.prove(sooner.id, { proof: { kind: 'call' }, actor: 'bob' })
  expect(await workOf('bob')).toMatchObject([{ id: later.id }])
})

test('what nobody decides upon in time is over, and whoever proposed it is told', async () => {
  const told: unknown[] = []
  await desk.reopen(
    { handlers: { tell: ({ variables }) => void told.push(variables) } },
    { ...OPTIONS, notifier: 'tell', policies: { decideWithin: 'P3D' } },
  )
  const { id, caseId } = await proposed()
  await desk.engine.advance('P1D')
  expect(await desk.cases.proposals.submit(id, { actor: 'ann' })).toMatchObject({ decideBy: '2026-03-06T09:00:00.000Z' })
  expect(await workOf('bob')).toMatchObject([{ id, dueAt: '2026-03-06T09:00:00.000Z' }])
  await desk.engine.advance('PT71H')
  expect((await caseOf(desk, caseId)).proposals).toMatchObject([{ state: 'open' }])
  await desk.engine.advance('PT1H')
  const { proposals, timeline } = await caseOf(desk, caseId)
  expect(proposals).toMatchObject([{ state: 'expired' }])
  expect(timeline.filter(({ change }) => change === 'expired')).toMatchObject([{ type: 'case:proposal', proposalId: id, actor: null }])
  expect(told).toMatchObject([{ because: 'proposalExpired', to: ['ann'], caseId }])
  expect((await refusal(desk.cases.proposals.endorse(id, { actor: 'bob' }))).code).toBe('ProposalOver')
})

test('a proposal may name its own day; what was decided before that stays so', async () => {
  const [one, other] = [
    await proposed(200, { decideBy: '2026-03-04T09:00:00Z' }),
    await proposed(200, { decideBy: '2026-03-04T09:00:00Z' }),
  ]
  for (const { id } of [one, other]) await desk.cases.proposals.submit(id, { actor: 'ann' })
  await desk.cases.proposals.endorse(one.id, { actor: 'bob' })
  await desk.engine.advance('P3D')
  const states = []
  for (const { caseId } of [one, other]) states.push((await caseOf(desk, caseId)).proposals[0]?.state)
  expect(states).toEqual(['effective', 'expired'])
})

test('of what the house samples a part is looked at, drawn by the id, and each has its record', async () => {
  const reviews = [
    { of: 'proposal', because: 'endorsed', costUpTo: 100, part: 0.5 },
    { costUpTo: 300, part: 0 },
  ] as const
  await desk.reopen({}, { ...OPTIONS, policies: { reviews } })
  const states = []
  for (const amount of [100, 50, 20, 10, 5, 300, 301]) {
    const { id, caseId } = await proposed(amount)
    await desk.cases.proposals.submit(id, { actor: 'ann' })
    await desk.cases.proposals.endorse(id, { actor: 'bob' })
    const [review] = (await caseOf(desk, caseId)).reviews
    const isDrawn = Number.parseInt(sha256(review?.id ?? '').slice(0, 8), 16) < 2 ** 31
    const expected = amount > 300 || (amount <= 100 && isDrawn) ? 'due' : 'sampledOut'
    expect([amount, review?.state]).toEqual([amount, expected])
    states.push(review?.state)
    if (expected === 'due') continue
    await desk.cases.completeItem((await caseOf(desk, caseId)).items[0]?.id ?? '', { actor: 'ann' })
    await desk.cases.reviews.decide(review?.id ?? '', { outcome: 'confirmed', reason: 'fair', actor: 'rex' })
  }
  const due = await desk.cases.reviews.due({ actor: 'rex' })
  expect(due).toHaveLength(states.filter((state) => state === 'due').length)
})

test('rules on reviews and on time to decide are read when cases are made', async () => {
  const code = (policies: object) =>
    desk.reopen({}, { policies }).then(
      () => 'taken',
      (error) => error.code,
    )
  const bad = [
    { decideWithin: 'soon' },
    { reviews: [{ part: 2 }] },
    { reviews: [{ of: 'proposal' }] },
    { reviews: [{ part: 1, who: 'x' }] },
  ]
  const codes = []
  for (const one of bad) codes.push(await code(one))
  expect(codes).toEqual(['invalidOption', 'invalidOption', 'invalidOption', 'notYetSupported'])
  await desk.reopen()
})

test('a proposal whose time is over is decided by nobody, whether somebody has looked since or not', async () => {
  const { id, caseId } = await proposed(200, { decideBy: '2026-03-02T11:00:00Z' })
  await desk.cases.proposals.submit(id, { actor: 'ann' })
  desk.clock.advance('PT3H') // nobody has looked
  const { proposals } = desk.cases
  expect((await refusal(proposals.endorse(id, { actor: 'bob' }))).code).toBe('ProposalOver')
  expect((await refusal(proposals.reject(id, { reason: 'late', actor: 'bob' }))).code).toBe('ProposalOver')
  expect((await refusal(proposals.counter(id, { offer: 'Half', reason: REASON, actor: 'bob' }))).code).toBe('ProposalOver')
  await desk.engine.drain()
  expect((await caseOf(desk, caseId)).proposals).toMatchObject([{ state: 'expired' }])
})
