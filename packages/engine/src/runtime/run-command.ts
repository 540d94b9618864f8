import type { ChangeSet, Collection, Expectation, Key, Mismatch, StoredRecord, Write } from '@leeway/storage'
import type { Command } from '../kernel/commands.ts'
import { Missing, type Need, openDraft, stateOf } from '../kernel/draft.ts'
import type { KernelEvent } from '../kernel/events.ts'
import type { Rejection } from '../kernel/rejection.ts'
import { type Scope, tokenId } from '../kernel/state.ts'
import { advance } from '../kernel/step.ts'
import { LifecycleError } from '../lifecycles/lifecycle.ts'
import type { Value } from '../model/value.ts'
import { settleCalls } from './calls.ts'
import type { CommandBody } from './command-body.ts'
import {
  type Consultations,
  changesOf,
  consult,
  ExtensionRefusal,
  type OwnOccurrence,
  openConsultations,
  RecordMissing,
  restart,
} from './consult.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import { workName } from './handlers.ts'
import { encodeHistory } from './history-codec.ts'
import type { AdoptedJob, Host } from './host.ts'
import { type Answers, runInline } from './inline.ts'
import type { Also } from './message-host.ts'
import { ownLease } from './own-lease.ts'
import { instanceChange, project } from './project.ts'
import type { JobMark, Patch, Projected, Projection } from './projection.ts'
import { ordinal } from './record-ids.ts'
import { type HistoryRecord, history, type InstanceBody, type InstanceRecord, idempotency, type JobRecord, jobs } from './records.ts'
import { type Entry, loadEntry, loadNeeds, newEntry } from './state-cache.ts'
import { tellEvents } from './tell-events.ts'
import type { CalledInstance, RunningHandler, Work } from './work.ts'
import { rowTypeOf } from './work-types.ts'

/** One command of one instance, and what is to land with it. */
export interface CommandRequest {
  readonly instanceId: string
  /** Null where the extension alone decides what is to be done. */
  readonly command: CommandBody | null
  readonly actor: string | null
  /** An extension is asked, after the command if there is one, and the instance is marked as carrying it. */
  readonly extension?: { readonly name: string; readonly occurrence: OwnOccurrence; readonly also: (answer: Value) => Also }
  /** For an instance to be started. */
  readonly start?: {
    readonly definition: LoadedDefinition
    readonly tenantId: string | null
    readonly parent?: InstanceBody['parent']
    readonly extensions?: readonly string[]
  }
  /** Joins the change set. */
  readonly also?: { readonly expect: readonly Expectation[]; readonly put: readonly Write[]; readonly delete: readonly Key[] }
  /** The job that it is the result of: its lease must still be ours. */
  readonly job?: { readonly record: JobRecord; readonly fence: number }
  /** The definition by which the instance goes on after the command. */
  readonly migratesTo?: LoadedDefinition
  /** Adds to the change set what the command means for rows that no touched token names. Asked anew at each attempt. */
  readonly rows?: (set: OpenSet, work: Work) => Promise<void>
  /** Decided by the runtime for the jobs of tokens, by token id. */
  readonly marks?: ReadonlyMap<string, JobMark>
}

/** How a command went. `lost`: something that `also` or `job` expected is not so; nothing was written. */
export type Outcome =
  | { readonly type: 'done'; readonly instance: InstanceRecord; readonly events: readonly KernelEvent[]; readonly answer: Value }
  | { readonly type: 'rejected'; readonly rejection: Rejection }
  | { readonly type: 'absent' }
  | { readonly type: 'lost'; readonly conflict: readonly Mismatch[] }

/** How often a command decides again because another node was faster. */
export const COMMIT_ATTEMPTS_MAX = 50

