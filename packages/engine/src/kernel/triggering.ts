import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import { dueAgain } from './catching.ts'
import type { TriggerWait } from './commands.ts'
import { joinConversation } from './correlating.ts'
import { startEventSubProcess } from './event-sub-processes.ts'
import type { WaitTriggered } from './events/waits.ts'
import { type LatchedEvent, latchEvent } from './holding.ts'
import type { Rejection } from './rejection.ts'
import { type EventWait, isArmed, type Token, type Wait } from './state.ts'
import { interrupt, spawnAt } from './throwing.ts'

/** A message, signal or timer came to what a token has armed: it acts, or is latched where the token is held. */
export function triggerWait(step: Step, command: TriggerWait, token: Token): Rejection | undefined {
  const { scopeId, n, kind, values, definition } = command
  const wait = token.waits?.find((one) => matches(one, command))
  if (!wait) return { code: 'notWaiting', message: `"${token.elementId}" does not wait for this ${kind} (any more)` }
  if (!joinConversation(step, command, wait))
    return { code: 'notWaiting', message: `"${token.elementId}" is in a conversation with other correlation keys` }
  occurOrLatch(step, scopeId, n, token, wait, { for: command.for, kind, values, ...(definition !== undefined && { definition }) })
  return undefined
}

/** The event that a token waits for acts, or is latched where the token is held. */
export function occurOrLatch(step: Step, scopeId: string, n: number, token: Token, wait: Wait, occurrence: LatchedEvent): void {
  if (token.phase === 'held' && !('away' in wait && wait.away === 'live')) latchEvent(step, scopeId, n, token, occurrence)
  else occur(step, scopeId, n, token, occurrence)
}

/** True where this is the wait that the command is for, and it is armed. */
export function matches(wait: Wait, command: TriggerWait): boolean {
  if (wait.type !== command.kind || wait.for !== command.for || !isArmed(wait)) return false
  if ((wait.definition ?? 0) !== (command.definition ?? 0)) return false
  return wait.type !== 'timer' || (wait.dueAt !== null && (command.dueAt === undefined || command.dueAt === wait.dueAt))
}

/** The event `target` occurs at this token: its own, a boundary event of its activity, one behind its event-based gateway, or the start event that it listens for. */
export function occur(step: Step, scopeId: string, n: number, token: Token, occurrence: LatchedEvent, latched = false): void {
  const { for: target, kind } = occurrence
  const event = step.definition.nodes.get(target)
  const node = step.definition.nodes.get(token.elementId)
  if (!event || !node) throw new Error(`no element ${target} in the model`)
  const values = gathered(step, scopeId, n, token, event, occurrence)
  if (values === null) return
  if (event.type === 'boundaryEvent' && event.id !== node.id) {
    if (event.cancelActivity) {
      step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
      return interrupt(step, scopeId, n, event, values)
    }
    stayArmed(step, scopeId, n, token, event, occurrence, latched)
    return spawnAt(step, scopeId, event, values)
  }
  if (event.type === 'startEvent' && node.type === 'subProcess' && event.scope === node.content) {
    if (event.isInterrupting) step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
    else stayArmed(step, scopeId, n, token, event, occurrence, latched)
    return startEventSubProcess(step, scopeId, node, event, values)
  }
  step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
  resume(step, scopeId, n, node, target, values)
}

/** What comes with an event. Of a parallel multiple one, null until all has come: what came is kept. BPMN 2.0.2 §10.5.5. */
function gathered(step: Step, scopeId: string, n: number, token: Token, event: FlowNode, occurrence: LatchedEvent): Values | null {
  const { for: target, kind, values, definition = 0 } = occurrence
  if (!needsAll(event) || kind === 'trigger') return values
  const others = waitsFor(token, target).filter((wait) => (wait.definition ?? 0) !== definition)
  if (others.every((wait) => wait.came !== undefined)) return Object.assign({}, ...others.map((wait) => wait.came), values)
  step.emit({ type: 'eventCame', scopeId, n, for: target, kind, definition, values })
  return null
}

function needsAll(event: FlowNode): boolean {
  return 'parallelMultiple' in event && event.parallelMultiple && event.eventDefinitions.length > 1
}

function waitsFor(token: Token, target: string): readonly EventWait[] {
  return (token.waits ?? []).filter((wait): wait is EventWait => 'for' in wait && wait.for === target)
}

/** An event that does not interrupt goes on waiting for what occurred, as far as that can occur again; one that needs all, for all of it. */
function stayArmed(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  event: FlowNode,
  { for: target, kind, definition = 0 }: LatchedEvent,
  latched: boolean,
): void {
  const all = waitsFor(token, target)
  if (!needsAll(event)) {
    const wait = all.find((one) => (kind === 'trigger' || one.type === kind) && (one.definition ?? 0) === definition)
    const { again, came = 1 } = wait === undefined ? {} : againOf(step, wait, latched)
    const which = all.length > 1 ? { definition } : {}
    const more = { ...which, ...(again && { again }), ...(came > 1 && { came }) }
    return step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind, ...more })
  }
  const agains = all.map((wait) => againOf(step, wait, latched).again)
  if (agains.some((again) => again === undefined)) return step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
  all.forEach((wait, k) => {
    const again = agains[k] ?? {}
    step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind: wait.type, definition: wait.definition ?? 0, again })
  })
}

/** How a wait stays armed: a cycle with its next due time, others as they were; nothing where it is over. `came`: how often a cycle was due. */
function againOf(
  step: Step,
  wait: EventWait,
  latched: boolean,
): { readonly again?: NonNullable<WaitTriggered['again']>; readonly came?: number } {
  if (wait.type !== 'timer') return { again: {} }
  if (wait.dueAt === null) return {}
  const { next, came } = dueAgain(step, wait, wait.dueAt, latched)
  return { came, ...(next && { again: next }) }
}

/** What the element itself waited for has come. */
export function resume(step: Step, scopeId: string, n: number, node: FlowNode, target: string, values: Values, work?: true): void {
  const behaviour = behaviourOf(node)
  if (behaviour.resume) behaviour.resume(step, node, scopeId, n, { values, for: target, ...(work && { work }) })
  else step.plan({ do: 'leave', scopeId, n, node })
}
