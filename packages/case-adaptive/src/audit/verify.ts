import type { ExtensionPort } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import { caseRecords, entryTexts, timeline } from '../host/records.ts'
import { type AuditAnchor, type JudgedChain, judgeChain } from './chain.ts'
import { type AuditProblem, isObject, problemOf } from './problem.ts'
import { idsOfEntries } from './read-entries.ts'
import { readSpoilt } from './read-spoilt.ts'
import { digestOfCase } from './seal.ts'
import { recordProblems } from './verify-records.ts'
import { judgeTexts } from './verify-texts.ts'

/** What the chain of a case says of its records. */
export interface AuditReport {
  readonly caseId: string
  /** True where nothing was changed but by the package itself. */
  readonly ok: boolean
  /**
   * How many entries there are, and the digest of the latest: kept elsewhere, they show that a whole chain was replaced, or its end cut
   * off.
   */
  readonly entries: number
  readonly head: string
  /** Free text that was taken away on purpose, by number of the entry. */
  readonly redacted: readonly number[]
  readonly problems: readonly AuditProblem[]
}

/**
 * Reads a case's whole chain and judges it: each entry by its digest and the next one's, the last by the case, free text and records by the
 * entries that guard them; and whatever else the storage has of the case.
 */
export async function verifyChain(port: ExtensionPort<CaseCommand>, record: Case, anchor: AuditAnchor | null): Promise<AuditReport> {
  const caseId = record.id
  const kept = await readSpoilt(port, entryTexts, { caseId: { eq: caseId } })
  const texts = new Map(kept.map((text) => [text.id, text]))
  const found = await readSpoilt(port, timeline, {}, idsOfEntries(caseId))
  const told = lastToldBy(record)
  const length = Math.max(told?.entries ?? found.length, anchor?.entries ?? 0)
  const chain = judgeChain(caseId, found, length, anchor)
  const ofTexts = judgeTexts(caseId, chain.entries, texts, length)
  const problems = [
    ...chain.problems,
    ...ofTexts.problems,
    ...headProblems(record, chain, told),
    ...(await recordProblems(port, caseId, chain.entries)),
  ]
  const { entries, head } = told ?? { entries: found.length, head: '' }
  return { caseId, ok: problems.length === 0, entries, head, redacted: ofTexts.redacted, problems }
}

/** What the case says of the last entry; null where it says nothing that makes sense. */
function lastToldBy({ body }: Case): AuditAnchor | null {
  const isSaid = isObject(body) && Number.isSafeInteger(body.entries) && body.entries > 0 && typeof body.head === 'string'
  return isSaid ? { entries: body.entries, head: body.head } : null
}

function headProblems(record: Case, { entries }: JudgedChain, told: AuditAnchor | null): readonly AuditProblem[] {
  const last = entries.at(-1)
  const add = (message: string): AuditProblem =>
    problemOf('head', last?.seq ?? 0, last?.entry.id ?? record.id, last?.entry ?? null, message)
  if (told === null) return [add('The case does not say how many entries it has, and which is the last.')]
  if (last === undefined || last.seq < told.entries) return []
  const { digest, records } = last.entry.body
  if (digest !== told.head) return [add('The case names another last entry than the one that is there.')]
  const name = `${caseRecords.name}/${record.id}`
  const guard = records?.[name]
  return guard === undefined || guard === digestOfCase(record)
    ? []
    : [{ ...add(`The case is not as it was written at entry ${last.seq}.`), record: name }]
}
