import { describe, expect, test } from 'vitest'
import { proposals } from '../../src/host/records.ts'
import type { CasesOptions } from '../../src/index.ts'
import { ocelProblems } from '../audit/ocel-rules.ts'
import { at, begun, caseOf, complete, positions, refusal, STORAGES, useDesk } from '../desk.ts'

const OPTIONS: CasesOptions = {
  people: {
    persons: [
      { id: 'ann', roles: ['agent'], authority: { remedy: { each: 50, perDay: 60 } } },
      { id: 'bob', roles: ['agent'], authority: { remedy: 50 } },
      { id: 'sub', roles: ['agent'], substituteFor: ['ann'] },
      { id: 'max', roles: ['manager'], authority: { remedy: 500 } },
      { id: 'rex', roles: ['reviewer'] },
    ],
    grants: {
      agent: ['open', 'addItem.*', 'propose', 'endorse', 'return.resume', 'recordFact', 'revokeFact'],
      manager: ['*'],
      reviewer: ['review', 'addItem.human'],
    },
  },
}
const WISH = { code: 'late', customerStatement: 'I want my money back.', text: 'Two weeks late.' }
const RULE = { ...WISH, rule: 'R-7: no refunds' }

describe.each(STORAGES)('proposals on $name', ({ make }) => {
  const desk = useDesk({}, OPTIONS, make)
  const open = async (): Promise<string> => (await desk.cases.open({ customer: 'cust-7', actor: 'ann' })).id
  const remedy = async (amount: number, reason = WISH): Promise<string> => {
    const request = { caseId: await open(), offer: 'Money back', cost: { kind: 'remedy', amount }, reason, actor: 'ann' }
    return (await desk.cases.proposals.draft(request)).id
  }

  test('S54: what is within the own authority takes effect at once, and counts against it', async () => {
    const settlement = { question: 'What would be fair?', shares: { customer: 0.25, house: 0.75 }, fullCost: 120 }
    const cost = { kind: 'remedy', amount: 40 }
    const offered = { caseId: await open(), offer: 'Money back', cost, settlement, reason: WISH, actor: 'ann' }
    const { id: first } = await desk.cases.proposals.draft(offered)
    const view = await desk.cases.proposals.submit(first, { actor: 'ann' })
    expect(view).toMatchObject({ state: 'effective', cost, settlement, reason: WISH, effective: { by: 'ann', way: 'authority' } })
    for (const wrong of [{ shares: { customer: 0.5, house: 0.6 } }, { fullCost: 30 }, { question: '' }])
      await expect(desk.cases.proposals.draft({ ...offered, settlement: { ...settlement, ...wrong } })).rejects.toMatchObject({
        code: 'invalidArgument',
      })
    const { items, reviews } = await caseOf(desk, view.caseId)
    expect(items).toMatchObject([{ id: view.itemId, name: 'Carry out: Money back', assignee: 'ann', required: true }])
    expect(reviews).toEqual([])
    await desk.cases.completeItem(view.itemId ?? '', { actor: 'ann' })
    expect((await caseOf(desk, view.caseId)).proposals).toMatchObject([{ state: 'executed' }])
    expect(await desk.cases.proposals.submit(await remedy(40), { actor: 'ann' })).toMatchObject({ state: 'open' })
  })

  test('S55, S56, K11: beyond it a second person agrees, and nobody is that for themselves', async () => {
    const id = await remedy(200, RULE)
    expect((await refusal(desk.cases.proposals.endorse(id, { actor: 'bob' }))).code).toBe('ProposalOver')
    expect(await desk.cases.proposals.submit(id, { actor: 'ann' })).toMatchObject({ state: 'open' })
    for (const actor of ['ann', 'sub']) {
      expect((await refusal(desk.cases.proposals.endorse(id, { actor }))).code).toBe('SeparationOfDuties')
      expect((await refusal(desk.cases.proposals.approve(id, { actor }))).code).toBe('SeparationOfDuties')
    }
    const limit = await refusal(desk.cases.proposals.approve(id, { actor: 'bob' }))
    expect(limit).toMatchObject({ code: 'NotAllowed', details: { missing: ['approve'], holders: ['max'] } })
    const call = { actor: 'bob', idempotencyKey: 'agreed' }
    const agreed = await desk.cases.proposals.endorse(id, call)
    expect(await desk.cases.proposals.endorse(id, call)).toEqual(agreed)
    expect(agreed).toMatchObject({ state: 'effective', endorsedBy: ['bob'], effective: { by: 'bob', way: 'endorsed' } })
    const view = await caseOf(desk, agreed.caseId)
    expect(view.items).toHaveLength(1)
    expect(view.reviews).toMatchObject([{ state: 'due', of: 'proposal', subjectId: id, because: ['endorsed'] }])
    expect(await desk.cases.verifyAudit(view.id)).toMatchObject({ ok: true })
  })

  test('S57: where the other one does not agree nothing takes effect: it is written anew, raised, or taken back', async () => {
    const id = await remedy(200, RULE)
    await desk.cases.proposals.submit(id, { actor: 'ann' })
    const reason = { code: 'too-much', text: 'He had it used.' }
    expect(await desk.cases.proposals.reject(id, { reason, actor: 'bob' })).toMatchObject({ state: 'rejected' })
    expect(await desk.cases.proposals.submit(id, { actor: 'ann' })).toMatchObject({ state: 'open' })
    expect((await refusal(desk.cases.proposals.endorse(id, { actor: 'bob' }))).code).toBe('NeedsAuthority')
    expect(await desk.cases.proposals.approve(id, { actor: 'max' })).toMatchObject({ state: 'effective', effective: { way: 'approved' } })
    const other = await remedy(200, RULE)
    await desk.cases.proposals.submit(other, { actor: 'ann' })
    const offer = { offer: 'Half of it', cost: { kind: 'remedy', amount: 100 }, reason: { ...RULE, code: 'used' } }
    expect(await desk.cases.proposals.counter(other, { ...offer, actor: 'bob' })).toMatchObject({
      state: 'countered',
      version: 2,
      offer: 'Half of it',
    })
    await desk.cases.proposals.submit(other, { actor: 'ann' })
    await desk.cases.proposals.reject(other, { reason, actor: 'bob' })
    const anew = await desk.cases.proposals.draft({
      amends: other,
      offer: 'A voucher',
      cost: { kind: 'remedy', amount: 10 },
      reason: WISH,
      actor: 'ann',
    })
    expect(anew).toMatchObject({ id: other, state: 'draft', version: 3, cost: { amount: 10 } })
    expect((await refusal(desk.cases.proposals.withdraw(other, { actor: 'bob' }))).code).toBe('NotProposer')
    expect(await desk.cases.proposals.withdraw(other, { actor: 'ann' })).toMatchObject({ state: 'withdrawn' })
    expect((await caseOf(desk, anew.caseId)).items).toEqual([])
  })

  test('S58, H6, U7: what took effect is looked at by somebody who had no part in it, and made good beside what was', async () => {
    const id = await remedy(200, RULE)
    await desk.cases.proposals.submit(id, { actor: 'ann' })
    const { caseId, itemId } = await desk.cases.proposals.endorse(id, { actor: 'bob' })
    const [review] = await desk.cases.reviews.due({ actor: 'rex' })
    const { correctionRate: rateBefore } = (await desk.cases.metrics({ from: '2026-03-01', to: '2026-04-01' })).reviews
    expect(await desk.cases.reviews.due({ actor: 'sub' })).toEqual([])
    const verdict = { outcome: 'corrected', reason: 'too-little', actor: 'rex' } as const
    expect((await refusal(desk.cases.reviews.decide(review?.id ?? '', verdict))).code).toBe('NotExecuted')
    await desk.cases.completeItem(itemId ?? '', { actor: 'ann' })
    expect((await refusal(desk.cases.reviews.decide(review?.id ?? '', { ...verdict, actor: 'bob' }))).code).toBe('NotAllowed')
    const better = await desk.cases.proposals.draft({ caseId, offer: 'The rest', reason: RULE, actor: 'bob' })
    await desk.cases.reviews.decide(review?.id ?? '', { ...verdict, remedy: better.id })
    expect((await refusal(desk.cases.reviews.decide(review?.id ?? '', verdict))).code).toBe('ReviewOver')
    const view = await caseOf(desk, caseId)
    expect(view.proposals).toMatchObject([
      { id, state: 'corrected', correctedBy: better.id },
      { id: better.id, state: 'draft' },
    ])
    expect(view.reviews).toMatchObject([{ state: 'done', decided: { by: 'rex', outcome: 'corrected' } }])
    // The remedy that was corrected is as it was, and its record stands in the timeline.
    expect(view.proposals[0]).toMatchObject({ offer: 'Money back', cost: { amount: 200 }, effective: { by: 'bob', way: 'endorsed' } })
    const changes = view.timeline.flatMap(({ type, proposalId, change }) => (type === 'case:proposal' && proposalId === id ? [change] : []))
    expect(changes).toEqual(['draft', 'open', 'endorsed', 'effective', 'executed', 'corrected'])
    const { reviews } = await desk.cases.metrics({ from: '2026-03-01', to: '2026-04-01' })
    expect([rateBefore, reviews.correctionRate]).toEqual([null, 1])
    expect(await desk.cases.verifyAudit(caseId)).toMatchObject({ ok: true })
    expect(ocelProblems(await desk.cases.exportOcel({ caseIds: [caseId] }))).toEqual([])
  })

  test('what rests on a fact that proves false is not carried out', async () => {
    const caseId = await open()
    const fact = await desk.cases.facts.record(caseId, { key: 'delivered', value: false, actor: 'ann' })
    const request = { caseId, offer: 'A voucher', cost: { kind: 'remedy', amount: 20 }, reason: WISH, facts: [fact.id], actor: 'ann' }
    const { id } = await desk.cases.proposals.draft(request)
    await desk.cases.proposals.submit(id, { actor: 'ann' })
    await desk.cases.facts.revoke(fact.id, { reason: 'signed for', actor: 'ann' })
    expect((await caseOf(desk, caseId)).proposals).toMatchObject([{ state: 'revoked' }])
  })

  test('S47: a refused act is proposed as it is, and done in the name of both when somebody who may agrees', async () => {
    const instanceId = await begun(desk)
    const leave = {
      instanceId,
      elementInstanceId: await at(desk.engine, instanceId, 'A'),
      reason: { code: 'lost', text: 'Mr Miller waits.' },
      actor: 'ann',
      idempotencyKey: 'first',
    }
    const refused = await refusal(desk.cases.leave(leave))
    expect(refused).toMatchObject({ code: 'NotAllowed', details: { missing: ['leave'], holders: ['max'] } })
    const { id, caseId } = await desk.cases.proposals.draft({ proposal: refused.details.proposal, actor: 'ann' })
    await desk.cases.proposals.submit(id, { actor: 'ann' })
    await desk.cases.proposals.endorse(id, { actor: 'bob' })
    expect((await refusal(desk.cases.proposals.approve(id, { actor: 'bob' }))).details).toMatchObject({ missing: ['leave'] })
    expect(await positions(desk.engine, instanceId)).toEqual(['A:waiting'])
    const done = await desk.cases.proposals.approve(id, { actor: 'max' })
    expect(done).toMatchObject({
      state: 'executed',
      endorsedBy: ['bob'],
      operation: 'cases.leave',
      effective: { by: 'max', way: 'approved' },
    })
    expect(await positions(desk.engine, instanceId)).toEqual(['A:held'])
    const view = await caseOf(desk, caseId)
    expect(view.deviations).toMatchObject([{ actor: 'ann', reason: { code: 'lost' } }])
    expect(view.timeline.slice(-4)).toMatchObject([
      { type: 'case:proposal', change: 'effective', actor: 'max' },
      { type: 'case:review', change: 'due' },
      { type: 'case:proposal', change: 'executed', actor: 'max' },
      { type: 'deviation:start', actor: 'ann' },
    ])
    const words = view.timeline.filter(({ reason, words: said }) => reason !== undefined || said !== undefined).map(({ seq }) => seq)
    await desk.cases.redact(caseId, { entries: words, reason: 'asked for', actor: 'max' })
    const stored = JSON.stringify(await desk.storage.find(proposals, { where: { caseId: { eq: caseId } }, limit: 10 }))
    expect(stored).not.toContain('Miller')
    expect(await desk.cases.verifyAudit(caseId)).toMatchObject({ ok: true })
  })

  test('what a proposal would do is refused as it would be for whoever may, and then nothing is agreed', async () => {
    const instanceId = await begun(desk)
    const leave = { instanceId, elementInstanceId: await at(desk.engine, instanceId, 'A'), reason: 'r', actor: 'ann' }
    const refused = await refusal(desk.cases.leave(leave))
    const { id, caseId } = await desk.cases.proposals.draft({ proposal: refused.details.proposal, actor: 'ann' })
    await desk.cases.proposals.submit(id, { actor: 'ann' })
    await complete(desk, instanceId, 'A')
    expect((await refusal(desk.cases.proposals.approve(id, { actor: 'max' }))).code).toBe('AnchorMoved')
    expect((await caseOf(desk, caseId)).proposals).toMatchObject([{ state: 'open' }])
  })
})

describe('a proposal that is made up', () => {
  const desk = useDesk({}, OPTIONS)
  const drafted = (proposal: unknown): Promise<unknown> => desk.cases.proposals.draft({ proposal, actor: 'ann' })

  test.each<[string, unknown]>([
    ['nothing at all', null],
    ['a call of a method that cannot be proposed', { operation: 'cases.redact', right: 'redact', call: ['c', {}] }],
    ['a call of what every object has', { operation: 'cases.toString', right: null, call: ['c'] }],
    ['no arguments', { operation: 'cases.leave', right: 'leave' }],
    ['arguments that name nothing', { operation: 'cases.leave', right: 'leave', call: [{}] }],
  ])('%s is refused', async (_name, proposal) => {
    await expect(drafted(proposal)).rejects.toMatchObject({ code: 'invalidArgument' })
  })
})
