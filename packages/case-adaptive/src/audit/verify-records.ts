import type { ExtensionPort } from '@leeway/engine/extension'
import type { Collection, StoredRecord } from '@leeway/storage'
import type { CaseCommand } from '../case/commands.ts'
import { GUARDED } from '../host/records.ts'
import type { Numbered } from './chain.ts'
import { type AuditProblem, isObject, problemOf } from './problem.ts'
import { getSpoilt, readSpoilt } from './read-spoilt.ts'
import { isDigestOf } from './seal.ts'

/** Holds the records of a case against the last entries that guard them. */
export async function recordProblems(
  port: ExtensionPort<CaseCommand>,
  caseId: string,
  entries: readonly Numbered[],
): Promise<readonly AuditProblem[]> {
  const guards = new Map<string, { readonly digest: unknown; readonly by: Numbered }>()
  for (const by of entries) for (const [name, digest] of Object.entries(by.entry.body.records ?? {})) guards.set(name, { digest, by })
  const problems: AuditProblem[] = []
  for (const collection of GUARDED) {
    const prefix = `${collection.name}/`
    const ids = [...guards.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
    const found = await recordsOf(port, collection as Collection<OfCase>, caseId, ids) // each that is guarded says its case
    for (const id of new Set([...ids, ...found.keys()])) {
      const record = found.get(id)
      const guard = guards.get(prefix + id)
      if (guard === undefined) {
        const last = entries.at(-1)
        const message = `${prefix}${id} is in the storage, but no entry that can be read has written it.`
        problems.push({ ...problemOf('added', last?.seq ?? 0, last?.entry.id ?? caseId, null, message), record: prefix + id })
      } else if (record === undefined || !isObject(record.body) || !isDigestOf(guard.digest, { ...record, body: record.body })) {
        const { seq, entry } = guard.by
        const message = `${prefix}${id} ${record === undefined ? 'is not there' : 'is not as it was written'} at entry ${seq}.`
        problems.push({ ...problemOf('record', seq, entry.id, entry, message), record: prefix + id })
      }
    }
  }
  return problems
}

interface OfCase extends StoredRecord {
  readonly caseId: string | null
}

/** Most records read at once, by storage's contract. */
const READ_MAX = 1_000

/** What the storage has of a case in a collection, and the records of `ids` wherever they went. */
async function recordsOf(
  port: ExtensionPort<CaseCommand>,
  collection: Collection<OfCase>,
  caseId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredRecord>> {
  const found = new Map<string, StoredRecord>()
  for (const record of await readSpoilt(port, collection, { caseId: { eq: caseId } })) found.set(record.id, record)
  const away = ids.filter((id) => !found.has(id))
  for (let from = 0; from < away.length; from += READ_MAX)
    for (const record of await getSpoilt(port, collection, away.slice(from, from + READ_MAX))) found.set(record.id, record)
  return found
}
