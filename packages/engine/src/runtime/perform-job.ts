import { isLeewayError } from '@leeway/storage'
import { openDraft } from '../kernel/draft.ts'
import { performCallJob } from './call-jobs.ts'
import { CALL_KINDS } from './call-records.ts'
import type { CommandBody } from './command-body.ts'
import { loadDefinition } from './definition-cache.ts'
import { DELIVERY_KINDS, deliver } from './deliver.ts'
import { EngineError } from './errors.ts'
import { canEvaluate, evaluateWork } from './evaluate-work.ts'
import { EXTENSION_KINDS, performExtensionJob } from './extension-jobs.ts'
import type { AdoptedJob, Host } from './host.ts'
import { invoke } from './invoke.ts'
import { type Answer, JobContext, messageOf } from './job.ts'
import { jobInPlace, listenerIn, listenerOf, seenFrom, valuesOfJob } from './job-place.ts'
import type { JobTools, LeasedJob } from './leased-job.ts'
import { commitAlone } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { performNotice } from './notices.ts'
import { parkIfStill } from './park-still.ts'
import { incidentId, placeOfWait, tokenOfRow } from './record-ids.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { type JobRecord, jobs, type WorkBody } from './records/job.ts'
import { attemptsOf, OWN_ATTEMPTS, retryFactsOf, retryOf } from './retries.ts'
import { runBatch, runDeferred } from './run-batch.ts'
import { runCommand } from './run-command.ts'
import { loadEntry } from './state-cache.ts'
import { taskHeardOf } from './task-seen.ts'
import { tellIncident } from './tell-events.ts'
import { traceJob } from './tell-telemetry.ts'
import { handlerOfJob } from './work-types.ts'

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

/** Runs the command that a job is for. Where the state does not take it the job is over. */
async function settle(host: Host, job: LeasedJob, tools: JobTools, command: CommandBody): Promise<void> {
  const { record } = job
  tools.done()
  const outcome = await runCommand(host, {
    instanceId: record.instanceId ?? '',
    command,
    actor: null,
    job: { record, fence: tools.fence() },
  })
  if (outcome.type === 'done') return tools.settled()
  if (outcome.type === 'rejected' && outcome.rejection.code === 'suspended') return parkOrRelease(host, record, tools.fence())
  // Given another due time meanwhile, it is another job by now.
  if (outcome.type === 'rejected' || outcome.type === 'absent')
    await drop(host, record, tools.fence(), record.kind === 'timer' ? job.revision : undefined)
}

/** Waits for the resumption of its instance; where that has come meanwhile it is to be claimed again. */
async function parkOrRelease(host: Host, record: JobRecord, fence: number): Promise<void> {
  const entry = await loadEntry(host, record.instanceId ?? '', null)
  if (entry === null || !(await parkIfStill(host, entry, record, fence)))
    await host.storage.release([{ collection: jobs, id: record.id, fence }])
}

async function drop(host: Host, { id }: JobRecord, fence: number, revision?: number): Promise<void> {
  await commitAlone(messageHostOf(host), 'dropJob', null, {
    expect: [{ collection: jobs, id, fence, ...(revision !== undefined && { revision }) }],
    put: [],
    delete: [{ collection: jobs, id }],
  })
}

