import type { Expectation, Key, Write } from '@leeway/storage'
import type { Draft } from '../kernel/draft.ts'
import type { ElementWaits, JobDetails, KernelEvent } from '../kernel/events.ts'
import { isArmed, type Scope, type Token, type Wait } from '../kernel/state.ts'
import { transitionOf } from '../lifecycles/lifecycle.ts'
import { userTaskLifecycle } from '../lifecycles/user-task.ts'
import { callCancelJob, callEndJob, callEscalationJobs, callJobId } from './call-records.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import { noticeJob } from './notice-job.ts'
import {
  chunks,
  type IncidentRecord,
  type InstanceRecord,
  incidents,
  instances,
  type JobBody,
  type JobRecord,
  jobs,
  type SubscriptionRecord,
  scopes,
  subscriptions,
  type TaskRecord,
  tasks,
} from './records.ts'
import { openedAfter, searchableText } from './subscriptions.ts'
import { waitId } from './wait-id.ts'

/** What a command came to, and what is known beside its events. */
export interface Projected {
  readonly instanceId: string
  readonly before: InstanceRecord | null
  /** Of the instance, before the command. */
  readonly revision: number
  readonly definition: LoadedDefinition
  /** The instance's. */
  readonly tenantId: string | null
  readonly parent: InstanceRecord['body']['parent'] | undefined
  /** Extensions that an instance to be started carries from the start. */
  readonly extensions: readonly string[]
  /** True where the caller learned of the end in the same change set. */
  readonly isCallerTold: boolean
  readonly draft: Draft
  readonly events: readonly KernelEvent[]
  readonly now: number
  readonly searchable: readonly string[]
  /** What the runtime decided about the job of a token, by the token's id. */
  readonly marks: ReadonlyMap<string, JobMark>
  /** Type of the job whose result the command is. */
  readonly jobType: string | null
  /** How the row of a job is typed. */
  readonly rowType: (elementId: string, job: JobDetails) => string
}

/** `lease`: written as claimed by this node, as attempt after `failures`; `pending`: never to be run again by itself. */
export interface JobMark {
  readonly lease?: NonNullable<Write['lease']>
  readonly pending?: true
  readonly failures?: number
}

/** The records of a command. What a patch changes must be read first, and must be as read when the change set lands. */
export interface Projection {
  readonly instance: InstanceRecord
  /** False where the root scope was not touched: its record's revision is raised, its body stays. */
  readonly isRootWritten: boolean
  readonly put: Write[]
  readonly delete: Key[]
  readonly patches: Patch[]
}

export type Patch =
  | { readonly collection: typeof tasks; readonly id: string; readonly change: (task: TaskRecord) => TaskRecord }
  | { readonly collection: typeof jobs; readonly id: string; readonly change: (job: JobRecord, isLeased: boolean) => JobRecord }

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
  const { endedAt, body } = projection.instance
  if (body.parent !== undefined && !input.isCallerTold) {
    projection.put.push(...callEscalationJobs(input, body.parent.elementInstanceId, input.revision))
    const write = endedAt === null || !projection.isRootWritten ? null : callEndJob(input, body.parent.elementInstanceId)
    if (write !== null) projection.put.push(write)
  }
  return projection
}

function instanceRecordOf({ instanceId, before, tenantId, parent, draft, searchable, extensions }: Projected): InstanceRecord {
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
    searchable: searchable.length === 0 ? NONE : searchableOf(root, searchable, before),
    extensions: before === null ? extensions : before.extensions,
    parentId: (before === null ? parent : before.body.parent)?.instanceId ?? null,
    body: parentOf(before, parent, root),
  }
}

const NONE: readonly string[] = Object.freeze([])

function parentOf(before: InstanceRecord | null, given: InstanceRecord['body']['parent'], root: Scope): InstanceRecord['body'] {
  const parent = before === null ? given : before.body.parent
  return parent === undefined ? { root } : { root, parent }
}

