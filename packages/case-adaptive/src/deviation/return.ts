import { Refused } from '@leeway/engine'
import type { CommandBody, InstanceReader } from '@leeway/engine/extension'
import { dataOf, splitTokenId, transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownDeviation } from '../case/case-refusals.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { LaterDirective } from '../case/directives.ts'
import { closeItems, keepItems } from '../case/item-ends.ts'
import type { PlanItem } from '../case/item-state.ts'
import { isOpen } from '../case/item-state.ts'
import { laterOf, type PathReturn } from '../case/later.ts'
import { waitsOf } from '../case/waits.ts'
import { guardReturn, type Judgement } from '../guarantee/guard-return.ts'
import { markProof, recordOf, toReview } from '../guarantee/record.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { charge } from '../people/authority.ts'
import { askReview } from '../people/reviews.ts'
import { holderOf } from './anchors.ts'
import { unwatch } from './beside.ts'
import { caughtUp } from './cascade.ts'
import { checkReturn, waivedOf } from './checks.ts'
import { deny, dueReturn, handOver } from './hand-over.ts'
import { commandsOf, valuesSet } from './moves.ts'
import { anchorGone, notAway } from './refusals.ts'
import { valuesOfReturn } from './results.ts'
import { type UndoneBefore, undoneBefore } from './undone-before.ts'

/**
 * Comes back to the path as the directive says; on a resume the same element instance goes on, and what was latched is applied once,
 * by the kernel. Gives the kernel's commands.
 */
export function comeBack(book: Book, command: Return, instance: InstanceReader, actor: string): readonly CommandBody[] {
  const deviation = awayDeviation(book, command.deviationId)
  checkHeld(deviation, instance)
  if (command.to.type !== 'handOver') {
    const commands = takeUp(book, laterOf(command), deviation, instance, actor)
    charge(book, actor, command.cost)
    return commands
  }
  checkReturn(book, command, deviation, instance)
  const judged = guardReturn(book, command, deviation, instance, actor)
  handOver(book, command, command.to, deviation, judged, actor)
  charge(book, actor, command.cost)
  return []
}

/** Makes the return. Refuses before anything changes. */
function takeUp(book: Book, command: PathReturn, deviation: Deviation, instance: InstanceReader, actor: string): readonly CommandBody[] {
  const { anchor } = deviation.body
  const { values: variables, taken } = valuesOfReturn(book, command, deviation)
  const whole: PathReturn = { ...command, variables }
  checkReturn(book, whole, deviation, instance)
  const judged = guardReturn(book, whole, deviation, instance, actor)
  const { to, reason } = command
  const undone = undoneBefore(book, command, deviation, instance)
  if (undone !== null) return compensateBefore(book, command, deviation, undone, actor)
  const commands =
    deviation.mode === 'alongside'
      ? valuesSet(anchor.scopeId, variables, instance)
      : [
          ...caughtUp(book, deviation.id, instance),
          ...emptyResult(whole, deviation, instance),
          ...commandsOf(to, anchor, deviation.id, variables, instance),
        ]
  if (deviation.mode === 'alongside') unwatch(book, deviation)
  const isHandedOver = deviation.body.handedOver !== undefined && deviation.state === 'returning'
  const returning = deviation.state === 'returning' ? deviation.state : transitionOf(deviationLifecycle, deviation.state, 'return')
  const waived = waivedOf(book, command, deviation)
  const target = targetOf(to)
  const how = isHandedOver ? ({ to: 'handOver', next: to.type } as const) : { to: to.type }
  book.putDeviation({
    ...deviation,
    state: transitionOf(deviationLifecycle, returning, 'commit'),
    body: {
      ...deviation.body,
      latches:
        to.type === 'resume'
          ? deviation.body.latches
          : deviation.body.latches.map((latch) => (latch.became === 'kept' ? { ...latch, became: 'unused' } : latch)),
      returned: {
        ...how,
        ...(target !== null && { target }),
        actor,
        at: book.now,
        reason,
        variables,
        ...(taken.length > 0 && { results: taken }),
        ...(deviation.body.handedOver?.cost !== undefined && { cost: deviation.body.handedOver.cost }),
        ...(waived.length > 0 && { waived }),
        ...recordOf(book, command, judged),
      },
      waits: waitsOf(book.rules.service.time, deviation, book.itemsOfDeviation(deviation.id), book.now),
      ...reviewOf(book, command, deviation, judged, actor),
    },
  })
  markProof(book, deviation, judged)
  if (waived.length > 0 && reason !== null)
    book.note(deviation.caseId, { type: 'deviation:waive', deviationId: deviation.id, items: waived, reason })
  const items = book.itemsOfDeviation(deviation.id)
  if (to.type === 'stayOff') keepItems(book, items)
  else closeItems(book, items, 'returned')
  const position = { instanceId: deviation.instanceId, elementId: anchor.elementId, elementInstanceId: anchor.elementInstanceId }
  const { class: guarantee } = judged.verdict
  const entry = { deviationId: deviation.id, position, ...how, guarantee, ...(target !== null && { target }) }
  book.note(deviation.caseId, { type: 'deviation:return', ...entry })
  return commands
}

