import { expect, test } from 'vitest'
import type { CasesOptions } from '../../src/index.ts'
import { caseOf, refusal, START, useDesk } from '../desk.ts'

const OPTIONS: CasesOptions = { policies: { plans: { debt: { instalment: 100, floor: 20, every: 'P1W' } } } }
const desk = useDesk({}, OPTIONS)
const open = async () => (await desk.cases.open({ customer: 'cust-7', actor: 'ann' })).id
const pay = (id: string) => desk.cases.commitments.prove(id, { proof: { kind: 'transfer' }, actor: 'ann' })

test('S59: a plan by what the debtor can afford is created though the standard asks for more; below the floor it is refused, and the floor is shown', async () => {
  const caseId = await open()
  const plan = { kind: 'debt', total: 1000, actor: 'ann' }
  expect(await refusal(desk.cases.commitments.plan(caseId, { ...plan, instalment: 10 }))).toMatchObject({
    code: 'BelowFloor',
    details: { floor: 20, standard: 100, instalment: 10 },
  })
  expect((await caseOf(desk, caseId)).commitments).toEqual([])
  const { id } = await desk.cases.commitments.plan(caseId, { ...plan, instalment: 25 })
  const [made] = (await caseOf(desk, caseId)).commitments
  expect(made).toMatchObject({
    id,
    state: 'made',
    dueAt: '2026-03-09T09:00:00.000Z',
    plan: { proposedBy: 'customer', standard: 100, floor: 20 },
  })
  expect(made?.plan?.instalments).toHaveLength(40)
  expect(made?.plan?.instalments.at(-1)).toMatchObject({
    amount: 25,
    dueAt: new Date(Date.parse(START) + 40 * 7 * 86_400_000).toISOString(),
  })
  const other = await desk.cases.commitments.plan(caseId, { ...plan, total: 250 })
  const standard = (await caseOf(desk, caseId)).commitments.find((one) => one.id === other.id)?.plan
  expect([standard?.proposedBy, standard?.instalments.map(({ amount }) => amount)]).toEqual(['company', [100, 100, 50]])
})

test('instalments that are paid and missed are tracked, and plans by customers are compared with those of the house', async () => {
  const told: unknown[] = []
  await desk.reopen({ handlers: { tell: ({ variables }) => void told.push(variables) } }, { ...OPTIONS, notifier: 'tell' })
  const caseId = await open()
  const kept = await desk.cases.commitments.plan(caseId, { kind: 'debt', total: 60, instalment: 20, actor: 'ann' })
  const missed = await desk.cases.commitments.plan(caseId, { kind: 'debt', total: 200, actor: 'ann' })
  for (const week of [1, 2, 3]) {
    await pay(kept.id)
    if (week === 2) await pay(missed.id) // the first one, late
    await desk.engine.advance('P1W')
  }
  const { commitments, items, timeline } = await caseOf(desk, caseId)
  expect(commitments.map(({ state, plan }) => [state, plan?.paid, plan?.missed])).toEqual([
    ['kept', 60, 0],
    ['broken', 100, 2],
  ])
  expect(items).toMatchObject([{ name: 'Promise not kept: Payment plan', required: true, assignee: 'ann' }])
  const changes = timeline
    .filter(({ commitmentId }) => commitmentId === missed.id)
    .map(({ change, instalment }) => `${change} ${instalment ?? ''}`.trim())
  expect(changes).toEqual(['made', 'missed 1', 'paid 1', 'missed 2', 'broken'])
  expect(told).toMatchObject([
    { because: 'instalmentMissed', to: ['ann'] },
    { because: 'instalmentMissed' },
    { because: 'commitmentBroken' },
  ])
  expect((await desk.cases.metrics({ from: START, to: '2026-04-30' })).plans).toEqual({
    customer: { plans: 1, kept: 3, missed: 0 },
    company: { plans: 1, kept: 0, missed: 2 },
  })
  await pay(missed.id)
  expect((await caseOf(desk, caseId)).commitments[1]).toMatchObject({ state: 'broken', plan: { paid: 200 }, proof: { kind: 'transfer' } })
  expect((await refusal(pay(missed.id))).code).toBe('CommitmentOver')
  expect(await desk.cases.verifyAudit(caseId)).toMatchObject({ ok: true })
})

