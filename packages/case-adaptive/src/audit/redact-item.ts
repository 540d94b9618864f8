import { Refused } from '@leeway/engine'
import type { TaskRecord, Value, Values } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownDeviation } from '../case/case-refusals.ts'
import type { Deviation, Returned } from '../case/deviation-state.ts'
import { unknownItem } from '../case/item-refusals.ts'
import type { LateResult, PlanItem } from '../case/item-state.ts'
import { startJob, workJobId } from '../case/item-work.ts'
import { REDACTED, unsalted } from './free-text.ts'

/** Of which case, why, and by whom something is taken away. */
interface Redaction {
  readonly caseId: string
  readonly because: string
  readonly actor: string
}

/**
 * Takes away what people wrote in an item, for good, and what repeats it: its name, what it was given, the draft and the comments of its
 * task, its result, and what a return took of that. Throws `UnknownItem`, `StillNeeded` while a handler, or a process that is about to
 * start, works with it.
 */
export function redactItem(book: Book, itemId: string, { caseId, because, actor }: Redaction): void {
  const item = book.item(itemId)
  if (item === null || item.caseId !== caseId) throw unknownItem(itemId)
  if (isNeeded(book, item)) throw itemNeeded(item)
  const task = item.body.taskId === null ? null : book.task(item.body.taskId)
  if (task !== null) book.putTask(withoutWords(task))
  const { input: _input, completed, late, failure, ...body } = unsalted(item.body)
  book.putItem({
    ...item,
    body: {
      ...body,
      name: REDACTED,
      ...(completed && { completed: { ...completed, variables: NOTHING } }),
      ...(late && { late: late.map(withoutResult) }),
      ...(failure && { failure: { ...failure, message: REDACTED } }),
      redacted: { by: actor, at: book.now, reason: because },
    },
  })
  const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
  const taken = (deviation?.body.returned?.results ?? []).filter((one) => one.itemId === itemId)
  const names = taken.map(({ variable }) => variable)
  if (deviation !== null && names.length > 0) withoutValues(book, deviation, (name) => names.includes(name))
}

/**
 * Takes the values away that were set with the return of a deviation, for good. Throws `UnknownDeviation`, `StillNeeded` while the return
 * is still to be made.
 */
export function redactReturn(book: Book, deviationId: string, { caseId }: Redaction): void {
  const deviation = book.deviation(deviationId)
  if (deviation === null || deviation.caseId !== caseId) throw unknownDeviation(deviationId)
  if (deviation.state === 'returning') throw returnNeeded(deviation)
  withoutValues(book, deviation, () => true)
}

/** A job has what its work is given, and so has what is yet to begin by itself. */
function isNeeded(book: Book, { id, kind, state, body }: PlanItem): boolean {
  if (kind === 'human') return false
  return state === 'available' || body.jobId !== undefined || book.job(startJob(id)) !== null || book.job(workJobId(id)) !== null
}

function withoutWords(task: TaskRecord): TaskRecord {
  const { draft: _draft, comments, ...body } = task.body
  const silent = comments?.map((one) => ({ ...one, text: REDACTED }))
  return { ...task, body: { ...body, name: REDACTED, variables: NOTHING, ...(silent && { comments: silent }) } }
}

function withoutResult({ variables, failure, ...late }: LateResult): LateResult {
  return { ...late, ...(variables && { variables: NOTHING }), ...(failure && { failure: { ...failure, message: REDACTED } }) }
}

/** The return cannot be undone then: what it set is not known any more. What was asked for once is gone with it. */
function withoutValues(book: Book, deviation: Deviation, isTaken: (name: string) => boolean): void {
  const { returned, handedOver, compensating, ...body } = unsalted(deviation.body)
  const without = (values: Values): Values =>
    Object.fromEntries(Object.entries(values).map(([name, value]): [string, Value] => [name, isTaken(name) ? null : value]))
  const kept: Returned | undefined = returned && {
    ...returned,
    variables: without(returned.variables),
    ...(returned.trail && { trail: { landed: returned.trail.landed, variables: [], barred: 'what it set was redacted.' } }),
  }
  book.putDeviation({
    ...deviation,
    body: {
      ...body,
      ...(kept && { returned: kept }),
      ...(handedOver && { handedOver: { ...handedOver, terms: { ...handedOver.terms, variables: without(handedOver.terms.variables) } } }),
      ...(compensating && { compensating }),
    },
  })
}

const NOTHING: Values = {}

function itemNeeded({ id, kind, state, body }: PlanItem): Refused {
  const what = kind === 'service' ? 'a handler works with' : `the ${kind} that is to do it begins with`
  const message = `"${body.name}" is ${state}, and ${what} what it was given: let it end, or cancel it, before that is taken away.`
  return new Refused('StillNeeded', message, { itemId: id, state, alternatives: ['cancelItem'] })
}

function returnNeeded({ id }: Deviation): Refused {
  const message = `The return of deviation ${id} is still to be made, with the values that it was given: wait for it, or undo it, before they are taken away.`
  return new Refused('StillNeeded', message, { deviationId: id, alternatives: ['undo'] })
}
