import type { FieldConditions, Stored } from '@leeway/storage'
import { type Api, authorize, isSeen } from './api-context.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { isoOf } from './instance-view.ts'
import { COUNT_MAX, cursorOf, limitOf, type Page, pageOf } from './paging.ts'
import { tokenIdOfRow } from './record-ids.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { attemptsOf, OWN_ATTEMPTS } from './retries.ts'
import { checkTextQuery, whereOfTexts } from './text-query.ts'
import { handlerOfJob } from './work-types.ts'

/** Which jobs are looked for. */
export interface JobQuery {
  readonly id?: string
  readonly instanceId?: string
  readonly type?: string
  /** `work`, `timer`, `continuation`, …; default: all. */
  readonly kind?: string
  readonly limit?: number
  readonly after?: string
}

/** An open job. */
export interface JobView {
  readonly id: string
  readonly kind: string
  readonly type: string
  readonly instanceId: string | null
  readonly definitionId: string | null
  readonly processKey: string | null
  /** Of its instance. */
  readonly businessKey: string | null
  readonly tenantId: string | null
  readonly elementId: string | null
  readonly elementInstanceId: string | null
  /** ISO 8601; null while it stands still. */
  readonly dueAt: string | null
  readonly priority: number
  /** From 1: the attempt that is made or comes next; with no attempts left, the last that was made. */
  readonly attempt: number
  /** Attempts from now on, the one being made included. */
  readonly retriesLeft: number
  /** How the last attempt failed. */
  readonly error: { readonly code: string; readonly message: string } | null
  readonly leaseOwner: string | null
  readonly leasedUntil: string | null
}

/** A page of open jobs. */
export async function findJobs(api: Api, query: JobQuery = {}): Promise<Page<JobView>> {
  checkJobQuery('jobs.find', query)
  const asked = authorize(api, 'jobs.find', { instanceId: query.instanceId ?? null })
  if (asked !== null) await asked
  const limit = limitOf(query.limit)
  const after = cursorOf(query.after)
  const index = indexForJobs(api.host, query)
  if (index !== null) await index
  const found = await api.host.storage.find(jobs, { where: whereOfJobs(api, query), limit, ...(after && { after }) })
  const ids = new Set<string>()
  for (const { record } of found) if (record.instanceId !== null) ids.add(record.instanceId)
  const read = ids.size === 0 ? [] : await api.host.storage.get(instances, [...ids])
  const businessKeys = new Map(read.map(({ record }) => [record.id as string | null, record.businessKey]))
  const views = found.map((stored) => jobView(api, stored, businessKeys.get(stored.record.instanceId) ?? null))
  return pageOf(found, limit, [], views)
}

/** How many open jobs there are. */
export async function countJobs(api: Api, query: Omit<JobQuery, 'limit' | 'after'> = {}): Promise<number> {
  checkJobQuery('jobs.count', query)
  const asked = authorize(api, 'jobs.count', { instanceId: query.instanceId ?? null })
  if (asked !== null) await asked
  const index = indexForJobs(api.host, query)
  if (index !== null) await index
  return api.host.storage.count(jobs, whereOfJobs(api, query), COUNT_MAX)
}

const QUERY_TEXTS = ['id', 'instanceId', 'type', 'kind'] as const

/** Throws `invalidArgument` for what is no query. */
export function checkJobQuery(call: string, query: JobQuery): void {
  checkTextQuery(call, query, QUERY_TEXTS)
}

/** Has the index made by which such a query is served, where no other serves it. */
export function indexForJobs({ indexes }: Host, { id, instanceId, type, kind }: JobQuery): Promise<void> | null {
  if (id !== undefined || instanceId !== undefined) return null
  if (type !== undefined) return indexes.need('jobs.type')
  return kind === undefined ? null : indexes.need('jobs.kind')
}

/** The conditions of a query, and of what the caller sees. */
export function whereOfJobs(api: Api, query: JobQuery): FieldConditions<JobRecord> & { anyOf?: FieldConditions<JobRecord>[] } {
  return whereOfTexts<JobRecord, (typeof QUERY_TEXTS)[number]>(api, query, QUERY_TEXTS)
}

/** The open job with this id, as far as the caller sees it. Throws `unknownJob`. */
export async function storedJob(api: Api, id: string): Promise<Stored<JobRecord>> {
  const [stored] = await api.host.storage.get(jobs, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId))
    throw new EngineError('unknownJob', `There is no open job ${id}`, { jobId: id })
  return stored
}

/** A job as callers see it; `businessKey` is its instance's. */
export function jobView({ host }: Api, { record, leaseOwner, leasedUntil }: Stored<JobRecord>, businessKey: string | null): JobView {
  const { body } = record
  const failures = body.failures ?? 0
  const isSpent = failures > 0 && record.dueAt === null && body.wasDueAt == null && body.work?.pending !== true
  return {
    id: record.id,
    kind: record.kind,
    type: body.work?.type ?? record.type,
    instanceId: record.instanceId,
    definitionId: body.definitionId ?? null,
    processKey: body.processKey ?? null,
    businessKey,
    tenantId: record.tenantId,
    elementId: body.elementId ?? null,
    elementInstanceId: record.instanceId !== null && record.kind === 'work' ? tokenIdOfRow(record.id) : null,
    dueAt: record.dueAt === null ? null : isoOf(record.dueAt),
    priority: record.priority,
    attempt: isSpent ? failures : failures + 1,
    retriesLeft: isSpent ? 0 : retriesLeftOf(host, record),
    error: body.error ?? null,
    leaseOwner,
    leasedUntil: leasedUntil === null ? null : isoOf(leasedUntil),
  }
}

function retriesLeftOf(host: Host, record: JobRecord): number {
  const { work, failures = 0 } = record.body
  if (record.kind !== 'work') return Math.max(0, OWN_ATTEMPTS - failures)
  const definition = host.definitions.byId.get(record.body.definitionId ?? '')?.definition ?? null
  const attempts = attemptsOf(host.settings, handlerOfJob(host, definition, record), work?.attempts ?? null)
  return work?.retriesLeft ?? Math.max(0, attempts - failures)
}
