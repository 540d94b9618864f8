import type { TaskDetails } from '../kernel/events/wait-details.ts'
import type { Token, Wait } from '../kernel/state.ts'
import { transitionOf } from '../lifecycles/lifecycle.ts'
import { userTaskLifecycle } from '../lifecycles/user-task.ts'
import type { Projected, Projection, Touched } from './projection.ts'
import { type TaskRecord, tasks } from './records/task.ts'

/** The row of a user task: made, put aside while its token is off the path, and taken up again. */
export function keepTask(input: Projected, projection: Projection, token: Touched, before: Wait | undefined): void {
  const details = token.waits?.task
  if (details !== undefined) {
    const { elementId, phase } = token.after as Token
    const record: TaskRecord = {
      id: token.id,
      instanceId: input.instanceId,
      processKey: input.definition.record.key,
      elementId,
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
      body: bodyOf(input, elementId, details),
    }
    projection.put.push({ collection: tasks, record: phase === 'held' ? heldTask(record, token) : record })
    return
  }
  if (before === undefined) return
  const isHeld = token.after?.phase === 'held'
  if (isHeld === (token.before?.phase === 'held')) return
  projection.patches.push({ collection: tasks, id: token.id, change: isHeld ? (task: TaskRecord) => heldTask(task, token) : resumedTask })
}

function bodyOf({ definition }: Projected, elementId: string, details: TaskDetails): TaskRecord['body'] {
  const body: { -readonly [Name in 'name' | 'heardBy' | 'lane' | 'form' | 'modelOwner' | 'category']?: TaskRecord['body'][Name] } = {}
  if (details.name !== null) body.name = details.name
  const node = definition.definition.nodes.get(elementId)
  if (node?.type === 'userTask' && node.lane !== null) body.lane = node.lane
  const heard = node?.listeners?.notices
  if (heard !== undefined && heard.length > 0) body.heardBy = definition.record.id
  if (details.form !== null) body.form = details.form
  if (details.owner) body.modelOwner = details.owner
  if (details.category !== undefined) body.category = details.category
  return body
}

function heldTask(task: TaskRecord, { after }: Touched): TaskRecord {
  const body = after?.hold === undefined ? task.body : { ...task.body, deviationId: after.hold.by }
  return { ...task, held: true, state: transitionOf(userTaskLifecycle, task.state as 'ready', 'hold'), body } // states of rows are the chart's
}

function resumedTask(task: TaskRecord): TaskRecord {
  const { deviationId: _deviationId, ...body } = task.body
  return { ...task, held: false, state: transitionOf(userTaskLifecycle, task.state as 'heldReady', 'resume'), body } // as above
}
