import type { Cases } from '../../src/index.ts'

/** Every method of the face that is there: one without a call below does not compile. */
type There = Exclude<keyof Cases, 'as' | 'within'>
/** Those that stand by subject are named `facts.record`. */
export type Operation = {
  [Name in There]: Cases[Name] extends (...given: never[]) => unknown ? Name : `${Name}.${keyof Cases[Name] & string}`
}[There]
/** What calls are made about. */
export interface Ids {
  readonly instance: string
  readonly case: string
  readonly deviation: string
  readonly item: string
}

const by = { actor: 'mallory' }
const reason = { code: 'r', text: 'because' }
/** One call of each method. */
export const calls: { readonly [Name in Operation]: (cases: Cases, ids: Ids) => Promise<unknown> } = {
  open: (cases) => cases.open({ title: 'new', ...by }),
  attach: (cases, ids) => cases.attach(ids.case, ids.instance, by),
  leave: (cases, ids) => cases.leave({ instanceId: ids.instance, elementInstanceId: `${ids.instance}.2`, mode: 'detour', reason, ...by }),
  leaveMany: (cases, ids) => cases.leaveMany({ instanceIds: [ids.instance], mode: 'detour', reason, ...by }),
  defer: (cases, ids) => cases.defer({ instanceId: ids.instance, before: 'B', item: { kind: 'human', name: 'later' }, ...by }),
  undo: (cases, ids) => cases.undo(ids.deviation, by),
  resolve: (cases, ids) => cases.resolve(ids.case, { code: 'done', ...by }),
  join: (cases, ids) => cases.join(ids.deviation, by),
  addItem: (cases, ids) => cases.addItem(ids.deviation, { kind: 'human', name: 'call', ...by }),
  completeItem: (cases, ids) => cases.completeItem(ids.item, by),
  cancelItem: (cases, ids) => cases.cancelItem(ids.item, { reason, ...by }),
  return: (cases, ids) => cases.return(ids.deviation, { to: 'resume', ...by }),
  previewLeave: (cases, ids) =>
    cases.previewLeave({ instanceId: ids.instance, elementInstanceId: `${ids.instance}.2`, mode: 'detour', ...by }),
  previewReturn: (cases, ids) => cases.previewReturn(ids.deviation, { to: 'resume', ...by }),
  get: (cases, ids) => cases.as(by).get(ids.case),
  find: (cases) => cases.as(by).find(),
  count: (cases) => cases.as(by).count(),
  verifyAudit: (cases, ids) => cases.as(by).verifyAudit(ids.case),
  exportOcel: (cases, ids) => cases.as(by).exportOcel({ caseIds: [ids.case] }),
  offers: (cases, ids) => cases.offers(ids.case, by),
  pauseClock: (cases, ids) => cases.pauseClock(ids.case, { reason: 'awaitingCustomer', ...by }),
  resumeClock: (cases, ids) => cases.resumeClock(ids.case, by),
  setSeverity: (cases, ids) => cases.setSeverity(ids.case, { severity: 'high', reason, ...by }),
  setTier: (cases, ids) => cases.setTier(ids.case, { tier: 'gold', reason, ...by }),
  escalate: (cases, ids) => cases.escalate(ids.case, { reason, ...by }),
  assign: (cases, ids) => cases.assign(ids.case, { to: 'lee', ...by }),
  transfer: (cases, ids) => cases.transfer(ids.case, { to: 'lee', reason, ...by }),
  confirm: (cases, ids) => cases.confirm(ids.case, by),
  close: (cases, ids) => cases.close(ids.case, by),
  reopen: (cases, ids) => cases.reopen(ids.case, { reason, ...by }),
  delete: (cases, ids) => cases.delete(ids.case, by),
  link: (cases, ids) => cases.link(ids.case, { to: 'other', ...by }),
  complain: (cases, ids) => cases.complain(ids.case, { reason, ...by }),
  workIn: (cases, ids) => cases.as(by).workIn(`${ids.instance}.2`),
  worklist: (cases) => cases.as(by).worklist(),
  customerView: (cases) => cases.as(by).customerView('cust-7'),
  'surveys.submit': (cases) => cases.surveys.submit({ id: 'r-1', answers: { completed: 'NO' }, ...by }),
  'trends.find': (cases) => cases.as(by).trends.find(),
  'trends.raise': (cases) => cases.trends.raise(by),
  'contacts.record': (cases, ids) => cases.contacts.record({ caseId: ids.case, direction: 'outbound', channel: 'phone', ...by }),
  'contacts.find': (cases, ids) => cases.as(by).contacts.find({ caseId: ids.case }),
  'facts.record': (cases, ids) => cases.facts.record(ids.case, { key: 'k', value: 1, ...by }),
  'facts.verify': (cases, ids) => cases.facts.verify(ids.item, { how: 'seen', ...by }),
  'facts.ask': (cases, ids) => cases.facts.ask(ids.case, { key: 'k', ...by }),
  'facts.revoke': (cases, ids) => cases.facts.revoke(ids.item, { reason, ...by }),
  'commitments.make': (cases, ids) => cases.commitments.make(ids.case, { what: 'w', dueAt: 0, ...by }),
  'commitments.plan': (cases, ids) => cases.commitments.plan(ids.case, { kind: 'k', total: 1, ...by }),
  'commitments.prove': (cases, ids) => cases.commitments.prove(ids.item, { proof: { kind: 'k' }, ...by }),
  'proposals.draft': (cases, ids) => cases.proposals.draft({ caseId: ids.case, offer: 'o', reason, ...by }),
  'proposals.weigh': (cases) => cases.proposals.weigh({ kind: 'k', customer: 2, house: 1, ...by }),
  'proposals.submit': (cases, ids) => cases.proposals.submit(ids.item, by),
  'proposals.counter': (cases, ids) => cases.proposals.counter(ids.item, { offer: 'o', reason, ...by }),
  'proposals.endorse': (cases, ids) => cases.proposals.endorse(ids.item, by),
  'proposals.approve': (cases, ids) => cases.proposals.approve(ids.item, by),
  'proposals.reject': (cases, ids) => cases.proposals.reject(ids.item, { reason, ...by }),
  'proposals.withdraw': (cases, ids) => cases.proposals.withdraw(ids.item, by),
  'reviews.due': (cases) => cases.as(by).reviews.due(),
  'reviews.decide': (cases, ids) => cases.reviews.decide(ids.item, { outcome: 'confirmed', reason, ...by }),
  metrics: (cases) => cases.as(by).metrics({ from: 0, to: 1 }),
  suggest: (cases, ids) => cases.as(by).suggest({ instanceId: ids.instance }),
  'promotions.candidates': (cases) => cases.as(by).promotions.candidates(),
  'promotions.draft': (cases, ids) => cases.as(by).promotions.draft(ids.item),
  'promotions.accept': (cases, ids) => cases.promotions.accept(ids.item, { source: '<x/>', ...by }),
  dashboard: (cases) => cases.as(by).dashboard(),
  redact: (cases, ids) => cases.redact(ids.case, { entries: [1], reason: 'asked for', ...by }),
}
