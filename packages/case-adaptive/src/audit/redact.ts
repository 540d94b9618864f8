import type { Book } from '../case/book.ts'
import type { Redact } from '../case/commands.ts'
import { unknownCase, unknownEntry } from '../case/refusals.ts'
import type { Reason } from '../case/state.ts'

/** What stands where a name was taken away. */
export const REDACTED = '[redacted]'

/**
 * Takes the free text of entries away, and where deviations and items repeat it: the chain goes on holding, for it was made over the
 * text's digest. Gives the numbers of the entries that had text.
 */
export function redact(book: Book, { caseId, entries, because }: Omit<Redact, 'type'>, actor: string): readonly number[] {
  if (book.case(caseId) === null) throw unknownCase(caseId)
  const done: number[] = []
  const of: string[] = []
  for (const n of new Set(entries)) {
    const found = book.entry(caseId, n)
    if (found === null) throw unknownEntry(caseId, n)
    const { entry, text } = found
    if (text === null || text.body.texts === null) continue
    book.putText({ ...text, body: { salt: text.body.salt, texts: null, redacted: { actor, at: book.now, reason: because } } })
    if ('itemId' in entry.body) withoutName(book, entry.body.itemId)
    if ('deviationId' in entry.body) withoutWords(book, entry.body.deviationId)
    done.push(n)
    of.push(entry.id)
  }
  book.note(caseId, { type: 'case:redact', of, because })
  return done
}

function withoutName(book: Book, itemId: string): void {
  const item = book.item(itemId)
  if (item === null) return
  book.putItem({ ...item, body: { ...item.body, name: REDACTED } })
  const task = item.body.taskId === null ? null : book.task(item.body.taskId)
  if (task !== null) book.putTask({ ...task, body: { ...task.body, name: REDACTED } })
}

function withoutWords(book: Book, deviationId: string): void {
  const deviation = book.deviation(deviationId)
  if (deviation === null) return
  const { reason, returned } = deviation.body
  book.putDeviation({
    ...deviation,
    body: {
      ...deviation.body,
      reason: wordless(reason),
      ...(returned !== undefined && { returned: { ...returned, reason: returned.reason && wordless(returned.reason) } }),
    },
  })
}

function wordless({ customerStatement: _customerStatement, ...reason }: Reason): Reason {
  return { ...reason, text: null }
}
