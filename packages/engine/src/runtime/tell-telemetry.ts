import type { KernelEvent } from '../kernel/events.ts'
import type { CommandRequest, Outcome } from './command-request.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { Host } from './host.ts'
import type { Answer, JobContext } from './job.ts'
import type { LeasedJob } from './leased-job.ts'
import type { Projection } from './projection.ts'
import type { Entry } from './state-cache.ts'
import type { Telemetry } from './telemetry.ts'
import { tracesBefore } from './traces.ts'
import type { Work } from './work.ts'

/** Runs a command in a span of its own. */
export async function traceCommand(
  host: Host,
  telemetry: Telemetry,
  request: CommandRequest,
  run: (host: Host, request: CommandRequest) => Promise<Outcome>,
): Promise<Outcome> {
  const type = nameOf(request)
  const follows = await tracesBefore(host, request)
  const attributes = { 'leeway.command': type, 'leeway.instance.id': request.instanceId }
  return telemetry.span({ kind: 'command', name: `leeway ${type}`, attributes, follows }, async (span) => {
    const began = performance.now()
    let outcome = 'failed'
    try {
      const answer = await run(host, request)
      outcome = answer.type === 'rejected' ? answer.rejection.code : answer.type
      if (answer.type === 'done') {
        const { processKey, definitionId, tenantId } = answer.instance
        span.tell({
          'leeway.process.key': processKey,
          'leeway.definition.id': definitionId,
          'leeway.tenant.id': tenantId ?? undefined,
          'leeway.events': answer.events.length,
        })
      }
      return answer
    } finally {
      span.tell({ 'leeway.outcome': outcome })
      telemetry.record('leeway.command.duration', secondsSince(began), { 'leeway.command': type, 'leeway.outcome': outcome })
    }
  })
}

/** What a command is called: one of an extension by its name and what happened there, such as `case-adaptive.leave`. */
function nameOf({ command, extension }: CommandRequest): string {
  if (command !== null || extension === undefined) return command?.type ?? 'step'
  const { name, occurrence } = extension
  // An extension's commands are plain data of its own.
  const own = occurrence.type === 'command' ? (occurrence.command as { readonly type?: unknown } | null)?.type : null
  return `${name}.${typeof own === 'string' ? own : occurrence.type}`
}

/** Does a job in a span of its own, which follows from the command that wrote the job. */
export async function traceJob(host: Host, telemetry: Telemetry, { record }: LeasedJob, perform: () => Promise<void>): Promise<void> {
  const { id, kind, type, dueAt, instanceId, tenantId, body } = record
  const about = { 'leeway.job.kind': kind, 'leeway.job.type': body.work?.type ?? type }
  if (dueAt !== null) telemetry.record('leeway.job.delay', Math.max(0, host.now() - dueAt) / 1_000, about)
  const attributes = {
    ...about,
    'leeway.job.id': id,
    'leeway.instance.id': instanceId ?? undefined,
    'leeway.process.key': body.processKey,
    'leeway.element.id': body.elementId,
    'leeway.tenant.id': tenantId ?? undefined,
  }
  const follows = body.trace === undefined ? [] : [body.trace]
  telemetry.count('leeway.jobs.active', 1, about)
  try {
    await telemetry.span({ kind: 'job', name: `leeway job ${about['leeway.job.type']}`, attributes, follows }, perform)
  } finally {
    telemetry.count('leeway.jobs.active', -1, about)
  }
}

/** Calls a handler in a span of its own, in which what it does itself is traced. */
export function traceHandler(
  telemetry: Telemetry,
  handler: RegisteredHandler,
  job: JobContext,
  call: () => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const about = { 'leeway.job.type': job.type, 'leeway.process.key': job.processKey, 'leeway.element.id': job.elementId }
  const attributes = { ...about, 'leeway.handler': handler.name, 'leeway.job.attempt': job.attempt, 'leeway.instance.id': job.instanceId }
  return telemetry.span({ kind: 'handler', name: `leeway handler ${job.type}`, attributes, follows: [] }, (span) => {
    const began = performance.now()
    const told = (answer: Answer): Answer => {
      const outcome = outcomeOf(answer)
      if ('failed' in answer) span.tell({ 'leeway.outcome': outcome, 'error.type': answer.failed.code }, answer.failed.message)
      else span.tell({ 'leeway.outcome': outcome })
      telemetry.record('leeway.handler.duration', secondsSince(began), { ...about, 'leeway.outcome': outcome })
      return answer
    }
    const answer = call()
    return answer instanceof Promise ? answer.then(told) : told(answer)
  })
}

function outcomeOf(answer: Answer): string {
  if ('failed' in answer) return 'failed'
  return 'pending' in answer ? 'pending' : answer.result.type
}

/** Most elements of one command that get a span. */
export const ELEMENT_SPANS_MAX = 1_000

/** After the commit, before the state in hand is replaced: what began and ended by a command. */
export function tellTelemetry(telemetry: Telemetry, entry: Entry, work: Work, { instance }: Projection): void {
  const about = { 'leeway.process.key': instance.processKey }
  let spans = 0
  for (const event of work.events) {
    if (event.type === 'processStarted') telemetry.count('leeway.instances.started', 1, about)
    else if (event.type === 'processEnded') telemetry.count('leeway.instances.ended', 1, { ...about, 'leeway.status': event.status })
    else if (event.type === 'incidentRaised') telemetry.count('leeway.incidents.raised', 1, { ...about, 'error.type': event.code })
    else if ((event.type === 'elementCompleted' || event.type === 'elementTerminated') && spans++ < ELEMENT_SPANS_MAX)
      tellElement(telemetry, entry, work, instance.body.trace ?? null, event)
  }
}

function tellElement(
  telemetry: Telemetry,
  { id, definition }: Entry,
  { draft, now }: Work,
  within: string | null,
  event: Extract<KernelEvent, { type: 'elementCompleted' | 'elementTerminated' }>,
): void {
  const { elementId, scopeId, n } = event
  const node = definition.definition.nodes.get(elementId)
  const type = node?.type ?? 'element'
  const attributes = {
    'leeway.element.id': elementId,
    'leeway.element.type': type,
    'leeway.element.instance.id': `${scopeId}.${n}`,
    'leeway.instance.id': id,
    'leeway.process.key': definition.record.key,
    'leeway.outcome': event.type === 'elementCompleted' ? 'completed' : 'terminated',
  }
  const from = draft.base.scopes.get(scopeId)?.tokens[n]?.since ?? now
  telemetry.past({ name: `leeway ${type} ${elementId}`, attributes, within, from, to: now })
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000
}
