import type { Projected, Projection, Touched } from './projection.ts'
import { incidentId, stepId } from './record-ids.ts'
import { type IncidentRecord, incidents } from './records/incident.ts'

/** The row of what a token is stuck with: made, or gone. */
export function projectIncident(input: Projected, projection: Projection, token: Touched): void {
  const id = incidentId(token.id)
  const incident = token.after?.incident
  if (incident === undefined) {
    projection.delete.push({ collection: incidents, id })
    return
  }
  const hasJob = incident.retry === 'job'
  const record: IncidentRecord = {
    id,
    instanceId: input.instanceId,
    elementId: token.after?.elementId ?? null,
    processKey: input.definition.record.key,
    jobType: token.waits?.job?.jobType ?? (hasJob ? input.jobType : null),
    createdAt: input.now,
    tenantId: input.tenantId,
    body: { code: incident.code, message: incident.message, ...(hasJob && { jobId: jobIdOf(token) }), ...heldBy(token) },
  }
  projection.put.push({ collection: incidents, record })
}

/** It is dealt with off the path from now on, or is open again. */
export function keepIncident(projection: Projection, token: Touched): void {
  const change = ({ body: { heldBy: _heldBy, ...body }, ...record }: IncidentRecord): IncidentRecord => ({
    ...record,
    body: { ...body, ...heldBy(token) },
  })
  projection.patches.push({ collection: incidents, id: incidentId(token.id), change })
}

function heldBy({ after }: Touched): { readonly heldBy?: string } {
  return after?.hold === undefined ? {} : { heldBy: after.hold.by }
}

/** The job that an incident is about: a listener's, else the element's own. */
function jobIdOf({ id, after }: Touched): string {
  const listener = after?.waits?.find((wait) => wait.type === 'listener')
  return listener === undefined ? id : stepId(id, listener.at)
}
