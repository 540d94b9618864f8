import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { dueAgain } from './catching.ts'
import { startEventSubProcess } from './event-sub-processes.ts'
import type { WaitTriggered } from './events/waits.ts'
import type { LatchedEvent } from './holding.ts'
import type { EventWait, Token } from './state.ts'
import { interrupt, spawnAt } from './throwing.ts'

/** An event beside the token's element occurs, if that is what it waits for: all that it needs has come then. */
export function occurAround(step: Step, scopeId: string, n: number, token: Token, occurrence: LatchedEvent): void {
  const event = step.definition.nodes.get(occurrence.for)
  const values = event === undefined ? null : gathered(step, scopeId, n, token, event, occurrence)
  if (values !== null) occurBeside(step, scopeId, n, token, { ...occurrence, values }, false)
}

/**
 * A boundary event of the token's activity occurs, or the start event that it listens for; false where `for` names the token's own element,
 * or one behind its event-based gateway.
 */
export function occurBeside(step: Step, scopeId: string, n: number, token: Token, occurrence: LatchedEvent, latched: boolean): boolean {
  const { for: target, kind, values } = occurrence
  const event = step.definition.nodes.get(target)
  const node = step.definition.nodes.get(token.elementId)
  if (event?.type === 'boundaryEvent' && event.id !== token.elementId) {
    if (event.cancelActivity) {
      step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
      interrupt(step, scopeId, n, event, values)
      return true
    }
    stayArmed(step, scopeId, n, token, event, occurrence, latched)
    spawnAt(step, scopeId, event, values, token.path)
    return true
  }
  if (event?.type !== 'startEvent' || node?.type !== 'subProcess' || event.scope !== node.content) return false
  if (event.isInterrupting) step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
  else stayArmed(step, scopeId, n, token, event, occurrence, latched)
  startEventSubProcess(step, scopeId, node, event, values)
  return true
}

/** What comes with an event. Of a parallel multiple one, null until all has come: what came is kept. BPMN 2.0.2 §10.5.5. */
export function gathered(step: Step, scopeId: string, n: number, token: Token, event: FlowNode, occurrence: LatchedEvent): Values | null {
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

/**
 * An event that does not interrupt goes on waiting for what occurred, as far as that can occur again; one that needs all, for all of it.
 */
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

/**
 * How a wait stays armed: a cycle with its next due time, others as they were; nothing where it is over. `came`: how often a cycle was due.
 */
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
