import { takes, transitionOf, type Value } from '@leeway/engine/extension'
import { type FactEvent, factLifecycle } from '../lifecycles/fact.ts'
import type { Book } from './book.ts'
import { unknownDeviation } from './case-refusals.ts'
import type { Case } from './case-state.ts'
import type { AskFact, RecordFact, RevokeFact, VerifyFact } from './customer-commands.ts'
import { factOver, unknownFact } from './customer-refusals.ts'
import type { Fact } from './customer-state.ts'
import { workedCase } from './open-case.ts'

/** Puts a fact down; what was known under its key gives way. Gives its id. Throws `UnknownCase`, `CaseClosed`, `UnknownDeviation`. */
export function recordFact(book: Book, command: RecordFact, actor: string): string {
  const { caseId, key, value, source, saidBy, contactId, deviationId, ofCustomer, validUntil } = command
  const record = workedCase(book, caseId)
  if (deviationId !== null && book.deviation(deviationId)?.caseId !== caseId) throw unknownDeviation(deviationId)
  const id = book.newId()
  for (const fact of knownFacts(book, record, key)) {
    if (fact.caseId === caseId || (ofCustomer && fact.body.ofCustomer))
      endFact(book, fact, 'supersede', { by: actor, at: book.now, supersededBy: id })
  }
  const body: Fact['body'] = {
    value,
    givenBy: actor,
    source,
    state: factLifecycle.initial,
    ...(saidBy !== null && { saidBy }),
    ...(contactId !== null && { contactId }),
    ...(deviationId !== null && { deviationId }),
    ...(ofCustomer && { ofCustomer }),
    ...(validUntil !== null && { validUntil }),
  }
  book.putFact({ id, caseId, customer: record.customer, key, givenAt: book.now, tenantId: record.tenantId, body })
  book.note(caseId, { type: 'case:fact', factId: id, key, change: 'recorded', source })
  return id
}

/** Somebody has seen that it is so. Throws `UnknownFact`, `FactOver`. */
export function verifyFact(book: Book, { factId, how, validUntil }: VerifyFact, actor: string): void {
  const fact = currentFact(book, factId)
  const verified = { by: actor, at: book.now, how }
  const state = transitionOf(factLifecycle, fact.body.state, 'verify')
  book.putFact({ ...fact, body: { ...fact.body, state, verified, ...(validUntil !== null && { validUntil }) } })
  book.note(fact.caseId, { type: 'case:fact', factId, key: fact.key, change: 'verified', how })
}

/** It was never so, or must not be used. Throws `UnknownFact`, `FactOver`. */
export function revokeFact(book: Book, { factId, reason }: RevokeFact, actor: string): Fact {
  const fact = currentFact(book, factId)
  endFact(book, fact, 'revoke', { by: actor, at: book.now, reason })
  return fact
}

/** What is known, or that it has to be asked: and whether the customer was asked in this case before. */
export type Asked =
  | { readonly known: true; readonly factId: string; readonly value: Value; readonly state: 'claimed' | 'verified' }
  | { readonly known: false; readonly repeat: boolean }

/** Looks in the case file, and among what is known of the customer, before the customer is asked. Throws `UnknownCase`, `CaseClosed`. */
export function askFact(book: Book, { caseId, key, verified }: AskFact, actor: string): Asked {
  const record = workedCase(book, caseId)
  const known = knownFacts(book, record, key).filter(({ body }) => !verified || body.state === 'verified')
  const best = known.find(({ body }) => body.state === 'verified') ?? known.at(-1)
  const { asked = [] } = record.body
  if (best !== undefined) {
    book.note(caseId, { type: 'case:ask', key, factId: best.id, known: true, repeat: false })
    return { known: true, factId: best.id, value: best.body.value, state: best.body.state === 'verified' ? 'verified' : 'claimed' }
  }
  const repeat = asked.some((one) => one.key === key)
  const now = book.case(caseId) ?? record
  book.putCase({ ...now, body: { ...now.body, asked: [...asked, { key, by: actor, at: book.now }].slice(-ASKED_MAX) } })
  book.note(caseId, { type: 'case:ask', key, known: false, repeat })
  return { known: false, repeat }
}

/** Most questions kept of a case: of more the latest. */
const ASKED_MAX = 100

/** What holds now of the case, and of its customer in all cases, the oldest first. What is past its day is over with that. */
function knownFacts(book: Book, record: Case, key: string): readonly Fact[] {
  const all = new Map([...book.factsOfCase(record.id, key), ...book.factsOfCustomer(record, key)].map((fact) => [fact.id, fact]))
  return [...all.values()].filter((fact) => {
    if (fact.body.state !== 'claimed' && fact.body.state !== 'verified') return false
    if (fact.body.validUntil === undefined || fact.body.validUntil > book.now) return true
    endFact(book, fact, 'expire', { by: null, at: fact.body.validUntil })
    return false
  })
}

/** A fact holds no longer, or otherwise. */
export function endFact(book: Book, fact: Fact, event: FactEvent, ended: NonNullable<Fact['body']['ended']>): void {
  const state = transitionOf(factLifecycle, fact.body.state, event)
  book.putFact({ ...fact, body: { ...fact.body, state, ended } })
  if (state === 'verified' || state === 'claimed') return
  const { reason } = ended
  book.note(fact.caseId, { type: 'case:fact', factId: fact.id, key: fact.key, change: state, ...(reason && { reason }) })
}

function currentFact(book: Book, id: string): Fact {
  const fact = book.fact(id)
  if (fact === null) throw unknownFact(id)
  const isPast = fact.body.validUntil !== undefined && fact.body.validUntil <= book.now
  if (!takes(factLifecycle, fact.body.state, 'verify')) throw factOver(id, fact.key, fact.body.state)
  if (isPast) throw factOver(id, fact.key, 'expired')
  return fact
}
