import type { Decision } from '@leeway/engine/extension'
import type { StoredRecord, Write } from '@leeway/storage'
import { digestOfRecord } from '../audit/seal.ts'
import type { Case } from '../case/case-state.ts'
import type { TimelineBody } from '../case/timeline.ts'
import { caseRecords, GUARDED } from './records.ts'

/** What is to be entered in the timeline of a case. */
export interface Note {
  readonly caseId: string
  /** In whose name. */
  readonly actor: string | null
  readonly body: TimelineBody
}

/** Of the records that an entry guards, by collection and id. */
export interface Digests {
  readonly [record: string]: string
}

/**
 * What is to be entered: each note; the last one of a case also guards the records written. A case without a note, or its records, get an
 * entry of their own.
 */
export function dueEntries(
  put: readonly Write[],
  notes: readonly Note[],
  actor: string | null,
): readonly (Note & { readonly records: Digests })[] {
  const digests = new Map<string, { [record: string]: string }>()
  for (const { collection, record } of put) {
    const isGuarded = GUARDED.includes(collection)
    const caseId = isGuarded ? (record as Guarded).caseId : collection === caseRecords ? record.id : null
    if (caseId === null) continue
    const ofCase = digests.get(caseId) ?? {}
    if (isGuarded) ofCase[`${collection.name}/${record.id}`] = digestOfRecord(record as Guarded)
    digests.set(caseId, ofCase)
  }
  const entries = notes.map((note, k) => {
    const isLast = !notes.slice(k + 1).some(({ caseId }) => caseId === note.caseId)
    return { ...note, records: (isLast && digests.get(note.caseId)) || NO_DIGESTS }
  })
  for (const [caseId, records] of digests) {
    if (!notes.some((note) => note.caseId === caseId)) entries.push({ caseId, actor, body: { type: 'case:record' }, records })
  }
  return entries
}

const NO_DIGESTS: Digests = {}

/** What is guarded carries a salt, so that its digest in the chain tells nothing of a value that was taken away with it. */
export function salted({ collection, record }: Write, newId: () => string): Write {
  if (!GUARDED.includes(collection)) return { collection, record }
  const { caseId, body } = record as Guarded
  if (caseId === null || body.salt !== undefined) return { collection, record }
  return { collection, record: { ...record, body: { ...body, salt: newId() } } as StoredRecord }
}

/** Who acted in a case, with the one who acts now; what the customer says of it, or what it has to do with other cases, is no handling. */
export function handlersOf({ body: { handlers = [] } }: Case, actor: string | null, { type }: TimelineBody): readonly string[] | null {
  if (actor === null || handlers.includes(actor) || handlers.length >= HANDLERS_MAX) return null
  return type === 'case:complain' || type === 'case:confirm' || type === 'case:link' ? null : [...handlers, actor]
}

const HANDLERS_MAX = 200

/** What listeners hear of an entry: what it is, of which case, and the ids that it names; no free text, and no values. */
export function toldOf(
  caseId: string,
  seq: number,
  actor: string | null,
  body: TimelineBody | { readonly type: 'case:delete' },
): NonNullable<Decision['tell']>[number] {
  const ids = Object.entries(body).filter(([name, value]) => typeof value === 'string' && (name.endsWith('Id') || name === 'change'))
  return { what: body.type, caseId, seq, ...(actor !== null && { actor }), ...Object.fromEntries(ids) }
}

/** A record of a collection that is guarded. One of no case is not. */
interface Guarded extends StoredRecord {
  readonly caseId: string | null
  readonly body: { readonly salt?: string }
}