function searchableOf(root: Scope, names: readonly string[], before: InstanceRecord | null): readonly string[] {
  if (before !== null && before.body.root.variables === root.variables) return before.searchable
  const texts: string[] = []
  for (const name of names) {
    const value = root.variables[name]
    if (value !== undefined) texts.push(searchableText(name, value))
  }
  return texts
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

/** A token that the events speak of and that was there before the command or is there after it. */
interface Touched {
  readonly id: string
  readonly before: Token | undefined
  readonly after: Token | undefined
  waits: ElementWaits | null
  failure: Extract<KernelEvent, { type: 'workFailed' | 'incidentRaised' }> | null
  isResolved: boolean
  /** What it waited for came to its end by itself. */
  isFinished: boolean
}

function projectTokens(input: Projected, projection: Projection): void {
  const { draft, events } = input
  let touched: Map<string, Touched> | null = null
  let scopeId = ''
  let beforeTokens: Scope['tokens'] = NO_TOKENS
  let afterTokens: Scope['tokens'] = NO_TOKENS
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as KernelEvent
    switch (event.type) {
      case 'messageThrown':
      case 'signalThrown':
        projection.put.push(throwJob(input, event, i))
        continue
      case 'noticeGiven': {
        const { id: definitionId, key: processKey } = input.definition.record
        const place = { instanceId: input.instanceId, tenantId: input.tenantId, definitionId, processKey, elementId: event.elementId }
        projection.put.push(noticeJob(place, `${event.scopeId}.${event.n}`, event.listener, 'gone', input.now))
        continue
      }
      case 'elementWaits':
      case 'elementCompleted':
      case 'elementTerminated':
      case 'elementCompensated':
      case 'waitTriggered':
      case 'eventCame':
      case 'workFinished':
      case 'workFailed':
      case 'incidentRaised':
      case 'incidentResolved':
      case 'tokenMigrated':
      case 'tokenHeld':
      case 'tokenReleased':
      case 'eventLatched':
      case 'eventSubProcessArmed':
      case 'eventSubProcessDisarmed':
        break
      default:
        continue // nothing that is kept in rows of its own follows from it
    }
    if (event.scopeId !== scopeId) {
      scopeId = event.scopeId
      beforeTokens = draft.base.scopes.get(scopeId)?.tokens ?? NO_TOKENS
      const own = draft.scopes.get(scopeId)
      afterTokens = own === undefined ? beforeTokens : (own?.tokens ?? NO_TOKENS)
    }
    const before = beforeTokens[event.n]
    const after = afterTokens[event.n]
    if (before === undefined && after === undefined) continue
    touched ??= new Map()
    const id = `${scopeId}.${event.n}`
    let token = touched.get(id)
    if (token === undefined) {
      token = { id, before, after, waits: null, failure: null, isResolved: false, isFinished: false }
      touched.set(id, token)
    }
    if (event.type === 'elementWaits') token.waits = event
    else if (event.type === 'workFailed' || event.type === 'incidentRaised') token.failure = event
    else if (event.type === 'incidentResolved') token.isResolved = true
    else if (event.type === 'workFinished') token.isFinished = true
  }
  if (touched !== null) for (const token of touched.values()) projectToken(input, projection, token)
}

const NO_TOKENS: Scope['tokens'] = {}

function projectToken(input: Projected, projection: Projection, token: Touched): void {
  const { before, after } = token
  const waitsBefore = before?.waits ?? NO_WAITS
  const waitsAfter = after?.waits ?? NO_WAITS
  if (waitsBefore !== waitsAfter || token.waits !== null || before?.phase !== after?.phase || token.failure !== null || token.isResolved) {
    for (const wait of waitsBefore) if (sameWait(waitsAfter, wait) === undefined) dropWait(input, projection, token, wait)
    for (const wait of waitsAfter) keepWait(input, projection, token, wait, sameWait(waitsBefore, wait))
  }
  if (before?.incident !== after?.incident) projectIncident(input, projection, token)
}

const NO_WAITS: readonly Wait[] = []

function sameWait(waits: readonly Wait[], wanted: Wait): Wait | undefined {
  for (const wait of waits)
    if (wait.type === wanted.type && targetOf(wait) === targetOf(wanted) && definitionOf(wait) === definitionOf(wanted)) return wait
  return undefined
}

function definitionOf(wait: Wait): number {
  return 'definition' in wait ? (wait.definition ?? 0) : 0
}

function targetOf(wait: Wait): string {
  if (wait.type === 'continuation' || wait.type === 'listener') return wait.at
  return 'for' in wait ? wait.for : ''
}

