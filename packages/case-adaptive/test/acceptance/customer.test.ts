import { beforeEach, describe, expect, test } from 'vitest'
import type { CasesOptions, CaseTemplate } from '../../src/index.ts'
import { ocelProblems } from '../audit/ocel-rules.ts'
import { begun, caseOf, complete, leaveAt, refusal, STORAGES, useDesk } from '../desk.ts'

const MODEM: CaseTemplate = {
  key: 'modem',
  severities: {
    normal: { firstResponse: 'PT2H', nextUpdate: 'PT8H', resolution: 'P9D' },
    high: { firstResponse: 'PT1H', resolution: 'P9D' },
  },
  escalateTo: ['max'],
}
const OPTIONS: CasesOptions = { templates: [MODEM], notifier: 'tell' }

interface Notice {
  readonly because: string
  readonly to: readonly string[]
}
const told: Notice[] = []
const HANDLERS = { handlers: { tell: (job: { variables: unknown }) => void told.push(job.variables as Notice) } }
const by = { actor: 'kim' }

describe.each(STORAGES)('between the house and its customer, on $name', ({ make }) => {
  const desk = useDesk(HANDLERS, OPTIONS, make)
  beforeEach(() => told.splice(0))
  const open = async (): Promise<string> => (await desk.cases.open({ customer: 'cust-7', title: 'No modem', ...by })).id
  const clocksOf = async (id: string): Promise<readonly string[]> =>
    (await caseOf(desk, id)).clocks.map(({ name, state, dueAt }) => `${name} ${state} ${dueAt?.slice(5, 16)}`)

  test('an answer meets the first response, and from each answer the next update is due', async () => {
    const id = await open()
    expect((await clocksOf(id))[0]).toBe('firstResponse running 03-02T11:00')
    await desk.cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', summary: 'Where is it?', ...by })
    expect((await clocksOf(id))[0]).toBe('firstResponse running 03-02T11:00')
    await desk.engine.advance('PT1H')
    await desk.cases.contacts.record({ caseId: id, direction: 'outbound', channel: 'mail', summary: 'We look.', ...by })
    expect(await clocksOf(id)).toEqual([
      'firstResponse met 03-02T11:00',
      'resolution running 03-11T09:00',
      'nextUpdate running 03-02T18:00',
    ])
    await desk.engine.advance('PT3H')
    await desk.cases.contacts.record({ caseId: id, direction: 'inbound', answered: true, channel: 'phone', ...by })
    expect((await clocksOf(id))[2]).toBe('nextUpdate running 03-02T21:00')
    await desk.engine.advance('PT8H')
    expect(told.map(({ because }) => because)).toEqual(['atRisk', 'overdue'])
    expect((await clocksOf(id))[2]).toBe('nextUpdate breached 03-02T21:00')
    await desk.cases.resolve(id, { code: 'sent', ...by })
    expect((await caseOf(desk, id)).clocks.map(({ state }) => state)).toEqual(['met', 'met', 'metLate'])
    expect((await caseOf(desk, id)).overdue).toBe(false)
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
  })

  test('a goal that begins with another severity counts from where it would have begun', async () => {
    const id = await open()
    await desk.engine.advance('PT30M')
    await desk.cases.contacts.record({ caseId: id, direction: 'outbound', channel: 'mail', ...by })
    const severity = (name: string) => desk.cases.setSeverity(id, { severity: name, reason: 'r', ...by })
    await severity('high')
    expect((await caseOf(desk, id)).clocks.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'firstResponse met',
      'resolution running',
      'nextUpdate cancelled',
    ])
    await severity('normal')
    expect((await clocksOf(id))[2]).toBe('nextUpdate running 03-02T17:30')
  })

  test('S63: contacts of a customer over all cases stand in one order, with how long they waited, and none twice', async () => {
    const [one, two] = [await open(), await open()]
    const call = { caseId: one, direction: 'inbound', channel: 'phone', state: 'queued', ...by } as const
    const { id } = await desk.cases.contacts.record({ ...call, idempotencyKey: 'call-1' })
    expect(await desk.cases.contacts.record({ ...call, idempotencyKey: 'call-1' })).toMatchObject({ id })
    await desk.cases.contacts.record({ caseId: two, direction: 'inbound', channel: 'letter', at: '2026-02-27T10:00:00Z', ...by })
    await desk.engine.advance('PT5M')
    await desk.cases.contacts.record({ id, state: 'connected', answered: true, ...by })
    await desk.cases.contacts.record({ customer: 'cust-7', direction: 'inbound', channel: 'chat', ...by })
    await desk.engine.advance('PT10M')
    await desk.cases.contacts.record({ id, summary: 'Wants it today.', ...by })
    expect((await refusal(desk.cases.contacts.record({ id, ...by }))).code).toBe('ContactOver')
    const all = await desk.cases.contacts.find({ customer: 'cust-7' })
    expect(all.map(({ channel, caseId }) => [channel, caseId])).toEqual([
      ['letter', two],
      ['phone', one],
      ['chat', null],
    ])
    expect(all[1]).toMatchObject({ state: 'wrapped', waitMs: 300_000, handleMs: 600_000, summary: 'Wants it today.', by: 'kim' })
    const first = await desk.cases.contacts.find({ customer: 'cust-7', limit: 2 })
    const rest = await desk.cases.contacts.find({ customer: 'cust-7', limit: 2, after: first.next ?? '' })
    expect([...first, ...rest].map((contact) => contact.id)).toEqual(all.map((contact) => contact.id))
    expect((await desk.cases.contacts.find({ caseId: one })).map((contact) => contact.id)).toEqual([id])
    const view = await caseOf(desk, one)
    expect(view).toMatchObject({ contacts: [{ id }], otherCases: [{ id: two }] })
    const entry = view.timeline.find(({ words }) => words === 'Wants it today.')
    await desk.cases.redact(one, { entries: [entry?.seq ?? 0], reason: 'asked for', ...by })
    expect(JSON.stringify(await caseOf(desk, one))).not.toContain('Wants it')
    expect(await desk.cases.verifyAudit(one)).toMatchObject({ ok: true, redacted: [entry?.seq] })
  })

  test('S70: a customer who comes back is put through to whom the closing names, until its day', async () => {
    const id = await open()
    await desk.cases.resolve(id, { code: 'sent', ...by })
    await desk.cases.close(id, { route: { to: 'kim', until: '2026-04-01T00:00:00Z' }, ...by })
    const call = { customer: 'cust-7', direction: 'inbound', channel: 'phone', actor: 'desk' } as const
    await desk.engine.advance('P10D')
    expect((await desk.cases.contacts.record(call)).routeTo).toBe('kim')
    expect((await desk.cases.contacts.record({ ...call, customer: 'cust-8' })).routeTo).toBeNull()
    await desk.engine.advance('P21D')
    expect((await desk.cases.contacts.record(call)).routeTo).toBeNull()
  })

  test('S69: a complaint is not closed before the customer was told its outcome', async () => {
    const { id } = await desk.cases.complain(await open(), { reason: 'rude', owner: 'lee', actor: 'ann' })
    await desk.cases.contacts.record({ caseId: id, direction: 'outbound', channel: 'phone', actor: 'lee' })
    await desk.engine.advance('PT1H')
    await desk.cases.resolve(id, { code: 'sorry', actor: 'lee' })
    expect((await refusal(desk.cases.close(id, { actor: 'lee' }))).code).toBe('OutcomeUntold')
    await desk.cases.contacts.record({ caseId: id, direction: 'outbound', channel: 'letter', actor: 'lee' })
    await desk.cases.close(id, { actor: 'lee' })
    expect(await caseOf(desk, id)).toMatchObject({ state: 'closed' })
  })

  test('S60: what is known of the customer is not asked again, in any case, until its day is past', async () => {
    const [one, two] = [await open(), await open()]
    const ask = (verified = true) => desk.cases.facts.ask(two, { key: 'id-proof', verified, ...by })
    expect(await ask()).toEqual({ known: false, repeat: false })
    const validUntil = '2027-03-02T09:00:00.000Z'
    const { id } = await desk.cases.facts.record(one, {
      key: 'id-proof',
      value: 'P 1234',
      source: 'passport',
      saidBy: 'cust-7',
      scope: 'customer',
      validUntil,
      ...by,
    })
    expect(await ask()).toEqual({ known: false, repeat: true })
    expect(await ask(false)).toMatchObject({ known: true, state: 'claimed' })
    await desk.cases.facts.verify(id, { how: 'seen in the shop', actor: 'lee' })
    expect(await ask()).toEqual({ known: true, factId: id, value: 'P 1234', state: 'verified' })
    expect((await caseOf(desk, one)).facts).toMatchObject([
      { id, source: 'passport', saidBy: 'cust-7', givenBy: 'kim', scope: 'customer', verified: { by: 'lee', how: 'seen in the shop' } },
    ])
    await desk.engine.advance('P365D')
    expect((await caseOf(desk, one)).facts).toMatchObject([{ id, state: 'expired' }])
    expect(await ask()).toEqual({ known: false, repeat: true })
    expect((await refusal(desk.cases.facts.verify(id, { how: 'again', ...by }))).code).toBe('FactOver')
    for (const caseId of [one, two]) expect(await desk.cases.verifyAudit(caseId)).toMatchObject({ ok: true })
  })

  test('S61: what was said and verified goes along with a case that is handed over, and a question that was asked is marked', async () => {
    const id = await open()
    const fact = await desk.cases.facts.record(id, { key: 'caller', value: 'Ann Miller', ...by })
    await desk.cases.facts.verify(fact.id, { how: 'two questions', ...by })
    await desk.cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', summary: 'It never came.', ...by })
    await desk.cases.facts.ask(id, { key: 'serial', ...by })
    await desk.cases.transfer(id, { to: 'lee', reason: 'modems', ...by })
    expect(await desk.cases.as({ actor: 'lee' }).get(id)).toMatchObject({
      owner: 'lee',
      title: 'No modem',
      contacts: [{ summary: 'It never came.' }],
      facts: [{ key: 'caller', value: 'Ann Miller', state: 'verified', verified: { by: 'kim', how: 'two questions' } }],
    })
    expect(await desk.cases.facts.ask(id, { key: 'caller', verified: true, actor: 'lee' })).toMatchObject({ known: true })
    expect(await desk.cases.facts.ask(id, { key: 'serial', actor: 'lee' })).toEqual({ known: false, repeat: true })
  })

  test('a fact gives way to a later one, and is taken back with a reason', async () => {
    const id = await open()
    const first = await desk.cases.facts.record(id, { key: 'address', value: { street: 'Old' }, ...by })
    const second = await desk.cases.facts.record(id, { key: 'address', value: { street: 'New' }, ...by })
    expect((await refusal(desk.cases.facts.revoke(first.id, { reason: 'r', ...by }))).code).toBe('FactOver')
    await desk.cases.facts.revoke(second.id, { reason: { code: 'wrong-person', text: 'Her brother.' }, ...by })
    expect((await caseOf(desk, id)).facts).toMatchObject([
      { state: 'superseded', ended: { by: 'kim', supersededBy: second.id } },
      { state: 'revoked', ended: { reason: { code: 'wrong-person', text: 'Her brother.' } } },
    ])
    expect(await desk.cases.facts.ask(id, { key: 'address', ...by })).toMatchObject({ known: false })
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
  })

  test('a reminder that is not before the day of its promise is refused: it would not come', async () => {
    const id = await open()
    const promise = { what: 'Delivery', dueAt: '2026-03-09T18:00:00Z', ...by }
    for (const remindAt of ['2026-03-09T18:00:00Z', '2026-03-09T18:00:01Z'])
      await expect(desk.cases.commitments.make(id, { ...promise, remindAt })).rejects.toMatchObject({
        code: 'invalidArgument',
        details: { remindAt: new Date(remindAt).toISOString(), dueAt: '2026-03-09T18:00:00.000Z' },
      })
    await desk.cases.commitments.make(id, { ...promise, remindAt: '2026-03-09T17:59:59Z' })
    expect((await caseOf(desk, id)).commitments).toHaveLength(1)
  })

  test('S62: a promise whose day passes without proof is told of, and is work, before the customer asks', async () => {
    const id = await open()
    const promise = {
      what: 'Delivery on Monday',
      dueAt: '2026-03-09T18:00:00Z',
      remindAt: '2026-03-09T08:00:00Z',
      needs: 'signature',
      ...by,
    }
    const broken = await desk.cases.commitments.make(id, promise)
    const kept = await desk.cases.commitments.make(id, { what: 'A call', dueAt: '2026-03-05T09:00:00Z', ...by })
    const given = await desk.cases.commitments.make(id, { what: 'Flowers', dueAt: '2026-03-05T09:00:00Z', ...by })
    const early = await refusal(desk.cases.commitments.prove(broken.id, { proof: { kind: 'photo' }, ...by }))
    expect(early).toMatchObject({ code: 'OtherProof', details: { missing: ['signature'] } })
    await desk.cases.commitments.prove(kept.id, { proof: { kind: 'call', evidence: ['call 12'] }, ...by })
    await desk.cases.commitments.prove(given.id, { released: true, reason: 'hay fever', ...by })
    expect((await refusal(desk.cases.commitments.prove(kept.id, { proof: { kind: 'call' }, ...by }))).code).toBe('CommitmentOver')
    told.splice(0)
    await desk.engine.advance({ to: '2026-03-09T08:00:00Z' })
    expect(told.filter(({ because }) => because.startsWith('commitment'))).toMatchObject([{ because: 'commitmentDue', to: ['kim'] }])
    await desk.engine.advance({ to: '2026-03-10T08:00:00Z' })
    expect(told.filter(({ because }) => because.startsWith('commitment'))[1]).toMatchObject({
      because: 'commitmentBroken',
      to: ['kim', 'max'],
    })
    const view = await caseOf(desk, id)
    expect(view.commitments.map(({ state }) => state)).toEqual(['broken', 'kept', 'released'])
    expect(view.items).toMatchObject([
      { id: view.commitments[0]?.itemId, kind: 'human', required: true, assignee: 'kim', name: 'Promise not kept: Delivery on Monday' },
    ])
    await desk.cases.commitments.prove(broken.id, { proof: { kind: 'signature', evidence: ['scan 7'] }, ...by })
    expect((await caseOf(desk, id)).commitments[0]).toMatchObject({ state: 'broken', proof: { evidence: ['scan 7'] } })
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
    const log = await desk.cases.exportOcel({ caseIds: [id] })
    expect(ocelProblems(log)).toEqual([])
    const ofPromise = log.events.filter(({ relationships }) => relationships.some(({ objectId }) => objectId === broken.id))
    expect(ofPromise.map(({ attributes }) => attributes.find(({ name }) => name === 'change')?.value)).toEqual([
      'made',
      'due',
      'broken',
      'provenLate',
    ])
  })
})

