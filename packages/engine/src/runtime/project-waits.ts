import { isArmed, type Token, type Wait } from '../kernel/state.ts'
import { callCancelJob } from './call-records.ts'
import { keepJob, putJob } from './project-jobs.ts'
import { keepTask } from './project-task.ts'
import type { Projected, Projection, Touched } from './projection.ts'
import { callJobId, lookId, stepId, waitId, workId } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { tasks } from './records/task.ts'

/** Makes, changes and removes the rows of what a token waits for, by comparing its waits before and after the command. */
export function projectWaits(input: Projected, projection: Projection, token: Touched): void {
  const { before, after } = token
  const waitsBefore = before?.waits ?? NO_WAITS
  const waitsAfter = after?.waits ?? NO_WAITS
  if (
    waitsBefore !== waitsAfter ||
    token.waits !== null ||
    before?.phase !== after?.phase ||
    token.failure !== null ||
    token.isResolved ||
    token.isDiscarded
  ) {
    for (let i = 0; i < waitsBefore.length; i++) {
      const wait = waitsBefore[i] as Wait
      if (sameWait(waitsAfter, wait) === undefined) dropWait(input, projection, token, wait)
    }
    for (let i = 0; i < waitsAfter.length; i++) {
      const wait = waitsAfter[i] as Wait
      keepWait(input, projection, token, wait, sameWait(waitsBefore, wait))
    }
  }
}

const NO_WAITS: readonly Wait[] = []

function sameWait(waits: readonly Wait[], wanted: Wait): Wait | undefined {
  for (let i = 0; i < waits.length; i++) {
    const wait = waits[i] as Wait
    if (wait.type === wanted.type && targetOf(wait) === targetOf(wanted) && definitionOf(wait) === definitionOf(wanted)) return wait
  }
  return undefined
}

function definitionOf(wait: Wait): number {
  return 'definition' in wait ? (wait.definition ?? 0) : 0
}

function targetOf(wait: Wait): string {
  if (wait.type === 'continuation' || wait.type === 'listener') return wait.at
  if (wait.type === 'job') return wait.turn ?? ''
  return 'for' in wait ? wait.for : ''
}

function dropWait(input: Projected, projection: Projection, token: Touched, wait: Wait): void {
  switch (wait.type) {
    case 'task':
      projection.delete.push({ collection: tasks, id: token.id })
      return
    case 'job':
      projection.delete.push({ collection: jobs, id: workId(token.id, wait.turn) })
      return
    case 'continuation':
    case 'listener':
      projection.delete.push({ collection: jobs, id: stepId(token.id, wait.at) })
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
      return keepJob(input, projection, token, before, workId(token.id, wait.turn))
    case 'listener':
      return keepJob(input, projection, token, before, stepId(token.id, wait.at))
    case 'continuation': {
      const id = stepId(token.id, wait.at)
      const isStill = stands(token.after)
      const retryAt = token.failure?.type === 'workFailed' ? token.failure.retryAt : null
      if (isStill && before !== undefined) projection.delete.push({ collection: jobs, id })
      else if (!isStill && (before === undefined || stands(token.before) || retryAt !== null))
        putJob(projection, input, token, { id, kind: 'continuation', dueAt: retryAt ?? input.now, priority: wait.priority ?? 0 })
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
        putJob(projection, input, token, { id: lookId(record.id), kind: 'look', dueAt: input.now, for: wait.for })
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
      ...(wait.type === 'message' && wait.keyId !== undefined && { keyId: wait.keyId }),
    },
  }
}
