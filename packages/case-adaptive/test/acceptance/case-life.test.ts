import { describe, expect, test } from 'vitest'
import type { CasesOptions, CaseTemplate } from '../../src/index.ts'
import { AB, begun, caseOf, leaveAt, refusal, STORAGES, type TestDesk, useDesk } from '../desk.ts'

const MODEM: CaseTemplate = {
  key: 'modem',
  severities: { normal: { resolution: 'PT10H' } },
  confirmWithin: 'P2D',
  complaints: 'complaint',
}
const COMPLAINT: CaseTemplate = { key: 'complaint', severities: { normal: { resolution: 'PT4H' } } }
const TEMPLATES: CasesOptions = { templates: [MODEM, COMPLAINT] }
const REASON = { code: 'shift-ends', text: 'Lee knows modems.' }

const resolved = async (desk: TestDesk): Promise<string> => {
  const { id } = await desk.cases.open({ template: 'modem', customer: 'cust-7', title: 'No modem', actor: 'kim' })
  await desk.cases.resolve(id, { code: 'sent', actor: 'kim' })
  return id
}
const linesOf = async (desk: TestDesk, id: string): Promise<readonly string[]> => (await caseOf(desk, id)).timeline.map(({ type }) => type)

describe.each(STORAGES)('the life of a case on $name', ({ make }) => {
  const desk = useDesk({}, TEMPLATES, make)

  test('a case that came in is open with the person who is to answer for it, and goes on with whom it is handed over to', async () => {
    const { id, state } = await desk.cases.open({ title: 'No modem' })
    expect(state).toBe('new')
    expect((await refusal(desk.cases.transfer(id, { to: 'lee', reason: REASON, actor: 'max' }))).code).toBe('NotAssigned')
    const call = { to: 'kim', actor: 'max', idempotencyKey: 'once' }
    await desk.cases.assign(id, call)
    await desk.cases.assign(id, call)
    expect(await caseOf(desk, id)).toMatchObject({ state: 'open', owner: 'kim', transfers: 0 })
    expect((await refusal(desk.cases.assign(id, { to: 'kim', actor: 'max' }))).code).toBe('AlreadyAssigned')
    await desk.cases.transfer(id, { to: 'lee', reason: REASON, actor: 'kim' })
    const view = await caseOf(desk, id)
    expect(view).toMatchObject({ owner: 'lee', transfers: 1 })
    expect(view.timeline.slice(2)).toMatchObject([
      { type: 'case:assign', from: null, to: 'kim', actor: 'max' },
      { type: 'case:transfer', from: 'kim', to: 'lee', reason: REASON, actor: 'kim' },
    ])
    expect((await desk.cases.dashboard({ actor: 'lee' })).map((one) => one.id)).toEqual([id])
    expect(await desk.cases.redact(id, { entries: [4], reason: 'asked for', actor: 'max' })).toEqual([4])
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true, redacted: [4] })
  })

  test('a case is closed when the customer agreed, or had as long to object as the template gives', async () => {
    const agreed = await resolved(desk)
    expect((await refusal(desk.cases.close(agreed, { actor: 'kim' }))).details).toMatchObject({ until: '2026-03-04T09:00:00.000Z' })
    await desk.cases.confirm(agreed, { actor: 'cust-7' })
    const route = { to: 'kim', until: '2026-04-01T00:00:00.000Z' }
    await desk.cases.close(agreed, { route, actor: 'kim' })
    expect(await caseOf(desk, agreed)).toMatchObject({ state: 'closed', confirmed: { by: 'cust-7' }, closed: { by: 'kim', route } })
    const silent = await resolved(desk)
    await desk.engine.advance('P2D')
    await desk.cases.close(silent, { actor: 'kim' })
    expect((await refusal(desk.cases.close(silent, { actor: 'kim' }))).code).toBe('NotResolved')
    expect((await refusal(desk.cases.addItem(silent, { kind: 'human', name: 'more', actor: 'kim' }))).code).toBe('CaseClosed')
    expect(await desk.cases.verifyAudit(agreed)).toMatchObject({ ok: true })
  })

  test('an objection opens the case again with the time that was left, a new episode has goals of its own', async () => {
    const { id } = await desk.cases.open({ template: 'modem', actor: 'kim' })
    await desk.engine.advance('PT4H')
    await desk.cases.resolve(id, { code: 'sent', actor: 'kim' })
    await desk.engine.advance('PT1H')
    expect((await refusal(desk.cases.confirm(id, { accepted: false, actor: 'cust-7' }))).code).toBe('ReasonMissing')
    await desk.cases.confirm(id, { accepted: false, reason: { code: 'still-missing' }, actor: 'cust-7' })
    expect(await caseOf(desk, id)).toMatchObject({
      state: 'open',
      episode: 1,
      clocks: [{ state: 'running', dueAt: '2026-03-02T20:00:00.000Z', remainingMs: 6 * HOUR }],
    })
    await desk.cases.resolve(id, { code: 'sent-again', actor: 'kim' })
    await desk.cases.confirm(id, { actor: 'cust-7' })
    await desk.cases.close(id, { actor: 'kim' })
    await desk.cases.reopen(id, { reason: 'broken-again', actor: 'kim' })
    const view = await caseOf(desk, id)
    expect(view).toMatchObject({
      state: 'open',
      episode: 2,
      clocks: [{ state: 'met' }, { state: 'running', episode: 2, dueAt: '2026-03-03T00:00:00.000Z' }],
    })
    expect(view.resolution).toBeUndefined()
    await desk.engine.advance('PT10H')
    expect(await caseOf(desk, id)).toMatchObject({ overdue: true, clocks: [{ state: 'met' }, { state: 'breached' }] })
    expect((await refusal(desk.cases.reopen(id, { reason: 'again', actor: 'kim' }))).code).toBe('NotReopenable')
  })

  test('what is still open of a case is not left over when it is closed', async () => {
    const { id } = await desk.cases.open({ template: 'complaint', actor: 'kim' })
    const item = await desk.cases.addItem(id, { kind: 'human', name: 'Send flowers', actor: 'kim' })
    await desk.cases.resolve(id, { code: 'sorry', actor: 'kim' })
    await desk.cases.close(id, { actor: 'kim' })
    expect((await caseOf(desk, id)).items).toMatchObject([{ id: item.id, state: 'terminated' }])
    expect(await desk.engine.tasks.find({})).toEqual([])
  })

  test('cases know of each other; none stands above itself, and one that nobody took up ends where it repeats another', async () => {
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map(async (title) => (await desk.cases.open({ title })).id))
    const link = (id = '', to = '', as: 'parent' | 'child' | 'duplicateOf' = 'parent') => desk.cases.link(id, { to, as, actor: 'kim' })
    await link(one, two)
    await link(two, three)
    expect((await refusal(link(three, one))).code).toBe('LinkedInCircle')
    expect((await refusal(link(one, three, 'child'))).code).toBe('LinkedInCircle')
    expect((await refusal(link(one, one))).code).toBe('LinkedInCircle')
    expect((await refusal(link(one, two))).code).toBe('AlreadyLinked')
    expect((await refusal(link(one, 'nowhere'))).code).toBe('UnknownCase')
    expect((await caseOf(desk, two ?? '')).links).toEqual([
      { caseId: one, as: 'child' },
      { caseId: three, as: 'parent' },
    ])
    await link(two, one, 'duplicateOf')
    expect(await caseOf(desk, two ?? '')).toMatchObject({ state: 'rejected' })
    expect(await caseOf(desk, one ?? '')).toMatchObject({ state: 'new', links: [{ as: 'parent' }, { caseId: two, as: 'duplicate' }] })
    const foreign = await desk.cases.open({ tenantId: 't2' })
    expect((await refusal(link(one, foreign.id))).code).toBe('UnknownCase')
  })

  test('S69: a complaint is a case of its own, and none of those who handled the first one answers for it', async () => {
    const id = await resolved(desk)
    await desk.cases.reopen(id, { reason: 'rang again', actor: 'tom' })
    const reason = { code: 'rude', text: 'Tom shouted.', customerStatement: 'He shouted at me.' }
    for (const owner of ['kim', 'tom'])
      expect((await refusal(desk.cases.complain(id, { reason, owner, actor: 'ann' }))).code).toBe('SeparationOfDuties')
    const complaint = await desk.cases.complain(id, { reason, actor: 'ann' })
    expect(await caseOf(desk, complaint.id)).toMatchObject({
      state: 'new',
      owner: null,
      template: 'complaint',
      customer: 'cust-7',
      complaintAbout: id,
      clocks: [{ state: 'running', dueAt: '2026-03-02T13:00:00.000Z' }],
      links: [{ caseId: id, as: 'complaintAbout' }],
    })
    expect((await desk.cases.worklist({ actor: 'tom' })).map((one) => one.id)).not.toContain(complaint.id)
    await desk.cases.addItem(complaint.id, { kind: 'human', name: 'Say what happened', actor: 'tom' })
    expect(await caseOf(desk, complaint.id)).toMatchObject({ state: 'new', owner: null })
    expect((await refusal(desk.cases.assign(complaint.id, { to: 'tom', actor: 'ann' }))).code).toBe('SeparationOfDuties')
    await desk.cases.assign(complaint.id, { to: 'max', actor: 'ann' })
    expect(await caseOf(desk, id)).toMatchObject({ links: [{ caseId: complaint.id, as: 'complaint' }] })
    expect((await linesOf(desk, id)).slice(-2)).toEqual(['case:link', 'case:complain'])
    for (const one of [id, complaint.id]) expect(await desk.cases.verifyAudit(one)).toMatchObject({ ok: true })
    const log = await desk.cases.exportOcel({ caseIds: [id] })
    expect(log.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['case:reopen', 'case:complain']))
  })
})