describe('what a customer may see', () => {
  const customerView: CaseTemplate['customerView'] = {
    title: true,
    states: { open: 'We are at it', closed: 'Done' },
    contact: true,
    milestones: { A: 'Your order is packed', 'Book courier': { text: 'A courier has your parcel', evidence: ['tracking'] } },
    commitments: true,
    facts: ['address'],
  }
  const people = { persons: [{ id: 'kim', publicName: 'Kim W.' }, { id: 'sub-17' }], grants: { '*': ['*'] } } as const
  const desk = useDesk({}, { templates: [{ key: 'shown', customerView }, { key: 'silent' }], people })

  test('S64: milestones with their evidence, one person to turn to, and no name that is internal', async () => {
    const instanceId = await begun(desk)
    const facts = { address: 'Main St 1', rating: 'C' }
    const { id, customerToken } = await desk.cases.open({ template: 'shown', customer: 'cust-7', title: 'No modem', facts, ...by })
    await desk.cases.attach(id, instanceId, by)
    await complete(desk, instanceId, 'A', {})
    const away = await leaveAt(desk, instanceId, 'B')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'Book courier', assignee: 'sub-17', ...by })
    await desk.cases.addItem(away.id, { kind: 'human', name: 'Ask the lawyers', assignee: 'sub-17', ...by })
    await desk.engine.advance('PT1M')
    await desk.cases.completeItem(item.id, { variables: { tracking: 'X-1', price: 12 }, actor: 'sub-17' })
    await desk.cases.commitments.make(id, { what: 'Delivery on Monday', dueAt: '2026-03-09T18:00:00Z', ...by })
    const silent = await desk.cases.open({ template: 'silent', customer: 'cust-7', title: 'Suspected fraud', ...by })
    const [other, shown] = (await desk.cases.customerView('cust-7')).cases
    expect(shown).toEqual({
      id,
      openedAt: '2026-03-02T09:00:00.000Z',
      title: 'No modem',
      state: 'We are at it',
      contact: 'Kim W.',
      milestones: [
        { text: 'Your order is packed', at: '2026-03-02T09:00:00.000Z' },
        { text: 'A courier has your parcel', at: '2026-03-02T09:01:00.000Z', evidence: { tracking: 'X-1' } },
      ],
      commitments: [{ what: 'Delivery on Monday', dueAt: '2026-03-09T18:00:00.000Z', state: 'made' }],
      facts: { address: 'Main St 1' },
    })
    expect(other).toEqual({
      id: silent.id,
      openedAt: '2026-03-02T09:01:00.000Z',
      state: null,
      contact: null,
      milestones: [],
      commitments: [],
      facts: {},
    })
    expect((await desk.cases.customerView(customerToken ?? '')).cases).toEqual([shown])
    for (const nobody of ['cust-8', id, silent.id]) expect((await desk.cases.customerView(nobody)).cases).toEqual([])
    expect((await desk.cases.as({ tenantId: 't2' }).customerView('cust-7')).cases).toHaveLength(2)
    const foreign = await desk.cases.open({ template: 'shown', customer: 'cust-9', tenantId: 't1', ...by })
    expect((await desk.cases.as({ tenantId: 't2' }).customerView(foreign.customerToken ?? '')).cases).toEqual([])
  })
})
