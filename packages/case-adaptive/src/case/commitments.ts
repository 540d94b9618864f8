import { takes, transitionOf } from '@leeway/engine/extension'
import { type CommitmentEvent, commitmentLifecycle } from '../lifecycles/commitment.ts'
import type { Book } from './book.ts'
import type { Case, Service } from './case-state.ts'
import type { MakeCommitment, MakePlan, ProveCommitment } from './customer-commands.ts'
import { commitmentOver, otherProof, tooManyCommitments, unknownCommitment } from './customer-refusals.ts'
import type { Commitment, PaymentPlan, Proof } from './customer-state.ts'
import { addItem, workFor } from './items.ts'
import { liveCase, workedCase } from './open-case.ts'
import { isPaid, nextDueOf, planOf, withMissed, withPayment } from './payment-plans.ts'
import { caseHere, keep, managersOf, serviceOf, tell } from './service/keep.ts'

/** Most promises of a case that are open at a time. */
export const COMMITMENTS_MAX = 200

/** Something is promised to the customer. Gives its id. Throws `UnknownCase`, `CaseClosed`, `TooManyCommitments`. */
export function makeCommitment(book: Book, command: MakeCommitment, actor: string): string {
  const { caseId, words, dueAt, by, remindAt, needs } = command
  const record = workedCase(book, caseId)
  const service = serviceOf(record)
  const { promises = [] } = service
  if (promises.length >= COMMITMENTS_MAX) throw tooManyCommitments(caseId, COMMITMENTS_MAX)
  const id = book.newId()
  const commitment: Commitment = {
    id,
    caseId,
    customer: record.customer,
    state: commitmentLifecycle.initial,
    dueAt,
    tenantId: record.tenantId,
    body: { words, by: by ?? record.body.owner, madeBy: actor, madeAt: book.now, remindAt, needs },
  }
  book.putCommitment(commitment)
  book.note(caseId, { type: 'case:commitment', commitmentId: id, change: 'made', dueAt, words })
  keep(book, record, { ...service, promises: [...promises, { id, at: nextAt(commitment) }] })
  return id
}

/**
 * The customer pays something off. Gives its id. Throws `UnknownCase`, `CaseClosed`, `TooManyCommitments`, `UnknownPlan`, `BelowFloor`,
 * `TooManyInstalments`.
 */
export function makePlan(book: Book, command: MakePlan, actor: string): string {
  const plan = planOf(book, command)
  const { caseId, words } = command
  const dueAt = nextDueOf(plan) ?? book.now
  const id = makeCommitment(book, { type: 'makeCommitment', caseId, words, dueAt, by: null, remindAt: null, needs: null }, actor)
  const made = book.commitment(id)
  if (made !== null) book.putCommitment({ ...made, body: { ...made.body, plan } })
  return id
}

/**
 * It was kept, in time or too late, or the customer wants it no longer. Throws `UnknownCommitment`, `CommitmentOver`, `OtherProof`
 * (`missing`).
 */
export function proveCommitment(book: Book, { commitmentId, proof, reason }: ProveCommitment, actor: string): void {
  const commitment = book.commitment(commitmentId)
  if (commitment === null) throw unknownCommitment(commitmentId)
  const { state, body, caseId } = commitment
  const isLate = state === 'broken' && body.proof === undefined && proof !== null
  if (!isLate && !takes(commitmentLifecycle, state, proof === null ? 'release' : 'keep')) throw commitmentOver(commitmentId, state)
  if (proof !== null && body.needs !== null && proof.kind !== body.needs) throw otherProof(commitmentId, body.needs, proof.kind)
  const at = { by: actor, at: book.now }
  if (proof !== null && body.plan !== undefined) {
    payInstalment(book, commitment, body.plan, { ...proof, ...at })
    return
  }
  if (proof !== null) {
    const given = { ...proof, ...at }
    const kept = isLate ? commitment : moved(commitment, 'keep')
    book.putCommitment({ ...kept, body: { ...body, proof: given } })
    book.note(caseId, { type: 'case:commitment', commitmentId, change: isLate ? 'provenLate' : 'kept', proof: proof.kind })
  } else if (reason !== undefined) {
    book.putCommitment({ ...moved(commitment, 'release'), body: { ...body, released: { ...at, reason } } })
    book.note(caseId, { type: 'case:commitment', commitmentId, change: 'released', reason })
  }
  forget(book, caseId, commitmentId)
}

