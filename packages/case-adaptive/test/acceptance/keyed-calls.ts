import type { CasesOptions } from '../../src/index.ts'
import { AB, at, begun, caseOf, type Desk, leaveAt, model, user } from '../desk.ts'
import type { Operation } from '../host/calls.ts'

const by = { actor: 'kim' }

/** What every call below is made with. */
export const once = { ...by, idempotencyKey: 'k' }

/** A house in which everything below is allowed and named. */
export const HOUSE: CasesOptions = {
  notifier: 'tell',
  people: {
    persons: ['kim', 'lee', 'max', 'rex'].map((id) => ({ id, roles: ['all'], authority: { remedy: id === 'max' ? 500 : 50 } })),
    grants: { all: ['*'] },
  },
  templates: [
    {
      key: 'plain',
      severities: { low: { resolution: 'P9D' }, high: { resolution: 'P1D' } },
      tiers: { silver: 'low', gold: 'high' },
      escalateTo: ['max'],
      complaints: 'claims',
      offers: [{ key: 'call', item: { kind: 'human', name: 'Call them' } }],
    },
    { key: 'claims' },
  ],
  policies: { tierOf: () => 'silver', elements: { A: { mandatory: true } }, plans: { debt: { instalment: 100, floor: 20, every: 'P1W' } } },
  alerts: [{ key: 'unhappy', when: ({ answers }) => answers.done === 'NO', open: 'plain' }],
  trends: [{ key: 'rise', within: 'P7D', atLeast: 1, open: 'plain' }],
}

/** Another house on the same store: nothing of the above is named there, and nobody may do anything. */
export const OTHER: CasesOptions = {
  notifier: 'tell',
  templates: [{ key: 'other' }],
  people: { persons: [{ id: 'boss', roles: ['boss'] }], grants: { boss: ['*'] } },
  policies: {
    tierOf: () => {
      throw new Error('not now')
    },
  },
}

/** Methods that change nothing, and take no key. */
type Reading =
  | 'get'
  | 'find'
  | 'count'
  | 'verifyAudit'
  | 'exportOcel'
  | 'offers'
  | 'workIn'
  | 'worklist'
  | 'dashboard'
  | 'customerView'
  | 'trends.find'
  | 'contacts.find'
  | 'proposals.weigh'
  | 'reviews.due'
  | 'metrics'
  | 'suggest'
  | 'promotions.candidates'
  | 'promotions.draft'
  | 'previewLeave'
  | 'previewReturn'

/** Prepares what a call is about, and gives the call: it is made with the cases of whichever house there is then. */
type Prepared = (desk: Desk) => Promise<(desk: Desk) => Promise<unknown>>

const human = { kind: 'human', name: 'call' } as const
const opened = async (desk: Desk): Promise<string> => (await desk.cases.open({ customer: 'c', ...by })).id
const away = async (desk: Desk): Promise<string> => (await leaveAt(desk, await begun(desk), 'A')).id
const added = async (desk: Desk): Promise<string> => (await desk.cases.addItem(await away(desk), { ...human, ...by })).id
const recorded = async (desk: Desk): Promise<string> =>
  (await desk.cases.facts.record(await opened(desk), { key: 'k', value: 1, ...by })).id
const resolved = async (desk: Desk): Promise<string> => {
  const id = await opened(desk)
  await desk.cases.resolve(id, { code: 'done', ...by })
  return id
}
const drafted = async (desk: Desk): Promise<string> =>
  (await desk.cases.proposals.draft({ caseId: await opened(desk), offer: 'o', reason: 'r', ...by })).id
/** Beyond what kim may grant. */
const submitted = async (desk: Desk): Promise<string> => {
  const cost = { kind: 'remedy', amount: 200 }
  const { id } = await desk.cases.proposals.draft({
    caseId: await opened(desk),
    offer: 'o',
    cost,
    reason: { code: 'r', customerStatement: 's' },
    ...by,
  })
  await desk.cases.proposals.submit(id, by)
  return id
}

