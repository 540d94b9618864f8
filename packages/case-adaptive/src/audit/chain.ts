import type { TimelineEntry } from '../case/timeline.ts'
import { entryId } from '../host/records.ts'
import { type AuditProblem, isObject, problemOf } from './problem.ts'
import { digestOfEntry } from './seal.ts'

/** An entry as a host kept it elsewhere, from an earlier report. */
export interface AuditAnchor {
  readonly entries: number
  readonly head: string
}

/** What is there of a case's chain, and what of it is not as it was written. */
export interface JudgedChain {
  /** Those that can be read, in order. */
  readonly entries: readonly Numbered[]
  readonly problems: readonly AuditProblem[]
}

/** An entry with its number, from 1. */
export interface Numbered {
  readonly seq: number
  readonly entry: TimelineEntry
}

/** Most entries of one gap that are named each by itself: the case may say that it has any number. */
const MISSING_MAX = 1_000

/**
 * Judges the entries `found` under a case's id, in order, as a chain of `length`: each by its own digest, by what the next one says of it,
 * and by `anchor`.
 */
export function judgeChain(caseId: string, found: readonly TimelineEntry[], length: number, anchor: AuditAnchor | null): JudgedChain {
  const entries: Numbered[] = []
  const problems: AuditProblem[] = []
  let seq = 0
  // Null where the entry before this one is not there, or not itself.
  let before: Numbered | null = null
  for (const entry of found) {
    const number = numberOf(caseId, entry.id)
    if (number === null || number > length) {
      problems.push(problemOf('added', seq, entry.id, null, `${entry.id} is in the storage, but no entry of the case.`))
      continue
    }
    problems.push(...missing(caseId, seq + 1, number - 1))
    if (number > seq + 1) before = null
    seq = number
    if (!isObject(entry.body)) {
      problems.push(problemOf('altered', seq, entry.id, null, `Entry ${seq} is no entry any more.`))
      before = null
      continue
    }
    const isSelfSame = digestOfEntry(entry) === entry.body.digest
    if (!isSelfSame)
      problems.push(problemOf('altered', seq, entry.id, entry, `Entry ${seq} (${entry.body.type}) is not what its digest was taken of.`))
    else if (seq === 1 && entry.body.previous !== '')
      problems.push(problemOf('altered', 1, entry.id, entry, 'Entry 1 was chained to another entry.'))
    else if (before !== null && entry.body.previous !== before.entry.body.digest) {
      const message = `Entry ${seq} was chained to another entry ${before.seq} than this one.`
      problems.push(problemOf('altered', before.seq, before.entry.id, before.entry, message))
    }
    if (anchor !== null && anchor.entries === seq && anchor.head !== entry.body.digest)
      problems.push(problemOf('altered', seq, entry.id, entry, `Entry ${seq} is not the one that was kept elsewhere.`))
    entries.push({ seq, entry })
    before = isSelfSame ? { seq, entry } : null
  }
  problems.push(...missing(caseId, seq + 1, length))
  return { entries, problems }
}

/** The number of a case's entry; null for an id that none has. */
export function numberOf(caseId: string, id: string): number | null {
  const number = Number.parseInt(id.slice(caseId.length + 1), 36)
  return number > 0 && entryId(caseId, number) === id ? number : null
}

function missing(caseId: string, from: number, to: number): AuditProblem[] {
  const named = Math.min(to, from + MISSING_MAX - 1)
  const problems: AuditProblem[] = []
  for (let seq = from; seq <= named; seq++) {
    const message = seq === named && named < to ? `Entries ${seq} to ${to} are not there.` : `Entry ${seq} is not there.`
    problems.push(problemOf('missing', seq, entryId(caseId, seq), null, message))
  }
  return problems
}
