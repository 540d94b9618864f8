import type { FieldConditions } from '@leeway/storage'
import { instanceIdOf, splitTokenId } from '../kernel/ids.ts'
import { commitAlone, together } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, expectDone, forTenant, isSeen } from './api-context.ts'
import { checkOptions, needText } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import { EngineError } from './errors.ts'
import type { Once } from './idempotency.ts'
import { onceByKey } from './idempotent.ts'
import { isoOf } from './instance-view.ts'
import { COUNT_MAX, cursorOf, limitOf, type Page, pageOf } from './paging.ts'
import { rowOfIncident } from './record-ids.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { jobs } from './records/job.ts'
import { runCommand } from './run-command.ts'
import { tellResolved } from './tell-events.ts'
import { checkTextQuery, whereOfTexts } from './text-query.ts'

/** Which incidents are looked for. */
export interface IncidentQuery {
  readonly instanceId?: string
  readonly processKey?: string
  readonly elementId?: string
  /** The type of the job that stands still. */
  readonly jobType?: string
  readonly limit?: number
  readonly after?: string
}

/** Something is stuck and a person must look. */
export interface IncidentView {
  readonly id: string
  readonly instanceId: string | null
  readonly processKey: string | null
  readonly elementId: string | null
  readonly elementInstanceId: string | null
  readonly code: string
  readonly message: string
  /** The job that stands still. */
  readonly jobId: string | null
  readonly jobType: string | null
  /** `handledByDeviation`: someone has left the path there and deals with it; it is open again when they come back without a result. */
  readonly state: 'open' | 'handledByDeviation'
  readonly deviationId: string | null
  /** ISO 8601. */
  readonly createdAt: string
}

/** A page of open incidents, the oldest first. */
export async function findIncidents(api: Api, query: IncidentQuery = {}): Promise<Page<IncidentView>> {
  checkIncidentQuery('incidents.find', query)
  const asked = authorize(api, 'incidents.find', { instanceId: query.instanceId ?? null })
  if (asked !== null) await asked
  const limit = limitOf(query.limit)
  const after = cursorOf(query.after)
  const found = await api.host.storage.find(incidents, { where: whereOfIncidents(api, query), limit, ...(after && { after }) })
  return pageOf(
    found,
    limit,
    [],
    found.map(({ record }) => incidentView(record)),
  )
}

/** How many open incidents there are. */
export async function countIncidents(api: Api, query: Omit<IncidentQuery, 'limit' | 'after'> = {}): Promise<number> {
  checkIncidentQuery('incidents.count', query)
  const asked = authorize(api, 'incidents.count', { instanceId: query.instanceId ?? null })
  if (asked !== null) await asked
  return api.host.storage.count(incidents, whereOfIncidents(api, query), COUNT_MAX)
}

const QUERY_TEXTS = ['instanceId', 'processKey', 'elementId', 'jobType'] as const

/** Throws `invalidArgument` for what is no query. */
export function checkIncidentQuery(call: string, query: IncidentQuery): void {
  checkTextQuery(call, query, QUERY_TEXTS)
}

/** The conditions of a query, and of what the caller sees. */
export function whereOfIncidents(
  api: Api,
  query: IncidentQuery,
): FieldConditions<IncidentRecord> & { anyOf?: FieldConditions<IncidentRecord>[] } {
  return whereOfTexts<IncidentRecord, (typeof QUERY_TEXTS)[number]>(api, query, QUERY_TEXTS)
}

/** Tries again what got stuck: a job with all its attempts, a step of the model from where it failed. Throws `unknownIncident`. */
export async function resolveIncident(api: Api, id: string, options: CallOptions = {}): Promise<void> {
  needText('incidents.resolve', 'id', id)
  checkOptions('incidents.resolve', options)
  const actor = actorOf(api, options)
  const asked = authorizeRow(api, 'incidents.resolve', { collection: incidents, id }, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  await onceByKey(api, 'incidents.resolve', options, { id }, (once) => resolveOnce(forTenant(api, options), id, actor, once))
}

/** Resolves one, with more in the change set of its effect. Null where another call with this key came first. */
export async function resolveOnce(api: Api, id: string, actor: string | null, once: Once): Promise<true | null> {
  const { host } = api
  const [stored] = await host.storage.get(incidents, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownIncident(id)
  const place = splitTokenId(rowOfIncident(id))
  if (place !== null) {
    const instanceId = instanceIdOf(place.scopeId)
    const command = { type: 'resolveIncident' as const, ...place }
    const outcome = await runCommand(host, { instanceId, command, actor, also: once.also(true) })
    if (outcome.type === 'lost') return null
    expectDone(outcome, { instanceId, incidentId: id })
    return true
  }
  // One of the engine's own jobs: it is due again, from its first attempt.
  const { jobId } = stored.record.body
  const [job] = jobId === undefined ? [] : await host.storage.get(jobs, [jobId])
  const put = []
  if (job !== undefined) {
    const { failures: _failures, error: _error, ...body } = job.record.body
    put.push({ collection: jobs, record: { ...job.record, dueAt: host.now(), body } })
  }
  const expect = [{ collection: incidents, id, revision: stored.revision }]
  const also = together({ expect, put, delete: [{ collection: incidents, id }] }, once.also(true))
  if (!(await commitAlone(host, 'incidents.resolve', actor, also))) return null
  tellResolved(host, stored.record, actor)
  host.wake()
  return true
}

export function unknownIncident(id: string): EngineError {
  return new EngineError('unknownIncident', `There is no open incident ${id}`, { incidentId: id })
}

function incidentView(record: IncidentRecord): IncidentView {
  const token = rowOfIncident(record.id)
  return {
    id: record.id,
    instanceId: record.instanceId,
    processKey: record.processKey,
    elementId: record.elementId,
    elementInstanceId: splitTokenId(token) === null ? null : token,
    code: record.body.code,
    message: record.body.message,
    jobId: record.body.jobId ?? null,
    jobType: record.jobType,
    state: record.body.heldBy === undefined ? 'open' : 'handledByDeviation',
    deviationId: record.body.heldBy ?? null,
    createdAt: isoOf(record.createdAt),
  }
}