function dropWait(input: Projected, projection: Projection, token: Touched, wait: Wait): void {
  switch (wait.type) {
    case 'task':
      projection.delete.push({ collection: tasks, id: token.id })
      return
    case 'job':
      projection.delete.push({ collection: jobs, id: token.id })
      return
    case 'continuation':
    case 'listener':
      projection.delete.push({ collection: jobs, id: `${token.id}:${wait.at}` })
      return
    case 'timer':
      projection.delete.push({ collection: jobs, id: waitId(token.id, wait) })
      return
    case 'message':
    case 'signal':
      projection.delete.push({ collection: subscriptions, id: waitId(token.id, wait) })
      return
    case 'call':
      // Interrupted: what was called is cancelled with it, and what was not called yet is not called.
      if (token.isFinished) return
      projection.delete.push({ collection: jobs, id: callJobId(token.id) })
      projection.put.push(callCancelJob(input, wait.instanceId))
      return
    case 'trigger':
    case 'condition':
      return
  }
}

function keepWait(input: Projected, projection: Projection, token: Touched, wait: Wait, before: Wait | undefined): void {
  switch (wait.type) {
    case 'task':
      return keepTask(input, projection, token, before)
    case 'job':
      return keepJob(input, projection, token, before, token.id)
    case 'listener':
      return keepJob(input, projection, token, before, `${token.id}:${wait.at}`)
    case 'continuation': {
      const id = `${token.id}:${wait.at}`
      const isStill = stands(token.after)
      const retryAt = token.failure?.type === 'workFailed' ? token.failure.retryAt : null
      if (isStill && before !== undefined) projection.delete.push({ collection: jobs, id })
      else if (!isStill && (before === undefined || stands(token.before) || retryAt !== null))
        putJob(projection, input, token, { id, kind: 'continuation', dueAt: retryAt ?? input.now })
      return
    }
    case 'timer': {
      const id = waitId(token.id, wait)
      const dueBefore = before?.type === 'timer' && isArmed(before) ? before.dueAt : null
      const due = isArmed(wait) ? wait.dueAt : null
      if (due === dueBefore) return
      if (due === null) projection.delete.push({ collection: jobs, id })
      else putJob(projection, input, token, { id, kind: 'timer', dueAt: due, for: wait.for })
      return
    }
    case 'message':
    case 'signal': {
      const wasArmed = before !== undefined && isArmed(before)
      if (!isArmed(wait)) {
        if (wasArmed) dropWait(input, projection, token, wait)
        return
      }
      if (wasArmed && before.type === wait.type && before.name === wait.name && keyOf(before) === keyOf(wait)) return
      const record = subscriptionOf(input, token, wait)
      projection.put.push({ collection: subscriptions, record })
      if (wait.type === 'message') {
        putJob(projection, input, token, { id: `${record.id}:look`, kind: 'look', dueAt: input.now, for: wait.for })
      }
      return
    }
    case 'call': {
      // calls.ts starts what is called. What is still to be called stands still while its caller is off the path.
      const isHeld = token.after?.phase === 'held'
      if (before === undefined || isHeld === (token.before?.phase === 'held')) return
      projection.patches.push({
        collection: jobs,
        id: callJobId(token.id),
        change: (job: JobRecord) => ({ ...job, dueAt: isHeld ? null : input.now }),
      })
      return
    }
    case 'trigger':
    case 'condition':
      return
  }
}

/** Nothing is to be done for a token that a person has to look at, or that is off the path. */
function stands(token: Token | undefined): boolean {
  return token !== undefined && (token.phase === 'held' || token.incident !== undefined)
}

function keyOf(wait: Wait): string | null {
  return wait.type === 'message' ? wait.key : null
}

function subscriptionOf(
  { instanceId, definition, draft, tenantId }: Projected,
  token: Touched,
  wait: Extract<Wait, { type: 'message' | 'signal' }>,
): SubscriptionRecord {
  const root = draft.scopes.get(instanceId) ?? draft.base.scopes.get(instanceId)
  return {
    id: waitId(token.id, wait),
    kind: wait.type,
    name: wait.name,
    key: keyOf(wait),
    instanceId,
    businessKey: root?.instance?.businessKey ?? null,
    tenantId,
    body: {
      processKey: definition.record.key,
      definitionId: definition.record.id,
      elementId: wait.for,
    },
  }
}

