import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import { scopeOf } from './draft.ts'
import { applyInputs } from './mappings.ts'
import { beginRepetition } from './repetition.ts'

/** An active token begins the work of its element: the rounds of a repeated activity, else inputs and then what the element does. */
export function begin(step: Step, scopeId: string, n: number, node: FlowNode): void {
  if ('repetition' in node && node.repetition) {
    const scope = scopeOf(step.draft, scopeId)
    const inRound = scope.kind === 'iteration' && scope.elementId === node.id
    if (!inRound) return beginRepetition(step, scopeId, n, node, node.repetition)
  }
  if ('io' in node && node.io) applyInputs(step, scopeId, n, node.io)
  behaviourOf(node).execute(step, node, scopeId, n)
}
