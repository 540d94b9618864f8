import type { Activity, FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { holdsKept } from './apply-compensation.ts'
import { findScope, requireChildren } from './draft.ts'
import { splitTokenId } from './ids.ts'
import type { Token } from './state.ts'

/**
 * True where the completed activity can be compensated: it has a handler, or its scope is kept. `inRound`: it is one instance of a repeated
 * one.
 */
export function isKept(node: FlowNode, token: Token, inRound: boolean): boolean {
  if (token.keeps) return true
  if (token.skipped) return false
  return 'compensation' in node && isUndoneAsOne(node, inRound)
}

/** True where a handler undoes this instance of the activity as a whole. */
function isUndoneAsOne(node: Activity, inRound: boolean): boolean {
  if (node.compensation === null) return false
  return node.repetition === null || inRound === (node.compensation.of === 'instance')
}

/** True where the scope of an activity that ends is to be kept: something completed in it, and no handler undoes it as a whole. */
export function hasCompensables(step: Step, scopeId: string, node: FlowNode): boolean {
  const scope = findScope(step.draft, scopeId)
  if (!('compensation' in node) || (node.isForCompensation && !isTriggered(node))) return false
  const isUndoneByItself = 'content' in node && node.content.compensation !== null && scope?.rounds === undefined
  if (!holdsKept(scope) && !isUndoneByItself) return false
  if (node.compensation === null) return true
  // A body is kept for its instances, a scope inside one is not: the handler undoes it.
  return scope?.rounds !== undefined && node.compensation.of === 'instance'
}

/** An event sub-process is what it is whatever its mark says. */
function isTriggered(node: Activity): boolean {
  return node.type === 'subProcess' && node.triggeredByEvent
}

/** What drives a compensation looks whether it can go on. */
export function wakeDriver(step: Step, id: string): void {
  const place = splitTokenId(id)
  const token = place && findScope(step.draft, place.scopeId)?.tokens[place.n]
  const node = token && step.definition.nodes.get(token.elementId)
  if (place && node) step.plan({ do: 'compensate', scopeId: place.scopeId, n: place.n, node })
}

/** What is kept in a scope that is to go is loaded at once. */
export function requireKept(step: Step, scopeId: string): void {
  if (!step.draft.complete && holdsKept(findScope(step.draft, scopeId))) requireChildren(step.draft, scopeId)
}
