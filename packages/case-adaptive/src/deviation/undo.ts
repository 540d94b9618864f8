import { type CommandBody, type InstanceReader, takes, transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownDeviation } from '../case/case-refusals.ts'
import type { Undo } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import { closeItems, lapseItems } from '../case/item-ends.ts'
import type { PlanItem } from '../case/item-state.ts'
import { hasDoneLate, isOpen, isToUndo } from '../case/item-state.ts'
import { beginCompensation, undoJob } from '../case/item-work.ts'
import { commandJob } from '../case/jobs.ts'
import { waitsOf } from '../case/waits.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { lapsed } from './ahead.ts'
import { holderOf, releaseOf } from './anchors.ts'
import { unwatch } from './beside.ts'
import { caughtUp } from './cascade.ts'
import { takenOverAround } from './checks.ts'
import { unregistered } from './compensables.ts'
import { alreadyAway, anchorGone, notUndoable, preempted } from './refusals.ts'
import { goOnAfterItem } from './return.ts'
import { undoReturn } from './undo-return.ts'

/**
 * Takes back that the path was left: the step is as it was before, what was done is undone by its compensators, the latest first, and
 * what cannot be undone keeps the whole from being undone. Gives the kernel's commands.
 */
export function undo(book: Book, command: Undo, instance: InstanceReader, actor: string): readonly CommandBody[] {
  const deviation = book.deviation(command.deviationId)
  if (deviation === null) throw unknownDeviation(command.deviationId)
  const { id, body, mode, instanceId, caseId } = deviation
  if (body.compensating !== undefined) throw notUndoable(id, 'what was done before is being undone, for the return that was asked for.')
  if ((body.compensated ?? []).length > 0 && deviation.state !== 'returned')
    throw notUndoable(id, 'its step was taken back, and what was done before it was undone.')
  // What it was handed over to ends with its items.
  const state = deviation.state === 'returning' ? transitionOf(deviationLifecycle, deviation.state, 'deny') : deviation.state
  if (state === 'preempted') throw preempted(deviation)
  if (state === 'returned') return undoReturn(book, command, deviation, instance, actor)
  const items = book.itemsOfDeviation(id)
  const position = { instanceId, elementId: body.anchor.elementId, elementInstanceId: body.anchor.elementInstanceId }
  const note = (): void => book.note(caseId, { type: 'deviation:undo', deviationId: id, position, reason: command.reason })
  if (state === 'requested') {
    lapsed(book, deviation, 'undone', actor)
    lapseItems(book, items)
    note()
    return withoutStop(book, deviation, instance)
  }
  if (!takes(deviationLifecycle, state, 'undo')) throw notUndoable(id, `it is ${state}.`)
  if (mode === 'withdraw') throw notUndoable(id, 'its step was taken back for good; redo it instead.')
  const done = items.filter((item) => item.state === 'completed')
  const lacking = done.filter((item) => item.body.compensator === undefined)
  if (lacking.length > 0 && !command.partial) {
    const names = lacking.map((item) => `"${item.body.name}"`).join(', ')
    const missing = lacking.map((item) => ({ id: item.id, name: item.body.name }))
    throw notUndoable(id, `${names} is done and has no compensator. Come back instead, and set right what is to be set right.`, missing)
  }
  if (mode !== 'alongside' && holderOf(instance, body.anchor) !== id) {
    throw anchorGone(`"${body.anchor.elementId}" is no longer held by deviation ${id}.`, { deviationId: id })
  }
  const over = mode === 'alongside' ? null : takenOverAround(book, deviation, instance)
  if (over !== null) throw alreadyAway(over)
  closeItems(book, items, 'undone')
  const left = latestFirst(done.filter((item) => !lacking.includes(item))).map((item) => item.id)
  const kept = lacking.map((item) => item.id)
  const undone = { actor, at: book.now, reason: command.reason, left, ...(kept.length > 0 && { kept }) }
  const waits = waitsOf(book.rules.service.time, deviation, items, book.now)
  const next: Deviation = { ...deviation, state: transitionOf(deviationLifecycle, state, 'undo'), body: { ...body, undone, waits } }
  book.putDeviation(next)
  if (left.length > 0 && awaitsLate(book, next)) waitForLate(book, next)
  else compensateNext(book, next)
  note()
  const dropped = unregistered(done, instance)
  if (mode !== 'alongside') return [...dropped, ...caughtUp(book, id, instance), releaseOf(body.anchor, id)]
  unwatch(book, deviation)
  return dropped
}

