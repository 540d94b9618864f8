import type { Collection, Stored, StoredRecord, Where } from '@leeway/storage'
import { findScope } from '../kernel/draft.ts'
import type { OpenSet } from './command-request.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import { everyRecord } from './every-record.ts'
import type { Host } from './host.ts'
import { tokenOfRow } from './record-ids.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { placeInDraft } from './row-places.ts'
import type { Work } from './work.ts'

/** Rows that stay as they are name the new definition and the new elements. A job that a worker has now is left to it. */
export async function rewriteRows(
  host: Host,
  instanceId: string,
  { record }: LoadedDefinition,
  set: OpenSet,
  { draft }: Work,
): Promise<void> {
  const known = new Set<string>()
  for (const write of set.put) known.add(`${write.collection.name} ${write.record.id}`)
  for (const key of set.delete) known.add(`${key.collection.name} ${key.id}`)
  const placeOf = (id: string): string | undefined => {
    const row = tokenOfRow(id)
    const place = row && placeInDraft(draft, row)
    return place === null ? undefined : findScope(draft, place.scopeId)?.tokens[place.n]?.elementId
  }
  const now = host.now()
  for await (const { record: row, revision, fence, leasedUntil } of rowsOf(host, jobs, instanceId)) {
    const elementId = placeOf(row.id)
    if (known.has(`${jobs.name} ${row.id}`) || elementId === undefined || (leasedUntil !== null && leasedUntil > now)) continue
    if (row.body.definitionId === undefined) continue
    set.expect.push({ collection: jobs, id: row.id, revision, fence })
    const changed: JobRecord = { ...row, body: { ...row.body, definitionId: record.id, processKey: record.key, elementId } }
    set.put.push({ collection: jobs, record: changed })
  }
  for await (const { record: row, revision } of rowsOf(host, subscriptions, instanceId)) {
    if (known.has(`${subscriptions.name} ${row.id}`)) continue
    const changed: SubscriptionRecord = { ...row, body: { ...row.body, definitionId: record.id, processKey: record.key } }
    set.expect.push({ collection: subscriptions, id: row.id, revision })
    set.put.push({ collection: subscriptions, record: changed })
  }
  for await (const stored of rowsOf(host, tasks, instanceId)) rewriteNamed(tasks, stored)
  for await (const stored of rowsOf(host, incidents, instanceId)) rewriteNamed(incidents, stored)

  function rewriteNamed<R extends TaskRecord | IncidentRecord>(collection: Collection<R>, { record: row, revision }: Stored<R>): void {
    const elementId = placeOf(row.id)
    if (known.has(`${collection.name} ${row.id}`) || elementId === undefined || row.elementId === null) return
    if (row.elementId === elementId && row.processKey === record.key) return
    set.expect.push({ collection, id: row.id, revision })
    const changed: R = { ...row, elementId, processKey: record.key }
    set.put.push({ collection, record: changed })
  }
}

/** All rows of a collection that belong to the instance. */
function rowsOf<R extends StoredRecord & { readonly instanceId: string | null }>(
  host: Host,
  collection: Collection<R>,
  instanceId: string,
): AsyncIterable<Stored<R>> {
  return everyRecord(host.storage, collection, { instanceId: { eq: instanceId } } as unknown as Where<R>) // R has it
}
