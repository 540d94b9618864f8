import { commitAlone } from './also.ts'
import { performCallJob } from './call-jobs.ts'
import { CALL_KINDS } from './call-records.ts'
import type { CommandBody } from './command-body.ts'
import { DELIVERY_KINDS, deliver } from './deliver.ts'
import { EngineError } from './errors.ts'
import { EXTENSION_KINDS, performExtensionJob } from './extension-jobs.ts'
import type { AdoptedJob, Host } from './host.ts'
import { messageOf } from './job.ts'
import type { JobTools, LeasedJob } from './leased-job.ts'
import { messageHostOf } from './message-host-of.ts'
import { performNotice } from './notices.ts'
import { failWork, performWork } from './perform-work.ts'
import { incidentId, placeOfWait, tokenOfRow } from './record-ids.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { OWN_ATTEMPTS, retryOf } from './retries.ts'
import { runBatch, runDeferred } from './run-batch.ts'
import { settle } from './settle-job.ts'
import { tellIncident } from './tell-events.ts'
import { traceJob } from './tell-telemetry.ts'

/** Does one job and commits what came of it. A job that makes no sense any more is deleted. */
export function performJob(host: Host, job: LeasedJob, adopted: AdoptedJob | null, tools: JobTools): Promise<void> {
  if (host.telemetry === null) return perform(host, job, adopted, tools)
  return traceJob(host, host.telemetry, job, () => perform(host, job, adopted, tools))
}

async function perform(host: Host, job: LeasedJob, adopted: AdoptedJob | null, tools: JobTools): Promise<void> {
  const { kind } = job.record
  try {
    if (kind === 'work') return await performWork(host, job, adopted, tools)
    if ((DELIVERY_KINDS as readonly string[]).includes(kind)) return await deliver(messageHostOf(host), job)
    if ((CALL_KINDS as readonly string[]).includes(kind)) {
      tools.done()
      return await performCallJob(host, job.record, tools.fence())
    }
    if (kind === 'batch') return await runBatch(host, job.record, () => tools.fence())
    if (kind === 'migration') {
      tools.done()
      return await runDeferred(host, job.record, tools.fence())
    }
    if (kind === 'notice') {
      tools.done()
      return await performNotice(host, job.record, tools.fence())
    }
    if ((EXTENSION_KINDS as readonly string[]).includes(kind)) return await performExtensionJob(host, job, tools)
    const command = kind === 'timer' ? timerCommand(job.record) : kind === 'continuation' ? continueCommand(job.record) : null
    if (command !== null) await settle(host, job, tools, command)
  } catch (error) {
    await (kind === 'work' ? failWork : tryAgain)(host, job, tools, error)
  }
}

function timerCommand({ id, dueAt, body }: JobRecord): CommandBody | null {
  const occursAt = body.occursAt ?? dueAt
  const target = body.for ?? ''
  const place = placeOfWait(id, target)
  if (place === null) return null
  return { type: 'triggerWait', ...place, for: target, kind: 'timer', values: {}, ...(occursAt !== null && { dueAt: occursAt }) }
}

function continueCommand({ id }: JobRecord): CommandBody | null {
  const token = tokenOfRow(id)
  return token === null ? null : { type: 'continue', ...token }
}

/** One of the engine's own jobs failed: later again, and in the end an incident. */
async function tryAgain(host: Host, { record, revision }: LeasedJob, tools: JobTools, error: unknown): Promise<void> {
  if (error instanceof EngineError && (error.code === 'extensionMissing' || error.code === 'scriptEngineMissing')) return // a node that has it gets the job when this lease ends
  const failures = (record.body.failures ?? 0) + 1
  const message = messageOf(error)
  host.settings.logger.warn('A job of the engine failed', { jobId: record.id, kind: record.kind, error: message })
  const { retryAt } = retryOf(
    host.settings,
    null,
    { attempts: OWN_ATTEMPTS, waits: [], failures: failures - 1, retriesLeft: null },
    false,
    host.now(),
  )
  const occursAt = record.kind === 'timer' ? (record.body.occursAt ?? record.dueAt) : null
  const body = { ...record.body, failures, error: { code: 'jobFailed', message }, ...(occursAt !== null && { occursAt }) }
  const changed: JobRecord = { ...record, dueAt: retryAt, body }
  const put = [{ collection: jobs, record: changed }]
  const same = record.kind === 'timer' ? { revision } : {} // else it was given another due time
  const also = { expect: [{ collection: jobs, id: record.id, fence: tools.fence(), ...same }], put, delete: [] }
  const incident: IncidentRecord = {
    id: incidentId(record.id),
    instanceId: record.instanceId,
    elementId: record.body.elementId ?? null,
    processKey: record.body.processKey ?? null,
    jobType: record.type,
    createdAt: host.now(),
    tenantId: record.tenantId,
    body: { code: 'jobFailed', message, jobId: record.id },
  }
  const all = retryAt !== null ? also : { ...also, put: [...put, { collection: incidents, record: incident }] }
  await commitAlone(host, 'failJob', null, all)
  if (retryAt === null) tellIncident(host, incident)
}
