import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import type { CasesOptions } from '../../src/index.ts'
import { caseOf, openDesk, refusal, STORAGES, useDesk } from '../desk.ts'

const PERSONS = [
  { id: 'ann', roles: ['agent'], skills: ['modems', 'billing'], languages: ['en', 'de'] },
  { id: 'bob', roles: ['agent'], skills: ['modems'], languages: ['en'] },
  { id: 'eve', roles: ['agent'], skills: ['modems'], languages: ['en', 'de'] },
  { id: 'sue', roles: ['agent'], skills: ['modems'], languages: ['en', 'de'], absent: true },
  { id: 'max', roles: ['manager'] },
  { id: 'pat', roles: ['network'] },
  { id: 'desk' },
] as const
const OPTIONS: CasesOptions = {
  people: { persons: PERSONS, grants: { '*': ['*'] } },
  templates: [
    { key: 'modem', routing: { roles: ['agent'], skills: ['modems'] }, escalateTo: ['manager'], complaints: 'modem' },
    { key: 'billing', routing: { skills: ['billing'], loadMax: 2, earlierHandler: false }, escalateTo: ['max'] },
    { key: 'plain', escalateTo: ['max'] },
    { key: 'pool', routing: { roles: ['agent'], offer: true }, escalateTo: ['max'] },
  ],
}

describe.each(STORAGES)('routing on $name', ({ make }) => {
  const desk = useDesk({}, OPTIONS, make)
  const open = async (more: object = {}) => desk.cases.open({ template: 'modem', customer: 'cust-7', actor: 'desk', ...more })

  test('S67: a case goes to the best match by the rule, and why is stored; where nobody fits it is in the queue of those above', async () => {
    const english = await open({ customer: 'cust-1' })
    expect(english).toMatchObject({ state: 'open', owner: 'ann', routed: { because: 'leastLoad', candidates: 3, load: 0 } })
    // Ann has one in hand already.
    expect(await open({ customer: 'cust-2' })).toMatchObject({ owner: 'bob', routed: { because: 'leastLoad', candidates: 3, load: 0 } })
    const german = await open({ customer: 'cust-3', facts: { language: 'de' } })
    expect(german).toMatchObject({ owner: 'eve', routed: { because: 'leastLoad', candidates: 2, language: 'de', load: 0 } })
    // The one who knows the customer goes before the one who has less in hand.
    const again = await open({ customer: 'cust-1' })
    expect(again).toMatchObject({ owner: 'ann', routed: { because: 'earlierHandler', candidates: 3, load: 1 } })
    expect((await caseOf(desk, again.id)).timeline.filter(({ type }) => type === 'case:assign')).toMatchObject([
      { from: 'desk', to: 'ann', actor: 'desk', routed: { because: 'earlierHandler', candidates: 3 } },
    ])
    const french = await open({ customer: 'cust-4', facts: { language: 'fr' } })
    expect(french).toMatchObject({
      state: 'new',
      owner: null,
      routed: { because: 'nobodyFits', candidates: 0, language: 'fr', queue: ['max'] },
    })
    expect((await desk.cases.worklist({ actor: 'max' })).map(({ id, offered }) => [id, offered])).toEqual([[french.id, true]])
    expect((await desk.cases.worklist({ actor: 'bob' })).map(({ id }) => id)).not.toContain(french.id)
    await desk.cases.facts.record(french.id, { key: 'note', value: 'rang', actor: 'bob' })
    expect(await caseOf(desk, french.id)).toMatchObject({ state: 'new', owner: null })
    await desk.cases.facts.record(french.id, { key: 'note', value: 'rings', actor: 'max' })
    expect(await caseOf(desk, french.id)).toMatchObject({ state: 'open', owner: 'max' })
  })

  test('who has as much in hand as the rule allows gets nothing more; tasks count too', async () => {
    const owners = []
    for (const customer of ['cust-1', 'cust-2', 'cust-3']) owners.push((await open({ template: 'billing', customer })).owner)
    expect(owners).toEqual(['ann', 'ann', null])
    const bob = await open({ customer: 'cust-9' })
    expect(bob.owner).toBe('bob')
    await desk.cases.addItem(bob.id, { kind: 'human', name: 'Ring them', assignee: 'eve', actor: 'bob' })
    await desk.cases.addItem(bob.id, { kind: 'human', name: 'Write to them', assignee: 'eve', actor: 'bob' })
    expect(await open({ customer: 'cust-10' })).toMatchObject({ owner: 'bob', routed: { load: 1 } })
  })

  test('an item goes to somebody by its own rule, or is offered to all who fit', async () => {
    const { id } = await open({ template: 'plain', actor: 'ann' })
    const given = await desk.cases.addItem(id, { kind: 'human', name: 'Measure', routing: { skills: ['modems'] }, actor: 'ann' })
    const offered = await desk.cases.addItem(id, {
      kind: 'human',
      name: 'Repair',
      routing: { roles: ['agent'], offer: true },
      actor: 'ann',
    })
    const { items } = await caseOf(desk, id)
    expect(items).toMatchObject([
      { id: given.id, assignee: 'bob', routed: { because: 'leastLoad', candidates: 3, load: 0 } },
      { id: offered.id, assignee: null, routed: { because: 'offered', candidates: 3, queue: ['ann', 'bob', 'eve'] } },
    ])
    const queue = async (candidateUser: string) => (await desk.engine.tasks.find({ candidateUser })).map(({ name }) => name)
    expect([await queue('eve'), await queue('pat')]).toEqual([['Repair'], []])
  })

  test('a case is offered to all who fit where the rule says so, and is theirs who takes it', async () => {
    const { id, state } = await open({ template: 'pool' })
    expect(state).toBe('new')
    const offers = async (actor: string) => (await desk.cases.worklist({ actor })).filter((one) => one.id === id && one.offered).length
    expect([await offers('ann'), await offers('bob'), await offers('max')]).toEqual([1, 1, 0])
    await desk.cases.assign(id, { to: 'bob', actor: 'bob' })
    expect([await offers('ann'), (await caseOf(desk, id)).owner]).toEqual([0, 'bob'])
  })

  test('a complaint finds somebody who had no part in what it is about', async () => {
    const { id } = await open({ customer: 'cust-1' })
    const complaint = await desk.cases.complain(id, { reason: 'rude', actor: 'desk' })
    expect(await caseOf(desk, complaint.id)).toMatchObject({ owner: 'bob', routed: { because: 'leastLoad', candidates: 2 } })
  })

  test('an assignment that names nobody goes by the rule, and needs one', async () => {
    const { id } = await open({ template: 'plain', actor: 'ann' })
    expect(await refusal(desk.cases.assign(id, { actor: 'ann' }))).toMatchObject({ code: 'NoRouting' })
    const french = await open({ facts: { language: 'fr' } })
    await desk.cases.facts.record(french.id, { key: 'language', value: 'de', actor: 'max' })
    await desk.cases.assign(french.id, { actor: 'max' })
    expect(await caseOf(desk, french.id)).toMatchObject({ owner: 'ann', routed: { because: 'earlierHandler', language: 'de' } })
  })

  test('S68: specialists are told and see the case with its whole history, and who answers for it stays; those above come besides', async () => {
    const { id } = await open({ customer: 'cust-1' })
    const before = await caseOf(desk, id)
    await desk.cases.escalate(id, { to: 'network', reason: 'line-fault', actor: 'ann' })
    await desk.cases.escalate(id, { reason: 'angry', actor: 'ann' })
    const after = await caseOf(desk, id)
    expect(after).toMatchObject({ owner: 'ann', escalations: 1, state: 'open' })
    expect(after.timeline.slice(0, before.timeline.length)).toEqual(before.timeline)
    expect(after.timeline.slice(before.timeline.length)).toMatchObject([
      { type: 'case:escalate', level: 0, to: ['pat'], functional: true, reason: { code: 'line-fault' } },
      { type: 'case:escalate', level: 1, to: ['max'], reason: { code: 'angry' } },
    ])
    for (const actor of ['pat', 'max', 'ann']) expect((await desk.cases.dashboard({ actor })).map((one) => one.id)).toContain(id)
    const alone = await desk.cases.addItem(id, { kind: 'human', name: 'Translate', routing: { skills: ['french'] }, actor: 'ann' })
    expect((await caseOf(desk, id)).items.find((one) => one.id === alone.id)).toMatchObject({
      assignee: null,
      routed: { because: 'nobodyFits', queue: ['max'] },
    })
    expect(await refusal(desk.cases.escalate(id, { to: ['nobody'], reason: 'x', actor: 'ann' }))).toMatchObject({ code: 'NoPerformer' })
  })
})

