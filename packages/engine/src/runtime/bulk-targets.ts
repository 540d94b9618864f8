import type { Condition, Stored } from '@leeway/storage'
import { type Api, isSeen } from './api-context.ts'
import { checkIncidentQuery, type IncidentQuery, whereOfIncidents } from './incidents.ts'
import { checkQuery, type InstanceQuery, indexFor, whereOf } from './instances.ts'
import { checkJobQuery, type JobQuery, whereOfJobs } from './jobs.ts'
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
  /** Up to `limit` of them that a query finds, in order of their ids, from behind `after`. */
  find(api: Api, query: object, after: string, limit: number): Promise<readonly Target[]>
  /** Those of these ids, known or not. */
  named(api: Api, ids: readonly string[]): Promise<readonly Target[]>
}

/** The id by which a target goes in its call. */
export function targetIdOf({ instanceId, incidentId, jobId, definitionId }: Target): string {
  return incidentId ?? jobId ?? definitionId ?? instanceId ?? ''
}

const BY_ID = [{ field: 'id' }] as const
const behind = (after: string): { readonly id: Condition } => ({ id: { gt: after } })

/** Instances; without a status those that the call can be done to. */
export function instanceTargets(statuses: NonNullable<InstanceQuery['status']>): BulkTargets {
  return {
    member: 'instances',
    check: (call, query) => checkQuery(call, query),
    find: async (api, query, after, limit) => {
      const where = { ...whereOf(api, { status: statuses, ...query }), ...behind(after) }
      const index = indexFor(api.host, query)
      if (index !== null) await index
      const found = await api.host.storage.find(instances, { where, orderBy: BY_ID, limit })
      return found.map(({ record }) => ({ instanceId: record.id }))
    },
    named: async (_api, ids) => ids.map((instanceId) => ({ instanceId })),
  }
}

export const incidentTargets: BulkTargets = {
  member: 'incidents',
  check: (call, query) => checkIncidentQuery(call, query),
  find: async (api, query, after, limit) => {
    const where = { ...whereOfIncidents(api, query as IncidentQuery), ...behind(after) } // as checked
    const found = await api.host.storage.find(incidents, { where, orderBy: BY_ID, limit })
    return found.map(({ record }) => ({ instanceId: record.instanceId, incidentId: record.id }))
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
  find: async (api, query, after, limit) => {
    const { id, ...where } = whereOfJobs(api, { kind: 'work', ...(query as JobQuery) }) // as checked
    const only = id === undefined ? behind(after) : { id: [id, { gt: after }].flat() }
    const found = await api.host.storage.find(jobs, { where: { ...where, ...only }, orderBy: BY_ID, limit })
    return found.map(({ record }) => ({ instanceId: record.instanceId, jobId: record.id }))
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