/** Runs one command on one instance: load, decide, commit, then act. A conflict decides again on fresh state. */
export async function runCommand(host: Host, request: CommandRequest): Promise<Outcome> {
  const { instanceId } = request
  const waiting = host.mailboxes.enter(instanceId)
  if (waiting !== null) await waiting
  try {
    // What handlers answered is kept over all attempts: one that ended in this process is not run again.
    const answers: Answers = { byKey: null }
    for (let attempt = 1; attempt <= COMMIT_ATTEMPTS_MAX; attempt++) {
      const cached = request.start === undefined ? host.states.get(instanceId) : undefined
      const entry =
        cached ??
        (request.start === undefined
          ? await loadEntry(host, instanceId, targetOf(request.command))
          : newEntry(instanceId, request.start.definition))
      if (entry === null) return { type: 'absent' }
      const extensions = openConsultations(host, entry, request)
      const decided =
        extensions === null ? decide(host, entry, request, answers, null) : decideWith(extensions, host, entry, request, answers)
      const work = decided instanceof Promise ? await decided : decided
      if (!('draft' in work)) {
        if (cached === undefined) {
          if ('refusal' in work) throw work.refusal
          return { type: 'rejected', rejection: work.rejection }
        }
        host.states.delete(instanceId) // what is kept here may be behind the store
        continue
      }
      const after = entryAfter(entry, request)
      const projection = marked(project(projectedOf(host, after, request, work)), request)
      const set = changeSetOf(host, after, request, work, projection)
      const called = work.called === null ? NONE_CALLED : joinCalled(host, request, work, set)
      if (projection.patches.length > 0 && !(await patch(host, projection.patches, set))) {
        host.states.delete(instanceId)
        continue
      }
      if (request.rows !== undefined) await request.rows(set, work)
      const landing = await host.commit(set)
      if (landing === 'committed') {
        act(host, after, request, work, projection)
        for (const one of called) act(host, one.entry, request, one.work, one.projection)
        return { type: 'done', instance: projection.instance, events: work.events, answer: answerOf(work, request) }
      }
      host.states.delete(instanceId)
      if (work.called !== null) for (const { id } of work.called.expect) host.definitions.latest.delete(id) // another version came, perhaps
      const conflict = landing.conflict.filter((one) => isForeign(one, request, work))
      if (conflict.length > 0) return { type: 'lost', conflict }
    }
    throw new EngineError('tooManyConflicts', `Instance ${instanceId} was changed by others ${COMMIT_ATTEMPTS_MAX} times; try again`, {
      instanceId,
    })
  } finally {
    host.mailboxes.leave(instanceId)
  }
}

/** The same instance, by the definition that the command puts it on. */
function entryAfter(entry: Entry, { migratesTo }: CommandRequest): Entry {
  return migratesTo === undefined ? entry : { ...entry, definition: migratesTo }
}

function targetOf(command: CommandBody | null): string | null {
  return command !== null && 'scopeId' in command ? command.scopeId : null
}

type Decided = Work | { readonly rejection: Rejection } | { readonly refusal: Error }

/** Decides with the extensions that the instance carries, loading what they read. */
async function decideWith(
  extensions: Consultations,
  host: Host,
  entry: Entry,
  request: CommandRequest,
  answers: Answers,
): Promise<Decided> {
  for (;;) {
    try {
      return await decide(host, entry, request, answers, extensions)
    } catch (error) {
      if (error instanceof ExtensionRefusal) return { refusal: error.error }
      if (error instanceof RecordMissing) await error.load(host)
      else if (error instanceof Missing) await loadNeeds(host, entry, [error.need])
      else throw error
    }
  }
}