test('a case is not closed over a plan or a promise that has no end yet: it is paid, or nobody asks for it any more', async () => {
  const caseId = await open()
  const plan = await desk.cases.commitments.plan(caseId, { kind: 'debt', total: 200, actor: 'ann' })
  const promise = await desk.cases.commitments.make(caseId, { what: 'A call', dueAt: '2026-03-05T09:00:00Z', actor: 'ann' })
  await desk.cases.resolve(caseId, { code: 'agreed', actor: 'ann' })
  const close = () => desk.cases.close(caseId, { actor: 'ann' })
  expect(await refusal(close())).toMatchObject({
    code: 'CommitmentOpen',
    missing: [
      { id: plan.id, what: 'Payment plan', dueAt: '2026-03-09T09:00:00.000Z' },
      { id: promise.id, what: 'A call', dueAt: '2026-03-05T09:00:00.000Z' },
    ],
  })
  await desk.cases.commitments.prove(promise.id, { proof: { kind: 'call' }, actor: 'ann' })
  await pay(plan.id)
  expect(await refusal(close())).toMatchObject({ missing: [{ id: plan.id, dueAt: '2026-03-16T09:00:00.000Z' }] })
  await desk.cases.commitments.prove(plan.id, { released: true, reason: { code: 'remitted', text: 'She lost her job.' }, actor: 'ann' })
  await close()
  const view = await caseOf(desk, caseId)
  expect([view.state, view.commitments.map(({ state }) => state)]).toEqual(['closed', ['released', 'kept']])
  expect(view.commitments[0]).toMatchObject({ plan: { paid: 100 }, released: { by: 'ann', reason: { code: 'remitted' } } })
  await desk.engine.advance('P30D')
  expect((await caseOf(desk, caseId)).commitments[0]).toMatchObject({ state: 'released', plan: { missed: 0 } })
})

test('a plan whose last day passes while its case is resolved is broken, and the case can be closed then', async () => {
  const caseId = await open()
  await desk.cases.commitments.plan(caseId, { kind: 'debt', total: 100, actor: 'ann' })
  await desk.cases.resolve(caseId, { code: 'agreed', actor: 'ann' })
  await desk.engine.advance('P8D')
  expect((await caseOf(desk, caseId)).commitments).toMatchObject([{ state: 'broken', plan: { missed: 1 } }])
  await desk.cases.close(caseId, { actor: 'ann' })
})

test('what comes after its day is late, whether somebody has looked since or not', async () => {
  const caseId = await open()
  const promise = await desk.cases.commitments.make(caseId, { what: 'A call', dueAt: '2026-03-05T09:00:00Z', actor: 'ann' })
  const plan = await desk.cases.commitments.plan(caseId, { kind: 'debt', total: 200, actor: 'ann' })
  desk.clock.advance('P10D') // nobody has looked
  await desk.cases.commitments.prove(promise.id, { proof: { kind: 'call' }, actor: 'ann' })
  await pay(plan.id)
  const { commitments, timeline, items } = await caseOf(desk, caseId)
  expect(commitments).toMatchObject([
    { state: 'broken', brokenAt: '2026-03-05T09:00:00.000Z', proof: { kind: 'call' } },
    { state: 'made', plan: { paid: 100, missed: 1 } },
  ])
  expect(items).toMatchObject([{ name: 'Promise not kept: A call' }])
  const changes = timeline.flatMap(({ type, change }) => (type === 'case:commitment' ? [change] : []))
  expect(changes).toEqual(['made', 'made', 'broken', 'missed', 'provenLate', 'paid'])
  await desk.engine.drain()
  expect((await caseOf(desk, caseId)).items).toHaveLength(1)
})

test('the house has the plans that its policies name', async () => {
  const caseId = await open()
  const code = await refusal(desk.cases.commitments.plan(caseId, { kind: 'loan', total: 10, actor: 'ann' }))
  expect(code).toMatchObject({ code: 'UnknownPlan', details: { known: ['debt'] } })
  const many = await refusal(desk.cases.commitments.plan(caseId, { kind: 'debt', total: 50_100, actor: 'ann' }))
  expect(many).toMatchObject({ code: 'TooManyInstalments', details: { count: 501, max: 500 } })
  const bad = [
    { instalment: 10, floor: 20, every: 'P1W' },
    { instalment: 10, floor: 0, every: 'P1W' },
    { instalment: 10, floor: 1, every: 'weekly' },
  ]
  for (const debt of bad)
    expect(await desk.reopen({}, { policies: { plans: { debt } } }).catch((error) => error.code)).toBe('invalidOption')
  await desk.reopen()
})
