import type { Collection, Mismatch } from '@leeway/storage'
import { stateOf } from '../kernel/draft.ts'
import type { Scope } from '../kernel/state.ts'
import { answerOf, changeSetOf, joinCalled, marked, NONE_CALLED, patch, projectedOf } from './change-set.ts'
import type { CommandBody } from './command-body.ts'
import type { CommandRequest, Outcome } from './command-request.ts'
import { openConsultations } from './consultation.ts'
import { ATTEMPTS_MAX, tooManyConflicts } from './contended.ts'
import { decide, decideWith, entryAfter } from './decide-command.ts'
import { forgetStale } from './definition-cache.ts'
import type { AdoptedJob, Host } from './host.ts'
import type { Answers } from './inline.ts'
import { project } from './project.ts'
import type { Projection } from './projection.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { roundOf } from './rounds.ts'
import { type Entry, hasMany, loadEntry, newEntry } from './state-cache.ts'
import { tellEvents, tellNoted } from './tell-events.ts'
import { tellTelemetry, traceCommand } from './tell-telemetry.ts'
import { tracedJob } from './traces.ts'
import type { RunningHandler, Work } from './work.ts'

/** Runs one command on one instance: load, decide, commit, then act. A conflict decides again on fresh state. */
export function runCommand(host: Host, request: CommandRequest): Promise<Outcome> {
  return host.telemetry === null ? decideAndCommit(host, request) : traceCommand(host, host.telemetry, request, decideAndCommit)
}

async function decideAndCommit(host: Host, request: CommandRequest): Promise<Outcome> {
  const { instanceId } = request
  const waiting = host.mailboxes.enter(instanceId)
  if (waiting !== null) await waiting
  try {
    // What handlers answered is kept over all attempts: one that ended in this process is not run again.
    const answers: Answers = { byKey: null, given: null, scripts: null }
    let isLarge = false
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const cached = request.start === undefined ? host.states.get(instanceId) : undefined
      const entry =
        cached ??
        (request.start === undefined
          ? await loadEntry(host, instanceId, targetOf(request.command), isLarge)
          : newEntry(instanceId, request.start.definition))
      if (entry === null) return { type: 'absent' }
      isLarge = hasMany(entry)
      const extensions = openConsultations(host, entry, request)
      const decided =
        extensions === null ? decide(host, entry, request, answers, null) : decideWith(extensions, host, entry, request, answers)
      const work = decided instanceof Promise ? await decided : decided
      if (!('draft' in work)) {
        // What is kept here may be behind the store; what was read may be from before and from after another's commit.
        if (cached === undefined && !(await hasMoved(host, entry, request))) {
          if ('refusal' in work) throw work.refusal
          return { type: 'rejected', rejection: work.rejection }
        }
        host.states.delete(instanceId)
        continue
      }
      const after = entryAfter(entry, request)
      const round = roundOf(host, after, request.actor, work)
      const projection = marked(project(projectedOf(host, after, request, work, round)), request)
      const set = changeSetOf(after, request, work, projection, round)
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
      host.telemetry?.count('leeway.command.conflicts', 1, NO_ATTRIBUTES)
      host.states.delete(instanceId)
      if (work.called !== null) forgetStale(host.definitions, work.called.expect) // another version came, perhaps
      const conflict = landing.conflict.filter((one) => isForeign(one, request, work))
      if (conflict.length > 0) return { type: 'lost', conflict }
    }
    throw tooManyConflicts(`Instance ${instanceId} was changed by others`, { instanceId })
  } finally {
    host.mailboxes.leave(instanceId)
  }
}

const NO_ATTRIBUTES = {}

/** True where another has changed the instance since it was read: what refuses then is no state that there ever was. */
async function hasMoved({ storage }: Host, { id, revision }: Entry, { start }: CommandRequest): Promise<boolean> {
  if (start !== undefined) return false
  const [now] = await storage.get(instances, [id])
  return now?.revision !== revision
}

function targetOf(command: CommandBody | null): string | null {
  return command !== null && 'scopeId' in command ? command.scopeId : null
}

function isForeign({ collection, id, fence }: Mismatch, request: CommandRequest, work: Work): boolean {
  const isSame = (one: { readonly id: string; readonly collection: Collection }): boolean =>
    one.id === id && one.collection.name === collection.name
  if (request.also?.expect.some(isSame) === true) return true
  if (work.called?.expect.some(isSame) === true) return false
  if (request.start !== undefined) return true
  if (fence !== undefined && id === request.job?.record.id) return true
  return request.extension?.also(answerOf(work, request)).expect.some(isSame) === true
}

/** After the commit: what is kept in memory, the jobs that this node holds, the worker, the listeners. */
function act(host: Host, entry: Entry, request: CommandRequest, work: Work, projection: Projection): void {
  const { telemetry } = host
  if (telemetry !== null) tellTelemetry(telemetry, entry, work, projection)
  keepState(host, entry, work, projection)
  const types: string[] = []
  let isWorkLeft = projection.patches.length > 0
  for (const write of projection.put) {
    if (write.collection !== jobs) continue
    const record = write.record as JobRecord
    if (write.lease === undefined) {
      isWorkLeft ||= record.dueAt !== null
      if (record.kind === 'work') types.push(record.type)
    } else host.worker.adopt(adoptedJob(telemetry === null ? record : tracedJob(telemetry, record), work.running.get(record.id)))
  }
  for (const key of projection.delete) if (key.collection === jobs && key.id !== request.job?.record.id) host.worker.withdraw(key.id)
  if (isWorkLeft) host.wake(projection.patches.length > 0 ? undefined : types)
  if (!host.events.isHeard()) return
  const { actor } = request
  tellEvents(host, projection, work.events, actor, work.now)
  if (work.extensions !== null) tellNoted(host, work.extensions.all, { instanceId: entry.id, actor, now: work.now })
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