/**
 * An item was cancelled: what waited for it alone goes on, and nothing is pinned any more where it was all. Gives the kernel's commands.
 */
export function goOnWithout(book: Book, item: PlanItem, instance: InstanceReader | null, actor: string): readonly CommandBody[] {
  const { deviationId } = item
  const deviation = deviationId === null ? null : book.deviation(deviationId)
  if (deviation?.state !== 'requested' || deviation.mode !== 'deferred') return goOnAfterItem(book, item, instance, actor)
  if (instance === null || book.itemsOfDeviation(deviation.id).some(isOpen)) return []
  lapsed(book, deviation, 'itemsCancelled', actor)
  book.note(deviation.caseId, { type: 'deviation:lapse', deviationId: deviation.id })
  return withoutStop(book, deviation, instance)
}

/** The next of what is to be undone, if any is left. What a handler is still at will be done last, and so is waited for. */
export function compensateNext(book: Book, deviation: Deviation): void {
  if (book.itemsOfDeviation(deviation.id).some(isBeingUndone) || awaitsLate(book, deviation)) return
  const [first, ...left] = deviation.body.undone?.left ?? []
  const item = first === undefined ? null : book.item(first)
  if (item === null || deviation.body.undone === undefined) return
  book.putItem({ ...item, body: { ...item.body, jobId: beginCompensation(book, item) } })
  book.putDeviation({ ...deviation, body: { ...deviation.body, undone: { ...deviation.body.undone, left } } })
}

/** What came of work that was still under way is known: it completed after all that is left, and is undone before it. */
export function compensateLate(book: Book, deviation: Deviation, item: PlanItem): void {
  const { undone } = deviation.body
  if (undone === undefined) return
  const left = hasDoneLate(item.body) ? [item.id, ...undone.left] : undone.left
  const next = { ...deviation, body: { ...deviation.body, undone: { ...undone, left } } }
  book.putDeviation(next)
  if (!awaitsLate(book, next)) book.deleteJob(waitingJob(next))
  compensateNext(book, next)
}

/** Longest that what is to be undone waits for a handler that has not said what it did; perhaps it never does. */
const LATE_WAIT_MS = 60_000

function awaitsLate(book: Book, { id, body }: Deviation): boolean {
  if (body.undone === undefined || book.now >= body.undone.at + LATE_WAIT_MS) return false
  return book.itemsOfDeviation(id).some(({ state, body: { compensator, late = [] } }) => {
    const isAtWork = late.some((one) => one.of === 'work' && one.state === 'unknown')
    return state === 'terminated' && compensator !== undefined && isAtWork
  })
}

function waitForLate(book: Book, deviation: Deviation): void {
  const { id: deviationId, instanceId } = deviation
  const place = { id: waitingJob(deviation), instanceId }
  book.putJob(commandJob(book, place, book.now + LATE_WAIT_MS, { type: 'compensateNext', deviationId }))
}

function waitingJob({ id }: Deviation): string {
  return `${id}:compensate`
}

function isBeingUndone(item: PlanItem): boolean {
  return isToUndo(item) && item.body.jobId === undoJob(item.id) && item.body.failure === undefined
}

function latestFirst(done: readonly PlanItem[]): readonly PlanItem[] {
  const doneAt = ({ body }: PlanItem): number => body.completed?.at ?? 0
  // Of what was done at one instant that which was added later was done later.
  return [...done].sort((a, b) => doneAt(b) - doneAt(a) || (a.id < b.id ? 1 : -1))
}

function withoutStop(book: Book, { id, instanceId }: Deviation, instance: InstanceReader): readonly CommandBody[] {
  const watch = book.watch(instanceId)
  if (watch.body.atNext.some((one) => one.deviationId === id)) {
    book.putWatch({ ...watch, body: { ...watch.body, atNext: watch.body.atNext.filter((one) => one.deviationId !== id) } })
    return []
  }
  const stops = Object.entries(instance.scope(instance.id)?.instance?.stops ?? {}).filter(([, by]) => by !== id)
  return [{ type: 'setStops', instanceId, stops: Object.fromEntries(stops) }]
}
