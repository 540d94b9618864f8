import type { ExtensionPort } from '@leeway/engine/extension'
import type { StoredRecord } from '@leeway/storage'
import type { Case } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import type { EntryText, TimelineEntry } from '../case/timeline.ts'
import { entryId, GUARDED } from '../host/records.ts'
import { readEntries, readTexts } from './read-entries.ts'
import { digestOfEntry, digestOfRecord, digestOfText } from './seal.ts'

/** What the chain of a case says of its records. */
export interface AuditReport {
  readonly caseId: string
  /** True where nothing was changed but by the package itself. */
  readonly ok: boolean
  /** How many entries there are, and the digest of the latest: kept elsewhere, they show that a whole chain was replaced. */
  readonly entries: number
  readonly head: string
  /** Free text that was taken away on purpose, by number of the entry. */
  readonly redacted: readonly number[]
  readonly problems: readonly AuditProblem[]
}

/** An entry, or what it guards, that is not as it was written. */
export interface AuditProblem {
  /** `altered`: the entry's content; `missing`: the entry; `text`: its free text; `record`: a record of the case that it was the last to guard; `head`: the case itself. */
  readonly type: 'altered' | 'missing' | 'text' | 'record' | 'head'
  /** Number of the entry, from 1. */
  readonly seq: number
  readonly entryId: string
  readonly message: string
  readonly deviationId?: string
  /** By collection and id: `deviations/<id>`, `plan_items/<id>`, `facts/<id>`, … */
  readonly record?: string
}

/** An entry as a host kept it elsewhere, from an earlier report. */
export interface AuditAnchor {
  readonly entries: number
  readonly head: string
}

/** Reads a case's whole chain and judges it: each entry by its digest and the next one's, the last by the case, the records by the last entry that guards them. */
export async function verifyChain(port: ExtensionPort<CaseCommand>, record: Case, anchor: AuditAnchor | null): Promise<AuditReport> {
  const { id: caseId, body } = record
  const problems: AuditProblem[] = []
  const redacted: number[] = []
  const guards = new Map<string, { readonly digest: string; readonly seq: number; readonly entry: TimelineEntry }>()
  let expected = ''
  let last: TimelineEntry | null = null
  const texts = await readTexts(port, caseId)
  const entries = new Map((await readEntries(port, record)).map((entry) => [entry.id, entry]))
  for (let seq = 1; seq <= body.entries; seq++) {
    const id = entryId(caseId, seq)
    const entry = entries.get(id)
    const add = (type: AuditProblem['type'], message: string): void => void problems.push(problemOf(type, seq, id, entry ?? null, message))
    if (entry === undefined) {
      add('missing', `Entry ${seq} is not there.`)
      expected = ''
      last = null
      continue
    }
    const isSelfSame = digestOfEntry(entry) === entry.body.digest
    const isBehind = entry.body.previous === expected
    if (!isSelfSame) add('altered', `Entry ${seq} (${entry.body.type}) is not what its digest was taken of.`)
    else if (!isBehind && (seq === 1 || last !== null)) {
      const at = seq === 1 ? seq : seq - 1
      problems.push(problemOf('altered', at, entryId(caseId, at), last, `Entry ${seq} was chained to another entry ${at} than this one.`))
    }
    checkText(entry, texts.get(id), add, () => redacted.push(seq))
    for (const [name, digest] of Object.entries(entry.body.records ?? {})) guards.set(name, { digest, seq, entry })
    expected = entry.body.digest
    last = isSelfSame ? entry : null
    if (anchor !== null && anchor.entries === seq && anchor.head !== entry.body.digest)
      add('altered', `Entry ${seq} is not the one that was kept elsewhere.`)
  }
  if (last !== null && body.head !== expected)
    problems.push(problemOf('head', body.entries, last.id, last, 'The case names another last entry than the one that is there.'))
  problems.push(...(await recordProblems(port, guards)))
  return { caseId, ok: problems.length === 0, entries: body.entries, head: body.head, redacted, problems }
}

function checkText(
  entry: TimelineEntry,
  text: EntryText | undefined,
  add: (type: AuditProblem['type'], message: string) => void,
  isRedacted: () => void,
): void {
  const { text: digest } = entry.body
  if (digest === undefined) return
  if (text === undefined) add('text', `The free text of entry ${entry.id} is not there, and was not taken away by redaction.`)
  else if (text.body.texts === null) isRedacted()
  else if (digestOfText(text) !== digest) add('text', `The free text of entry ${entry.id} is not the one that was written.`)
}

/** Most records read at once, by storage's contract. */
const GET_MAX = 1_000

interface Guarded extends StoredRecord {
  readonly body: object
}

async function recordProblems(
  port: ExtensionPort<CaseCommand>,
  guards: ReadonlyMap<string, { readonly digest: string; readonly seq: number; readonly entry: TimelineEntry }>,
): Promise<readonly AuditProblem[]> {
  const problems: AuditProblem[] = []
  for (const collection of GUARDED) {
    const prefix = `${collection.name}/`
    const ids = [...guards.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
    const found = new Map<string, Guarded>()
    for (let from = 0; from < ids.length; from += GET_MAX)
      for (const one of await port.get(collection, ids.slice(from, from + GET_MAX))) found.set(one.id, one as Guarded) // each has a body
    for (const id of ids) {
      const guard = guards.get(prefix + id)
      const record = found.get(id)
      if (guard === undefined || (record !== undefined && digestOfRecord(record) === guard.digest)) continue
      const message = `${prefix}${id} ${record === undefined ? 'is not there' : 'is not as it was written'} at entry ${guard.seq}.`
      problems.push({ ...problemOf('record', guard.seq, guard.entry.id, guard.entry, message), record: prefix + id })
    }
  }
  return problems
}

function problemOf(type: AuditProblem['type'], seq: number, id: string, entry: TimelineEntry | null, message: string): AuditProblem {
  const deviationId = entry !== null && 'deviationId' in entry.body ? entry.body.deviationId : undefined
  return { type, seq, entryId: id, message, ...(deviationId !== undefined && { deviationId }) }
}
