import { isLeewayError } from '@leeway/storage'
import { draftToRead } from '../kernel/draft.ts'
import type { Definition } from '../model/definition.ts'
import { commitAlone } from './also.ts'
import type { CommandBody } from './command-body.ts'
import { loadDefinition } from './definition-cache.ts'
import { canEvaluate, evaluateWork } from './evaluate-work.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { AdoptedJob, Host } from './host.ts'
import { invoke } from './invoke.ts'
import { type Answer, JobContext, messageOf } from './job.ts'
import { jobInPlace, listenerIn, listenerOf, seenFrom, valuesOfJob } from './job-place.ts'
import type { JobTools, LeasedJob } from './leased-job.ts'
import { parkIfStill } from './park-still.ts'
import { tokenOfRow } from './record-ids.ts'
import { type JobRecord, jobs, type WorkBody } from './records/job.ts'
import { attemptsOf, retryFactsOf, retryOf } from './retries.ts'
import { dropJob, settle } from './settle-job.ts'
import { type Entry, loadCurrent } from './state-cache.ts'
import { taskHeardOf } from './task-seen.ts'
import { handlerOfJob } from './work-types.ts'

/** Has the handler of a task run, or the engine evaluate it, and gives the answer to the process. */
export async function performWork(host: Host, job: LeasedJob, adopted: AdoptedJob | null, tools: JobTools): Promise<void> {
  const { id, instanceId } = job.record
  const token = tokenOfRow(id)
  if (token === null || instanceId === null) return dropJob(host, job.record, job.fence)
  // What this node wrote itself it has in hand; else the instance is read anew, for others may have changed it.
  const kept = adopted === null ? undefined : host.states.get(instanceId)
  const entry = kept ?? (await loadCurrent(host, instanceId, seenFrom(job.record)))
  if (entry === null) return dropJob(host, job.record, job.fence)
  const record = jobInPlace(entry, job.record)
  // Another node, which has the extension, gets it when this lease ends.
  if (!host.extensions.hasAll(entry.record?.extensions ?? [])) return
  if (adopted?.running === undefined && (await parkIfStill(host, entry, record, tools.fence()))) return
  const { definition } = await loadDefinition(host.definitions, entry.definition.record.id)
  const handler = handlerOfJob(host, definition, record)
  const answer =
    adopted?.running === undefined
      ? await answerOf(host, entry, definition, record, handler, tools)
      : await awaited(adopted, adopted.running, tools)
  if (answer === null) return
  if ('pending' in answer && workOf(record).listener === undefined) return keepPending(host, record, tools.fence())
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
      ...retryOf(host.settings, handler, retryFactsOf(record), final, now),
    }
  }
}

/** What the handler gives that the command itself began. */
function awaited({ context }: AdoptedJob, running: Promise<Answer>, tools: JobTools): Promise<Answer> {
  tools.onAbort((reason) => context?.abort(reason))
  return running
}

/** What the handler or the engine's own evaluation gives; null where the work is none of this node's. */
async function answerOf(
  host: Host,
  entry: Entry,
  definition: Definition,
  record: JobRecord,
  handler: RegisteredHandler | null,
  tools: JobTools,
): Promise<Answer | null> {
  const { id, body, tenantId } = record
  const work = workOf(record)
  const elementId = body.elementId ?? ''
  const instanceId = entry.id
  const businessKey = entry.record?.businessKey ?? null
  const values = valuesOfJob(draftToRead(entry.state), record)
  const listener = listenerIn(definition, elementId, work.listener)
  if (handler === null) {
    // What is no work of ours is not claimed; were it, another look comes when this lease ends.
    if (work.evaluates !== true || !canEvaluate(host, definition, elementId, work.listener)) return null
    return evaluateWork(host, {
      definition: entry.definition,
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
  }
  const { failures, retriesLeft, attempts } = retryFactsOf(record)
  const context = new JobContext(
    {
      type: work.type ?? record.type,
      key: work.key,
      failures,
      attempts: retriesLeft === null ? attemptsOf(host.settings, handler, attempts) : failures + retriesLeft,
      instanceId,
      definitionId: body.definitionId ?? '',
      processKey: body.processKey ?? '',
      businessKey,
      elementId,
      tenantId,
      fields: work.fields ?? {},
      headers: work.headers ?? {},
      listener: listener?.event ?? null,
    },
    { id, values },
  )
  tools.onAbort((reason) => context.abort(reason))
  return invoke(host, handler, context, work.resultVariable !== undefined)
}

function workOf({ body }: JobRecord): WorkBody {
  return body.work as WorkBody // kind work has it
}

const PENDING_LISTENER = {
  code: 'invalidResult',
  message: 'A listener cannot answer pending: its element goes on when it is done.',
  final: true,
}

/** The handler said that the result comes by `trigger`, `throwError` or `escalate`: nobody runs it again. */
async function keepPending(host: Host, record: JobRecord, fence: number): Promise<void> {
  const { id, body } = record
  const work = { ...workOf(record), pending: true as const }
  const changed: JobRecord = { ...record, dueAt: null, body: { ...body, work } }
  await commitAlone(host, 'pendingJob', null, {
    expect: [{ collection: jobs, id, fence }],
    put: [{ collection: jobs, record: changed }],
    delete: [],
  })
}

/** What the handler gave cannot be kept, or the work could not be begun: a failed attempt like any other, in the end an incident. */
export async function failWork(host: Host, job: LeasedJob, tools: JobTools, error: unknown): Promise<void> {
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
