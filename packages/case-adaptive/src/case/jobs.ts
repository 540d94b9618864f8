import type { JobRecord, OwnedJobData, Value, Values } from '@leeway/engine/extension'
import type { Book } from './book.ts'
import type { CaseCommand } from './commands.ts'
import type { PlanItem } from './item-state.ts'

/** The name under which the engine knows the tasks and jobs of cases. */
export const EXTENSION = 'case-adaptive'

/** Puts a command before the decision later, in the order of an instance. */
export function commandLater(book: Book, item: Pick<PlanItem, 'id' | 'instanceId'>, command: CaseCommand): void {
  laterIn(book, thenJob(item.id), item.instanceId, command)
}

/** The job by which what waits for an item learns of its end. */
export function thenJob(itemId: string): string {
  return `${itemId}:then`
}

/** Puts a command before the decision later, in the order of any instance; `id` is the job's. */
export function laterIn(book: Book, id: string, instanceId: string | null, command: CaseCommand): void {
  book.putJob(commandJob(book, { id, instanceId }, book.now, command))
}

/** The id of a job by which somebody is told of a case; of none where `caseId` is empty. */
export function noticeOf(book: Book, caseId: string): string {
  return `notice:${caseId}:${book.newId()}`
}

/** The beginning of the ids of jobs by which the customer of a case is told. */
export function customerJobs(caseId: string): string {
  return `${CUSTOMER}${caseId}:`
}

/** The beginnings of the ids of all jobs by which somebody is told of a case. */
export function tellingsOf(caseId: string): readonly string[] {
  return [`notice:${caseId}:`, customerJobs(caseId)]
}

/** What the ids of jobs by which customers are told begin with. */
export const CUSTOMER = 'customer:'

interface JobPlace {
  readonly id: string
  /** In whose order it is done; null: in its records' own. */
  readonly instanceId: string | null
}

/** A job that puts a command before the decision at an instant; `start`: with the process instance that it starts. */
export function commandJob(book: Book, place: JobPlace, dueAt: number, command: CaseCommand, start?: OwnedJobData['start']): JobRecord {
  // Commands are plain JSON.
  const data: OwnedJobData = { extension: EXTENSION, command: command as unknown as Value, ...(start && { start }) }
  return jobOf(book, place, { dueAt, kind: 'extension', type: '$extension', body: { data: dataOf(data) } })
}

/** A job of a handler. `key`: by which the handler knows it when it comes again. */
export function workJob(book: Book, { key, ...place }: JobPlace & { readonly key: string }, type: string, variables: Values): JobRecord {
  const body = { work: { key }, data: dataOf({ extension: EXTENSION, variables }) }
  return jobOf(book, place, { dueAt: book.now, kind: 'owned', type, body })
}

function jobOf({ tenantId }: Book, place: JobPlace, what: Pick<JobRecord, 'dueAt' | 'kind' | 'type' | 'body'>): JobRecord {
  return { ...place, ...what, priority: 0, tenantId }
}

/** Plain JSON. */
function dataOf(data: OwnedJobData): Values {
  return data as unknown as Values
}
