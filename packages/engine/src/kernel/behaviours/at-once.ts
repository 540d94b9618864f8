import type { FlowNode } from '../../model/elements.ts'
import type { Step } from '../agenda.ts'

/** Nothing to do: the token leaves. */
export function executeAtOnce(step: Step, node: FlowNode, scopeId: string, n: number): void {
  step.plan({ do: 'leave', scopeId, n, node })
}
