import type { Write } from '@leeway/storage'
import { draftToRead } from '../kernel/draft.ts'
import type { TaskSeen } from '../kernel/state.ts'
import { valuesAt } from '../kernel/values-at.ts'
import type { Listener } from '../model/data.ts'
import type { Values } from '../model/value.ts'
import { conceal } from '../model/variables.ts'
import { type Also, commitAlone } from './also.ts'
import { loadDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import { evaluateWork } from './evaluate-work.ts'
import type { Host } from './host.ts'
import { invoke } from './invoke.ts'
import { type Answer, JobContext, naturalVariable } from './job.ts'
import { listenerIn } from './job-place.ts'
import { noticeJob } from './notice-job.ts'
import { tokenIdOfRow, tokenOfRow } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { OWN_ATTEMPTS } from './retries.ts'
import { placeIn } from './row-places.ts'
import { runCommand } from './run-command.ts'
import { type Entry, loadCurrent } from './state-cache.ts'
import { taskHeardOf, withChanges } from './task-seen.ts'

/**
 * The notices that a change of a task by a person gives: of who has it now, else that it was updated. Joined to the change's own commit.
 */
export async function noticesOfTask(host: Host, before: TaskRecord, after: TaskRecord, now: number): Promise<readonly Write[]> {
  const definitionId = before.body.heardBy
  if (definitionId === undefined || before.elementId === null || before.processKey === null) return []
  const { definition } = await loadDefinition(host.definitions, definitionId)
  const event = after.assignee !== before.assignee && after.assignee !== null ? 'assigned' : 'updated'
  const listeners = definition.nodes.get(before.elementId)?.listeners?.notices ?? []
  const place = { ...before, definitionId, processKey: before.processKey, elementId: before.elementId }
  return listeners.flatMap((one) => (one.notice === event ? [noticeJob(place, before.id, one.key, host.newId(), now)] : []))
}

/**
 * Has a listener hear of what happened. What it sets is set where the element was, in the commit that takes the job away. Throws where it
 * fails: it is tried again.
 */
export async function performNotice(host: Host, record: JobRecord, fence: number): Promise<void> {
  const { definitionId = '', elementId = '', data } = record.body
  const loaded = await loadDefinition(host.definitions, definitionId)
  const listener = listenerIn(loaded.definition, elementId, typeof data?.listener === 'string' ? data.listener : undefined)
  const entry =
    record.instanceId === null ? null : await loadCurrent(host, record.instanceId, tokenOfRow(record.id)?.scopeId ?? record.instanceId)
  if (listener === null || entry === null) return over(host, record, fence)
  const scopeId = scopeOf(entry, record)
  const answer = await answerOf(host, record, entry, listener, valuesOf(entry, record, scopeId))
  if ('failed' in answer) throw new EngineError('invalidResult', answer.failed.message, { jobId: record.id })
  if (!('result' in answer) || answer.result.type !== 'completed') return over(host, record, fence)
  const { set, task } = answer.result
  if (Object.keys(set).length === 0 && task === undefined) return over(host, record, fence)
  const change = task === undefined ? null : await changeOf(host, record, task)
  const also = { expect: change?.expect ?? [], put: change?.put ?? [], delete: [{ collection: jobs, id: record.id }] }
  const command = { type: 'setVariables' as const, scopeId, values: set }
  const outcome = await runCommand(host, { instanceId: entry.id, command, actor: null, job: { record, fence }, also })
  if (outcome.type !== 'done') await over(host, record, fence)
}

/** What a listener changed of its task is written with what it set; it is heard by no further listener. */
async function changeOf({ storage }: Host, { id }: JobRecord, task: TaskSeen): Promise<Pick<Also, 'expect' | 'put'> | null> {
  const [row] = await storage.get(tasks, [tokenIdOfRow(id)])
  if (row === undefined) return null
  return {
    expect: [{ collection: tasks, id: row.record.id, revision: row.revision }],
    put: [{ collection: tasks, record: withChanges(row.record, task) }],
  }
}

async function over(host: Host, { id }: JobRecord, fence: number): Promise<void> {
  await commitAlone(host, 'noticeHeard', null, {
    expect: [{ collection: jobs, id, fence }],
    put: [],
    delete: [{ collection: jobs, id }],
  })
}

/** The scope around the element, or the instance where that is gone. */
function scopeOf(entry: Entry, { id }: JobRecord): string {
  const row = tokenOfRow(id)
  const token = row && placeIn(entry.state.scopes, row)
  return token !== null && entry.state.scopes.has(token.scopeId) ? token.scopeId : entry.id
}

function valuesOf(entry: Entry, { id }: JobRecord, scopeId: string): Values {
  const row = tokenOfRow(id)
  const token = row && placeIn(entry.state.scopes, row)
  return valuesAt(draftToRead(entry.state), scopeId, token !== null && token.scopeId === scopeId ? token.n : null)
}

async function answerOf(host: Host, record: JobRecord, entry: Entry, listener: Listener, values: Values): Promise<Answer> {
  const { elementId = '', processKey = '', definitionId = '', failures = 0 } = record.body
  const { job } = listener
  const type = typeof job.type === 'string' ? job.type : String(evaluated(host, job.type, values))
  const handler = host.handlers.find({ processKey, elementId: null, jobType: type, aliases: job.aliases, isOwnWork: job.own !== null })
  const { id } = record
  if (handler === null) {
    return evaluateWork(host, {
      definition: entry.definition,
      id,
      key: id,
      elementId,
      instanceId: entry.id,
      businessKey: entry.record?.businessKey ?? null,
      tenantId: record.tenantId,
      values,
      now: host.now(),
      listener: listener.key,
      task: await taskHeardOf(host, entry, record, listener),
    })
  }
  const fields = Object.fromEntries(
    Object.entries(job.fields).map(([name, field]) => [name, conceal(evaluated(host, field, values) ?? null, name)]),
  )
  const context = new JobContext(
    {
      ...{ type, key: id, failures, attempts: OWN_ATTEMPTS, instanceId: entry.id, definitionId, processKey, elementId, fields },
      businessKey: entry.record?.businessKey ?? null,
      tenantId: record.tenantId,
      headers: job.headers,
      listener: listener.event,
    },
    { id, values },
  )
  return invoke(host, handler, context, false)
}

function evaluated(host: Host, expression: Listener['job']['fields'][string], values: Values): unknown {
  const { functions, beans, timeZone } = host.environment
  return expression.evaluate({ variable: (name) => naturalVariable(values, name), now: host.now(), timeZone, functions, beans })
}
