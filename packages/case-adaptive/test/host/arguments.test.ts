import { createEngine, EngineError, Refused } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCases } from '../../src/index.ts'
import { begun, type Desk, leaveAt, openDesk } from '../desk.ts'

type Loose = Record<string, (...args: readonly unknown[]) => Promise<unknown>>

describe('what cases are given', () => {
  let desk: Desk
  let cases: Loose
  let ids: { readonly instance: string; readonly case: string; readonly deviation: string; readonly item: string }

  beforeAll(async () => {
    desk = await openDesk(memoryStorage())
    cases = desk.cases as unknown as Loose
    const instance = await begun(desk)
    const { id: deviation, caseId } = await leaveAt(desk, instance, 'A')
    const { id: item } = await desk.cases.addItem(deviation, { kind: 'human', name: 'call', required: true, actor: 'kim' })
    ids = { instance, case: caseId, deviation, item }
  })
  afterAll(() => desk.close())

  const by = { actor: 'kim' }
  const human = { kind: 'human', name: 'n', ...by }
  const refusalOf = (call: () => Promise<unknown>): Promise<unknown> =>
    call().then(
      () => 'taken',
      (error: unknown) => (error instanceof EngineError || error instanceof Refused ? error.code : error),
    )

  test.each<[string, () => Promise<unknown>]>([
    ['a title that is no text', () => cases.open!({ title: Symbol('t'), ...by })],
    ['a customer that no store keeps', () => cases.open!({ customer: '\0', ...by })],
    ['a customer that is a number', () => cases.open!({ customer: 7, ...by })],
    ['a process that is no object', () => cases.open!({ process: null, ...by })],
    ['the key of a process that is no text', () => cases.open!({ process: { key: 7 }, ...by })],
    ['an actor that is no text', () => cases.open!({ actor: 7 })],
    ['a list in place of a request', () => cases.open!([])],
    ['an instance that is none', () => cases.attach!(ids.case, null, by)],
    [
      'words of a reason that are a function',
      () => cases.leave!({ instanceId: ids.instance, before: 'B', reason: { code: 'r', text: () => 1 }, ...by }),
    ],
    ['timers that are none', () => cases.leave!({ instanceId: ids.instance, before: 'B', reason: 'r', timers: null, ...by })],
    [
      'a cascade that is neither true nor false',
      () => cases.leave!({ instanceId: ids.instance, elementInstanceId: 'x', reason: 'r', cascade: 'no', ...by }),
    ],
    ['instances that are no list', () => cases.leaveMany!({ instanceIds: 7, reason: 'r', ...by })],
    ['an item that is required "yes"', () => cases.addItem!(ids.deviation, { ...human, required: 'yes' })],
    ['candidates that are no list', () => cases.addItem!(ids.deviation, { ...human, candidateGroups: 'desk' })],
    ['a priority that is text', () => cases.addItem!(ids.deviation, { ...human, priority: 'high' })],
    ['an item after no list', () => cases.addItem!(ids.deviation, { ...human, after: 'all' })],
    ['a due date that is true', () => cases.addItem!(ids.deviation, { ...human, dueAt: true })],
    ['a cost without bounds', () => cases.addItem!(ids.deviation, { ...human, cost: { kind: 'euro', amount: Number.POSITIVE_INFINITY } })],
    ['an outcome that is an object', () => cases.completeItem!(ids.item, { outcome: {}, ...by })],
    [
      'what is waived, as text in which the item is',
      () => cases.return!(ids.deviation, { to: 'resume', waive: `${ids.item} `, reason: 'r', ...by }),
    ],
    ['who approves, as text', () => cases.return!(ids.deviation, { to: 'skip', approvedBy: 'max', ...by })],
    ['a jump that also goes to text', () => cases.return!(ids.deviation, { to: { jump: 'B', also: 'B' }, ...by })],
    ['an end of a branch that is null', () => cases.return!(ids.deviation, { to: { endBranch: null }, ...by })],
    ['an undo that is partial "no"', () => cases.undo!(ids.deviation, { partial: 'no', reason: 'r', ...by })],
    ['a deviation that is a symbol', () => cases.undo!(Symbol('d'), by)],
    ['a case that is null', () => cases.get!(null)],
    ['no query at all', () => cases.find!(null)],
    ['a customer that is null, of a query', () => cases.find!({ customer: null })],
    ['states that are no texts', () => cases.count!({ state: [null] })],
    ['overdue that is text', () => cases.dashboard!({ overdue: 'no', ...by })],
    ['an anchor that is text', () => cases.verifyAudit!(ids.case, 'head')],
    ['an anchor whose head is misspelt', () => cases.verifyAudit!(ids.case, { entries: 1, haed: 'x' })],
    ['no cases for a log', () => cases.exportOcel!(null)],
    ['nobody to assign to', () => cases.assign!(ids.case, { to: '', ...by })],
    ['a word of the customer that is neither yes nor no', () => cases.confirm!(ids.case, { accepted: 'no', ...by })],
    ['a route without an end', () => cases.close!(ids.case, { route: { to: 'kim' }, ...by })],
    ['a complaint that is linked by hand', () => cases.link!(ids.case, { to: ids.case, as: 'complaint', ...by })],
    ['a page of work that never was', () => cases.worklist!({ after: 'x', ...by })],
    ['a customer that is none', () => cases.customerView!(null)],
    ['figures of a span that ends before it begins', () => cases.metrics!({ from: 2, to: 1 })],
    ['a step that has no name', () => cases.suggest!({ instanceId: 7 })],
  ])('%s is refused as invalidArgument', async (_name, call) => {
    expect(await refusalOf(call)).toBe('invalidArgument')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['a contact with nobody', () => desk.cases.contacts.record({ direction: 'inbound', channel: 'phone', ...by })],
    ['a contact in no direction', () => desk.cases.contacts.record({ caseId: ids.case, channel: 'phone', ...by })],
    ['a contact that goes on with another customer', () => desk.cases.contacts.record({ id: 'x', customer: 'c', ...by })],
    ['a fact without a value', () => desk.cases.facts.record(ids.case, { key: 'k', value: undefined, ...by })],
    ['a promise that is never due', () => desk.cases.commitments.make(ids.case, { what: 'w', dueAt: 'soon', ...by })],
    ['a proof and no proof', () => desk.cases.commitments.prove('x', { proof: { kind: 'k' }, released: true, ...by })],
    ['a remedy for no case', () => desk.cases.proposals.draft({ offer: 'o', reason: 'r', ...by })],
    ['a judgement of another kind', () => desk.cases.reviews.decide('x', { outcome: 'fine' as 'confirmed', reason: 'r', ...by })],
    ['candidates that are never enough', () => desk.cases.promotions.candidates({ minSupport: 0 })],
  ])('%s is refused by its method as invalidArgument', async (_name, call) => {
    expect(await refusalOf(call)).toBe('invalidArgument')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['cases.find', () => cases.find!({ costumer: 'c' })],
    ['cases.count', () => cases.count!({ status: 'open' })],
    ['cases.dashboard', () => cases.dashboard!({ late: true, ...by })],
    ['cases.attach', () => cases.attach!(ids.case, ids.instance, { reason: 'r', ...by })],
    ['a return that jumps', () => cases.return!(ids.deviation, { to: { jump: 'B', cancle: [] }, ...by })],
  ])('a misspelt member of %s is refused, not passed over', async (_name, call) => {
    expect(await refusalOf(call)).toBe('notYetSupported')
  })
})