/** What is to be looked at afterwards, by somebody who had no part in it. */
function reviewOf(
  book: Book,
  { approvedBy = [], override }: PathReturn,
  { id: subjectId, caseId, body }: Deviation,
  judged: Judgement,
  actor: string,
): Pick<Deviation['body'], 'review'> {
  const because = toReview(judged)
  if (because.length === 0) return {}
  const involved = [actor, body.actor, ...approvedBy, ...(override === undefined ? [] : [override.by])]
  return { review: { because, id: askReview(book, caseId, { of: 'deviation', subjectId, because, involved }) } }
}

/** What completed is undone first: the return is under way, and is made when that is done. */
function compensateBefore(
  book: Book,
  command: PathReturn,
  deviation: Deviation,
  { sources, names, by, alone }: UndoneBefore,
  actor: string,
): readonly CommandBody[] {
  const { id, caseId, instanceId, body } = deviation
  const { elementId, elementInstanceId } = body.anchor
  const state = deviation.state === 'returning' ? deviation.state : transitionOf(deviationLifecycle, deviation.state, 'return')
  const compensated = [...(body.compensated ?? []), ...names]
  const { type: _type, deviationId: _deviationId, to, ...terms } = command
  book.putDeviation({ ...deviation, state, body: { ...body, compensating: { to, terms, actor, at: book.now }, compensated } })
  const position = { instanceId, elementId, elementInstanceId }
  book.note(caseId, { type: 'deviation:compensate', deviationId: id, position, to: to.type, compensated: names })
  const place = splitTokenId(by) as { scopeId: string; n: number } // the id of a token
  return [{ type: 'divert', ...place, by: id, to: { type: 'compensate', sources, alone } }]
}

/**
 * What was to be undone before a return is undone: it is made now; where it is refused now, somebody must come back otherwise. Gives the
 * kernel's commands.
 */
export function goOnCompensated(book: Book, deviation: Deviation, instance: InstanceReader): readonly CommandBody[] {
  const { compensating, ...body } = deviation.body
  if (deviation.state !== 'returning' || compensating === undefined) return []
  const { to, terms, actor } = compensating
  const command: PathReturn = { type: 'return', deviationId: deviation.id, to, ...terms }
  const next: Deviation = { ...deviation, body }
  book.putDeviation(next)
  try {
    checkHeld(next, instance)
    return takeUp(book, command, next, instance, actor)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    deny(book, next, error)
    return []
  }
}

/** A round that gives no result leaves its place in the collection null, whatever stands around it under these names. */
function emptyResult({ to, resultAbsent }: PathReturn, { body: { anchor } }: Deviation, instance: InstanceReader): readonly CommandBody[] {
  const node = instance.definition.nodes.get(anchor.elementId)
  if (to.type !== 'skip' || !resultAbsent || node === undefined) return []
  const nothing = Object.fromEntries(dataOf(node).gathered.map((name) => [name, null]))
  return valuesSet(anchor.scopeId, nothing, instance)
}