/** The oldest instalment that is owed is paid, in time or not; with the last one the promise is kept. */
function payInstalment(book: Book, commitment: Commitment, plan: PaymentPlan, paid: Proof): void {
  const { id, caseId, body } = commitment
  const after = withPayment(plan, paid)
  if (after === null) throw commitmentOver(id, commitment.state)
  const isWhole = isPaid(after.plan)
  const isLate = commitment.state === 'broken'
  const next = { ...body, plan: after.plan, ...(isWhole && { proof: paid }) }
  const now = isWhole && !isLate ? moved(commitment, 'keep') : commitment
  const dueAt = nextDueOf(after.plan) ?? commitment.dueAt
  book.putCommitment({ ...now, dueAt, body: next })
  book.note(caseId, { type: 'case:commitment', commitmentId: id, change: 'paid', instalment: after.n, proof: paid.kind })
  if (isWhole) book.note(caseId, { type: 'case:commitment', commitmentId: id, change: isLate ? 'provenLate' : 'kept' })
  forget(book, caseId, id)
  const record = caseHere(book, caseId)
  const service = serviceOf(record)
  if (!isWhole && !isLate) keep(book, record, { ...service, promises: [...(service.promises ?? []), { id, at: dueAt }] })
}

/** Time has passed: who keeps a promise is reminded, and one whose day passed without proof is broken, each once. */
export function promisesDue(book: Book, record: Case, given: Service): Service {
  let service = given
  for (const { id, at } of given.promises ?? []) {
    if (at > book.now) continue
    const commitment = book.commitment(id)
    const next = commitment === null || !isOpen(commitment) ? null : judged(book, record, commitment)
    const others = (service.promises ?? []).filter((one) => one.id !== id)
    service = { ...service, promises: next === null ? others : [...others, { id, at: nextAt(next) }] }
  }
  return service
}

/** The commitment as it goes on, or null: it is over. */
function judged(book: Book, record: Case, commitment: Commitment): Commitment | null {
  const { id, dueAt, body } = commitment
  if (body.plan !== undefined) {
    const missing = missed(book, record, commitment, body.plan)
    if (missing.dueAt > book.now) return missing
    return broken(book, record, missing)
  }
  if (dueAt > book.now) {
    const due = moved(commitment, 'fallDue')
    book.putCommitment(due)
    book.note(record.id, { type: 'case:commitment', commitmentId: id, change: 'due', dueAt })
    tell(book, record, { because: 'commitmentDue', to: body.by === null ? [] : [body.by] })
    return due
  }
  return broken(book, record, commitment)
}

/** Instalments whose day has passed are missed; who answers for the case is told. The plan goes on with the next. */
function missed(book: Book, record: Case, commitment: Commitment, given: PaymentPlan): Commitment {
  const { plan, missed: numbers } = withMissed(given, book.now)
  const next: Commitment = { ...commitment, dueAt: nextDueOf(plan) ?? commitment.dueAt, body: { ...commitment.body, plan } }
  book.putCommitment(next)
  for (const instalment of numbers)
    book.note(record.id, { type: 'case:commitment', commitmentId: commitment.id, change: 'missed', instalment })
  if (numbers.length > 0) tell(book, record, { because: 'instalmentMissed', to: next.body.by === null ? [] : [next.body.by] })
  return next
}

function broken(book: Book, record: Case, commitment: Commitment): null {
  const { id, dueAt, body } = commitment
  book.putCommitment({ ...moved(commitment, 'break'), body: { ...body, brokenAt: dueAt, ...repairItem(book, record, commitment) } })
  book.note(record.id, { type: 'case:commitment', commitmentId: id, change: 'broken', dueAt })
  const to = new Set([...(body.by === null ? [] : [body.by]), ...managersOf(book, record)])
  tell(book, record, { because: 'commitmentBroken', to: [...to] })
  return null
}

/** What was promised is still owed: somebody has to see to it before the customer asks. */
function repairItem(book: Book, { id, state }: Case, { body }: Commitment): { readonly itemId?: string } {
  if (state !== 'new' && state !== 'open' && state !== 'pending') return {}
  const item = workFor(`Promise not kept: ${body.words}`, body.by)
  return { itemId: addItem(book, item, { caseId: liveCase(book, id).id, deviationId: null, instanceId: null }, body.madeBy).id }
}

function forget(book: Book, caseId: string, id: string): void {
  const record = caseHere(book, caseId)
  const service = serviceOf(record)
  const { promises = [] } = service
  if (promises.some((one) => one.id === id)) keep(book, record, { ...service, promises: promises.filter((one) => one.id !== id) })
}

function isOpen({ state }: Commitment): boolean {
  return takes(commitmentLifecycle, state, 'break')
}

function nextAt({ state, dueAt, body: { remindAt } }: Commitment): number {
  return state === 'made' && remindAt !== null ? Math.min(remindAt, dueAt) : dueAt
}

function moved(commitment: Commitment, event: CommitmentEvent): Commitment {
  return { ...commitment, state: transitionOf(commitmentLifecycle, commitment.state, event) }
}
