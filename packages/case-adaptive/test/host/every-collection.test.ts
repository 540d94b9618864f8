import { expect, test } from 'vitest'
import { collections } from '../../src/host/records.ts'
import type { CasesOptions } from '../../src/index.ts'
import { AB, allStorages, complete, type Desk, leaveAt, openDesk, START } from '../desk.ts'

const OPTIONS: CasesOptions = {
  people: {
    persons: [
      { id: 'ann', roles: ['agent'], skills: ['modems'], authority: { remedy: { each: 50, perDay: 60 } } },
      { id: 'bob', roles: ['agent'], skills: ['modems'] },
      { id: 'max', roles: ['manager'] },
      { id: 'rex', roles: ['reviewer'] },
    ],
    grants: { agent: ['*'], manager: ['*'], reviewer: ['review'] },
  },
  templates: [
    {
      key: 'modem',
      severities: { normal: { firstResponse: 'PT2H', resolution: 'PT72H' } },
      routing: { skills: ['modems'] },
      escalateTo: ['manager'],
      complaints: 'modem',
      customerView: {
        title: true,
        states: { open: 'We are working on it' },
        milestones: { A: 'Checked' },
        commitments: true,
        facts: ['orderId'],
        tell: { channel: 'mail' },
      },
    },
  ],
  notifier: 'tell',
  customerNotifier: 'tell',
  policies: {
    decideWithin: 'P2D',
    plans: { debt: { instalment: 100, floor: 20, every: 'P1D' } },
    reviews: [{ because: 'approved', part: 0 }],
  },
}