/** Steps the kernel, loading what it asks for and stepping again; with durability `wait` also through the handlers. */
function decide(
  host: Host,
  entry: Entry,
  request: CommandRequest,
  answers: Answers,
  extensions: Consultations | null,
): Decided | Promise<Decided> {
  const now = host.now()
  const draft = openDraft(entry.state, entry.complete, entry.childrenLoaded)
  if (extensions !== null) restart(extensions)
  const command = { ...request.command, now } as Command // its instant was all it lacked
  const result = request.command === null ? { events: [] } : advance(draft, entry.definition.definition, command, host.environment)
  if ('needs' in result) return loadNeeds(host, entry, result.needs).then(() => decide(host, entry, request, answers, extensions))
  if ('rejected' in result) return { rejection: result.rejected }
  const after = entryAfter(entry, request)
  const work: Work = {
    draft,
    events: result.events as KernelEvent[], // made for this call alone
    now,
    businessKey: draft.scopes.get(entry.id)?.instance?.businessKey ?? entry.record?.businessKey ?? null,
    tenantId: entry.record === null ? (request.start?.tenantId ?? null) : entry.record.tenantId,
    marks: request.marks === undefined ? null : new Map(request.marks),
    inlineCount: 0,
    running: NONE_RUNNING,
    extensions,
    called: null,
  }
  if (extensions !== null) {
    const { extension } = request
    if (extension !== undefined) consult(host, after, work, extensions, { occurrence: extension.occurrence, to: extension.name })
    else if (request.command !== null) {
      consult(host, after, work, extensions, { occurrence: { type: 'step', command: request.command, events: [...work.events] }, to: null })
    }
  }
  const { calls } = after.definition.definition
  if (host.settings.durability !== 'wait') {
    claimOwn(host, after, work)
    if (!calls) return work
    return unlessNeeded(settleCalls(host, after, work, answers), work, () => decide(host, entry, request, answers, extensions), host, entry)
  }
  const inline = runInline(host, after, work, answers)
  if (inline === null && !calls) return work
  const settled = calls ? settleAll(host, after, work, answers, inline) : Promise.resolve(inline)
  return unlessNeeded(settled, work, () => decide(host, entry, request, answers, extensions), host, entry)
}

async function settleAll(
  host: Host,
  entry: Entry,
  work: Work,
  answers: Answers,
  inline: ReturnType<typeof runInline>,
): Promise<readonly Need[] | null> {
  return (await inline) ?? settleCalls(host, entry, work, answers)
}

/** The work, unless something must be loaded first: then the command is decided again. */
async function unlessNeeded(
  settled: Promise<readonly Need[] | null>,
  work: Work,
  decideAgain: () => Decided | Promise<Decided>,
  host: Host,
  entry: Entry,
): Promise<Decided> {
  const needs = await settled
  if (needs === null) return work
  await loadNeeds(host, entry, needs)
  return decideAgain()
}

/** With a slot free, this node claims the jobs that it has handlers for in the very commit that writes them. */
function claimOwn(host: Host, entry: Entry, work: Work): void {
  let free = host.worker.freeSlots()
  const { events } = work
  for (let i = 0; i < events.length && free > 0; i++) {
    const event = events[i] as KernelEvent
    if (event.type !== 'elementWaits' || event.job === undefined || event.waits[0]?.type !== 'job') continue
    const handler = host.handlers.find(workName(entry.definition.definition, event.elementId, event.job))
    if (handler === null || handler.concurrency !== Number.POSITIVE_INFINITY) continue
    work.marks ??= new Map()
    const id = tokenId(event.scopeId, event.n)
    if (work.marks.has(id)) continue
    work.marks.set(id, { lease: ownLease(host) })
    free--
  }
}

const NO_EXTENSIONS: readonly string[] = Object.freeze([])
const NO_MARKS: ReadonlyMap<string, JobMark> = new Map()
const NONE_RUNNING: ReadonlyMap<string, RunningHandler> = new Map()

function projectedOf(host: Host, entry: Entry, request: Pick<CommandRequest, 'start' | 'job'>, work: Work): Projected {
  return {
    instanceId: entry.id,
    before: entry.record,
    revision: entry.revision,
    definition: entry.definition,
    tenantId: work.tenantId,
    parent: request.start?.parent,
    extensions: request.start?.extensions ?? NO_EXTENSIONS,
    isCallerTold: false,
    draft: work.draft,
    events: work.events,
    now: work.now,
    searchable: host.settings.searchable,
    marks: work.marks ?? NO_MARKS,
    jobType: request.job === undefined ? null : (request.job.record.body.work?.type ?? request.job.record.type),
    rowType: (elementId, job) => rowTypeOf(host, entry.definition, elementId, job),
  }
}

