import { expect, test } from 'vitest'
import { facts as factRecords, items, timeline } from '../../src/host/records.ts'
import { begun, caseOf, deviationOf, leaveAt, useDesk } from '../desk.ts'

const CALENDAR = { timeZone: 'UTC', hours: { mon: [['09:00', '17:00']], tue: [['09:00', '17:00']] } } as const
const PEOPLE = {
  persons: [
    { id: 'kim', roles: ['agent'] },
    { id: 'max', roles: ['lead'] },
    { id: 'rex', roles: ['lead'] },
  ],
  grants: {
    agent: ['open', 'propose', 'return.resume', 'addItem.*', 'recordFact'],
    lead: ['*'],
  },
} as const

const desk = useDesk({}, { calendar: CALENDAR })

test('A1, E5: the record says how long somebody was away, what of it was working time, and what of it was work', async () => {
  const instanceId = await begun(desk)
  const away = await leaveAt(desk, instanceId, 'A') // Monday, 09:00
  await desk.engine.advance('PT2H')
  const first = await desk.cases.addItem(away.id, { kind: 'human', name: 'Ring them', assignee: 'lee', actor: 'kim' })
  await desk.engine.advance('PT1H')
  const second = await desk.cases.addItem(away.id, { kind: 'human', name: 'Write to them', assignee: 'ann', actor: 'kim' })
  await desk.engine.advance('PT1H')
  await desk.cases.completeItem(first.id, { actor: 'lee' })
  await desk.engine.advance('PT2H')
  await desk.cases.completeItem(second.id, { actor: 'ann' })
  await desk.engine.advance('PT18H') // Tuesday, 09:00
  const HOUR = 3_600_000
  expect((await deviationOf(desk, away)).waits).toEqual({ awayMs: 24 * HOUR, workingMs: 8 * HOUR, itemsMs: 4 * HOUR })
  await desk.engine.advance('PT1H')
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  const whole = { awayMs: 25 * HOUR, workingMs: 9 * HOUR, itemsMs: 4 * HOUR }
  expect((await deviationOf(desk, away)).waits).toEqual(whole)
  await desk.engine.advance('P1D')
  expect((await deviationOf(desk, away)).waits).toEqual(whole)
})

test('it has the facts that were written off the path: results of items, and what was recorded there', async () => {
  await desk.reopen({ handlers: { courier: () => ({ parcel: 'X-1' }) } })
  const instanceId = await begun(desk)
  const away = await leaveAt(desk, instanceId, 'A')
  await desk.cases.addItem(away.id, { kind: 'service', name: 'Book a courier', type: 'courier', actor: 'kim' })
  await desk.engine.drain()
  const own = await desk.cases.facts.record(away.caseId, { key: 'address', value: 'Main St 1', deviationId: away.id, actor: 'kim' })
  await desk.cases.facts.record(away.caseId, { key: 'mood', value: 'calm', actor: 'kim' })
  const { facts } = await caseOf(desk, away.caseId)
  const parcel = facts.find(({ key }) => key === 'parcel')
  expect((await deviationOf(desk, away)).facts).toEqual([parcel?.id, own.id])
  expect(parcel).toMatchObject({ deviationId: away.id, itemId: (await deviationOf(desk, away)).items[0]?.id })
})

