import { LifecycleError, transitionOf } from '../lifecycles/lifecycle.ts'
import { type UserTaskEvent, type UserTaskState, userTaskLifecycle } from '../lifecycles/user-task.ts'
import type { Values } from '../model/value.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { type Also, NOTHING } from './also.ts'
import { type Api, actorOf, type CallOptions, forTenant, isSeen } from './api-context.ts'
import { checkFreeText, checkMembers, checkOptions, checkTexts, needText, refuseArgument, shown } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import { AGAIN, contended } from './contended.ts'
import { EngineError, Refused } from './errors.ts'
import { onceByKey } from './idempotent.ts'
import { instantOf } from './instances.ts'
import { noticesOfTask } from './notices.ts'
import { commands } from './records/history.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { unknownTaskOf } from './task-errors.ts'
import { taskEvent } from './tell-events.ts'

/** Members of a task that a person may change. */
export interface TaskChanges {
  readonly name?: string
  readonly dueAt?: string | number | Date | null
  readonly followUpAt?: string | number | Date | null
  readonly priority?: number
  readonly candidateUsers?: readonly string[]
  readonly candidateGroups?: readonly string[]
}

/** Takes a task on. Without a user the actor does. Throws `illegalTransition` where another person has it. */
export async function claimTask(api: Api, id: string, user: string | undefined, options: CallOptions = {}): Promise<void> {
  if (user !== undefined && user !== null) needText('tasks.claim', 'user', user)
  checkOptions('tasks.claim', options)
  const assignee = user ?? actorOf(api, options)
  if (assignee === null) throw new EngineError('invalidArgument', 'tasks.claim needs a user, or an actor', { taskId: id })
  return changeTask(api, 'tasks.claim', id, { user: assignee }, options, (task) => {
    // Who has it already may claim it again: nothing changes.
    if (task.assignee === assignee && task.state === 'reserved') return task
    return { ...moved(task, 'claim'), assignee }
  })
}

/** Gives a task back to its candidates. */
export async function releaseTask(api: Api, id: string, options: CallOptions = {}): Promise<void> {
  return changeTask(api, 'tasks.release', id, {}, options, (task) => ({ ...withoutOwner(moved(task, 'release')), assignee: null }))
}

/** Gives a task to a person, whoever has it now; null gives it back to its candidates. */
export async function assignTask(api: Api, id: string, user: string | null, options: CallOptions = {}): Promise<void> {
  if (user === null) return releaseTask(api, id, options)
  needText('tasks.assign', 'user', user)
  return changeTask(api, 'tasks.assign', id, { user }, options, (task) => ({ ...withoutOwner(moved(task, 'assign')), assignee: user }))
}

/** Asks another person to do it; its owner stays named. */
export async function delegateTask(api: Api, id: string, user: string, options: CallOptions = {}): Promise<void> {
  needText('tasks.delegate', 'user', user)
  return changeTask(api, 'tasks.delegate', id, { user }, options, (task) => {
    const owner = task.body.owner ?? task.body.modelOwner ?? task.assignee
    return { ...moved(task, 'delegate'), assignee: user, body: { ...task.body, ...(owner !== null && { owner }) } }
  })
}

/** The delegate is done: the task is its owner's again. */
export async function resolveTask(api: Api, id: string, options: CallOptions = {}): Promise<void> {
  return changeTask(api, 'tasks.resolve', id, {}, options, (task) => ({
    ...withoutOwner(moved(task, 'resolve')),
    assignee: task.body.owner ?? task.assignee,
  }))
}

/** Changes due dates, priority, candidates or name. */
export async function updateTask(api: Api, id: string, changes: TaskChanges, options: CallOptions = {}): Promise<void> {
  checkMembers('tasks.update', 'changes', changes, CHANGEABLE)
  checkFreeText('tasks.update', 'name', changes.name)
  checkTexts('tasks.update', 'candidateUsers', changes.candidateUsers)
  checkTexts('tasks.update', 'candidateGroups', changes.candidateGroups)
  const { name, dueAt, followUpAt, priority, candidateUsers, candidateGroups } = changes
  const { timeZone } = api.host.settings
  if (priority !== undefined && !Number.isSafeInteger(priority))
    throw new EngineError('invalidArgument', `priority is ${shown(priority)}; it must be a whole number`, { priority })
  const dates = {
    ...(dueAt !== undefined && { dueAt: dueAt === null ? null : instantOf(dueAt, timeZone, 'tasks.update: dueAt') }),
    ...(followUpAt !== undefined && {
      followUpAt: followUpAt === null ? null : instantOf(followUpAt, timeZone, 'tasks.update: followUpAt'),
    }),
  }
  return changeTask(api, 'tasks.update', id, { ...changes }, options, (task) => ({
    ...task,
    ...dates,
    ...(priority !== undefined && { priority }),
    ...(candidateUsers !== undefined && { candidateUsers }),
    ...(candidateGroups !== undefined && { candidateGroups }),
    ...(name !== undefined && { body: { ...task.body, name } }),
  }))
}