/** Throws `AnchorGone` where the step is not held by the deviation any more. */
function checkHeld({ id, mode, body }: Deviation, instance: InstanceReader): void {
  const { elementId, elementInstanceId } = body.anchor
  if (mode === 'alongside' || holderOf(instance, body.anchor) === id) return
  throw anchorGone(`"${elementId}" is no longer held by deviation ${id}.`, { deviationId: id, elementInstanceId })
}

function targetOf(to: LaterDirective): string | null {
  return to.type === 'jump' || to.type === 'event' ? to.elementId : null
}

/** The deviation, while it is away; else the refusal that says what became of it. */
export function awayDeviation(book: Book, id: string): Deviation {
  const deviation = book.deviation(id)
  if (deviation === null) throw unknownDeviation(id)
  if (deviation.state === 'away') return deviation
  throw notAway(deviation)
}

/**
 * An item has ended. Where a step only waited for the items that were pinned to it, or for what its work was handed over to, it goes on; a
 * refusal leaves it away, on record. Gives the kernel's commands.
 */
export function goOnAfter(book: Book, deviationId: string | null, instance: InstanceReader | null, actor: string): readonly CommandBody[] {
  const deviation = deviationId === null ? null : book.deviation(deviationId)
  if (deviation === null || instance === null) return []
  const items = book.itemsOfDeviation(deviation.id)
  const over = items.find(({ id }) => id === deviation.body.handedOver?.itemId)
  if (deviation.state === 'returning' && over !== undefined && (over.state === 'failed' || over.state === 'terminated')) {
    // The path need not wait for it any more.
    book.putItem({ ...over, body: { ...over.body, required: false } })
    deny(book, deviation, over.body.failure ?? { code: 'itemEnded', message: `"${over.body.name}" ended without a result.` })
    return []
  }
  const due = dueReturn(deviation, items) ?? (isPinnedDone(deviation, items) ? pinnedReturn(book, deviation, actor) : null)
  if (due === null) return []
  try {
    checkHeld(deviation, instance)
    return takeUp(book, due.command, deviation, instance, due.actor)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    // It goes on waiting for what must be done first.
    if (error.code !== 'RequiredOpen') deny(book, deviation, error)
    return []
  }
}

/** An item has ended, or will not be done: what waited for it goes on, and a step for which it stands in. Gives the kernel's commands. */
export function goOnAfterItem(
  book: Book,
  { id, deviationId }: PlanItem,
  instance: InstanceReader | null,
  actor: string,
): readonly CommandBody[] {
  const others = instance === null ? [] : book.openDeviations(instance.id).filter(({ body }) => body.standIn === id)
  return [deviationId, ...others.map((one) => one.id)].flatMap((one) => goOnAfter(book, one, instance, actor))
}

/** The step begins; where an item did its work, it is passed over with the result. */
function pinnedReturn(book: Book, deviation: Deviation, actor: string): { readonly command: PathReturn; readonly actor: string } | null {
  const { standIn } = deviation.body
  const item = standIn === undefined ? null : book.item(standIn)
  if (item !== null && (isOpen(item) || item.state === 'rehomed')) return null
  const { completed } = item?.body ?? {}
  if (item?.state !== 'completed' || completed === undefined) return { command: onwards(deviation), actor }
  return { command: { ...onwards(deviation), to: { type: 'skip' }, variables: completed.variables }, actor: completed.by ?? actor }
}

function isPinnedDone({ mode, state }: Deviation, items: readonly PlanItem[]): boolean {
  return mode === 'deferred' && state === 'away' && !items.some(isOpen)
}

function onwards({ id }: Deviation): PathReturn {
  return { type: 'return', deviationId: id, to: { type: 'resume' }, confirmNotIdempotent: false, reason: null, variables: {} }
}
