import type { TaskRecord, Values } from '@leeway/engine/extension'
import type { Book } from './book.ts'
import type { PlanItem } from './item-state.ts'
import { commandJob, EXTENSION, thenJob, workJob } from './jobs.ts'
import { openCase } from './open-case.ts'
import { routeCase } from './routing.ts'

/** What an item that starts puts to work: a person's task, a handler's job, a process instance, a case. Gives what the item knows of it. */
export function beginWork(book: Book, item: PlanItem): Partial<PlanItem['body']> {
  const { does = '', input = NO_VALUES } = item.body
  switch (item.kind) {
    case 'human':
      book.putTask(taskOf(book, item))
      return { taskId: item.id }
    case 'service': {
      const jobId = workJobId(item.id)
      book.putJob(workJob(book, { id: jobId, instanceId: item.instanceId, key: item.id }, does, input))
      return { jobId }
    }
    case 'process': {
      const itemInstanceId = book.newId()
      const start = { key: does, instanceId: itemInstanceId, variables: input, businessKey: null }
      const place = { id: startJob(item.id), instanceId: item.instanceId }
      book.putJob(commandJob(book, place, book.now, { type: 'bindItem', itemId: item.id }, start))
      return { itemInstanceId }
    }
    case 'case': {
      const around = book.case(item.caseId)
      const tier = around?.template === does ? (around.body.service?.tier ?? null) : null
      const opened = openCase(book, { template: does, customer: around?.customer ?? null, title: item.body.name, facts: input, tier }, null)
      book.putCase({ ...opened, body: { ...opened.body, itemId: item.id } })
      routeCase(book, opened.id)
      return { itemCaseId: opened.id }
    }
  }
}

/** What is at work for an item is not wanted any more. A case that was opened for it goes on by itself. */
export function endWork(book: Book, { id, body }: PlanItem): void {
  if (body.taskId !== null) book.deleteTask(body.taskId)
  if (body.jobId !== undefined) book.deleteJob(body.jobId)
  if (body.itemInstanceId === undefined || body.completed !== undefined || body.failure !== undefined) return
  const place = { id: cancelJob(id), instanceId: body.itemInstanceId }
  book.putJob(commandJob(book, place, book.now, { type: 'cancelItemInstance', itemId: id }))
}

/** A handler that is at work for an item that is over does what it does: the item says so, and what came of it when that is known. */
export function leftAtWork(book: Book, { id, body: { jobId, late = [] } }: PlanItem): Pick<PlanItem['body'], 'late'> {
  if (jobId === undefined || !book.isAtWork(jobId)) return {}
  return { late: [...late, { of: jobId === undoJob(id) ? 'undo' : 'work', state: 'unknown', at: book.now }] }
}

/** The job of a handler that does an item. */
export function workJobId(itemId: string): string {
  return `${itemId}:work`
}

/** The job by which the process that does an item is started. */
export function startJob(itemId: string): string {
  return `${itemId}:start`
}

/** The job by which an item is undone. */
export function undoJob(itemId: string): string {
  return `${itemId}:undo`
}

/** Ids of all jobs that there can be of an item. */
export function jobsOfItem({ id }: Pick<PlanItem, 'id'>): readonly string[] {
  return [workJobId(id), startJob(id), undoJob(id), cancelJob(id), thenJob(id)]
}

/** The job by which the process that an item runs is cancelled. */
function cancelJob(itemId: string): string {
  return `${itemId}:cancel`
}

/** A job that undoes a completed item, by its compensator. Gives its id. */
export function beginCompensation(book: Book, item: PlanItem): string {
  const jobId = undoJob(item.id)
  const { input, completed, late = [] } = item.body
  const given = completed ?? late.find(({ of, state }) => of === 'work' && state === 'completed')
  const variables: Values = { ...input, ...given?.variables }
  book.putJob(workJob(book, { id: jobId, instanceId: item.instanceId, key: jobId }, item.body.compensator ?? '', variables))
  return jobId
}

const NO_VALUES: Values = {}

function taskOf({ now, tenantId }: Book, { id, deviationId, instanceId, kind, body }: PlanItem): TaskRecord {
  const { name, assignee, candidateUsers, candidateGroups, dueAt, priority, input } = body
  return {
    id,
    instanceId,
    processKey: null,
    elementId: null,
    assignee,
    candidateUsers,
    candidateGroups,
    state: assignee === null ? 'ready' : 'reserved',
    held: false,
    dueAt,
    followUpAt: null,
    priority,
    createdAt: now,
    tenantId,
    extension: EXTENSION,
    body: { name, kind, itemId: id, ...(deviationId !== null && { deviationId }), variables: input ?? NO_VALUES },
  }
}