/** One call of each method that takes a key. */
export const keyedCalls: { readonly [Name in Exclude<Operation, Reading>]: Prepared } = {
  open:
    async () =>
    ({ cases }) =>
      cases.open({ template: 'plain', customer: 'c', ...once }).then(({ id }) => id),
  attach: async (desk) => {
    const [caseId, instanceId] = [await opened(desk), await begun(desk)]
    return ({ cases }) => cases.attach(caseId, instanceId, once)
  },
  leave: async (desk) => {
    const instanceId = await begun(desk)
    const elementInstanceId = await at(desk.engine, instanceId, 'A')
    return ({ cases }) => cases.leave({ instanceId, elementInstanceId, reason: 'r', ...once })
  },
  leaveMany: async (desk) => {
    const instanceIds = [await begun(desk), await begun(desk)]
    return async ({ cases, engine }) => {
      const { batchId } = await cases.leaveMany({ instanceIds, reason: 'r', ...once })
      return engine.batches.get(batchId)
    }
  },
  defer: async (desk) => {
    const instanceId = await begun(desk)
    return ({ cases }) => cases.defer({ instanceId, before: 'B', item: { kind: 'case', name: 'n' }, ...once })
  },
  undo: async (desk) => {
    const id = await away(desk)
    return ({ cases }) => cases.undo(id, once)
  },
  resolve: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.resolve(id, { code: 'done', ...once })
  },
  join: async (desk) => {
    const id = await away(desk)
    return ({ cases }) => cases.join(id, once)
  },
  addItem: async (desk) => {
    const id = await away(desk)
    return ({ cases }) => cases.addItem(id, { kind: 'case', name: 'n', template: 'plain', ...once })
  },
  completeItem: async (desk) => {
    const id = await added(desk)
    return ({ cases }) => cases.completeItem(id, once)
  },
  cancelItem: async (desk) => {
    const id = await added(desk)
    return ({ cases }) => cases.cancelItem(id, { reason: 'r', ...once })
  },
  return: async (desk) => {
    const id = await away(desk)
    return ({ cases }) => cases.return(id, { to: { handOver: { case: 'plain' } }, ...once })
  },
  pauseClock: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.pauseClock(id, { reason: 'awaitingCustomer', ...once })
  },
  resumeClock: async (desk) => {
    const id = await opened(desk)
    await desk.cases.pauseClock(id, { reason: 'awaitingCustomer', ...by })
    return ({ cases }) => cases.resumeClock(id, once)
  },
  setSeverity: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.setSeverity(id, { severity: 'high', reason: 'r', ...once })
  },
  setTier: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.setTier(id, { tier: 'gold', reason: 'r', ...once })
  },
  escalate: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.escalate(id, { reason: 'r', ...once })
  },
  assign: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.assign(id, { to: 'lee', ...once })
  },
  transfer: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.transfer(id, { to: 'lee', reason: 'r', ...once })
  },
  confirm: async (desk) => {
    const id = await resolved(desk)
    return ({ cases }) => cases.confirm(id, once)
  },
  close: async (desk) => {
    const id = await resolved(desk)
    return ({ cases }) => cases.close(id, once)
  },
  reopen: async (desk) => {
    const id = await resolved(desk)
    return ({ cases }) => cases.reopen(id, { reason: 'r', ...once })
  },
  delete: async (desk) => {
    const id = await resolved(desk)
    await desk.cases.close(id, by)
    return ({ cases }) => cases.delete(id, once)
  },
  link: async (desk) => {
    const [id, to] = [await opened(desk), await opened(desk)]
    return ({ cases }) => cases.link(id, { to, ...once })
  },
  complain: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.complain(id, { reason: 'r', ...once })
  },
  redact: async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.redact(id, { entries: [1], reason: 'asked for', ...once })
  },
  'surveys.submit':
    async () =>
    ({ cases }) =>
      cases.surveys.submit({ id: 'r-1', answers: { done: 'NO' }, ...once }),
  'trends.raise': async (desk) => {
    await desk.cases.contacts.record({ customer: 'c', direction: 'inbound', channel: 'phone', category: 'modem', ...by })
    return ({ cases }) => cases.trends.raise(once)
  },
  'contacts.record': async (desk) => {
    const caseId = await opened(desk)
    return ({ cases }) => cases.contacts.record({ caseId, direction: 'inbound', channel: 'phone', ...once })
  },
  'facts.record': async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.facts.record(id, { key: 'k', value: 1, ...once })
  },
  'facts.verify': async (desk) => {
    const id = await recorded(desk)
    return ({ cases }) => cases.facts.verify(id, { how: 'seen', ...once })
  },
  'facts.ask': async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.facts.ask(id, { key: 'k', ...once })
  },
  'facts.revoke': async (desk) => {
    const id = await recorded(desk)
    return ({ cases }) => cases.facts.revoke(id, { reason: 'r', ...once })
  },
  'commitments.make': async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.commitments.make(id, { what: 'w', dueAt: '2026-04-01T00:00:00Z', ...once })
  },
  'commitments.plan': async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.commitments.plan(id, { kind: 'debt', total: 100, ...once })
  },
  'commitments.prove': async (desk) => {
    const { id } = await desk.cases.commitments.make(await opened(desk), { what: 'w', dueAt: '2026-04-01T00:00:00Z', ...by })
    return ({ cases }) => cases.commitments.prove(id, { proof: { kind: 'k' }, ...once })
  },
  'proposals.draft': async (desk) => {
    const caseId = await opened(desk)
    return ({ cases }) => cases.proposals.draft({ caseId, item: { kind: 'case', name: 'n' }, reason: 'r', ...once })
  },
  'proposals.submit': async (desk) => {
    const { id } = await desk.cases.proposals.draft({ caseId: await opened(desk), item: { kind: 'case', name: 'n' }, reason: 'r', ...by })
    return ({ cases }) => cases.proposals.submit(id, once)
  },
  'proposals.counter': async (desk) => {
    const id = await submitted(desk)
    return ({ cases }) => cases.proposals.counter(id, { offer: 'less', reason: 'r', ...once, actor: 'lee' })
  },
  'proposals.endorse': async (desk) => {
    const id = await submitted(desk)
    return ({ cases }) => cases.proposals.endorse(id, { ...once, actor: 'lee' })
  },
  'proposals.approve': async (desk) => {
    const id = await submitted(desk)
    return ({ cases }) => cases.proposals.approve(id, { ...once, actor: 'max' })
  },
  'proposals.reject': async (desk) => {
    const id = await submitted(desk)
    return ({ cases }) => cases.proposals.reject(id, { reason: 'r', ...once, actor: 'lee' })
  },
  'proposals.withdraw': async (desk) => {
    const id = await drafted(desk)
    return ({ cases }) => cases.proposals.withdraw(id, once)
  },
  'reviews.decide': async (desk) => {
    const left = await leaveAt(desk, await begun(desk, AB), 'A')
    await desk.cases.return(left.id, { to: 'skip', approvedBy: ['max'], ...by })
    const [review] = (await caseOf(desk, left.caseId)).reviews
    return ({ cases }) => cases.reviews.decide(review?.id ?? '', { outcome: 'confirmed', reason: 'r', ...once, actor: 'rex' })
  },
  'promotions.accept': async (desk) => {
    const id = await away(desk)
    const item = await desk.cases.addItem(id, { ...human, ...by })
    await desk.cases.completeItem(item.id, by)
    await desk.cases.return(id, { to: 'resume', ...by })
    const [candidate] = await desk.cases.promotions.candidates({ minSupport: 1 })
    const source = model(user('C') + user('A') + user('B'), 'S>C C>A A>B B>E')
    return ({ cases }) => cases.promotions.accept(candidate?.id ?? '', { source, ...once })
  },
}