/** A change set in the making. */
export interface OpenSet extends ChangeSet {
  readonly expect: Expectation[]
  readonly touch: Key[]
  readonly put: Write[]
  readonly delete: Key[]
  readonly append: Write[]
}

function changeSetOf(host: Host, entry: Entry, request: CommandRequest, work: Work, projection: Projection): OpenSet {
  const { expect, put, touch } = instanceChange(projection, entry.revision)
  const record = historyOf(host, entry, request, work)
  const set: OpenSet = {
    id: record.id,
    expect: [expect],
    touch: touch === null ? [] : [touch],
    // What is only changed joins the set, and is no news of something made.
    put: projection.patches.length > 0 || work.extensions !== null || request.rows !== undefined ? [...projection.put] : projection.put,
    delete: work.extensions !== null ? [...projection.delete] : projection.delete,
    append: [{ collection: history, record }],
  }
  if (put !== null) set.put.push(put)
  if (request.job !== undefined) set.expect.push({ collection: jobs, id: request.job.record.id, fence: request.job.fence })
  if (work.extensions !== null) joinExtensions(set, work, projection, request)
  const { also } = request
  if (also === undefined) return set
  set.expect.push(...also.expect)
  set.put.push(...also.put)
  for (const key of also.delete)
    if (!set.delete.some((other) => other.id === key.id && other.collection.name === key.collection.name)) set.delete.push(key)
  return set
}

function historyOf(host: Host, entry: Entry, request: CommandRequest, work: Work): HistoryRecord {
  const level = entry.definition.record.body.history ?? host.settings.history
  const id = `${entry.id}#${ordinal(entry.revision + 1)}-${host.newTag()}`
  return { id, at: work.now, body: encodeHistory(level, request.actor, work.events, entry.definition.definition) }
}

interface CalledProjection extends CalledInstance {
  readonly projection: Projection
}

/** A called instance is asked for by no request of its own. */
const NO_REQUEST: Pick<CommandRequest, 'start' | 'job' | 'extension'> = {}
const NONE_CALLED: readonly CalledProjection[] = Object.freeze([])

/** What was called within the command lands with it. */
function joinCalled(host: Host, request: CommandRequest, work: Work, set: OpenSet): readonly CalledProjection[] {
  const { members, expect, later } = work.called ?? { members: [], expect: [], later: [] }
  const extensions = work.extensions?.all.map(({ extension }) => extension.name) ?? NO_EXTENSIONS
  set.expect.push(...expect)
  set.put.push(...later)
  return members.map((member) => {
    const input = projectedOf(host, member.entry, NO_REQUEST, member.work)
    const projection = project({ ...input, parent: member.parent, extensions, isCallerTold: true })
    const change = instanceChange(projection, 0)
    set.expect.push(change.expect)
    set.put.push(...projection.put)
    if (change.put !== null) set.put.push(change.put)
    set.delete.push(...projection.delete)
    set.append.push({ collection: history, record: historyOf(host, member.entry, request, member.work) })
    if (member.work.extensions !== null) joinExtensions(set, member.work, projection, NO_REQUEST)
    return { ...member, projection }
  })
}

/** What extensions read must be as read, and what they changed lands with the rest. */
function joinExtensions(set: OpenSet, work: Work, projection: Projection, request: Pick<CommandRequest, 'extension'>): void {
  for (const consultation of work.extensions?.all ?? []) {
    const changes = changesOf(consultation)
    set.expect.push(...changes.expect)
    for (const write of changes.put) {
      set.put.push(write)
      if (changes.isNew(write)) projection.put.push(write)
    }
    set.delete.push(...changes.delete)
    projection.delete.push(...changes.delete)
    set.append.push(...changes.append)
    if (consultation.extension.name !== request.extension?.name) continue
    const also = request.extension.also(changes.answer)
    set.expect.push(...also.expect)
    set.put.push(...also.put)
    set.delete.push(...also.delete)
  }
}

