import type { Key, Stored } from '@leeway/storage'
import { commitAlone, together } from './also.ts'
import type { Api } from './api-context.ts'
import { AGAIN } from './contended.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import type { Once } from './idempotency.ts'
import { storedJob } from './jobs.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** What a call makes of a job's row. */
export interface JobChange {
  readonly call: string
  readonly actor: string | null
  /** The row from now on; written without a lease it is free. */
  readonly record: JobRecord
  /** What goes with it. */
  readonly gone?: readonly Key[]
}

/** Writes a job that was read so: {@link AGAIN} where others changed it meanwhile, null where another call with this key came first. */
export async function changeJob(
  host: Host,
  { revision, fence }: Stored<JobRecord>,
  { call, actor, record, gone = [] }: JobChange,
  once: Once,
): Promise<true | null | typeof AGAIN> {
  const { id } = record
  const own = { expect: [{ collection: jobs, id, revision, fence }], put: [{ collection: jobs, record }], delete: gone }
  if (await commitAlone(host, call, actor, together(own, once.also(true)))) {
    host.wake()
    return true
  }
  const [now] = await host.storage.get(jobs, [id])
  return now?.revision === revision && now.fence === fence ? null : AGAIN
}

/** The job, where no worker has it. Throws `unknownJob`, `illegalTransition`. */
export async function freeJob(api: Api, id: string): Promise<Stored<JobRecord>> {
  const stored = await storedJob(api, id)
  const { leasedUntil, leaseOwner } = stored
  if (leasedUntil === null || leasedUntil <= api.host.now()) return stored
  const message = `Job ${id} is in the hands of ${leaseOwner}; try again when that one has ended`
  throw new EngineError('illegalTransition', message, { jobId: id, leaseOwner })
}
