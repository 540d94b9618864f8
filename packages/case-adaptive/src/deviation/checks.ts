import { EngineError } from '@leeway/engine'
import { type InstanceReader, splitTokenId, type Token } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Leave, Return } from '../case/commands.ts'
import type { Anchor, Deviation } from '../case/deviation-state.ts'
import type { LaterDirective } from '../case/directives.ts'
import { itemNotRequired, unknownItem } from '../case/item-refusals.ts'
import type { PlanItem } from '../case/item-state.ts'
import { isOpen } from '../case/item-state.ts'
import { laterOf } from '../case/later.ts'
import { waitsAt, wholeHolderOf } from './anchors.ts'
import { awayAround, callerOf } from './cascade.ts'
import { checkDivertible } from './divertible.ts'
import {
  alreadyAway,
  anchorGone,
  besideOnly,
  callerWaits,
  handlerNotRedone,
  handlerNotWithdrawable,
  notIdempotent,
  notWithdrawable,
  requiredOpen,
  scopeTaken,
  unknownTarget,
  withdrawn,
} from './refusals.ts'
import { checkTargets } from './targets.ts'

/** All that may speak against leaving at this token; throws the refusal. Changes nothing. */
export function checkLeave(command: Leave, token: Token, instance: InstanceReader): void {
  checkTimers(command, token.elementId, instance)
  checkEvents(command, token, instance)
  if (command.gate && (command.mode !== 'alongside' || !token.waits?.some((wait) => wait.type === 'task')))
    throw new EngineError('invalidArgument', 'gate is for people who work alongside a user task: leave with mode "alongside" at one.', {
      elementId: token.elementId,
    })
  if (command.mode === 'withdraw' && (token.phase === 'arrived' || token.incident?.retry === 'join')) throw notWithdrawable(token.elementId)
  if (command.mode === 'withdraw' && token.drivenBy !== undefined && command.override === undefined)
    throw handlerNotWithdrawable(token.elementId)
}

/** Throws `invalidArgument` for a policy of a timer that is not there. */
export function checkTimers({ timers, mode, elementInstanceId }: Leave, elementId: string, instance: InstanceReader): void {
  const waits = mode === 'takeOver' ? waitsAt(instance, elementInstanceId) : (instance.token(elementInstanceId)?.waits ?? [])
  for (const named of Object.keys(timers)) {
    if (waits.some((wait) => wait.type === 'timer' && wait.for === named)) continue
    throw new EngineError('invalidArgument', `timers names "${named}", but no timer of "${elementId}" is that element's.`, {
      elementId: named,
    })
  }
}

/** Throws `invalidArgument` for a policy of a message or signal that is not waited for, and for what cannot act at once, for it is the step itself. */
function checkEvents({ events = {}, mode }: Leave, token: Token, { definition }: InstanceReader): void {
  for (const [named, policy] of Object.entries(events)) {
    const isAwaited = token.waits?.some((wait) => (wait.type === 'message' || wait.type === 'signal') && wait.for === named)
    if (mode !== 'detour' || !isAwaited)
      throw new EngineError(
        'invalidArgument',
        `events names "${named}", but no message or signal of "${token.elementId}" that is left with mode "detour" is that element's.`,
        {
          elementId: named,
        },
      )
    if (policy === 'live' && definition.nodes.get(named)?.type !== 'boundaryEvent')
      throw new EngineError(
        'invalidArgument',
        `"${named}" is what the step waits for: it is kept for the return, or dropped. Stay on the path for it to act at once.`,
        {
          elementId: named,
        },
      )
  }
}

/** All that may speak against leaving before an element that is still to come (null: at the next wait). */
export function checkAhead(before: string | null, instance: InstanceReader): void {
  const status = instance.scope(instance.id)?.instance?.status ?? 'completed'
  if (status !== 'active' && status !== 'suspended') {
    const message = `Instance ${instance.id} is ${status}; there is no path to leave. Reopen its case instead.`
    throw anchorGone(message, { instanceId: instance.id, status })
  }
  if (before !== null && !instance.definition.nodes.has(before)) throw unknownTarget(before)
}

