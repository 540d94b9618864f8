import {
  type CommandBody,
  type InstanceReader,
  type KernelEvent,
  splitTokenId,
  type TokenHeld,
  transitionOf,
} from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Defer, LeaveAhead } from '../case/commands.ts'
import type { Anchor, Deviation, Lapsed, Watch } from '../case/deviation-state.ts'
import { lapseItems } from '../case/item-ends.ts'
import type { PlanItem } from '../case/item-state.ts'
import { addAgain, addItem, startItems } from '../case/items.ts'
import { watchAway } from '../case/service/service.ts'
import { versionsOf } from '../guarantee/data.ts'
import { isStillAhead } from '../guarantee/still-ahead.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { leafTokens } from './anchors.ts'
import { checkAhead } from './checks.ts'
import { caseFor, newDeviation } from './leave.ts'
import { alreadyAway, stepPassed } from './refusals.ts'

/** A deviation that is asked for, and what the kernel is told. */
export interface Asked {
  readonly deviation: Deviation
  readonly commands: readonly CommandBody[]
}

/** Leaves before an element that the instance may come to, or at its next wait: at once where a token waits for someone or something. */
export function leaveAhead(book: Book, command: LeaveAhead, instance: InstanceReader, actor: string): Asked {
  const { before, reason, timers, onBehalfOf } = command
  checkAhead(before, instance)
  const record = caseFor(book, command.template, instance.id)
  const asked = newDeviation(book, { caseId: record.id, mode: 'detour', anchor: anchorAhead(before, instance), reason, actor, instance })
  const standing = onBehalfOf === undefined ? asked : { ...asked, body: { ...asked.body, onBehalfOf } }
  const deviation: Deviation = { ...standing, state: 'requested' }
  const commands = before === null ? atNext(book, deviation, timers, instance) : stopBefore(book, before, deviation, instance)
  book.putDeviation(deviation)
  book.note(record.id, { type: 'deviation:request', deviationId: deviation.id, before, mode: 'detour', reason })
  return { deviation, commands }
}

/** Pins an item to an element that the instance may come to: the element waits for it. */
export function defer(book: Book, command: Defer, instance: InstanceReader, actor: string): Asked & { readonly item: PlanItem } {
  const { before, reason } = command
  checkAhead(before, instance)
  const node = instance.definition.nodes.get(before)
  if (node !== undefined && !isStillAhead(node, instance)) throw stepPassed(before, instance.id)
  const record = caseFor(book, command.template, instance.id)
  const known = book
    .openDeviations(instance.id)
    .find((one) => one.mode === 'deferred' && one.state === 'requested' && one.elementId === before)
  const anchor = anchorAhead(before, instance)
  const deviation: Deviation = known ?? {
    ...newDeviation(book, { caseId: record.id, mode: 'deferred', anchor, reason, actor, instance }),
    state: 'requested',
  }
  const lasting: Deviation = command.permanent ? { ...deviation, body: { ...deviation.body, permanent: true } } : deviation
  const commands = known === undefined ? stopBefore(book, before, deviation, instance) : []
  book.putDeviation(lasting)
  if (known === undefined) book.note(record.id, { type: 'deviation:request', deviationId: deviation.id, before, mode: 'deferred', reason })
  const place = { caseId: deviation.caseId, deviationId: deviation.id, instanceId: instance.id, isAhead: true }
  const item = addItem(book, command.item, place, actor)
  return { deviation, commands, item }
}

/** A token came to where someone asked to leave, and is held: the deviation begins. */
export function reached(book: Book, { scopeId, n, elementId, hold }: TokenHeld, instance: InstanceReader | null): void {
  const deviation = book.deviation(hold.by)
  if (deviation?.state !== 'requested') return
  const anchor: Anchor = {
    type: 'token',
    elementId,
    elementInstanceId: `${scopeId}.${n}`,
    scopeId,
    scopePath: instance?.scope(scopeId)?.path ?? '',
  }
  const { instanceId, mode, caseId } = deviation
  const state = transitionOf(deviationLifecycle, deviation.state, 'leave')
  const versions = instance === null ? {} : { versions: versionsOf(instance, scopeId) }
  book.putDeviation({ ...deviation, state, elementId, leftAt: book.now, body: { ...deviation.body, anchor, ...versions } })
  watchAway(book, caseId)
  const position = { instanceId, elementId, elementInstanceId: anchor.elementInstanceId }
  book.note(caseId, { type: 'deviation:start', deviationId: deviation.id, position, mode, reason: deviation.body.reason })
  startItems(book, book.itemsOfDeviation(deviation.id))
  if (mode === 'deferred') return
  for (const to of deviation.body.participants)
    if (to !== book.actor) book.note(caseId, { type: 'deviation:notice', deviationId: deviation.id, to, because: 'reached' })
}