test('whatever a method is called with, what it throws has a code', async () => {
  const desk = await openDesk(memoryStorage())
  const uncoded: string[] = []
  const callAll = async (face: object, path: string): Promise<void> => {
    for (const [name, method] of Object.entries(face)) {
      if (name === 'as' || name === 'within') continue
      if (typeof method !== 'function') await callAll(method, `${path}.${name}`)
      else
        for (const given of [[], [null], ['x'], ['x', null], ['x', 'y', null], [5, 5], [{}, {}], [[], []], ['x', 'text']]) {
          const error = await Promise.resolve()
            .then(() => method(...given))
            .catch((thrown: unknown) => thrown)
          const isCoded = !(error instanceof Error) || error instanceof EngineError || error instanceof Refused
          if (!isCoded) uncoded.push(`${path}.${name}(${JSON.stringify(given)}): ${error}`)
        }
    }
  }
  await callAll(desk.cases, 'cases')
  expect(uncoded).toEqual([])
  await desk.close()
})

const severities = { high: { resolution: 'PT1H' } }

test.each<[string, object]>([
  ['templates that are no list', { templates: {} }],
  ['severities that are none', { templates: [{ key: 't', severities: null }] }],
  ['a goal without a time', { templates: [{ key: 't', severities: { high: { resolution: {} } } }] }],
  ['a goal of a number', { templates: [{ key: 't', severities: { high: { resolution: { within: 8 } } } }] }],
  ['escalations that are one time', { templates: [{ key: 't', severities: { high: { resolution: { within: 'PT1H', again: 'PT8H' } } } }] }],
  ['tiers that are none', { templates: [{ key: 't', severities, tiers: null }] }],
  ['offers that are no list', { templates: [{ key: 't', offers: {} }] }],
  [
    'an offer for one tier as text',
    { templates: [{ key: 't', offers: [{ key: 'o', item: { kind: 'human', name: 'n' }, when: { tiers: 'gold' } }] }] },
  ],
  [
    'an offer for one role as text',
    { templates: [{ key: 't', offers: [{ key: 'o', item: { kind: 'human', name: 'n' }, roles: 'lead' }] }] },
  ],
  ['roles of a person as text', { people: { persons: [{ id: 'kim', roles: 'leader' }], grants: {} } }],
  ['an authority that is text', { people: { persons: [{ id: 'kim', authority: 'all' }], grants: {} } }],
  ['a notifier that is a function', { notifier: () => undefined }],
  ['roles of an element as text', { policies: { elements: { A: { roles: 'lead' } } } }],
  ['approvals that are text', { policies: { elements: { A: { approvals: '2' } } } }],
  ['a rule that is no list', { policies: { separate: { elements: ['A', 'B'] } } }],
  ['a rule that names one element as text', { policies: { separate: [{ elements: 'AB' }] } }],
  ['a rule without its second half', { policies: { precedence: [{ before: 'A' }] } }],
])('%s is refused by createCases as invalidOption', async (_name, options) => {
  const engine = await createEngine()
  await expect(createCases(engine, options)).rejects.toMatchObject({ name: 'EngineError', code: 'invalidOption' })
  await engine.close()
})