/** Everything that keeps or looks for something, once: what callers are told of it. */
async function walk(desk: Desk): Promise<unknown> {
  const { cases, engine } = desk
  const seen: unknown[] = []
  const look = (name: string, found: unknown): void => void seen.push({ [name]: found })
  await engine.deploy(AB)
  const first = await cases.open({ customer: 'cust-7', title: 'Modem', facts: { orderId: 'A-17' }, process: { key: 'p' }, actor: 'max' })
  await engine.drain()
  const second = await cases.open({ customer: 'cust-7', title: 'Modem again', actor: 'max' })
  look('owners', [first.owner, second.owner])
  const [instanceId = ''] = first.instanceIds
  await engine.drain()
  const away = await leaveAt(desk, instanceId, 'A', { actor: 'ann' })
  const item = await cases.addItem(away.id, { kind: 'human', name: 'Ring them', routing: { skills: ['modems'] }, actor: 'ann' })
  // Each time there is but one piece of work: which of several lands first is left open.
  await engine.drain()
  await cases.addItem(away.id, { kind: 'service', name: 'Book a courier', type: 'tell', actor: 'ann' })
  await engine.drain()
  await cases.completeItem(item.id, { variables: { found: true }, actor: 'bob' })
  look('worklist while away', await cases.worklist({ actor: 'ann' }))
  await cases.return(away.id, { to: 'resume', actor: 'ann' })
  await complete(desk, instanceId, 'A')
  const fact = await cases.facts.record(first.id, {
    key: 'id-proof',
    value: 'P 1',
    scope: 'customer',
    validUntil: '2026-12-01',
    actor: 'ann',
  })
  await cases.facts.verify(fact.id, { how: 'seen', actor: 'bob' })
  look('asked', [
    await cases.facts.ask(second.id, { key: 'id-proof', actor: 'bob' }),
    await cases.facts.ask(second.id, { key: 'none', actor: 'bob' }),
  ])
  await cases.contacts.record({ caseId: first.id, direction: 'inbound', channel: 'phone', summary: 'angry', actor: 'ann' })
  await cases.contacts.record({ customer: 'cust-7', direction: 'outbound', channel: 'mail', actor: 'ann' })
  look('contacts', await cases.contacts.find({ customer: 'cust-7', limit: 2 }))
  await cases.commitments.make(first.id, { what: 'Delivery', dueAt: '2026-03-03T09:00:00Z', by: 'bob', actor: 'ann' })
  await cases.commitments.plan(first.id, { kind: 'debt', total: 150, actor: 'ann' })
  const remedy = {
    caseId: first.id,
    offer: 'Money',
    reason: { code: 'late', customerStatement: 'Money back' },
    facts: [fact.id],
    actor: 'ann',
  }
  const drafts = []
  for (const amount of [40, 200, 300, 400]) {
    const { id } = await cases.proposals.draft({ ...remedy, cost: { kind: 'remedy', amount } })
    await cases.proposals.submit(id, { actor: 'ann' })
    drafts.push(id)
  }
  await cases.proposals.endorse(drafts[1] ?? '', { actor: 'bob' })
  await cases.proposals.reject(drafts[2] ?? '', { reason: 'no', actor: 'bob' })
  look('work of decisions', [
    await cases.worklist({ actor: 'bob' }),
    await cases.worklist({ actor: 'rex' }),
    await cases.reviews.due({ actor: 'rex' }),
  ])
  await cases.complain(first.id, { reason: 'rude', owner: 'rex', actor: 'max' })
  await cases.link(first.id, { to: second.id, as: 'child', actor: 'ann' })
  await engine.advance('P4D')
  await cases.facts.revoke(fact.id, { reason: 'forged', actor: 'ann' })
  const [candidate] = await cases.promotions.candidates({ minSupport: 1 })
  look('candidate', candidate)
  await cases.promotions.accept(candidate?.id ?? '', { source: AB.replace('name="A"', 'name="A2"'), minSupport: 1, actor: 'max' })
  look('candidate after', await cases.promotions.candidates({ minSupport: 1 }))
  look('suggested', await cases.suggest({ instanceId }))
  look('metrics', await cases.metrics({ from: START, to: '2026-04-01' }))
  look('dashboard', await cases.dashboard({ actor: 'max', overdue: true, limit: 1 }))
  look('found', [await cases.find({ customer: 'cust-7', state: ['open', 'new'] }), await cases.count({ instanceId })])
  const { customerToken } = await cases.get(first.id).then((view) => view ?? { customerToken: null })
  look('customer', [await cases.customerView('cust-7'), await cases.customerView(customerToken ?? '')])
  const { timeline = [], facts: known = [] } = (await cases.get(first.id)) ?? {}
  await cases.redact(first.id, {
    entries: timeline.filter(({ words }) => words !== undefined).map(({ seq }) => seq),
    facts: known.map(({ id }) => id),
    reason: 'x',
    actor: 'max',
  })
  const { head: _head, ...audit } = await cases.verifyAudit(first.id)
  look('audit', audit)
  look('cases', [await cases.get(first.id), await cases.get(second.id)])
  look('empty', await emptyCollections(desk))
  return named(seen)
}

async function emptyCollections({ storage }: Desk): Promise<readonly string[]> {
  const empty = []
  for (const each of collections) if ((await storage.find(each, { where: {}, limit: 1 })).length === 0) empty.push(each.name)
  return empty
}

/** The same with names by order in place of what is drawn: ids, tokens, digests. */
function named(seen: unknown): unknown {
  const names = new Map<string, string>()
  const text = JSON.stringify(seen).replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,64}/g, (id) => {
    const name = names.get(id) ?? `#${names.size}`
    names.set(id, name)
    return name
  })
  return JSON.parse(text)
}

const ALL = await allStorages()

test('every collection of cases is kept and searched alike on every storage', { timeout: 30_000 }, async () => {
  const answers = []
  for (const { make } of ALL) {
    const { storage, end } = await make()
    const desk = await openDesk(storage, { handlers: { tell: () => ({ told: true }) } }, undefined, OPTIONS)
    answers.push(await walk(desk))
    await desk.close()
    await end()
  }
  const [memory, ...others] = answers
  expect((memory as readonly object[]).at(-1)).toEqual({ empty: ['watches', 'case_deletions'] })
  for (const other of others) expect(other).toEqual(memory)
})