function answerOf(work: Work, request: CommandRequest): Value {
  const own = work.extensions?.all.find(({ extension }) => extension.name === request.extension?.name)
  return own === undefined ? null : own.changes.answer
}

/** The instance carries the extension from now on. */
function marked(projection: Projection, { extension }: CommandRequest): Projection {
  const { instance } = projection
  if (extension === undefined || instance.extensions.includes(extension.name)) return projection
  return { ...projection, instance: { ...instance, extensions: [...instance.extensions, extension.name] }, isRootWritten: true }
}

/**
 * Reads the rows that are to be changed and writes them changed; they must be as read when the set lands. False where a row is ahead of
 * the state that was decided on: another node was faster.
 */
async function patch(host: Host, patches: readonly Patch[], set: OpenSet): Promise<boolean> {
  for (const { collection, id, change } of patches as unknown as readonly AnyPatch[]) {
    const [stored] = await host.storage.get(collection, [id])
    if (stored === undefined) continue
    try {
      const isLeased = stored.leasedUntil !== null && stored.leasedUntil > host.now()
      const record = change(stored.record, isLeased)
      if (record !== stored.record) set.put.push({ collection, record })
    } catch (error) {
      if (error instanceof LifecycleError) return false
      throw error
    }
    // Also its fence: who claims it meanwhile must be seen.
    set.expect.push({ collection, id, revision: stored.revision, fence: stored.fence })
  }
  return true
}

/** Which collection it is does not matter for reading and writing. */
interface AnyPatch {
  readonly collection: Collection
  readonly id: string
  readonly change: (record: StoredRecord, isLeased: boolean) => StoredRecord
}

function isForeign({ collection, id, fence }: Mismatch, request: CommandRequest, { called }: Work): boolean {
  const isSame = (one: { readonly id: string; readonly collection: Collection }): boolean =>
    one.id === id && one.collection.name === collection.name
  if (request.also?.expect.some(isSame) === true) return true
  if (called?.expect.some(isSame) === true) return false
  if (request.start !== undefined) return true
  if (fence !== undefined && id === request.job?.record.id) return true
  return request.extension !== undefined && collection.name === idempotency.name
}

/** After the commit: what is kept in memory, the jobs that this node holds, the worker, the listeners. */
function act(host: Host, entry: Entry, request: CommandRequest, work: Work, projection: Projection): void {
  keepState(host, entry, work, projection)
  let isWorkLeft = projection.patches.length > 0
  for (const write of projection.put) {
    if (write.collection !== jobs) continue
    const record = write.record as JobRecord
    if (write.lease === undefined) isWorkLeft ||= record.dueAt !== null
    else host.worker.adopt(adoptedJob(record, work.running.get(record.id)))
  }
  for (const key of projection.delete) if (key.collection === jobs && key.id !== request.job?.record.id) host.worker.withdraw(key.id)
  if (isWorkLeft) host.wake()
  if (host.events.isHeard) tellEvents(host, projection, work.events, request.actor, work.now)
}

function adoptedJob(record: JobRecord, running: RunningHandler | undefined): AdoptedJob {
  return running === undefined ? { record, fence: 1 } : { record, fence: 1, running: running.promise, context: running.context }
}

function keepState(host: Host, entry: Entry, work: Work, projection: Projection): void {
  if (projection.instance.endedAt !== null) {
    host.states.delete(entry.id)
    return
  }
  const { scopes } = entry.state
  for (const [id, scope] of work.draft.scopes) {
    if (scope === null) scopes.delete(id)
    else scopes.set(id, scope as Scope)
  }
  if (work.draft.chunks.size > 0) entry.state.chunks = stateOf(work.draft).chunks
  host.states.set(entry.id, { ...entry, record: projection.instance, revision: entry.revision + 1 }, scopes.size)
}
