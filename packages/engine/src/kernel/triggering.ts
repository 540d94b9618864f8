import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import { dueAgain } from './catching.ts'
import type { TriggerWait } from './commands.ts'
import { startEventSubProcess } from './event-sub-processes.ts'
import { type LatchedEvent, latchEvent } from './holding.ts'
import type { Rejection } from './rejection.ts'
import { isArmed, type Token, type Wait } from './state.ts'
import { interrupt, spawnAt } from './throwing.ts'

/** A message, signal or timer came to what a token has armed: it acts, or is latched where the token is held. */
export function triggerWait(step: Step, command: TriggerWait, token: Token): Rejection | undefined {
  const { scopeId, n, kind } = command
  const wait = token.waits?.find((one) => matches(one, command))
  if (!wait) return { code: 'notWaiting', message: `"${token.elementId}" does not wait for this ${kind} (any more)` }
  if (token.phase === 'held' && !('away' in wait && wait.away === 'live')) {
    latchEvent(step, scopeId, n, token, { for: command.for, kind, values: command.values })
    return undefined
  }
  occur(step, scopeId, n, token, { for: command.for, kind, values: command.values })
  return undefined
}

/** True where this is the wait that the command is for, and it is armed. */
export function matches(wait: Wait, command: TriggerWait): boolean {
  if (wait.type !== command.kind || wait.for !== command.for || !isArmed(wait)) return false
  return wait.type !== 'timer' || (wait.dueAt !== null && (command.dueAt === undefined || command.dueAt === wait.dueAt))
}

/** The event `target` occurs at this token: its own, a boundary event of its activity, one behind its event-based gateway, or the start event that it listens for. */
export function occur(step: Step, scopeId: string, n: number, token: Token, occurrence: LatchedEvent, latched = false): void {
  const { for: target, kind, values } = occurrence
  const event = step.definition.nodes.get(target)
  const node = step.definition.nodes.get(token.elementId)
  if (!event || !node) throw new Error(`no element ${target} in the model`)
  if (event.type === 'boundaryEvent' && event.id !== node.id) {
    const again = event.cancelActivity ? undefined : againOf(step, token, occurrence, latched)
    step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind, ...(again && { again }) })
    if (event.cancelActivity) interrupt(step, scopeId, n, event, values)
    else spawnAt(step, scopeId, event, values)
    return
  }
  if (event.type === 'startEvent' && node.type === 'subProcess' && event.scope === node.content) {
    const again = event.isInterrupting ? undefined : againOf(step, token, occurrence, latched)
    step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind, ...(again && { again }) })
    return startEventSubProcess(step, scopeId, node, event, values)
  }
  step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
  resume(step, scopeId, n, node, target, values)
}

/** How an event that does not interrupt stays armed: a cycle with its next due time, a message or signal as it was; undefined where it is over. */
function againOf(
  step: Step,
  token: Token,
  { for: target, kind }: LatchedEvent,
  latched: boolean,
): { readonly dueAt?: number; readonly left?: number | null } | undefined {
  const wait = token.waits?.find((one) => 'for' in one && one.for === target && (kind === 'trigger' || one.type === kind))
  if (wait?.type !== 'timer') return {}
  return (wait.dueAt === null ? null : dueAgain(step, wait, wait.dueAt, latched)) ?? undefined
}

/** What the element itself waited for has come. */
export function resume(step: Step, scopeId: string, n: number, node: FlowNode, target: string, values: Values, work?: true): void {
  const behaviour = behaviourOf(node)
  if (behaviour.resume) behaviour.resume(step, node, scopeId, n, { values, for: target, ...(work && { work }) })
  else step.plan({ do: 'leave', scopeId, n, node })
}
