import { takes, transitionOf } from '@leeway/engine/extension'
import { type CommitmentEvent, commitmentLifecycle } from '../lifecycles/commitment.ts'
import type { Book } from './book.ts'
import type { Case, Service } from './case-state.ts'
import type { MakeCommitment, ProveCommitment } from './customer-commands.ts'
import { commitmentOver, otherProof, tooManyCommitments, unknownCommitment } from './customer-refusals.ts'
import type { Commitment } from './customer-state.ts'
import { addItem, workFor } from './items.ts'
import { liveCase, workedCase } from './open-case.ts'
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

/** It was kept, in time or too late, or the customer wants it no longer. Throws `UnknownCommitment`, `CommitmentOver`, `OtherProof` (`missing`). */
export function proveCommitment(book: Book, { commitmentId, proof, reason }: ProveCommitment, actor: string): void {
  const commitment = book.commitment(commitmentId)
  if (commitment === null) throw unknownCommitment(commitmentId)
  const { state, body, caseId } = commitment
  const isLate = state === 'broken' && body.proof === undefined && proof !== null
  if (!isLate && !takes(commitmentLifecycle, state, proof === null ? 'release' : 'keep')) throw commitmentOver(commitmentId, state)
  if (proof !== null && body.needs !== null && proof.kind !== body.needs) throw otherProof(commitmentId, body.needs, proof.kind)
  const at = { by: actor, at: book.now }
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
  if (dueAt > book.now) {
    const due = moved(commitment, 'fallDue')
    book.putCommitment(due)
    book.note(record.id, { type: 'case:commitment', commitmentId: id, change: 'due', dueAt })
    tell(book, record, { because: 'commitmentDue', to: body.by === null ? [] : [body.by] })
    return due
  }
  const broken: Commitment = { ...moved(commitment, 'break'), body: { ...body, brokenAt: dueAt, ...repairItem(book, record, commitment) } }
  book.putCommitment(broken)
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
