import type { Collection, StoredRecord, Write } from '@leeway/storage'
import type { Case } from '../case/case-state.ts'
import type { Commitment } from '../case/customer-state.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { PlanItem } from '../case/item-state.ts'
import { caseRecords, commitments, deviations, items } from './records.ts'

/** Who comes to have to do with a case: by answering for it, by taking part in a deviation, by an item, by a promise. */
export function namesByCase(put: readonly Write[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const { collection, record } of put) {
    const found = namesIn(collection, record)
    if (found !== null && found.names.length > 0) names.set(found.caseId, [...(names.get(found.caseId) ?? []), ...found.names])
  }
  return names
}

function namesIn(collection: Collection, record: StoredRecord): { readonly caseId: string; readonly names: readonly string[] } | null {
  // Each is looked at as a record of its collection.
  if (collection === caseRecords) {
    const { id, body } = record as Case
    return { caseId: id, names: body.owner === null ? [] : [body.owner] }
  }
  if (collection === deviations) {
    const { caseId, body } = record as Deviation
    return { caseId, names: body.participants }
  }
  if (collection === commitments) {
    const { caseId, body } = record as Commitment
    return { caseId, names: body.by === null ? [] : [body.by] }
  }
  if (collection === items) {
    const { caseId, body } = record as PlanItem
    return { caseId, names: body.assignee === null ? body.candidateUsers : [body.assignee] }
  }
  return null
}

/** The case with people who have to do with it now. */
export function withPeople(record: Case, added: readonly string[]): Case {
  return { ...record, people: [...record.people, ...new Set(added)] }
}
