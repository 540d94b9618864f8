import type { Stored } from '@leeway/storage'
import { type Api, isSeen } from './api-context.ts'
import { everyRecord } from './every-record.ts'
import { checkIncidentQuery, type IncidentQuery, whereOfIncidents } from './incidents.ts'
import { checkQuery, type InstanceQuery, indexFor, whereOf } from './instances.ts'
import { checkJobQuery, indexForJobs, type JobQuery, whereOfJobs } from './jobs.ts'
import type { BatchItemRecord } from './records/batch.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** What a bulk call is done to: one row, of the instance that it belongs to. */
export type Target = Pick<BatchItemRecord['body'], 'instanceId' | 'incidentId' | 'jobId' | 'definitionId'>

/** One kind of rows that bulk calls take. */
export interface BulkTargets {
  /** The member of the call that lists their ids. */
  readonly member: 'instances' | 'incidents' | 'jobs'
  /** Throws `invalidArgument` for what is no query of them. */
  check(call: string, query: object): void
  /** All that a query finds, in the order of their ids. */
  every(api: Api, query: object): AsyncIterable<Target>
  /** Those of these ids, known or not. */
  named(api: Api, ids: readonly string[]): Promise<readonly Target[]>
}

/** The id by which a target goes in its call. */
export function targetIdOf({ instanceId, incidentId, jobId, definitionId }: Target): string {
  return incidentId ?? jobId ?? definitionId ?? instanceId ?? ''
}

/** Instances; without a status those that the call can be done to. */
export function instanceTargets(statuses: NonNullable<InstanceQuery['status']>): BulkTargets {
  return {
    member: 'instances',
    check: (call, query) => checkQuery(call, query),
    async *every(api, query) {
      const where = whereOf(api, { status: statuses, ...query })
      const index = indexFor(api.host, query)
      if (index !== null) await index
      for await (const { record } of everyRecord(api.host.storage, instances, where)) yield { instanceId: record.id }
    },
    named: async (_api, ids) => ids.map((instanceId) => ({ instanceId })),
  }
}

export const incidentTargets: BulkTargets = {
  member: 'incidents',
  check: (call, query) => checkIncidentQuery(call, query),
  async *every(api, query) {
    const where = whereOfIncidents(api, query as IncidentQuery) // as checked
    for await (const { record } of everyRecord(api.host.storage, incidents, where))
      yield { instanceId: record.instanceId, incidentId: record.id }
  },
  named: async (api, ids) => {
    const found = ids.length === 0 ? [] : await api.host.storage.get(incidents, ids)
    const instanceIds = instancesSeen(api, found)
    return ids.map((incidentId) => ({ instanceId: instanceIds.get(incidentId) ?? null, incidentId }))
  },
}

/** Jobs; without a kind those of work. */
export const jobTargets: BulkTargets = {
  member: 'jobs',
  check: (call, query) => checkJobQuery(call, query),
  async *every(api, query) {
    const where = whereOfJobs(api, { kind: 'work', ...(query as JobQuery) }) // as checked
    const index = indexForJobs(api.host, query)
    if (index !== null) await index
    for await (const { record } of everyRecord(api.host.storage, jobs, where)) yield { instanceId: record.instanceId, jobId: record.id }
  },
  named: async (api, ids) => {
    const found = ids.length === 0 ? [] : await api.host.storage.get(jobs, ids)
    const instanceIds = instancesSeen(api, found)
    return ids.map((jobId) => ({ instanceId: instanceIds.get(jobId) ?? null, jobId }))
  },
}

/** Which instance each belongs to, as far as the caller sees it: a report does not tell that another tenant has something. */
function instancesSeen(api: Api, found: readonly Stored<IncidentRecord | JobRecord>[]): ReadonlyMap<string, string | null> {
  return new Map(found.flatMap(({ record }) => (isSeen(api, record.tenantId) ? [[record.id, record.instanceId] as const] : [])))
}
