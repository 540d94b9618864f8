import type { EntryText, TimelineEntry } from '../case/timeline.ts'
import { type Numbered, numberOf } from './chain.ts'
import { type AuditProblem, isObject, problemOf } from './problem.ts'
import { digestOfText } from './seal.ts'

/** Holds the free text that the storage has of a case, by the entry's id, against the entries that it came with, of a chain of `length`. */
export function judgeTexts(
  caseId: string,
  entries: readonly Numbered[],
  texts: ReadonlyMap<string, EntryText>,
  length: number,
): { readonly problems: readonly AuditProblem[]; readonly redacted: readonly number[] } {
  const problems: AuditProblem[] = []
  const redacted: number[] = []
  const taken = new Set(entries.flatMap(({ entry }) => takenBy(entry)))
  for (const { seq, entry } of entries) {
    const text = texts.get(entry.id)
    const finding = wrongWith(entry, text, taken.has(entry.id))
    if (finding !== null) problems.push(problemOf('text', seq, entry.id, entry, `The free text of entry ${seq} ${finding}.`))
    else if (text !== undefined && taken.has(entry.id)) redacted.push(seq)
  }
  for (const id of texts.keys()) {
    const number = numberOf(caseId, id)
    // That of an entry which is not there is not told beside that.
    if (number === null || number > length)
      problems.push(problemOf('added', length, id, null, `A free text ${id} is in the storage, but of no entry.`))
  }
  return { problems, redacted }
}

/** The entries whose text a redaction took away. */
function takenBy({ body }: TimelineEntry): readonly string[] {
  return body.type === 'case:redact' && Array.isArray(body.of) ? body.of : []
}

function wrongWith({ body }: TimelineEntry, text: EntryText | undefined, isTaken: boolean): string | null {
  if (body.text === undefined) return text === undefined ? null : 'was put there by somebody: it had none'
  if (text === undefined) return 'is not there, and was not taken away by redaction'
  if (!isObject(text.body)) return 'is none any more'
  if (text.body.texts === null) return isTaken ? null : 'was taken away, and no redaction is on record'
  if (isTaken) return 'was taken away by redaction, and is there again'
  return digestOfText(text) === body.text ? null : 'is not the one that was written'
}