test('where nobody is above, neither an escalation nor an item that nobody fits goes nowhere', async () => {
  const desk = await openDesk(memoryStorage())
  const { id } = await desk.cases.open({ actor: 'ann' })
  expect(await refusal(desk.cases.escalate(id, { reason: 'angry', actor: 'ann' }))).toMatchObject({ code: 'NoPerformer', missing: ['to'] })
  const item = desk.cases.addItem(id, { kind: 'human', name: 'Translate', routing: { skills: ['french'] }, actor: 'ann' })
  expect(await refusal(item)).toMatchObject({ code: 'NoPerformer', missing: ['assignee'] })
  await desk.close()
})

test('a rule for routing is read when cases are made: it needs people, and somebody for what nobody fits', async () => {
  const code = async (options: CasesOptions) =>
    openDesk(memoryStorage(), {}, undefined, options).then(
      (one) => one.close(),
      (error) => error.code,
    )
  const { people } = OPTIONS
  expect([
    await code({ templates: [{ key: 'a', routing: {}, escalateTo: ['max'] }] }),
    await code({ ...(people && { people }), templates: [{ key: 'a', routing: {} }] }),
    await code({ ...(people && { people }), templates: [{ key: 'a', routing: { skills: 'x' as never }, escalateTo: ['max'] }] }),
  ]).toEqual(['invalidOption', 'invalidOption', 'invalidOption'])
})
