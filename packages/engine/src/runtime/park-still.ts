import { commitAlone } from './also.ts'
import type { Host } from './host.ts'
import { tokenOfRow } from './record-ids.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { placeIn } from './row-places.ts'
import type { Entry } from './state-cache.ts'

/**
 * A job that was leased when its token was taken off the path stays with its worker; when that lease ends it comes to the next, and is
 * put aside until the return. So are all jobs of a suspended instance when their time comes, until its resumption. True where that is
 * so: it is not to be run now.
 */
export async function parkIfStill(host: Host, entry: Entry, record: JobRecord, fence: number): Promise<boolean> {
  const { id } = record
  const row = tokenOfRow(id)
  const place = row && placeIn(entry.state.scopes, row)
  const isHeld = place !== null && entry.state.scopes.get(place.scopeId)?.tokens[place.n]?.phase === 'held'
  if (!isHeld && entry.record?.status !== 'suspended') return false
  const parked: JobRecord = { ...record, dueAt: null, body: { ...record.body, wasDueAt: record.dueAt ?? host.now() } }
  const expect = [
    { collection: jobs, id, fence },
    { collection: instances, id: entry.id, revision: entry.revision },
  ]
  const isParked = await commitAlone(host, 'parkJob', null, {
    expect,
    put: [{ collection: jobs, record: parked }],
    delete: [],
  })
  if (isParked) return true
  host.states.delete(entry.id) // the instance moved meanwhile: whoever claims the job next looks again
  await host.storage.release([{ collection: jobs, id, fence }])
  return true
}