/** All that may speak against coming back in this way; throws the refusal. Changes nothing. */
export function checkReturn(book: Book, command: Return, deviation: Deviation, instance: InstanceReader): void {
  const { to } = laterOf(command)
  checkWaived(book, command, deviation)
  const required = requiredOf(book, command, deviation)
  if (required.length > 0) throw requiredOpen(deviation, required)
  const over = takenOverAround(book, deviation, instance)
  if (over !== null) throw alreadyAway(over)
  if (deviation.mode === 'takeOver' && !isForScope(to, deviation.body.anchor)) throw scopeTaken(deviation)
  if (deviation.mode === 'alongside') {
    if (to.type !== 'resume') throw besideOnly(deviation)
    return
  }
  const isHandler = instance.token(deviation.body.anchor.elementInstanceId)?.drivenBy !== undefined
  if (to.type === 'redo' && isHandler && !command.confirmNotIdempotent) throw handlerNotRedone(deviation)
  if (to.type === 'redo' && !command.confirmNotIdempotent && hadEffect(deviation, instance)) throw notIdempotent(deviation)
  if (to.type === 'resume' && (deviation.mode === 'withdraw' || isTakenBack(deviation, instance))) throw withdrawn(deviation)
  const caller = callerOf(instance)
  if (to.type === 'stayOff' && caller !== null) throw callerWaits(deviation, caller)
  checkTargets(to, deviation.body.anchor, instance)
  checkDivertible(to, deviation, instance)
}

/** Throws `UnknownItem`, `ItemNotRequired` for what is waived and was never waited for. */
function checkWaived(book: Book, { waive = [] }: Return, { id }: Deviation): void {
  for (const itemId of waive) {
    const item = book.item(itemId)
    if (item === null || item.deviationId !== id) throw unknownItem(itemId)
    if (!item.body.required) throw itemNotRequired(item)
  }
}

/** What was undone for a return that was denied then took the step back, too. */
function isTakenBack({ body }: Deviation, instance: InstanceReader): boolean {
  return instance.token(body.anchor.elementInstanceId)?.hold?.withdrawn === true
}

/** Ways back from what was taken over: an instance as a whole has no place of its own on the path. */
function isForScope({ type }: LaterDirective, anchor: Anchor): boolean {
  if (type === 'resume' || type === 'endScope' || type === 'stayOff') return true
  return anchor.type !== 'instance' && type !== 'redo' && type !== 'skip'
}

/** Required items that a return waits for. What goes on at the case is not lost by it, and a hand-over waits itself. */
export function requiredOf(book: Book, { to, waive = [] }: Return, { id }: Deviation): readonly PlanItem[] {
  if (to.type === 'stayOff' || to.type === 'handOver') return []
  return book.itemsOfDeviation(id).filter((item) => item.body.required && isOpen(item) && !waive.includes(item.id))
}

/** Items that a return does without, by its word: one that was done meanwhile is none. */
export function waivedOf(book: Book, { waive = [] }: Return, { id }: Deviation): readonly string[] {
  const open = book.itemsOfDeviation(id).filter(isOpen)
  return waive.filter((itemId) => open.some((item) => item.id === itemId))
}

/** Work that was done, or that gave a result meanwhile: to begin anew does it again. */
function hadEffect({ body }: Deviation, instance: InstanceReader): boolean {
  if (body.latches.some(({ kind }) => kind === 'work' || kind === 'call')) return true
  return instance.token(body.anchor.elementInstanceId)?.waits?.some((wait) => wait.type === 'continuation' && wait.at === 'after') === true
}

/** Who has taken over a scope around the step, or left at a call around its instance: inside nobody comes back before. */
export function takenOverAround(book: Book, { id, body }: Deviation, instance: InstanceReader): Deviation | null {
  for (let at = splitTokenId(body.anchor.scopeId); at !== null; at = splitTokenId(at.scopeId)) {
    const by = instance.token(`${at.scopeId}.${at.n}`)?.hold?.by
    if (by !== undefined && by !== id) return book.deviation(by)
  }
  const whole = wholeHolderOf(instance)
  const over = whole === null || whole === id ? null : book.deviation(whole)
  return over?.state === 'away' || over?.state === 'returning' ? over : awayAround(book, instance)
}