/** What is pinned to a step for good is asked for again, with its items, when the step has gone on. Gives the kernel's commands. */
export function askAgain(
  book: Book,
  events: readonly KernelEvent[],
  before: InstanceReader | null,
  after: InstanceReader,
): readonly CommandBody[] {
  if (after.scope(after.id)?.instance?.status !== 'active') return []
  const stops: { [elementId: string]: string } = { ...after.scope(after.id)?.instance?.stops }
  const asked = new Set<string>()
  for (const event of events) {
    const by = 'n' in event ? before?.token(`${event.scopeId}.${event.n}`)?.hold?.by : undefined
    const deviation = by === undefined || asked.has(by) ? null : book.deviation(by)
    if (!deviation?.body.permanent || deviation.state === 'away') continue
    asked.add(deviation.id)
    const { elementId, caseId, mode, body } = deviation
    // Somebody leaves there next: that comes first, and once.
    if (stops[elementId] !== undefined) continue
    const { reason, actor } = body
    const made = newDeviation(book, { caseId, mode, anchor: anchorAhead(elementId, after), reason, actor, instance: after })
    const again: Deviation = { ...made, state: 'requested', body: { ...made.body, permanent: true, repeats: deviation.id } }
    book.putDeviation(again)
    book.note(caseId, { type: 'deviation:request', deviationId: again.id, before: elementId, mode, reason })
    addAgain(book, book.itemsOfDeviation(deviation.id).filter(isWanted), again.id)
    stops[elementId] = again.id
  }
  return asked.size === 0 ? [] : [{ type: 'setStops', instanceId: after.id, stops }]
}

function isWanted({ body }: PlanItem): boolean {
  return body.closed?.cause !== 'cancelled'
}

/** What was asked for ahead never begins. */
export function lapsed(book: Book, deviation: Deviation, cause: Lapsed['cause'], by: string | null): void {
  const state = transitionOf(deviationLifecycle, deviation.state, 'lapse')
  book.putDeviation({ ...deviation, state, body: { ...deviation.body, lapsed: { cause, by, at: book.now } } })
}

/** The instance is over: what was asked for ahead cannot be reached any more. */
export function lapse(book: Book, instanceId: string): void {
  for (const deviation of book.openDeviations(instanceId)) {
    if (deviation.state !== 'requested') continue
    lapsed(book, deviation, 'instanceEnded', book.actor)
    lapseItems(book, book.itemsOfDeviation(deviation.id))
    book.note(deviation.caseId, { type: 'deviation:lapse', deviationId: deviation.id })
  }
}

/** The kernel's commands by which a token that began to wait in this step is left at, where someone asked for the next wait. */
export function leaveAtNext(book: Book, events: readonly KernelEvent[], instance: InstanceReader): readonly CommandBody[] {
  const watch = book.watch(instance.id)
  const [first, ...others] = watch.body.atNext
  if (first === undefined) return []
  for (const event of events) {
    if (event.type !== 'elementWaits' && event.type !== 'tokenArrived') continue
    const { scopeId, n } = event
    const token = instance.token(`${scopeId}.${n}`)
    if (token === null || token.child || (token.phase !== 'waiting' && token.phase !== 'arrived')) continue
    book.putWatch({ ...watch, body: { ...watch.body, atNext: others } })
    return [{ type: 'hold', scopeId, n, by: first.deviationId, timers: first.timers }]
  }
  return []
}

function anchorAhead(before: string | null, instance: InstanceReader): Anchor {
  return { type: 'element', elementId: before ?? '', elementInstanceId: instance.id, scopeId: instance.id, scopePath: '' }
}

/** One token is held there once; who comes second adds to the first. */
function stopBefore(book: Book, elementId: string, deviation: Deviation, instance: InstanceReader): readonly CommandBody[] {
  const known = instance.scope(instance.id)?.instance?.stops ?? {}
  const by = known[elementId]
  const other = by === undefined ? null : book.deviation(by)
  if (other !== null) throw alreadyAway(other)
  return [{ type: 'setStops', instanceId: instance.id, stops: { ...known, [elementId]: deviation.id } }]
}

function atNext(book: Book, deviation: Deviation, timers: LeaveAhead['timers'], instance: InstanceReader): readonly CommandBody[] {
  for (const { id, token } of leafTokens(instance)) {
    const waitsForOthers = token.waits?.some(({ type }) => type !== 'job' && type !== 'continuation' && type !== 'listener') ?? false
    const place = splitTokenId(id)
    if (token.phase === 'waiting' && waitsForOthers && place !== null) return [{ type: 'hold', ...place, by: deviation.id, timers }]
  }
  const watch: Watch = book.watch(instance.id)
  book.putWatch({ ...watch, body: { ...watch.body, atNext: [...watch.body.atNext, { deviationId: deviation.id, timers }] } })
  return []
}
