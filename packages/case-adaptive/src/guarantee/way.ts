import type { FlowNode, InstanceReader } from '@leeway/engine/extension'
import type { PathReturn } from '../case/later.ts'
import { behind, between, onEveryWay } from './path.ts'
import type { Place } from './places.ts'

/** What a return passes over and does again; `ahead`: the elements that can begin next, null where the step itself goes on. */
export interface Way {
  readonly ahead: readonly FlowNode[] | null
  readonly bypassed: readonly FlowNode[]
  /** Those of them that the path would have come to for certain. */
  readonly certain: readonly FlowNode[]
  readonly repeated: readonly string[]
}

export function wayOf({ to }: PathReturn, { node, flows }: Place, { definition }: InstanceReader): Way {
  switch (to.type) {
    case 'resume':
      return { ahead: null, bypassed: [], certain: [], repeated: [] }
    case 'redo':
      return { ahead: null, bypassed: [], certain: [], repeated: hasEffect(node) ? [node.id] : [] }
    case 'skip':
      return { ahead: node.outgoing.map(({ target }) => target), bypassed: [node], certain: [node], repeated: [] }
    case 'event': {
      const event = definition.nodes.get(to.elementId)
      return { ahead: event?.outgoing.map(({ target }) => target) ?? [], bypassed: [], certain: [], repeated: [] }
    }
    case 'jump': {
      const targets = [to.elementId, ...to.also].flatMap((id) => definition.nodes.get(id) ?? [])
      const [target] = targets
      if (target === undefined || target.scope !== flows) return { ahead: targets, bypassed: [node], certain: [node], repeated: [] }
      const isBack = behind(target).has(node)
      const again = isBack ? [target, ...between(target, node), node].filter(hasEffect).map(({ id }) => id) : []
      if (isBack) return { ahead: targets, bypassed: [], certain: [], repeated: again }
      return { ahead: targets, bypassed: [node, ...between(node, target)], certain: [node, ...onEveryWay(node, target)], repeated: [] }
    }
    case 'endBranch': {
      const all = [node, ...behind(node)].filter((one) => one.scope === flows)
      const untilJoin = all.filter((one) => !isBehindJoin(node, one))
      return { ahead: null, bypassed: untilJoin, certain: untilJoin, repeated: [] }
    }
    case 'endScope':
    case 'stayOff':
      return { ahead: null, bypassed: [], certain: [], repeated: [] }
  }
}

/** Others may still bring the path there. */
function isBehindJoin(from: FlowNode, node: FlowNode): boolean {
  return node !== from && (node.incoming.length > 1 || behind(from).size === 0 || !onlyFrom(from, node, new Set()))
}

function onlyFrom(from: FlowNode, node: FlowNode, seen: Set<FlowNode>): boolean {
  if (node === from || seen.has(node)) return true
  seen.add(node)
  if (node.type === 'boundaryEvent') return onlyFrom(from, node.attachedTo, seen)
  return node.incoming.length > 0 && node.incoming.every(({ source }) => onlyFrom(from, source, seen))
}

function hasEffect(node: FlowNode): boolean {
  return ['serviceTask', 'sendTask', 'scriptTask', 'businessRuleTask', 'callActivity', 'intermediateThrowEvent'].includes(node.type)
}
