import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import type { TriggerWait } from './commands.ts'
import { joinConversation } from './correlating.ts'
import { type LatchedEvent, latchEvent } from './holding.ts'
import { gathered, occurBeside } from './occurring.ts'
import type { Rejection } from './rejection.ts'
import { isArmed, type Token, type Wait } from './state.ts'

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

/**
 * The event `target` occurs at this token: its own, a boundary event of its activity, one behind its event-based gateway, or the start
 * event that it listens for.
 */
export function occur(step: Step, scopeId: string, n: number, token: Token, occurrence: LatchedEvent, latched = false): void {
  const { for: target, kind } = occurrence
  const event = step.definition.nodes.get(target)
  const node = step.definition.nodes.get(token.elementId)
  if (!event || !node) throw new Error(`no element ${target} in the model`)
  const values = gathered(step, scopeId, n, token, event, occurrence)
  if (values === null || occurBeside(step, scopeId, n, token, { ...occurrence, values }, latched)) return
  step.emit({ type: 'waitTriggered', scopeId, n, for: target, kind })
  resume(step, scopeId, n, node, target, values)
}

/** What the element itself waited for has come. */
export function resume(step: Step, scopeId: string, n: number, node: FlowNode, target: string, values: Values, work?: true): void {
  const behaviour = behaviourOf(node)
  if (behaviour.resume) behaviour.resume(step, node, scopeId, n, { values, for: target, ...(work && { work }) })
  else step.plan({ do: 'leave', scopeId, n, node })
}
