import type { Expectation, Key, Write } from '@leeway/storage'
import type { Draft } from '../kernel/draft.ts'
import type { Scope } from '../kernel/state.ts'
import { callEndJob, callEscalationJobs } from './call-records.ts'
import { projectActivities } from './project-activities.ts'
import { projectTokens } from './project-tokens.ts'
import type { Projected, Projection } from './projection.ts'
import { migrationId } from './record-ids.ts'
import { chunks, instances, scopes } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { jobs } from './records/job.ts'
import { roundsAfter } from './rounds.ts'
import { searchableOf } from './searchable.ts'

/**
 * Turns what happened into changes of records. Rows of waits follow from comparing each touched token before and after the
 * command, so that what is made and gone within one command never reaches the store.
 */
export function project(input: Projected): Projection {
  const { instanceId, draft } = input
  const projection: Projection = {
    instance: instanceRecordOf(input),
    isRootWritten: draft.scopes.has(instanceId),
    put: [],
    delete: [],
    patches: [],
  }
  if (draft.scopes.size > 1 || !projection.isRootWritten) projectScopes(input, projection)
  if (draft.chunks.size > 0) projectChunks(draft, projection)
  projectTokens(input, projection)
  if (input.keepsRows) projectActivities(input, projection)
  if (input.before !== null && input.before.extensions.length > 0 && isBack(input)) wakeMigration(input, projection)
  const { endedAt, body } = projection.instance
  if (body.parent !== undefined && !input.isCallerTold) {
    projection.put.push(...callEscalationJobs(input, body.parent.elementInstanceId, input.revision))
    const write = endedAt === null || !projection.isRootWritten ? null : callEndJob(input, body.parent.elementInstanceId)
    if (write !== null) projection.put.push(write)
  }
  return projection
}

/** Somebody who had left the path is back, or has nothing to come back to. */
function isBack({ draft, events, instanceId }: Projected): boolean {
  return events.some((event) => {
    if (event.type === 'tokenReleased' || event.type === 'processReleased' || event.type === 'processEnded') return true
    if (event.type !== 'elementTerminated' && event.type !== 'elementSkipped') return false
    const isWhole = draft.base.scopes.get(instanceId)?.instance?.hold !== undefined
    return isWhole || draft.base.scopes.get(event.scopeId)?.tokens[event.n]?.hold !== undefined
  })
}

/** A migration that waits for that is tried again. */
function wakeMigration({ instanceId, now }: Projected, { patches }: Projection): void {
  patches.push({ collection: jobs, id: migrationId(instanceId), change: (job, isLeased) => (isLeased ? job : { ...job, dueAt: now }) })
}

function instanceRecordOf(input: Projected): InstanceRecord {
  const { instanceId, before, tenantId, parent, draft, searchable, extensions } = input
  const touched = draft.scopes.get(instanceId)
  if (!touched) return before as InstanceRecord // untouched, so it was there before
  const root: Scope = touched
  const head = root.instance as NonNullable<Scope['instance']> // the root has one
  return {
    id: instanceId,
    processKey: root.elementId,
    definitionId: head.definitionId,
    businessKey: head.businessKey,
    tenantId,
    status: head.status,
    startedAt: head.startedAt,
    endedAt: head.endedAt ?? null,
    searchable: isFoundByNone(searchable, before) ? NONE : searchableOf(root.variables, searchable, before),
    extensions: before === null ? extensions : before.extensions,
    parentId: (before === null ? parent : before.body.parent)?.instanceId ?? null,
    body: bodyOf(input, root),
  }
}

const NONE: readonly string[] = Object.freeze([])

function isFoundByNone(names: readonly string[], before: InstanceRecord | null): boolean {
  return names.length === 0 && (before === null || before.searchable.length === 0)
}

function bodyOf({ before, parent: given, trace: now, round }: Projected, root: Scope): InstanceRecord['body'] {
  const parent = before === null ? given : before.body.parent
  const trace = before === null ? now : before.body.trace
  const rounds = roundsAfter(before, round)
  if (trace == null && parent === undefined && rounds !== undefined) return { root, rounds }
  return { root, ...(parent && { parent }), ...(trace != null && { trace }), ...(rounds && { rounds }) }
}

function projectScopes({ instanceId, draft }: Projected, projection: Projection): void {
  for (const [id, scope] of draft.scopes) {
    if (id === instanceId) continue
    if (scope !== null) projection.put.push({ collection: scopes, record: { id, body: scope } })
    else if (!draft.complete || draft.base.scopes.has(id)) projection.delete.push({ collection: scopes, id })
  }
}

function projectChunks(draft: Draft, projection: Projection): void {
  for (const [id, chunk] of draft.chunks) {
    if (chunk !== null) projection.put.push({ collection: chunks, record: { id, body: chunk } })
    else if (!draft.complete || draft.base.chunks.has(id)) projection.delete.push({ collection: chunks, id })
  }
}

/** The expectation and write of the instance itself: its revision is the serial order of its commands. */
export function instanceChange(
  projection: Projection,
  revision: number,
): { readonly expect: Expectation; readonly put: Write | null; readonly touch: Key | null } {
  const { id } = projection.instance
  const collection = instances
  const expect: Expectation = { collection, id, revision }
  return projection.isRootWritten
    ? { expect, put: { collection, record: projection.instance }, touch: null }
    : { expect, put: null, touch: { collection, id } }
}
