import type { IncidentResolved } from '../kernel/events/work.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { splitTokenId } from '../kernel/ids.ts'
import { firstIdOf, idNow, type Moved } from '../kernel/moved.ts'
import type { Consultation } from './consultation.ts'
import type { EngineEvent } from './event-hub.ts'
import type { Host } from './host.ts'
import type { Projection } from './projection.ts'
import { incidentId, rowOfIncident, tokenIdOfRow } from './record-ids.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type TaskRecord, tasks } from './records/task.ts'

/** Tells listeners, after the commit, what a command of an instance did. */
export function tellEvents(host: Host, projection: Projection, events: readonly KernelEvent[], actor: string | null, now: number): void {
  const { instance } = projection
  const base = {
    instanceId: instance.id,
    processKey: instance.processKey,
    at: now,
    ...tenantOf(instance),
    ...(actor !== null && { actor }),
  }
  for (const event of events) {
    const { type, ...members } = event
    const place = 'n' in event ? { elementInstanceId: `${event.scopeId}.${event.n}` } : {}
    const row = event.type === 'incidentResolved' ? { incidentId: incidentOf(projection, event) } : {}
    if (type === 'processStarted') host.events.tell({ ...base, type: 'instanceStarted' })
    host.events.tell({ ...members, ...place, ...row, ...base, type })
    if (event.type === 'processEnded') host.events.tell({ ...base, type: 'instanceEnded', status: event.status })
  }
  for (const told of rowEvents(projection, events)) host.events.tell({ ...told, ...base, type: told.type })
}

/** The incident that is over, by the id that its row has or had. */
function incidentOf({ instance }: Projection, { scopeId, n }: IncidentResolved): string {
  return incidentId(firstIdOf(instance.body.root.instance?.moved, `${scopeId}.${n}`))
}

/** Tells listeners, and counts, that a job became an incident which is no step of an instance: one of the engine's own, or an extension's. */
export function tellIncident(host: Host, incident: IncidentRecord): void {
  const { processKey, body } = incident
  host.telemetry?.count('leeway.incidents.raised', 1, { 'leeway.process.key': processKey ?? undefined, 'error.type': body.code })
  if (!host.events.isHeard()) return
  host.events.tell({ ...incidentEvent(incident, incident.createdAt), ...(processKey !== null && { processKey }), ...tenantOf(incident) })
}

/** Tells listeners that such an incident is over. */
export function tellResolved(host: Host, incident: IncidentRecord, actor: string | null): void {
  if (!host.events.isHeard()) return
  const { id, instanceId, processKey, elementId } = incident
  host.events.tell({
    type: 'incidentResolved',
    at: host.now(),
    instanceId,
    incidentId: id,
    elementInstanceId: tokenIdOfRow(rowOfIncident(id)),
    ...(elementId !== null && { elementId }),
    ...(processKey !== null && { processKey }),
    ...(actor !== null && { actor }),
    ...tenantOf(incident),
  })
}

/** Tells listeners, after the commit, what extensions have to tell. */
export function tellNoted(
  host: Host,
  all: readonly Consultation[],
  { instanceId, actor, now }: { readonly instanceId: string | null; readonly actor: string | null; readonly now: number },
): void {
  for (const { extension, changes } of all)
    for (const event of changes.tell)
      host.events.tell({ ...(actor !== null && { actor }), ...event, type: 'noted', extension: extension.name, instanceId, at: now })
}

function* rowEvents(projection: Projection, events: readonly KernelEvent[]): Generator<EngineEvent> {
  const { put, delete: deleted, instance } = projection
  const at = 0
  for (const write of put) {
    if (write.collection.name === tasks.name) yield taskEvent('taskCreated', write.record as TaskRecord, at)
    else if (write.collection.name === jobs.name && (write.record as JobRecord).kind === 'work')
      yield jobEvent(write.record as JobRecord, at)
    else if (write.collection.name === incidents.name) yield incidentEvent(write.record as IncidentRecord, at)
  }
  for (const key of deleted) {
    if (key.collection.name === tasks.name)
      yield {
        type: endOf(key.id, events, instance.body.root.instance?.moved),
        instanceId: null,
        taskId: key.id,
        elementInstanceId: key.id,
        at,
      }
    else if (key.collection.name === incidents.name && !isTold(projection, key.id, events))
      // what it was about has ended
      yield {
        type: 'incidentResolved',
        instanceId: null,
        incidentId: key.id,
        elementInstanceId: idNow(instance.body.root.instance?.moved, rowOfIncident(key.id)),
        at,
      }
  }
}

/** The kernel's own event has told that the incident is over. */
function isTold(projection: Projection, id: string, events: readonly KernelEvent[]): boolean {
  return events.some((event) => event.type === 'incidentResolved' && incidentOf(projection, event) === id)
}

/** A task is completed with its activity's work, else it is cancelled. How one ends that an extension owns is the extension's to say. */
function endOf(taskId: string, events: readonly KernelEvent[], moved: Moved | undefined): 'taskCompleted' | 'taskCancelled' | 'taskEnded' {
  if (splitTokenId(taskId) === null) return 'taskEnded'
  const id = idNow(moved, taskId)
  const isDone = events.some(
    (event) => event.type === 'workFinished' && event.outcome === 'completed' && `${event.scopeId}.${event.n}` === id,
  )
  return isDone ? 'taskCompleted' : 'taskCancelled'
}

/** What listeners are told of a task. */
export function taskEvent(type: string, task: TaskRecord, at: number): EngineEvent {
  return {
    type,
    at,
    instanceId: task.instanceId,
    taskId: task.id,
    ...(task.elementId !== null && { elementId: task.elementId, elementInstanceId: task.id }),
    assignee: task.assignee,
    name: task.body.name ?? null,
    state: task.state,
  }
}

function jobEvent(job: JobRecord, at: number): EngineEvent {
  const failed = job.body.error !== undefined
  return {
    type: failed ? 'jobFailed' : 'jobCreated',
    at,
    instanceId: job.instanceId,
    jobId: job.id,
    jobType: job.type,
    elementId: job.body.elementId ?? '',
    elementInstanceId: tokenIdOfRow(job.id),
    ...(failed && { error: job.body.error }),
  }
}

function incidentEvent(incident: IncidentRecord, at: number): EngineEvent {
  return {
    type: 'incidentCreated',
    at,
    instanceId: incident.instanceId,
    incidentId: incident.id,
    elementId: incident.elementId ?? '',
    code: incident.body.code,
    message: incident.body.message,
  }
}

function tenantOf({ tenantId }: { readonly tenantId: string | null }): { tenantId?: string } {
  return tenantId === null ? {} : { tenantId }
}
