import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import { scopeOf } from './draft.ts'
import { areHeard } from './listening.ts'
import { applyInputs } from './mappings.ts'
import { beginRepetition } from './repetition.ts'
import { isSkipped } from './skipping.ts'
import { stops } from './stopping.ts'

/** An active token begins the work of its element: the rounds of a repeated activity, else inputs and then what the element does. */
export function begin(step: Step, scopeId: string, n: number, node: FlowNode): void {
  if (step.stops !== null && stops(step, scopeId, n, node)) return
  if ('skip' in node && node.skip !== null && isSkipped(step, scopeId, n, node.skip)) return step.plan({ do: 'depart', scopeId, n, node })
  if ('repetition' in node && node.repetition) {
    const scope = scopeOf(step.draft, scopeId)
    const inRound = scope.kind === 'iteration' && scope.elementId === node.id
    if (!inRound) {
      if (node.listeners !== null && !areHeard(step, scopeId, n, node, 'beforeAll', 'begin')) return
      return beginRepetition(step, scopeId, n, node, node.repetition)
    }
  }
  if (node.listeners !== null) {
    // Inputs are mapped before the first listener, and not again: what listeners set would be lost.
    if (!isListening(step, scopeId, n)) mapInputs(step, scopeId, n, node)
    if (!areHeard(step, scopeId, n, node, 'start', 'begin')) return
  } else mapInputs(step, scopeId, n, node)
  behaviourOf(node).execute(step, node, scopeId, n)
}

function mapInputs(step: Step, scopeId: string, n: number, node: FlowNode): void {
  if ('io' in node && node.io) applyInputs(step, scopeId, n, node.io)
}

function isListening(step: Step, scopeId: string, n: number): boolean {
  return scopeOf(step.draft, scopeId).tokens[n]?.listening?.point === 'start'
}
