import { Refused } from '@leeway/engine'
import type { Values } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownCase } from '../case/case-refusals.ts'
import type { Redact } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { Settlement } from '../case/proposal-state.ts'
import { revokeProposals } from '../people/proposals.ts'
import { REDACTED, unsalted, withoutTexts, withTexts } from './free-text.ts'
import { redactFact, withoutHow } from './redact-fact.ts'
import { redactItem, redactReturn } from './redact-item.ts'

/**
 * Takes the free text of entries away, and where deviations and items repeat it: the chain goes on holding, for it was made over the text's
 * digest. Values of facts go with their salt, so that the digests that stay tell nothing of them. Gives the numbers of the entries that had
 * text.
 */
export function redact(book: Book, { caseId, entries, because, ...more }: Omit<Redact, 'type'>, actor: string): readonly number[] {
  if (book.case(caseId) === null) throw unknownCase(caseId)
  const { facts, items, deviations, title } = more
  const done: number[] = []
  const of: string[] = []
  for (const n of new Set(entries)) {
    const found = book.entry(caseId, n)
    if (found === null) throw unknownEntry(caseId, n)
    const { entry, text } = found
    if (text === null || text.body.texts === null) continue
    book.putText({ ...text, body: { texts: null, redacted: { actor, at: book.now, reason: because } } })
    if ('itemId' in entry.body) withoutName(book, entry.body.itemId)
    if ('deviationId' in entry.body) withoutWords(book, entry.body.deviationId)
    if ('contactId' in entry.body) blank(book.contact(entry.body.contactId), null, (contact) => book.putContact(contact))
    if ('proposalId' in entry.body) withoutOffer(book, entry.body.proposalId)
    if ('commitmentId' in entry.body) withoutPromise(book, entry.body.commitmentId)
    if ('factId' in entry.body) blank(book.fact(entry.body.factId ?? ''), null, (fact) => book.putFact(withoutHow(fact)))
    done.push(n)
    of.push(entry.id)
  }
  for (const factId of new Set(facts)) {
    redactFact(book, { caseId, factId, because }, actor)
    revokeProposals(book, caseId, factId)
  }
  for (const itemId of new Set(items)) redactItem(book, itemId, { caseId, because, actor })
  for (const id of new Set(deviations)) redactReturn(book, id, { caseId, because, actor })
  if (title) withoutTitle(book, caseId)
  const named = {
    ...(facts.length > 0 && { facts }),
    ...(items.length > 0 && { items }),
    ...(deviations.length > 0 && { deviations }),
    ...(title && { title }),
  }
  book.note(caseId, { type: 'case:redact', of, ...named, because })
  return done
}

function withoutTitle(book: Book, caseId: string): void {
  const record = book.case(caseId)
  if (record !== null) book.putCase({ ...record, body: { ...unsalted(record.body), title: REDACTED } })
}

function withoutName(book: Book, itemId: string): void {
  const item = book.item(itemId)
  if (item === null) return
  book.putItem({ ...item, body: { ...unsalted(item.body), name: REDACTED } })
  const task = item.body.taskId === null ? null : book.task(item.body.taskId)
  if (task !== null) book.putTask({ ...task, body: { ...task.body, name: REDACTED } })
}

/** An offer says something still, and so does the item that carries it out. */
function withoutOffer(book: Book, id: string): void {
  const proposal = book.proposal(id)
  blank(proposal, REDACTED, (record) => {
    const { act, settlement } = record.body
    const wordless = {
      // What is called says its own reason.
      ...(act && { act: { ...act, call: scrubbed(act.call) as Values } }),
      ...(settlement && { settlement: withoutQuestion(settlement) }),
    }
    book.putProposal({ ...record, body: { ...record.body, ...wordless } })
  })
  if (proposal?.body.itemId !== undefined) withoutName(book, proposal.body.itemId)
}

/** What the customer was asked is words of the house about them. */
function withoutQuestion({ question: _question, ...settlement }: Settlement): Settlement {
  return settlement
}

/** The same without what people wrote in their own words, however deep it stands. */
function scrubbed(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(scrubbed)
  if (typeof given !== 'object' || given === null) return given
  const members = Object.entries(given).map(([name, value]) => [
    name,
    typeof value === 'string' && WORDS.includes(name) ? REDACTED : scrubbed(value),
  ])
  return Object.fromEntries(members)
}

const WORDS: readonly string[] = ['text', 'customerStatement', 'name']

/** A promise says something still, and so does the item that it left. */
function withoutPromise(book: Book, id: string): void {
  const commitment = book.commitment(id)
  blank(commitment, REDACTED, (record) => book.putCommitment(record))
  if (commitment?.body.itemId !== undefined) withoutName(book, commitment.body.itemId)
}

/** A record without its free text: `words` in its place, and null for the words of a reason. */
function blank<R extends { readonly body: object }>(record: R | null, words: string | null, put: (record: R) => void): void {
  if (record === null) return
  const { rest, texts } = withoutTexts(unsalted(record.body))
  const left = Object.keys(texts ?? {}).flatMap((path) =>
    path === 'words' ? [[path, words]] : path.endsWith('.text') ? [[path, null]] : [],
  )
  put({ ...record, body: withTexts(rest, Object.fromEntries(left)) })
}

function withoutWords(book: Book, deviationId: string): void {
  const deviation = book.deviation(deviationId)
  if (deviation === null) return
  const { rest, texts } = withoutTexts(unsalted(deviation.body))
  const blank = Object.keys(texts ?? {}).filter((path) => path.endsWith('.text'))
  // Without its free text it is what it was: members that may be absent are, the words of a reason are null.
  const body = withTexts(rest, Object.fromEntries(blank.map((path) => [path, null]))) as Deviation['body']
  book.putDeviation({ ...deviation, body })
}

function unknownEntry(caseId: string, seq: number): Refused {
  return new Refused('UnknownEntry', `Case ${caseId} has no entry ${seq}.`, { caseId, seq })
}