async function performWork(host: Host, job: LeasedJob, adopted: AdoptedJob | null, tools: JobTools): Promise<void> {
  const { id, instanceId, tenantId } = job.record
  const token = tokenOfRow(id)
  if (token === null || instanceId === null) return drop(host, job.record, job.fence)
  // What this node wrote itself it has in hand; else the instance is read anew, for others may have changed it.
  const kept = adopted === null ? undefined : host.states.get(instanceId)
  const entry = kept ?? (await loadEntry(host, instanceId, seenFrom(job.record)))
  if (entry === null) return drop(host, job.record, job.fence)
  const record = jobInPlace(entry, job.record)
  const { body } = record
  const work = body.work as WorkBody // kind work has it
  if (kept === undefined) host.states.set(instanceId, entry, entry.state.scopes.size)
  // Another node, which has the extension, gets it when this lease ends.
  if (!host.extensions.hasAll(entry.record?.extensions ?? [])) return
  if (adopted?.running === undefined && (await parkIfStill(host, entry, record, tools.fence()))) return
  const { definition } = await loadDefinition(host.definitions, entry.definition.record.id)
  const jobType = work.type ?? record.type
  const elementId = body.elementId ?? ''
  const handler = handlerOfJob(host, definition, record)
  const facts = retryFactsOf(record)
  const { failures } = facts

  let answer: Answer
  if (adopted?.running !== undefined) {
    tools.onAbort((reason) => adopted.context?.abort(reason))
    answer = await adopted.running
  } else {
    const values = valuesOfJob(openDraft(entry.state, true), record)
    if (handler === null) {
      if (work.evaluates !== true || !canEvaluate(host, definition, elementId, work.listener)) return // what is no work of ours is not claimed; were it, another look comes when this lease ends
      const businessKey = entry.record?.businessKey ?? null
      const { definition: loaded } = entry
      const listener = listenerIn(definition, elementId, work.listener)
      answer = await evaluateWork(host, {
        definition: loaded,
        id,
        key: work.key,
        elementId,
        instanceId,
        businessKey,
        tenantId,
        values,
        now: host.now(),
        listener: work.listener,
        task: listener === null ? null : await taskHeardOf(host, entry, record, listener),
      })
    } else {
      const context = new JobContext(
        {
          type: jobType,
          key: work.key,
          failures,
          attempts: facts.retriesLeft === null ? attemptsOf(host.settings, handler, facts.attempts) : failures + facts.retriesLeft,
          instanceId,
          definitionId: body.definitionId ?? '',
          processKey: body.processKey ?? '',
          businessKey: entry.record?.businessKey ?? null,
          elementId,
          tenantId,
          fields: work.fields ?? {},
          headers: work.headers ?? {},
          listener: listenerIn(definition, elementId, work.listener)?.event ?? null,
        },
        { id, values },
      )
      tools.onAbort((reason) => context.abort(reason))
      answer = await invoke(host, handler, context, work.resultVariable !== undefined)
    }
  }
  if ('pending' in answer && work.listener === undefined) return keepPending(host, record, tools.fence())
  const now = host.now()
  const place = { ...token, ...listenerOf(record) }
  const command: CommandBody =
    'result' in answer
      ? { type: 'finishWork', ...place, result: answer.result }
      : failureOf('failed' in answer ? answer.failed : PENDING_LISTENER)

  await settle(host, job, tools, command)

  function failureOf({ code, message, final, name }: Extract<Answer, { failed: unknown }>['failed']): CommandBody {
    return {
      type: 'failWork',
      ...place,
      code,
      message,
      ...(name !== undefined && { name }),
      ...retryOf(host.settings, handler, facts, final, now),
    }
  }
}

const PENDING_LISTENER = {
  code: 'invalidResult',
  message: 'A listener cannot answer pending: its element goes on when it is done.',
  final: true,
}

/** What the handler gave cannot be kept, or the work could not be begun: a failed attempt like any other, in the end an incident. */
async function failWork(host: Host, job: LeasedJob, tools: JobTools, error: unknown): Promise<void> {
  const { record } = job
  const token = tokenOfRow(record.id)
  if (token === null || (isLeewayError(error) && PASSING.has(error.code))) throw error
  const handler = handlerOfJob(host, host.definitions.byId.get(record.body.definitionId ?? '')?.definition ?? null, record)
  const code = isLeewayError(error) ? error.code : 'jobFailed'
  const retry = retryOf(host.settings, handler, retryFactsOf(record), false, host.now())
  await settle(host, job, tools, { type: 'failWork', ...token, ...listenerOf(record), code, message: messageOf(error), ...retry })
}

/** Codes of errors that say nothing about this job: it is tried again when its lease ends. */
const PASSING: ReadonlySet<string> = new Set([
  'busy',
  'closed',
  'extensionMissing',
  'full',
  'readOnly',
  'scriptEngineMissing',
  'timeout',
  'unavailable',
  'unknownOutcome',
])

/** The handler said that the result comes by `trigger`, `throwError` or `escalate`: nobody runs it again. */
async function keepPending(host: Host, record: JobRecord, fence: number): Promise<void> {
  const { id, body } = record
  const work = { ...(body.work as WorkBody), pending: true as const } // kind work has it
  const changed: JobRecord = { ...record, dueAt: null, body: { ...body, work } }
  await commitAlone(messageHostOf(host), 'pendingJob', null, {
    expect: [{ collection: jobs, id, fence }],
    put: [{ collection: jobs, record: changed }],
    delete: [],
  })
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
  await commitAlone(messageHostOf(host), 'failJob', null, all)
  if (retryAt === null) tellIncident(host, incident)
}
