import type { RescheduleTimer } from '../kernel/commands.ts'
import { type Api, actorOf, type CallOptions, expectDone, forTenant, isSeen } from './api-context.ts'
import { checkOptions, checkText, membersOf, needText, refuseArgument } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import { changeJob, freeJob } from './change-job.ts'
import type { OpenSet } from './command-request.ts'
import { contended } from './contended.ts'
import { EngineError } from './errors.ts'
import type { EngineEvent } from './event-hub.ts'
import type { Host } from './host.ts'
import type { Once } from './idempotency.ts'
import { onceByKey } from './idempotent.ts'
import { checkSeen, instantOf, placeOf } from './instances.ts'
import { incidentId, placeOfWait, tokenIdOfRow, waitId } from './record-ids.ts'
import { incidents } from './records/incident.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { rowIdAt } from './row-places.ts'
import { runCommand } from './run-command.ts'
import { startTimerAt } from './start-events.ts'
import type { Work } from './work.ts'

/** When a job is due instead. */
export interface RescheduleOptions extends CallOptions {
  /** ISO 8601 text, a Date or epoch milliseconds; in the past: at once. */
  readonly dueAt: string | number | Date
  /**
   * What comes of the occurrences of a cycle behind it: `keep` (default) lets them come when they would have come, those that it was put
   * behind are passed over; `shift` counts the interval from the new due time. Cron times stay what they are.
   */
  readonly following?: 'keep' | 'shift'
  /** Where the element instance waits for several timers: the event that is meant, such as a boundary event. */
  readonly elementId?: string
}

/**
 * Puts a timer, or a job that waits for its time, at another due time; `id` is its job's, or that of the element instance that waits for
 * the timer. Throws `unknownJob`, `unknownElementInstance`, `notWaiting`, `ambiguousTimer`, `illegalTransition` while a worker has it or an
 * incident is open, `Refused` OnHold.
 */
export async function rescheduleJob(api: Api, id: string, options: RescheduleOptions): Promise<void> {
  needText(CALL, 'id', id)
  if (options === undefined) refuseArgument(CALL, 'options', options, 'an object with dueAt')
  checkOptions(CALL, options, RESCHEDULE)
  checkText(CALL, 'elementId', options.elementId)
  const { following = 'keep', elementId = null } = options
  if (following !== 'keep' && following !== 'shift') refuseArgument(CALL, 'following', following, 'keep or shift')
  if (options.dueAt === undefined) refuseArgument(CALL, 'dueAt', options.dueAt, 'a point in time')
  const dueAt = instantOf(options.dueAt, api.host.settings.timeZone, 'jobs.reschedule: dueAt')
  const actor = actorOf(api, options)
  const asked = authorizeRow(api, CALL, { collection: jobs, id }, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  const to = { dueAt, ...(following === 'shift' && { shifts: true as const }) }
  await onceByKey(api, CALL, options, { id, dueAt, following, elementId }, (once) => putAt(own, id, elementId, to, actor, once))
}

const CALL = 'jobs.reschedule'
const RESCHEDULE = membersOf('dueAt', 'following', 'elementId')

type NewTime = Pick<RescheduleTimer, 'dueAt' | 'shifts'>

/** Null where another call with this key came first. */
async function putAt(api: Api, id: string, elementId: string | null, to: NewTime, actor: string | null, once: Once): Promise<true | null> {
  const { host } = api
  const [stored] = await host.storage.get(jobs, [id])
  const record = stored !== undefined && isSeen(api, stored.record.tenantId) ? stored.record : null
  if (record !== null && record.kind !== 'timer' && elementId === null) return putRowAt(api, id, to, actor, once)
  const place = placeOfTimer(id, elementId, record)
  const { instanceId } = placeOf(tokenIdOfRow(id))
  await checkSeen(api, instanceId)
  const command = { type: 'rescheduleTimer' as const, ...place, ...to }
  const rows = (set: OpenSet, work: Work): Promise<void> => expectNotStuck(host, set, work)
  const outcome = await runCommand(host, { instanceId, command, actor, rows, also: once.also(true) })
  if (outcome.type === 'lost') return null
  expectDone(outcome, { instanceId, elementInstanceId: tokenIdOfRow(id) })
  return true
}

/** What the command goes to. Throws `unknownJob` where the id is of neither a timer nor an element instance. */
function placeOfTimer(id: string, elementId: string | null, record: JobRecord | null): Omit<RescheduleTimer, 'type' | 'dueAt' | 'shifts'> {
  const target = record?.kind === 'timer' ? record.body.for : undefined
  if (target !== undefined) {
    if (elementId !== null && elementId !== target)
      throw new EngineError('notWaiting', `Job ${id} is the timer of "${target}", not of "${elementId}"`, { jobId: id, elementId })
    const place = placeOfWait(id, target)
    if (place !== null) return { definition: 0, ...place, for: target }
  }
  if (tokenIdOfRow(id) !== id) throw unknownJob(id)
  const { scopeId, n } = placeOf(id)
  return { scopeId, n, for: elementId }
}

/** A timer that could not act, whatever was tried, acts when its incident is resolved; its due time says nothing any more. */
async function expectNotStuck({ storage }: Host, set: OpenSet, { draft, events }: Work): Promise<void> {
  for (const event of events) {
    if (event.type !== 'timerRescheduled') continue
    const id = incidentId(waitId(rowIdAt(draft, event), event))
    const [incident] = await storage.get(incidents, [id])
    if (incident !== undefined) throw stuck(id)
    set.expect.push({ collection: incidents, id, revision: 0 })
  }
}

/** A job whose due time stands in its row alone: a start timer, work that waits for its next attempt. */
async function putRowAt(api: Api, id: string, to: NewTime, actor: string | null, once: Once): Promise<true | null> {
  const { host } = api
  return contended(`Job ${id} was changed by others`, { jobId: id }, async () => {
    const stored = await freeJob(api, id)
    const record = changedRow(stored.record, to)
    const done = await changeJob(host, stored, { call: CALL, actor, record }, once)
    if (done === true && host.events.isHeard()) host.events.tell(toldOf(record, to.dueAt, host.now(), actor))
    return done
  })
}

function changedRow(record: JobRecord, to: NewTime): JobRecord {
  const { id, kind } = record
  if (record.dueAt === null) {
    const message = `Job ${id} stands still: resume its instance, bring its step back to the path or resolve its incident first`
    throw new EngineError('illegalTransition', message, { jobId: id })
  }
  if (kind === 'startTimer') return startTimerAt(record, to)
  if (kind === 'work' || kind === 'continuation') return { ...record, dueAt: to.dueAt }
  throw new EngineError('illegalTransition', `Job ${id} is a delivery of the engine, which has no time of its own`, { jobId: id, kind })
}

function toldOf({ id, type, body, instanceId, tenantId }: JobRecord, dueAt: number, at: number, actor: string | null): EngineEvent {
  return {
    type: 'jobRescheduled',
    at,
    instanceId,
    jobId: id,
    jobType: body.work?.type ?? type,
    elementId: body.elementId ?? '',
    dueAt,
    ...(body.processKey !== undefined && { processKey: body.processKey }),
    ...(tenantId !== null && { tenantId }),
    ...(actor !== null && { actor }),
  }
}

function unknownJob(id: string): EngineError {
  return new EngineError('unknownJob', `There is no open job ${id}`, { jobId: id })
}

function stuck(incident: string): EngineError {
  return new EngineError('illegalTransition', `The timer is stuck with incident ${incident}; resolved, it acts at once`, {
    incidentId: incident,
  })
}
