import { canonicalJson, sha256 } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { EntryText, TimelineBody, TimelineEntry } from '../case/timeline.ts'
import { withoutTexts } from './free-text.ts'

/** An entry before it is sealed. */
export interface OpenEntry {
  readonly id: string
  readonly at: number
  readonly actor: string | null
  readonly body: TimelineBody
  /** Digests of the records that the decision wrote, by collection and id. */
  readonly records: { readonly [record: string]: string }
  /** Makes the digest of short texts worth nothing to one who guesses them. */
  readonly salt: string
}

/** An entry as it is appended, and its free text, which is kept apart so that it can be taken away without breaking the chain. */
export interface SealedEntry {
  readonly entry: TimelineEntry
  readonly text: EntryText | null
}

/** Chains an entry to the one before it, by whose digest, empty for the first, its own is taken. */
export function seal(open: OpenEntry, caseId: string, previous: string): SealedEntry {
  const { rest, texts } = withoutTexts(open.body)
  const text: EntryText | null = texts === null ? null : { id: open.id, caseId, body: { salt: open.salt, texts } }
  const body = {
    actor: open.actor,
    ...rest,
    ...(Object.keys(open.records).length > 0 && { records: open.records }),
    ...(text !== null && { text: digestOfText(text) }),
    previous,
  }
  const digest = digestOfEntry({ id: open.id, at: open.at, body })
  // The members taken out come back from the record of the text when the entry is read.
  return { entry: { id: open.id, at: open.at, body: { ...body, digest } } as unknown as TimelineEntry, text }
}

/** SHA-256 over an entry with all its members but its own digest. */
export function digestOfEntry({ id, at, body }: { readonly id: string; readonly at: number; readonly body: object }): string {
  const { digest: _digest, ...rest } = body as { readonly digest?: string }
  return sha256(canonicalJson({ id, at, body: rest }))
}

/** Null where the text was taken away. */
export function digestOfText({ body }: EntryText): string | null {
  return body.texts === null ? null : sha256(`${body.salt} ${canonicalJson(body.texts)}`)
}

/** SHA-256 over a record of a case, its salt among it. */
export function digestOfRecord(record: { readonly id: string; readonly body: object }): string {
  return `${WHOLE}${sha256(canonicalJson(record))}`
}

/** True where the record is what the digest was taken of. */
export function isDigestOf(digest: unknown, record: { readonly id: string; readonly body: object }): boolean {
  if (typeof digest === 'string' && digest.startsWith(WHOLE)) return digest === digestOfRecord(record)
  return digest === sha256(canonicalJson({ ...record, body: withoutTexts(record.body).rest }))
}

/**
 * SHA-256 over a case without what says which its last entry is, which follows from the entry that has the digest. Sets of names are in no
 * order.
 */
export function digestOfCase({ body, instanceIds, people, ...record }: Case): string {
  const { entries: _entries, head: _head, ...rest } = body
  return digestOfRecord({ ...record, body: { ...rest, instanceIds: sorted(instanceIds), people: sorted(people) } })
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

/** Tells digests of whole records from those of earlier versions, which were taken without the records' free text. */
const WHOLE = 'whole:'
