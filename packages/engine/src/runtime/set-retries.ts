import { commitAlone } from './also.ts'
import { type Api, actorOf, type CallOptions, expectDone, forTenant } from './api-context.ts'
import { checkOptions, checkWhole, needText, refuseArgument } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import { changeJob, freeJob } from './change-job.ts'
import { AGAIN, contended } from './contended.ts'
import type { Once } from './idempotency.ts'
import { onceByKey } from './idempotent.ts'
import { incidentIdOf } from './job-place.ts'
import { incidentId, tokenOfRow } from './record-ids.ts'
import { incidents } from './records/incident.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { runCommand } from './run-command.ts'
import { tellResolved } from './tell-events.ts'

/**
 * Gives a job new attempts, and resolves its incident; what waits for its next attempt is due now. Throws `unknownJob`, `illegalTransition`
 * while a worker has it.
 */
export async function setRetries(api: Api, id: string, retries: number, options: CallOptions = {}): Promise<void> {
  needText('jobs.setRetries', 'id', id)
  checkRetries('jobs.setRetries', retries)
  checkOptions('jobs.setRetries', options)
  const actor = actorOf(api, options)
  const asked = authorizeRow(api, 'jobs.setRetries', { collection: jobs, id }, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  await onceByKey(api, 'jobs.setRetries', options, { id, retries }, (once) => setRetriesOnce(own, id, retries, actor, once))
}

/** Throws `invalidArgument` for what is no number of attempts. */
export function checkRetries(call: string, retries: unknown): void {
  if (retries === undefined) refuseArgument(call, 'retries', retries, 'a whole number from 1')
  checkWhole(call, 'retries', retries, 1)
}

/** Gives one job new attempts, with more in the change set of its effect. Null where another call with this key came first. */
export async function setRetriesOnce(api: Api, id: string, retries: number, actor: string | null, once: Once): Promise<true | null> {
  const { host } = api
  return contended(`Job ${id} was changed by others`, { jobId: id }, async () => {
    const stored = await freeJob(api, id)
    const { record, revision, fence } = stored
    const place = tokenOfRow(id)
    const { work, failures = 0 } = record.body
    const changed: JobRecord = { ...record, body: { ...record.body, ...(work && { work: { ...work, retriesLeft: retries } }) } }
    // That of a step stands at its token, that of another job at the job.
    const at = work === undefined || place === null ? incidentId(id) : incidentIdOf(record)
    const [incident] = await host.storage.get(incidents, [at])
    if (incident !== undefined && work !== undefined && place !== null && record.instanceId !== null) {
      // First the attempts, then the incident: cut off in between, the incident is there to be resolved again.
      const expect = [{ collection: jobs, id, revision, fence }]
      const attempts = { expect, put: [{ collection: jobs, record: changed }], delete: [] }
      if (!(await commitAlone(host, 'jobs.setRetries', actor, attempts))) return AGAIN
      const command = { type: 'resolveIncident' as const, ...place }
      const outcome = await runCommand(host, { instanceId: record.instanceId, command, actor, also: once.also(true) })
      if (outcome.type === 'done') return true
      if (outcome.type === 'lost') return null
      if (outcome.type === 'rejected' && (outcome.rejection.code === 'onHold' || outcome.rejection.code === 'suspended'))
        expectDone(outcome, { jobId: id })
      // Another resolved it: what was asked is so.
      if (outcome.type === 'rejected') return (await commitAlone(host, 'jobs.setRetries', actor, once.also(true))) ? true : null
      return AGAIN
    }
    // Work stands still at its token then, and other jobs where they are out of attempts.
    const isToTry =
      incident !== undefined || (failures > 0 && (record.dueAt !== null || (record.kind !== 'work' && record.body.wasDueAt == null)))
    const due = { ...changed, dueAt: isToTry ? host.now() : record.dueAt }
    const gone = incident === undefined ? [] : [{ collection: incidents, id: incident.record.id }]
    const done = await changeJob(host, stored, { call: 'jobs.setRetries', actor, record: due, gone }, once)
    if (done === true && incident !== undefined) tellResolved(host, incident.record, actor)
    return done
  })
}
