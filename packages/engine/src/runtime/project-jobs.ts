import type { Write } from '@leeway/storage'
import type { Token, Wait } from '../kernel/state.ts'
import type { JobMark, Projected, Projection, Touched } from './projection.ts'
import { type JobBody, type JobRecord, jobs } from './records/job.ts'

/** The job of an element's work or of a listener: made, or changed by how its attempt went and where its token is. */
export function keepJob(input: Projected, projection: Projection, token: Touched, before: Wait | undefined, id: string): void {
  const mark = input.marks.get(id)
  const after = token.after as Token // it waits
  const isStill = after.phase === 'held' || after.incident !== undefined || mark?.pending === true
  const failure = token.failure
  const details = token.waits?.job
  if (details !== undefined) {
    const retryAt = failure?.type === 'workFailed' ? failure.retryAt : null
    const type = input.rowType(after.elementId, details)
    const work: { -readonly [Member in keyof NonNullable<JobBody['work']>]: NonNullable<JobBody['work']>[Member] } = { key: details.key }
    if (details.aliases.length > 0) work.aliases = details.aliases
    if (Object.keys(details.fields).length > 0) work.fields = details.fields
    if (Object.keys(details.headers).length > 0) work.headers = details.headers
    if (details.resultVariable !== null) work.resultVariable = details.resultVariable
    if (details.evaluates) work.evaluates = true
    if (details.attempts !== null) work.attempts = details.attempts
    if (details.waits.length > 0) work.waits = details.waits
    if (mark?.pending) work.pending = true
    if (type !== details.jobType) work.type = details.jobType
    if (details.listener !== undefined) work.listener = details.listener
    if (details.turn !== undefined) work.turn = details.turn
    putJob(projection, input, token, {
      id,
      kind: 'work',
      type,
      priority: details.priority,
      dueAt: isStill ? null : (retryAt ?? input.now),
      work,
      ...(mark?.failures !== undefined && mark.failures > 0 && { failures: mark.failures }),
      ...(failure !== null && { error: { code: failure.code, message: failure.message } }),
      ...(mark?.lease !== undefined && !isStill && retryAt === null && { lease: mark.lease }),
    })
    return
  }
  if (before === undefined) return
  const wasStill = token.before?.phase === 'held' || token.before?.incident !== undefined
  if (failure === null && isStill === wasStill && mark === undefined && !token.isDiscarded && !token.isResolved) return
  projection.patches.push({
    collection: jobs,
    id,
    change: (job, isLeased) => (isLeased && isOnlyHeld(token, mark) ? job : changedJob(job, input, token, isStill, mark)),
  })
}

/** Whoever works on it is not interrupted: a leased job is left as it is when its token goes off the path or comes back. */
function isOnlyHeld({ failure, isResolved, isDiscarded }: Touched, mark: JobMark | undefined): boolean {
  return failure === null && !isResolved && !isDiscarded && mark === undefined
}

function changedJob(
  job: JobRecord,
  { now, definition }: Projected,
  token: Touched,
  isStill: boolean,
  mark: JobMark | undefined,
): JobRecord {
  const { wasDueAt, ...body } = job.body
  const changed: { -readonly [Member in keyof JobBody]: JobBody[Member] } = { ...body }
  // A worker had it while its instance was put on another definition: the row could not be changed then.
  if (body.definitionId !== definition.record.id)
    Object.assign(changed, { definitionId: definition.record.id, processKey: definition.record.key, elementId: token.after?.elementId })
  if (token.failure !== null) {
    const isCounted = token.failure.type !== 'workFailed' || token.before?.phase !== 'held'
    if (isCounted) changed.failures = mark?.failures ?? (job.body.failures ?? 0) + 1
    changed.error = { code: token.failure.code, message: token.failure.message }
    if (isCounted && changed.work?.retriesLeft !== undefined)
      changed.work = { ...changed.work, retriesLeft: Math.max(0, changed.work.retriesLeft - 1) }
  }
  if (mark?.pending && changed.work !== undefined) changed.work = { ...changed.work, pending: true }
  if (token.isResolved) delete changed.failures
  const due = token.failure?.type === 'workFailed' ? token.failure.retryAt : token.isResolved ? now : (wasDueAt ?? job.dueAt ?? now)
  if (isStill || changed.work?.pending) {
    // What stands still for an incident is due at once when that is resolved.
    if (token.after?.incident === undefined) changed.wasDueAt = due
    return { ...job, dueAt: null, body: changed }
  }
  return { ...job, dueAt: due, body: changed }
}

interface NewJob extends Pick<JobBody, 'for' | 'work' | 'failures' | 'error' | 'data'> {
  readonly id: string
  readonly kind: string
  readonly type?: string
  readonly dueAt: number | null
  readonly priority?: number
  readonly lease?: NonNullable<Write['lease']>
}

/** Writes a job that a token waits for. */
export function putJob(projection: Projection, input: Projected, token: Touched, job: NewJob): void {
  const { id, kind, type, dueAt, priority, lease, ...body } = job
  const { record } = input.definition
  const written: JobRecord = {
    id,
    dueAt,
    priority: priority ?? 0,
    kind,
    type: type ?? `$${kind}`,
    instanceId: input.instanceId,
    tenantId: input.tenantId,
    body: { definitionId: record.id, processKey: record.key, elementId: token.after?.elementId ?? '', ...body },
  }
  projection.put.push(lease === undefined ? { collection: jobs, record: written } : { collection: jobs, record: written, lease })
}
