import type { ExtensionOutcome, JobRecord } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { undoItem } from '../case/cancel-item.ts'
import { writeItem } from '../case/item-changes.ts'
import type { LateResult, PlanItem } from '../case/item-state.ts'
import { hasDoneLate } from '../case/item-state.ts'
import { recordResult } from '../case/items.ts'
import { tell } from '../case/service/keep.ts'
import { compensateLate } from './undo.ts'

/**
 * A handler was still at work on an item that is over: what came of that is written down, whoever ended the item is told, and what was to
 * be undone with it is undone as well. False where the item takes the result as its own.
 */
export function tookLate(book: Book, job: JobRecord, result: Ended): boolean {
  const [itemId = '', of] = job.id.split(':')
  const item = book.item(itemId)
  if (item === null || (of !== 'work' && of !== 'undo')) return false
  const { late = [] } = item.body
  const earlier = late.find((one) => one.of === of && one.state !== 'completed')
  if (earlier === undefined && !(of === 'work' && item.state === 'terminated' && late.length === 0)) return isOver(item, of)
  const told: LateResult = { of, at: book.now, ...resultOf(result) }
  const known: PlanItem = { ...item, body: { ...item.body, late: [...late.filter((one) => one !== earlier), told] } }
  writeItem(book, known, 'late')
  if (of === 'work') for (const [key, value] of Object.entries(told.variables ?? {})) recordResult(book, known, key, value)
  notice(book, known)
  if (known.state === 'terminated' && known.body.compensator !== undefined) undoToo(book, known)
  return true
}

type Ended = Extract<ExtensionOutcome<unknown>['occurrence'], { type: 'job' }>['result']

/** Another node has done the same job before: its handler knows that by the key. */
function isOver({ state }: PlanItem, of: LateResult['of']): boolean {
  return of === 'undo' ? state === 'compensated' : state === 'completed' || state === 'terminated' || state === 'compensated'
}

function resultOf(result: Ended): Pick<LateResult, 'state' | 'variables' | 'failure'> {
  if (result.type === 'completed') return { state: 'completed', variables: result.values }
  return { state: 'failed', failure: { code: result.code, message: result.message } }
}

/**
 * Where it was ended so that it is not done, it is undone, with its deviation where that is undone; where the case came to its end without
 * it, that is somebody's to say.
 */
function undoToo(book: Book, item: PlanItem): void {
  const { cause } = item.body.closed ?? {}
  if (cause !== 'undone' && cause !== 'cancelled') return
  const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
  if (deviation?.body.undone !== undefined && deviation.body.undone.of === undefined) compensateLate(book, deviation, item)
  else if (cause === 'cancelled' && hasDoneLate(item.body)) undoItem(book, item)
}

function notice(book: Book, { caseId, deviationId, body }: PlanItem): void {
  const deviation = deviationId === null ? null : book.deviation(deviationId)
  const to = deviation?.body.undone?.actor ?? body.completed?.by ?? body.addedBy
  const record = book.case(caseId)
  if (deviationId !== null) book.note(caseId, { type: 'deviation:notice', deviationId, to, because: 'lateResult' })
  else if (record !== null) tell(book, record, { because: 'lateResult', to: [to] })
}