const CHANGEABLE: ReadonlySet<string> = new Set(['name', 'dueAt', 'followUpAt', 'priority', 'candidateUsers', 'candidateGroups'])

/** Most comments that are kept with an open task. */
export const COMMENTS_MAX = 1_000

/** Adds a comment. */
export async function commentTask(api: Api, id: string, text: string, options: CallOptions = {}): Promise<void> {
  if (typeof text !== 'string') refuseArgument('tasks.comment', 'text', text, 'text')
  const actor = actorOf(api, options)
  return changeTask(api, 'tasks.comment', id, { text }, options, (task) => {
    const comments = task.body.comments ?? []
    if (comments.length >= COMMENTS_MAX)
      throw new EngineError('invalidArgument', `Task ${id} has ${COMMENTS_MAX} comments already`, { taskId: id })
    return { ...task, body: { ...task.body, comments: [...comments, { at: api.host.now(), actor, text }] } }
  })
}

/** Keeps what the performer entered so far; also while the task is held. Replaces the draft that was there. */
export async function saveDraft(api: Api, id: string, variables: Variables, options: CallOptions = {}): Promise<void> {
  const draft = concealVariables(variables)
  return changeTask(api, 'tasks.saveDraft', id, { draft }, options, (task) => ({ ...task, body: { ...task.body, draft } }))
}

/** Keeps what a refused completion sent, over the draft that was there: nothing that a person entered is lost while the task is held. */
export async function keepDraft(api: Api, id: string, values: Values, actor: string | null): Promise<void> {
  if (Object.keys(values).length === 0) return
  try {
    await changeTask(api, 'tasks.complete', id, {}, actor === null ? {} : { actor }, (task) => ({
      ...task,
      body: { ...task.body, draft: { ...task.body.draft, ...values } },
    }))
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'unknownTask') throw error // gone meanwhile: there is nothing to keep it with
  }
}

function moved(task: TaskRecord, event: UserTaskEvent): TaskRecord {
  if (task.held)
    throw new Refused(
      'OnHold',
      `Task ${task.id} is on hold: a person has left the path at its activity. It can be worked on after the return.`,
      { taskId: task.id, ...(task.body.deviationId !== undefined && { deviationId: task.body.deviationId }) },
    )
  try {
    return { ...task, state: transitionOf(userTaskLifecycle, task.state as UserTaskState, event) } // states of rows are the chart's
  } catch (error) {
    if (!(error instanceof LifecycleError)) throw error
    const has = task.assignee === null ? '' : `; ${task.assignee} has it`
    throw new EngineError(
      'illegalTransition',
      `Task ${task.id} is ${task.state}${has}, so ${event} does not apply`,
      { taskId: task.id, state: task.state, event, assignee: task.assignee },
      { cause: error },
    )
  }
}

function withoutOwner(task: TaskRecord): TaskRecord {
  if (task.body.owner === undefined) return task
  const { owner: _owner, ...body } = task.body
  return { ...task, body }
}

/** Changes the row of an open task as it is when the change lands. */
async function changeTask(
  api: Api,
  operation: string,
  id: string,
  args: { readonly [name: string]: unknown },
  options: CallOptions,
  change: (task: TaskRecord) => TaskRecord,
): Promise<void> {
  needText(operation, 'id', id)
  if (operation !== 'tasks.complete') checkOptions(operation, options)
  const { host } = api
  const actor = actorOf(api, options)
  const asked = authorizeRow(api, operation, { collection: tasks, id }, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  if (options.idempotencyKey === undefined || options.idempotencyKey === null) {
    await attempt(() => NOTHING)
    return
  }
  await onceByKey(api, operation, options, { id, ...args }, async (once) => ((await attempt(() => once.also(true))) ? true : null))

  function attempt(also: () => Also): Promise<boolean> {
    return contended(`Task ${id} was changed by others`, { taskId: id }, async () => {
      const [stored] = await host.storage.get(tasks, [id])
      if (stored === undefined || !isSeen(own, stored.record.tenantId)) throw unknownTaskOf(id)
      const record = change(stored.record)
      if (record === stored.record) return true
      const joined = also()
      const setId = host.newId()
      const at = host.now()
      const notices = await noticesOfTask(host, stored.record, record, at)
      const trace = { id: setId, at, body: { type: operation, ...(actor !== null && { actor }) } }
      const landing = await host.commit({
        id: setId,
        expect: [{ collection: tasks, id, revision: stored.revision }, ...joined.expect],
        touch: [],
        put: [{ collection: tasks, record }, ...notices, ...joined.put],
        delete: joined.delete,
        append: [{ collection: commands, record: trace }],
      })
      if (landing === 'committed') {
        if (notices.length > 0) host.wake()
        if (host.events.isHeard())
          host.events.tell({ ...taskEvent('taskUpdated', record, at), operation, ...(actor !== null && { actor }) })
        return true
      }
      return landing.conflict.some((one) => joined.expect.some((other) => other.id === one.id)) ? false : AGAIN
    })
  }
}
