import { type FlowNode, type FlowScope, type InstanceReader, linkTargets, type Token } from '@leeway/engine/extension'
import { tokensAt } from '../deviation/anchors.ts'
import { next } from './path.ts'
import { ancestorsOf } from './places.ts'

/**
 * True where some token may still come to the element, or to it once more (C4: the part of the path that is not executed yet, with loops
 * begun anew). By the model alone: conditions are left open, and what an event sub-process or a compensation may begin counts.
 */
export function isStillAhead(target: FlowNode, instance: InstanceReader): boolean {
  if (isBegunByItself(target)) return true
  const tokens = tokensAt(instance, instance.id)
  const seen = new Set<FlowNode>()
  const open = tokens.flatMap(({ token }) => seedsOf(token, instance))
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === target) return true
    if (seen.has(node)) continue
    seen.add(node)
    open.push(...next(node), ...linkTargets(node))
    if ('content' in node) open.push(...entriesOf(node.content))
  }
  return false
}

/** It is begun by an event or by a compensation, whatever has passed, or is inside something that is. */
function isBegunByItself(target: FlowNode): boolean {
  const around = ancestorsOf(target.scope).flatMap((flows) => flows.parent?.nodes.filter(({ id }) => id === flows.id) ?? [])
  return [target, ...around].some((node) => 'isForCompensation' in node && (node.isForCompensation || isTriggered(node)))
}

function isTriggered(node: FlowNode): boolean {
  return node.type === 'subProcess' && node.triggeredByEvent
}

/** Where a token can come to next. One that was held before its element began, or that repeats it, comes to that too. */
function seedsOf({ elementId, hold }: Token, { definition }: InstanceReader): readonly FlowNode[] {
  const node = definition.nodes.get(elementId)
  if (node === undefined) return []
  const again = hold?.was === 'unbegun' || ('repetition' in node && node.repetition !== null) ? [node] : []
  const inside = node.type === 'adHocSubProcess' ? entriesOf(node.content) : []
  return [...again, ...inside, ...next(node), ...linkTargets(node)]
}

function entriesOf({ nodes }: FlowScope): readonly FlowNode[] {
  return nodes.filter(({ incoming }) => incoming.length === 0)
}
