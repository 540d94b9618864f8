import type { AdHocSubProcess, SubProcess, Transaction } from '../../model/elements.ts'
import type { Values } from '../../model/value.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { boundaryWaits } from '../catching.ts'
import { scopeOf } from '../draft.ts'
import { armEventSubProcesses } from '../event-sub-processes.ts'
import { tokenId } from '../ids.ts'
import { isCounted, nextActivation } from '../work.ts'

/**
 * Opens a scope and starts it at its initial nodes, an event sub-process at the event that came; completes when no token is left in it.
 * BPMN 2.0.2 §13.3.4.
 */
export const subProcess: Behaviour<SubProcess> = {
  execute: openContent,
}

/** Opens the activity's own scope, with its input as variables, and starts its content. */
export function openContent(step: Step, node: SubProcess | Transaction, scopeId: string, n: number): void {
  const inner = openScope(step, node, scopeId, n)
  const starts = node.type === 'subProcess' && node.triggeredByEvent ? node.content.startEvents : node.content.initial
  for (const initial of starts) step.plan({ do: 'enter', scopeId: inner, node: initial, via: undefined })
  step.moved(inner)
}

/** Opens the activity's own scope with its boundary events armed and nothing started in it; gives its id. */
export function openScope(step: Step, node: SubProcess | Transaction, scopeId: string, n: number): string {
  return openOwnScope(step, node, scopeId, n, 'subProcess')
}

/**
 * Opens the scope of a sub-process and arms its boundary events. Gives the scope's id. `own`: variables of the scope besides its inputs.
 */
export function openOwnScope(
  step: Step,
  node: SubProcess | Transaction | AdHocSubProcess,
  scopeId: string,
  n: number,
  kind: 'subProcess' | 'adHocSubProcess',
  own?: Values,
): string {
  const waits = boundaryWaits(step, scopeId, n, node)
  const { path, tokens } = scopeOf(step.draft, scopeId)
  const activation = nextActivation(step, scopeId, node)
  const inner = tokenId(scopeId, n)
  const inputs = tokens[n]?.locals ?? {}
  step.emit({
    type: 'scopeOpened',
    scopeId: inner,
    kind,
    elementId: node.id,
    path: `${path}/${node.id}:${activation}`,
    variables: own === undefined && node.content.data === null ? inputs : { ...node.content.data, ...inputs, ...own },
    ...(isCounted(step, scopeId, node) && { activation }),
  })
  if (waits.length > 0) step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits })
  if (node.content.eventSubProcesses.length > 0) armEventSubProcesses(step, inner, node.content)
  return inner
}
