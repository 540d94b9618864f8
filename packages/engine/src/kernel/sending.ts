import type { Expression } from '../expressions/expression.ts'
import type { JobSpec } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import type { MessageDefinition, SignalDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { evaluate } from './variables.ts'
import { textOf, waitForWork } from './work.ts'

/** Sends a message. A handler's work where the element names one or the host has one for it; else it goes to who waits for it, by the runtime, after the commit. */
export function throwMessage(
  step: Step,
  node: FlowNode,
  scopeId: string,
  n: number,
  message: MessageDefinition | null,
  job: JobSpec | null,
): void {
  if (job !== null || step.environment.handles(step.definition.key, node.id, null))
    return waitForWork(step, node, scopeId, n, job ?? ownJob(node.id))
  if (message !== null) {
    const name = textOf(step, scopeId, n, message.name, 'message name')
    const key = message.correlationKey === null ? null : keyOf(step, scopeId, n, message.correlationKey)
    const values = scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {}
    step.emit({ type: 'messageThrown', scopeId, n, elementId: node.id, name, key, values })
  }
  step.plan({ do: 'leave', scopeId, n, node })
}

/** Broadcasts a signal, by the runtime, after the commit. */
export function throwSignal(step: Step, node: FlowNode, scopeId: string, n: number, signal: SignalDefinition | null): void {
  if (signal !== null) {
    const name = textOf(step, scopeId, n, signal.name, 'signal name')
    const values = scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {}
    step.emit({ type: 'signalThrown', scopeId, n, elementId: node.id, name, values })
  }
  step.plan({ do: 'leave', scopeId, n, node })
}

/** Null where the expression gives nothing: the message then goes by name alone. */
function keyOf(step: Step, scopeId: string, n: number, expression: Expression): string | null {
  const result = evaluate(step, scopeId, n, expression)
  return result === null || result === undefined ? null : textOf(step, scopeId, n, expression, 'correlation key')
}

function ownJob(elementId: string): JobSpec {
  return { type: elementId, origin: 'id', aliases: [], expression: null, resultVariable: null, headers: {}, fields: {}, priority: null }
}
