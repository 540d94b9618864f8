import { describe, expect, test } from 'vitest'
import type { Cases } from '../../src/index.ts'
import { AB, at, refusal, useDesk } from '../desk.ts'

/*
 * Two tenants of one house, with customers of the same id and people of the same name. What one has is neither told to the other, nor does
 * it change what the other is told.
 */

const told: Record<string, unknown>[] = []
const PERSONS = [
  { id: 'ann', languages: ['en'] },
  { id: 'bob', languages: ['de'] },
] as const
const desk = useDesk(
  { handlers: { tell: ({ variables }) => void told.push(variables) } },
  {
    people: { persons: [...PERSONS, { id: 'kim' }, { id: 'lee' }], grants: { '*': ['*'] } },
    customerNotifier: 'tell',
    templates: [
      { key: 'plain' },
      { key: 'routed', routing: {}, escalateTo: ['kim'] },
      { key: 'told', customerView: { states: { open: 'We work on it' }, tell: { channel: 'mail' } } },
    ],
    trends: [{ key: 'more', within: 'P1D', atLeast: 1, open: 'plain' }],
  },
)
const tenant = (tenantId: string, actor = 'kim'): Cases => desk.cases.as({ actor, tenantId })

/** One who left the path at A, did something, and came back. */
async function cameBack(tenantId: string, elementId = 'A'): Promise<string> {
  const { id: instanceId } = await desk.engine.start('p', { tenantId })
  const cases = tenant(tenantId)
  const away = await cases.leave({ instanceId, elementInstanceId: await at(desk.engine, instanceId, elementId), reason: 'lost' })
  const item = await cases.addItem(away.id, { kind: 'human', name: 'Look for it' })
  await cases.completeItem(item.id)
  await cases.return(away.id, { to: 'resume' })
  return away.id
}

describe('what one tenant has', () => {
  test('takes no room in what the other is shown of a customer of the same id', async () => {
    const [ours, other] = [tenant('ours'), tenant('theirs')]
    const first = await ours.open({ customer: 'cust-7' })
    const second = await ours.open({ customer: 'cust-7' })
    for (let k = 0; k < 100; k++) await other.open({ customer: 'cust-7' })
    expect((await ours.customerView('cust-7')).cases.map(({ id }) => id)).toEqual([second.id, first.id])
    expect((await ours.get(second.id))?.otherCases.map(({ id }) => id)).toEqual([first.id])
  })

  test('decides nothing of the other: not on which channel a customer is told, nor who gets their case', async () => {
    const [ours, other] = [tenant('ours'), tenant('theirs')]
    const known = await other.open({ customer: 'cust-7' })
    await other.facts.record(known.id, { key: 'channel', value: 'fax', scope: 'customer' })
    await other.facts.record(known.id, { key: 'language', value: 'de', scope: 'customer' })
    await other.assign(known.id, { to: 'bob' })
    expect(await ours.open({ template: 'routed', customer: 'cust-7' })).toMatchObject({ owner: 'ann' })
    await ours.open({ template: 'told', customer: 'cust-7' })
    await desk.engine.drain()
    expect(told.splice(0)).toMatchObject([{ channel: 'mail', tenantId: 'ours' }])
  })

  test('nor does a house that sees both mix them', async () => {
    const known = await tenant('theirs').open({ customer: 'cust-7' })
    await tenant('theirs').assign(known.id, { to: 'bob' })
    const { id } = await tenant('ours').open({ customer: 'cust-7', template: 'routed' })
    await tenant('ours').transfer(id, { to: 'lee', reason: 'tired' })
    const cases = desk.cases.as({ actor: 'kim' })
    await cases.assign(id, {})
    expect(await cases.get(id)).toMatchObject({ owner: 'ann', routed: { because: 'leastLoad' } })
  })

  test('is on no page of the other’s reviews, nor between them', async () => {
    const proposed = async (cases: Cases): Promise<string> => {
      const { id: caseId } = await cases.open()
      const { id } = await cases.proposals.draft({
        caseId,
        offer: 'Money',
        reason: { code: 'late', customerStatement: 'Money', rule: 'none' },
      })
      await cases.proposals.submit(id)
      const { tenantId } = (await cases.get(caseId)) ?? { tenantId: null }
      await tenant(tenantId ?? '', 'lee').proposals.endorse(id)
      return id
    }
    for (let k = 0; k < 2; k++) await proposed(tenant('theirs'))
    const own = await proposed(tenant('ours'))
    const page = await tenant('ours', 'ann').reviews.due({ limit: 1 })
    expect(page.map(({ subjectId }) => subjectId)).toEqual([own])
    expect(await tenant('ours', 'ann').reviews.due({ limit: 1, after: page.next ?? '' })).toEqual([])
    expect((await tenant('nobodys', 'ann').reviews.due({ limit: 1 })).next).toBeUndefined()
  })

  test('is nothing that the other could propose to come back to', async () => {
    await desk.engine.deploy(AB)
    const deviationId = await cameBack('ours')
    const draft = (id: string) => tenant('theirs').proposals.draft({ proposal: { operation: 'cases.undo', right: null, call: [id] } })
    expect(await refusal(draft(deviationId))).toMatchObject({ code: 'UnknownCase', details: { caseId: deviationId } })
  })

  test('is not counted where the other looks at what its work off the path came to, nor is its model the one to change', async () => {
    await desk.engine.deploy(AB)
    await cameBack('theirs')
    const theirs = tenant('theirs').promotions
    const [candidate] = await theirs.candidates({ minSupport: 1 })
    const id = candidate?.id ?? ''
    for (let k = 0; k < 3; k++) await desk.engine.start('p', { tenantId: 'ours' })
    await desk.engine.deploy(AB.replace('name="A"', 'name="of ours"'), { tenantId: 'ours' })
    expect((await theirs.draft(id, { minSupport: 1 })).definition).toEqual({ id: 'p:1', version: 1 })
    await theirs.accept(id, { source: AB.replace('name="A"', 'name="A2"'), minSupport: 1 })
    expect((await theirs.draft(id, { minSupport: 1 })).definition).toEqual({ id: 'p:1@theirs', version: 1 })
    expect((await theirs.candidates({ minSupport: 1 }))[0]?.measured).toMatchObject([
      { definitionId: 'p:1', instances: 1 },
      { definitionId: 'p:1@theirs', instances: 0 },
    ])
  })

  test('is not told to who names the other in the call', async () => {
    await desk.engine.deploy(AB)
    const deviationId = await cameBack('ours')
    const [candidate] = await tenant('ours').promotions.candidates({ minSupport: 1 })
    await tenant('ours').contacts.record({ customer: 'cust-7', direction: 'inbound', channel: 'phone', category: 'a plan of ours' })
    const { cases } = desk
    const by = { actor: 'kim', tenantId: 'theirs' }
    expect(await refusal(cases.offers(deviationId, by))).toMatchObject({ code: 'UnknownDeviation' })
    expect(await refusal(cases.addItem(deviationId, { kind: 'human', name: 'x', ...by }))).toMatchObject({ code: 'UnknownDeviation' })
    expect(await cases.trends.raise(by)).toEqual([])
    expect(await cases.trends.raise({ ...by, idempotencyKey: 'k' })).toEqual([])
    const accepted = cases.promotions.accept(candidate?.id ?? '', { source: AB, minSupport: 1, ...by })
    expect(await refusal(accepted)).toMatchObject({ code: 'UnknownCandidate' })
    expect(await cases.trends.raise({ ...by, tenantId: 'ours' })).toMatchObject([{ category: 'a plan of ours' }])
  })
})
