import type { Collection, Key, StoredRecord, Write } from '@leeway/storage'
import { LifecycleError } from '../lifecycles/lifecycle.ts'
import type { Value } from '../model/value.ts'
import type { CommandRequest, OpenSet } from './command-request.ts'
import { changesOf } from './consultation.ts'
import { planOf } from './history-options.ts'
import type { Host } from './host.ts'
import { instanceChange, project } from './project.ts'
import type { JobMark, Patch, Projected, Projection } from './projection.ts'
import { history } from './records/history.ts'
import type { Round } from './records/instance-record.ts'
import { jobs } from './records/job.ts'
import { historyRecordOf, roundId, roundOf } from './rounds.ts'
import type { Entry } from './state-cache.ts'
import type { CalledInstance, Work } from './work.ts'
import { rowTypeOf } from './work-types.ts'

/** The change set of a command: its instance, its rows, its history, and what joins it. */
export function changeSetOf(entry: Entry, request: CommandRequest, work: Work, projection: Projection, round: Round): OpenSet {
  const { expect, put, touch } = instanceChange(projection, entry.revision)
  const set: OpenSet = {
    id: roundId(entry.id, round),
    expect: [expect],
    touch: touch === null ? [] : [touch],
    // What is only changed joins the set, and is no news of something made.
    put: projection.patches.length > 0 || work.extensions !== null || request.rows !== undefined ? [...projection.put] : projection.put,
    delete: work.extensions !== null ? [...projection.delete] : projection.delete,
    append: [],
  }
  if (put !== null) set.put.push(put)
  appendRound(set, entry, projection, round)
  if (request.job !== undefined) set.expect.push({ collection: jobs, id: request.job.record.id, fence: request.job.fence })
  if (work.extensions !== null) joinExtensions(set, work, projection, request)
  const { also } = request
  if (also === undefined) return set
  set.expect.push(...also.expect)
  set.put.push(...also.put)
  for (const key of also.delete) if (!set.delete.some((other) => isSameKey(other, key))) set.delete.push(key)
  return set
}

function isSameKey(a: Key, b: Key): boolean {
  return a.id === b.id && a.collection.name === b.collection.name
}

/** A round that does not stand in the instance's record has one of its own, and takes along what is no longer there. */
function appendRound({ append }: OpenSet, { record: before }: Entry, { instance }: Projection, round: Round): void {
  const earlier = before?.body.rounds
  const { rounds } = instance.body
  if (rounds !== undefined && rounds !== earlier) return
  append.push({ collection: history, record: historyRecordOf(instance, round, rounds === undefined ? earlier : undefined) })
}

/** What the rows follow from. */
export function projectedOf(
  host: Host,
  entry: Entry,
  request: Pick<CommandRequest, 'start' | 'job' | 'actor'>,
  work: Work,
  round: Round,
): Projected {
  const { definition } = entry
  return {
    instanceId: entry.id,
    before: entry.record,
    revision: entry.revision,
    definition,
    tenantId: work.tenantId,
    parent: request.start?.parent,
    extensions: request.start?.extensions ?? NO_EXTENSIONS,
    isCallerTold: false,
    actor: request.actor,
    keepsRows: planOf(host.settings.history, definition.record.key).rows,
    trace: host.telemetry === null ? null : host.telemetry.trace(),
    draft: work.draft,
    events: work.events,
    now: work.now,
    searchable: host.settings.searchable,
    marks: work.marks ?? NO_MARKS,
    round,
    jobType: request.job === undefined ? null : (request.job.record.body.work?.type ?? request.job.record.type),
    rowType: (elementId, job) => rowTypeOf(host, entry.definition, elementId, job),
  }
}

const NO_EXTENSIONS: readonly string[] = Object.freeze([])
const NO_MARKS: ReadonlyMap<string, JobMark> = new Map()

/** A called instance with its records. */
export interface CalledProjection extends CalledInstance {
  readonly projection: Projection
}

/** A called instance is asked for by no request of its own. */
const NO_REQUEST: Pick<CommandRequest, 'start' | 'job' | 'extension' | 'actor'> = { actor: null }
export const NONE_CALLED: readonly CalledProjection[] = Object.freeze([])

/** What was called within the command lands with it. */
export function joinCalled(host: Host, request: CommandRequest, work: Work, set: OpenSet): readonly CalledProjection[] {
  const { members, expect, later } = work.called ?? { members: [], expect: [], later: [] }
  const extensions = work.extensions?.all.map(({ extension }) => extension.name) ?? NO_EXTENSIONS
  set.expect.push(...expect)
  set.put.push(...later)
  return members.map((member) => {
    const round = roundOf(host, member.entry, request.actor, member.work)
    const input = projectedOf(host, member.entry, NO_REQUEST, member.work, round)
    const projection = project({ ...input, parent: member.parent, extensions, isCallerTold: true })
    const change = instanceChange(projection, 0)
    set.expect.push(change.expect)
    set.put.push(...projection.put)
    if (change.put !== null) set.put.push(change.put)
    set.delete.push(...projection.delete)
    appendRound(set, member.entry, projection, round)
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
    for (const key of also.delete) if (!set.delete.some((other) => isSameKey(other, key))) set.delete.push(key)
  }
}

/** What the extension that was asked answered. */
export function answerOf(work: Work, request: CommandRequest): Value {
  const own = work.extensions?.all.find(({ extension }) => extension.name === request.extension?.name)
  return own === undefined ? null : own.changes.answer
}

/** The instance carries the extension from now on. */
export function marked(projection: Projection, { extension }: CommandRequest): Projection {
  const { instance } = projection
  if (extension === undefined || instance.extensions.includes(extension.name)) return projection
  return { ...projection, instance: { ...instance, extensions: [...instance.extensions, extension.name] }, isRootWritten: true }
}

/**
 * Reads the rows that are to be changed and writes them changed; they must be as read when the set lands. False where a row is ahead of
 * the state that was decided on: another node was faster.
 */
export async function patch(host: Host, patches: readonly Patch[], set: OpenSet): Promise<boolean> {
  for (const { collection, id, change } of patches as unknown as readonly AnyPatch[]) {
    const [stored] = await host.storage.get(collection, [id])
    if (stored === undefined) continue
    try {
      const isLeased = stored.leasedUntil !== null && stored.leasedUntil > host.now()
      // An extension may have changed it in the same command.
      const own = set.put.findIndex((write) => write.collection === collection && write.record.id === id)
      const before = own < 0 ? stored.record : (set.put[own] as Write).record
      const record = change(before, isLeased)
      if (own >= 0) set.put[own] = { collection, record }
      else if (record !== stored.record) set.put.push({ collection, record })
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