describe('what a person has to do', () => {
  const desk = useDesk({}, TEMPLATES)

  test('cases, items and steps that were left, the next due first, page by page', async () => {
    const instanceId = await begun(desk, AB)
    const away = await leaveAt(desk, instanceId, 'A')
    await desk.engine.advance('PT1M')
    const mine = await desk.cases.open({ template: 'complaint', title: 'mine', actor: 'kim' })
    const free = await desk.cases.open({ template: 'modem', title: 'free' })
    const dueAt = '2026-03-02T10:00:00.000Z'
    const own = await desk.cases.addItem(away.id, { kind: 'human', name: 'ring', assignee: 'kim', dueAt, actor: 'kim' })
    const offered = await desk.cases.addItem(mine.id, { kind: 'human', name: 'post', candidateUsers: ['kim', 'lee'], actor: 'kim' })
    await desk.cases.addItem(mine.id, { kind: 'human', name: 'others', assignee: 'lee', actor: 'kim' })
    await desk.engine.advance('PT2H')
    const work = await desk.cases.worklist({ actor: 'kim' })
    expect(work.map(({ type, id, offered: isOffered, overdue }) => [type, id, isOffered, overdue])).toEqual([
      ['item', own.id, false, true],
      ['case', mine.id, false, false],
      ['case', away.caseId, false, false],
      ['case', free.id, true, false],
      ['deviation', away.id, false, false],
      ['item', offered.id, true, false],
    ])
    const paged: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await desk.cases.as({ actor: 'kim' }).worklist({ limit: 4, ...(after !== undefined && { after }) })
      paged.push(...page.map(({ id }) => id))
      after = page.next
      if (after === undefined) break
    }
    expect(paged).toEqual(work.map(({ id }) => id))
    expect((await desk.cases.worklist({ actor: 'lee' })).map(({ name }) => name).sort()).toEqual(['free', 'others', 'post'])
  })

  test('S66: partners and customers of a team see and contribute to what they have to do with, as far as their role allows', async () => {
    const people = {
      persons: [
        { id: 'kim', roles: ['agent'] },
        { id: 'lee', roles: ['agent'] },
        { id: 'carrier', roles: ['partner'] },
        { id: 'cust-7', roles: ['customer'] },
        { id: 'sub', substituteFor: ['carrier'] },
        { id: 'web' },
      ],
      grants: {
        agent: ['see', 'open', 'addItem.*', 'recordContact', 'recordFact'],
        partner: ['recordFact'],
        customer: ['confirm'],
        'case:contributor': ['see'],
      },
    } as const
    await desk.reopen({}, { templates: [COMPLAINT], people })
    const { cases } = desk
    const opened = await cases.as({ actor: 'kim' }).open({ customer: 'cust-7', title: 'No modem' })
    const other = await cases.open({ customer: 'cust-7', actor: 'kim' })
    const { id } = opened
    const item = await cases.addItem(id, { kind: 'human', name: 'Find the parcel', assignee: 'carrier', actor: 'kim' })
    await cases.contacts.record({ caseId: other.id, direction: 'inbound', channel: 'phone', actor: 'kim' })
    await cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', actor: 'kim' })
    const seenBy = async (actor: string) => {
      const own = cases.as({ actor })
      const found = (await own.find({ customer: 'cust-7' })).map((one) => one.id)
      expect(await own.count()).toBe(found.length)
      for (const one of [id, other.id]) expect((await own.get(one)) !== null, actor).toBe(found.includes(one))
      expect((await own.contacts.find({ customer: 'cust-7' })).map(({ caseId }) => caseId)).toEqual(
        [other.id, id].filter((one) => found.includes(one)),
      )
      const audit = await own.verifyAudit(id).catch((error) => error.code)
      expect(audit === 'UnknownCase').toBe(!found.includes(id))
      return found
    }
    expect(await seenBy('lee')).toEqual([id, other.id])
    for (const actor of ['carrier', 'sub']) expect(await seenBy(actor)).toEqual([id])
    for (const actor of ['cust-7', 'web', 'nobody']) expect(await seenBy(actor)).toEqual([])
    expect(await cases.as({ actor: 'carrier' }).get(id)).toMatchObject({ otherCases: [] })
    expect((await cases.find()).map((one) => one.id)).toEqual([id, other.id])
    await cases.facts.record(id, { key: 'depot', value: 'Ulm', actor: 'carrier' })
    await cases.completeItem(item.id, { actor: 'carrier' })
    expect((await refusal(cases.addItem(id, { kind: 'human', name: 'Send a new one', actor: 'carrier' }))).code).toBe('NotAllowed')
    await cases.resolve(id, { code: 'found', actor: 'kim' })
    for (const actor of ['carrier', 'cust-7', 'lee']) expect((await refusal(cases.close(id, { actor }))).missing).toEqual(['close'])
    await cases.confirm(id, { actor: 'cust-7' })
    const limited = { persons: [], grants: { agent: [{ right: 'see', processes: ['p'] }] } } as const
    expect(await desk.reopen({}, { people: limited }).catch((error) => error.code)).toBe('invalidOption')
    await desk.reopen()
  })

  test('S66: closing is for whoever answers for the case, and a refusal says who that is', async () => {
    const people = {
      persons: [{ id: 'kim' }, { id: 'lee' }, { id: 'max' }],
      grants: { 'case:manager': ['close', 'transfer'], '*': ['open', 'addItem.*', 'leave'] },
    } as const
    await desk.reopen({}, { templates: [COMPLAINT], people })
    const { id } = await desk.cases.open({ actor: 'kim' })
    await desk.cases.resolve(id, { code: 'done', actor: 'kim' })
    const refused = await refusal(desk.cases.close(id, { actor: 'lee' }))
    expect(refused).toMatchObject({ code: 'NotAllowed', details: { missing: ['close'], holders: ['kim'], proposal: { by: 'lee' } } })
    expect((await refusal(desk.cases.transfer(id, { to: 'nobody', reason: 'r', actor: 'kim' }))).code).toBe('NoPerformer')
    await desk.cases.transfer(id, { to: 'max', reason: 'r', actor: 'kim' })
    expect((await refusal(desk.cases.close(id, { actor: 'kim' }))).code).toBe('NotAllowed')
    await desk.cases.close(id, { actor: 'max' })
    expect(await caseOf(desk, id)).toMatchObject({ state: 'closed' })
  })
})

const HOUR = 3_600_000