/** Ways to call some of these of which another part is the house's. */
export const otherWays: { readonly [what: string]: Prepared } = {
  'a case with its process': async (desk) => {
    await desk.engine.deploy(AB)
    return ({ cases }) => cases.open({ template: 'plain', customer: 'c', process: { key: 'p' }, ...once }).then(({ id }) => id)
  },
  'leaving ahead': async (desk) => {
    const instanceId = await begun(desk)
    return ({ cases }) => cases.leave({ instanceId, before: 'B', reason: 'r', ...once })
  },
  'an item that was offered': async (desk) => {
    const id = await away(desk)
    return ({ cases }) => cases.addItem(id, { offer: 'call', dueAt: '2026-04-01T00:00:00Z', ...once })
  },
  'handing over to a case of the default template': async (desk) => {
    const id = await away(desk)
    return ({ cases }) => cases.return(id, { to: { handOver: { case: true } }, ...once })
  },
  'a complaint by another template': async (desk) => {
    const id = await opened(desk)
    return ({ cases }) => cases.complain(id, { reason: 'r', template: 'plain', ...once })
  },
  'agreeing to a call': async (desk) => {
    const id = await away(desk)
    const proposal = { operation: 'cases.return', right: null, call: [id, { to: { handOver: { case: 'plain' } } }] }
    const { id: proposed } = await desk.cases.proposals.draft({ proposal, reason: { code: 'r', customerStatement: 's' }, ...by })
    return ({ cases }) => cases.proposals.submit(proposed, once)
  },
}
