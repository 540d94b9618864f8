import { expect, test } from 'vitest'
import { useDesk } from '../desk.ts'

const people = {
  persons: [
    { id: 'kim', authority: { goodwill: { each: 50, perDay: 60 } } },
    { id: 'lee', authority: { goodwill: 500 } },
    { id: 'sub', substituteFor: ['kim'] },
  ],
  grants: { '*': ['open', 'propose', 'endorse', 'approve'] },
} as const
const desk = useDesk({}, { people })
const SPAN = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' }
const reason = { code: 'late', customerStatement: 'make it good' }

test('E04: what the customer asks is agreed at once within the limits; between the positions a split is told; above the limits it takes a second person', async () => {
  const weigh = (more: { customer: number; house: number; share?: number; fullCost?: number }, actor = 'kim') =>
    desk.cases.proposals.weigh({ kind: 'goodwill', actor, ...more })
  expect(await weigh({ customer: 30, house: 40 })).toMatchObject({ meets: true, split: { amount: 30, by: 'authority' } })
  expect(await weigh({ customer: 80, house: 20 })).toEqual({
    meets: false,
    customer: { amount: 80, by: 'second' },
    split: { amount: 50, by: 'authority' },
    house: { amount: 20, by: 'authority' },
  })
  expect((await weigh({ customer: 80, house: 20, share: 0.75 })).split).toEqual({ amount: 65, by: 'second' })
  expect((await weigh({ customer: 80, house: 20, share: 0.75, fullCost: 45 })).split).toEqual({ amount: 45, by: 'authority' })
  expect((await weigh({ customer: 80, house: 20 }, 'lee')).customer.by).toBe('authority')
  expect((await weigh({ customer: 80, house: 20 }, 'nobody')).house.by).toBe('second')
  const { id: caseId } = await desk.cases.open({ customer: 'c', actor: 'kim' })
  const { id } = await desk.cases.proposals.draft({ caseId, offer: 'half', cost: { kind: 'goodwill', amount: 50 }, reason, actor: 'kim' })
  expect((await desk.cases.proposals.submit(id, { actor: 'kim' })).state).toBe('effective')
  for (const actor of ['kim', 'sub']) expect((await weigh({ customer: 80, house: 20 }, actor)).house.by).toBe('second')
  for (const wrong of [
    { customer: -1, house: 0 },
    { customer: 1, house: 0, share: 2 },
    { customer: Number.NaN, house: 0 },
  ])
    await expect(weigh(wrong)).rejects.toMatchObject({ code: 'invalidArgument' })
})

test('E05: what was agreed is counted beside what making good all of it would cost', async () => {
  const { id: caseId } = await desk.cases.open({ customer: 'c', actor: 'kim' })
  const agree = async (amount: number, fullCost?: number) => {
    const settlement = fullCost === undefined ? {} : { settlement: { question: 'What would be fair?', fullCost } }
    const cost = { kind: 'goodwill', amount }
    const { id } = await desk.cases.proposals.draft({ caseId, offer: `${amount}`, cost, reason, ...settlement, actor: 'kim' })
    return desk.cases.proposals.submit(id, { actor: 'kim' })
  }
  await agree(20, 80)
  await agree(10)
  const above = await agree(200, 220)
  expect((await desk.cases.metrics(SPAN)).proposals).toMatchObject({ agreed: 2, weighed: 1, cost: 20, fullCost: 80, part: 0.25 })
  await desk.cases.proposals.endorse(above.id, { actor: 'lee' })
  expect((await desk.cases.metrics(SPAN)).proposals).toEqual({
    agreed: 3,
    byWay: { authority: 2, endorsed: 1, approved: 0 },
    weighed: 2,
    cost: 220,
    fullCost: 300,
    part: 220 / 300,
  })
  expect((await desk.cases.metrics({ from: SPAN.to, to: '2026-05-01T00:00:00Z' })).proposals.part).toBeNull()
})
