import { isLeewayError } from '@leeway/storage'
import type { FlowScope, StartEvent, SubProcess } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import { endTurns } from './ad-hoc-turns.ts'
import type { Step } from './agenda.ts'
import { eventWaits } from './catching.ts'
import { scopeOf } from './draft.ts'
import { activate } from './flow.ts'
import { raiseIncident } from './incidents.ts'
import { emptyScope } from './scopes.ts'

/** A scope that opens begins to listen for the start events of its event sub-processes. BPMN 2.0.2 §13.5.4. */
export function armEventSubProcesses(step: Step, scopeId: string, content: FlowScope): void {
  for (const node of content.eventSubProcesses) armEventSubProcess(step, scopeId, scopeOf(step.draft, scopeId).counter + 1, node)
}

/** Token n listens for this one; again, after an incident. What it waits for cannot be evaluated: an incident, the scope goes on. */
export function armEventSubProcess(step: Step, scopeId: string, n: number, node: SubProcess): void {
  const base = { type: 'eventSubProcessArmed' as const, scopeId, n, elementId: node.id, at: step.now }
  try {
    const waits = node.content.startEvents.flatMap((event) => eventWaits(step, scopeId, n, event))
    step.emit({ ...base, waits })
  } catch (error) {
    if (!isLeewayError(error)) throw error
    step.emit({ ...base, waits: [] })
    raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'enter')
  }
}

/**
 * The start event of an event sub-process occurred: an interrupting one ends all else in its scope, which listens no more. What came with
 * the event is its own. When it ends, so does the scope, as if it had completed. BPMN 2.0.2 §13.5.4.
 */
export function startEventSubProcess(step: Step, scopeId: string, node: SubProcess, event: StartEvent, values: Values): void {
  if (event.isInterrupting) {
    emptyScope(step, scopeId, event.id)
    if (node.scope.adHoc !== null && !scopeOf(step.draft, scopeId).closing) endTurns(step, scopeId)
  }
  const n = activate(step, scopeId, node)
  if (Object.keys(values).length > 0) step.emit({ type: 'localsSet', scopeId, n, locals: values })
  step.plan({ do: 'begin', scopeId, n, node })
}

/** An error or escalation was thrown that the event sub-process for which token n listens catches. */
export function catchInEventSubProcess(step: Step, scopeId: string, n: number, event: StartEvent, values: Values): void {
  const node = step.definition.nodes.get(scopeOf(step.draft, scopeId).tokens[n]?.elementId ?? '')
  if (node?.type === 'subProcess') startEventSubProcess(step, scopeId, node, event, values)
}