function keepTask(input: Projected, projection: Projection, token: Touched, before: Wait | undefined): void {
  const details = token.waits?.task
  if (details !== undefined) {
    const record: TaskRecord = {
      id: token.id,
      instanceId: input.instanceId,
      processKey: input.definition.record.key,
      elementId: (token.after as Token).elementId,
      assignee: details.assignee,
      candidateUsers: details.candidateUsers,
      candidateGroups: details.candidateGroups,
      state: details.assignee === null ? 'ready' : 'reserved',
      held: false,
      dueAt: details.dueAt,
      followUpAt: details.followUpAt,
      priority: details.priority,
      createdAt: input.now,
      tenantId: input.tenantId,
      extension: null,
      body: {},
    }
    const body: { name?: string; heardBy?: string; form?: NonNullable<typeof details.form> } = {}
    if (details.name !== null) body.name = details.name
    const heard = input.definition.definition.nodes.get(record.elementId ?? '')?.listeners?.notices
    if (heard !== undefined && heard.length > 0) body.heardBy = input.definition.record.id
    if (details.form !== null) body.form = details.form
    projection.put.push({ collection: tasks, record: token.after?.phase === 'held' ? heldTask({ ...record, body }) : { ...record, body } })
    return
  }
  if (before === undefined) return
  const isHeld = token.after?.phase === 'held'
  if (isHeld === (token.before?.phase === 'held')) return
  projection.patches.push({ collection: tasks, id: token.id, change: isHeld ? heldTask : resumedTask })
}

function heldTask(task: TaskRecord): TaskRecord {
  return { ...task, held: true, state: transitionOf(userTaskLifecycle, task.state as 'ready', 'hold') } // states of rows are the chart's
}

function resumedTask(task: TaskRecord): TaskRecord {
  return { ...task, held: false, state: transitionOf(userTaskLifecycle, task.state as 'heldReady', 'resume') } // as above
}

function keepJob(input: Projected, projection: Projection, token: Touched, before: Wait | undefined, id: string): void {
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
  if (failure === null && isStill === wasStill && mark === undefined) return
  projection.patches.push({
    collection: jobs,
    id,
    change: (job, isLeased) => (isLeased && isOnlyHeld(token, mark) ? job : changedJob(job, input, token, isStill, mark)),
  })
}

/** Whoever works on it is not interrupted: a leased job is left as it is when its token goes off the path or comes back. */
function isOnlyHeld({ failure, isResolved }: Touched, mark: JobMark | undefined): boolean {
  return failure === null && !isResolved && mark === undefined
}

function changedJob(job: JobRecord, { now }: Projected, token: Touched, isStill: boolean, mark: JobMark | undefined): JobRecord {
  const { wasDueAt, ...body } = job.body
  const changed: { -readonly [Member in keyof JobBody]: JobBody[Member] } = { ...body }
  if (token.failure !== null) {
    changed.failures = mark?.failures ?? (job.body.failures ?? 0) + 1
    changed.error = { code: token.failure.code, message: token.failure.message }
    if (changed.work?.retriesLeft !== undefined) changed.work = { ...changed.work, retriesLeft: Math.max(0, changed.work.retriesLeft - 1) }
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

function putJob(projection: Projection, input: Projected, token: Touched, job: NewJob): void {
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

/** A message or signal on its way to others: delivered by a job, in commits of its own. */
function throwJob(input: Projected, event: Extract<KernelEvent, { type: 'messageThrown' | 'signalThrown' }>, index: number): Write {
  const { record } = input.definition
  const isMessage = event.type === 'messageThrown'
  // Who began to wait only after the throw, in the same command, does not catch the signal. BPMN 2.0.2 §10.5.1.
  const except = isMessage ? NONE : openedAfter(input.events, index, event.name)
  const job: JobRecord = {
    id: `${event.scopeId}.${event.n}:thrown${index}`,
    dueAt: input.now,
    priority: 0,
    kind: isMessage ? 'message' : 'signal',
    type: isMessage ? '$message' : '$signal',
    instanceId: input.instanceId,
    tenantId: input.tenantId,
    body: {
      definitionId: record.id,
      processKey: record.key,
      elementId: event.elementId,
      data: {
        name: event.name,
        values: event.values,
        ...(isMessage && event.key !== null && { key: event.key }),
        ...(except.length > 0 && { except }),
        ...(!isMessage && event.isLocal && { instanceId: input.instanceId }),
      },
    },
  }
  return { collection: jobs, record: job }
}

function projectIncident(input: Projected, projection: Projection, token: Touched): void {
  const id = `${token.id}:incident`
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
    body: { code: incident.code, message: incident.message, ...(hasJob && { jobId: jobIdOf(token) }) },
  }
  projection.put.push({ collection: incidents, record })
}

/** The job that an incident is about: a listener's, else the element's own. */
function jobIdOf({ id, after }: Touched): string {
  const listener = after?.waits?.find((wait) => wait.type === 'listener')
  return listener === undefined ? id : `${id}:${listener.at}`
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
