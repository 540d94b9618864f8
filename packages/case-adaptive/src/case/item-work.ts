import type { JobRecord, OwnedJobData, TaskRecord, Value, Values } from '@leeway/engine/extension'
import type { Book } from './book.ts'
import type { CaseCommand } from './commands.ts'
import { openCase } from './open-case.ts'
import type { PlanItem } from './state.ts'

/** The name under which the engine knows the tasks and jobs of items. */
export const EXTENSION = 'case-adaptive'

/** What an item that starts puts to work: a person's task, a handler's job, a process instance, a case. Gives what the item knows of it. */
export function beginWork(book: Book, item: PlanItem): Partial<PlanItem['body']> {
  const { does = '', input = NO_VALUES } = item.body
  switch (item.kind) {
    case 'human':
      book.putTask(taskOf(book, item))
      return { taskId: item.id }
    case 'service': {
      const jobId = `${item.id}:work`
      book.putJob({
        ...jobOf(book, item, { extension: EXTENSION, variables: input }),
        id: jobId,
        kind: 'owned',
        type: does,
        body: { work: { key: item.id }, data: dataOf({ extension: EXTENSION, variables: input }) },
      })
      return { jobId }
    }
    case 'process': {
      const itemInstanceId = book.newId()
      const start = { key: does, instanceId: itemInstanceId, variables: input, businessKey: null }
      book.putJob(commandJob(book, `${item.id}:start`, item.instanceId, { type: 'bindItem', itemId: item.id }, start))
      return { itemInstanceId }
    }
    case 'case': {
      const customer = book.case(item.caseId)?.customer ?? null
      const opened = openCase(book, { template: does, customer, title: item.body.name, facts: input }, null)
      book.putCase({ ...opened, body: { ...opened.body, itemId: item.id } })
      return { itemCaseId: opened.id }
    }
  }
}

/** What is at work for an item is not wanted any more. A case that was opened for it goes on by itself. */
export function endWork(book: Book, { id, body }: PlanItem): void {
  if (body.taskId !== null) book.deleteTask(body.taskId)
  if (body.jobId !== undefined) book.deleteJob(body.jobId)
  if (body.itemInstanceId === undefined || body.completed !== undefined || body.failure !== undefined) return
  book.putJob(commandJob(book, `${id}:cancel`, body.itemInstanceId, { type: 'cancelItemInstance', itemId: id }))
}

/** A job that undoes a completed item, by its compensator. Gives its id. */
export function beginCompensation(book: Book, item: PlanItem): string {
  const jobId = `${item.id}:undo`
  const variables: Values = { ...item.body.input, ...item.body.completed?.variables }
  book.putJob({
    ...jobOf(book, item, { extension: EXTENSION, variables }),
    id: jobId,
    kind: 'owned',
    type: item.body.compensator ?? '',
    body: { work: { key: `${item.id}:undo` }, data: dataOf({ extension: EXTENSION, variables }) },
  })
  return jobId
}

/** Puts a command before the decision later, in the order of an instance. */
export function commandLater(book: Book, item: PlanItem, command: CaseCommand): void {
  laterIn(book, `${item.id}:then`, item.instanceId, command)
}

/** Puts a command before the decision later, in the order of any instance; `id` is the job's. */
export function laterIn(book: Book, id: string, instanceId: string | null, command: CaseCommand): void {
  book.putJob(commandJob(book, id, instanceId, command))
}

const NO_VALUES: Values = {}

function commandJob(book: Book, id: string, instanceId: string | null, command: CaseCommand, start?: OwnedJobData['start']): JobRecord {
  // Commands are plain JSON.
  const data = { extension: EXTENSION, command: command as unknown as Value, ...(start && { start }) }
  return { ...jobOf(book, { instanceId }, data), id }
}

function jobOf({ now, tenantId }: Book, { instanceId }: Pick<PlanItem, 'instanceId'>, data: OwnedJobData): JobRecord {
  return { id: '', dueAt: now, priority: 0, kind: 'extension', type: '$extension', instanceId, tenantId, body: { data: dataOf(data) } }
}

/** Plain JSON. */
function dataOf(data: OwnedJobData): Values {
  return data as unknown as Values
}

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