test('it has who agreed that somebody leaves or comes back who might not, and what was judged of it afterwards', async () => {
  await desk.reopen({}, { people: PEOPLE, policies: { elements: { A: { mandatory: true } } } })
  const instanceId = await begun(desk)
  const kim = desk.cases.as({ actor: 'kim' })
  const agreed = async (call: Promise<unknown>): Promise<void> => {
    const proposal = await call.catch((error) => error.details.proposal)
    const { id } = await kim.proposals.draft({ proposal })
    await kim.proposals.submit(id)
    await desk.cases.proposals.approve(id, { actor: 'max' })
  }
  const [task] = await desk.engine.tasks.find({ instanceId })
  await agreed(kim.leave({ instanceId, elementInstanceId: task?.elementInstanceId ?? '', reason: 'lost-parcel' }))
  const [found] = await desk.cases.find({ instanceId })
  const [away] = (await caseOf(desk, found?.id ?? '')).deviations
  expect(away).toMatchObject({ actor: 'kim', approvedBy: ['max'] })
  await agreed(kim.return(away?.id ?? '', { to: 'skip', reason: 'by-hand' }))
  const [review] = (await desk.cases.reviews.due({ actor: 'rex' })).filter(({ of }) => of === 'deviation')
  await desk.cases.reviews.decide(review?.id ?? '', { outcome: 'admonished', reason: 'ask-first', actor: 'rex' })
  expect((await caseOf(desk, found?.id ?? '')).deviations[0]).toMatchObject({
    state: 'reviewed',
    returned: { approvedBy: ['max'] },
    review: { because: ['mandatory:A'], decided: { by: 'rex', outcome: 'admonished' } },
  })
})

test('a value of a fact is taken away for good, from the result that gave it too, and the chain goes on holding', async () => {
  await desk.reopen({ handlers: { registry: () => ({ passport: 'P 1234' }) } })
  const instanceId = await begun(desk)
  const away = await leaveAt(desk, instanceId, 'A')
  await desk.cases.addItem(away.id, { kind: 'service', name: 'Ask the registry', type: 'registry', actor: 'kim' })
  await desk.engine.drain()
  const born = await desk.cases.facts.record(away.caseId, { key: 'born', value: '1970-01-01', actor: 'kim' })
  await desk.cases.facts.verify(born.id, { how: 'The passport says 1970.', actor: 'ann' })
  const before = await caseOf(desk, away.caseId)
  const ids = before.facts.map(({ id }) => id)
  const entries = before.timeline.filter(({ how }) => how !== undefined).map(({ seq }) => seq)
  await desk.cases.redact(away.caseId, { entries, facts: ids, reason: 'erasure-request', actor: 'dpo' })

  const view = await caseOf(desk, away.caseId)
  expect(JSON.stringify(view)).not.toMatch(/P 1234|1970-01-01|says 1970/)
  const kept = await Promise.all(
    [factRecords, items, timeline].map((each) => desk.storage.find(each as typeof items, { where: {}, limit: 100 })),
  )
  expect(JSON.stringify(kept)).not.toMatch(/P 1234|1970-01-01|says 1970/)
  expect(view.facts.map(({ value, state, redacted }) => [value, state, redacted?.by])).toEqual([
    [null, 'revoked', 'dpo'],
    [null, 'revoked', 'dpo'],
  ])
  expect(await desk.cases.facts.ask(away.caseId, { key: 'born', actor: 'kim' })).toMatchObject({ known: false })
  expect(await desk.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true })
})

test('a digest that stays in the chain is no digest of a value alone: the same fact has another one in each case', async () => {
  const digests = []
  for (const title of ['one', 'other']) {
    const { id } = await desk.cases.open({ title, actor: 'kim' })
    const fact = await desk.cases.facts.record(id, { key: 'pin', value: 7, actor: 'kim' })
    const [record] = await desk.storage.find(factRecords, { where: { id: { eq: fact.id } }, limit: 1 })
    digests.push(record?.record.body.salt)
  }
  expect(digests[0]).toMatch(/\w{8,}/)
  expect(digests[0]).not.toBe(digests[1])
})

test('a redaction names entries or facts of the case', async () => {
  const { id } = await desk.cases.open({ title: 'one', actor: 'kim' })
  const redact = (more: object) => desk.cases.redact(id, { reason: 'x', actor: 'dpo', ...more }).catch((error) => error.code)
  expect([await redact({}), await redact({ facts: ['none'] })]).toEqual(['invalidArgument', 'UnknownFact'])
})
