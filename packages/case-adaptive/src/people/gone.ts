import type { Book } from '../case/book.ts'
import type { Deviation } from '../case/deviation-state.ts'
import { personOf } from '../case/persons.ts'

/**
 * The step is back on the path, and whoever had its task is none of the people any more: the task goes back to who had delegated it, else
 * to its candidates. Its draft stays.
 */
export function freeOfGone(book: Book, deviation: Deviation, taskId: string): void {
  const { people } = book.rules
  const task = people === null ? null : book.task(taskId)
  if (people === null || task === null || task.assignee === null || personOf(people, task.assignee) !== null) return
  const { owner, ...body } = task.body
  const to = owner !== undefined && personOf(people, owner) !== null ? owner : null
  // Taken up with its token, then released: both in this step.
  book.putTask({ ...task, assignee: to, state: to === null ? 'heldReady' : 'heldReserved', body })
  book.note(deviation.caseId, { type: 'deviation:reassign', deviationId: deviation.id, taskId, from: task.assignee, to })
}
