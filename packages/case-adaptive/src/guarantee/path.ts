import type { FlowNode } from '@leeway/engine/extension'

/** Elements on some way from one element to another of the same content, the two left out. */
export function between(from: FlowNode, to: FlowNode): readonly FlowNode[] {
  const after = reach(from, to, next)
  const before = reach(to, from, previous)
  return from.scope.nodes.filter((node) => node !== from && node !== to && after.has(node) && before.has(node))
}

/** Those of them that are on every way. */
export function onEveryWay(from: FlowNode, to: FlowNode): readonly FlowNode[] {
  return between(from, to).filter((node) => !reach(from, node, next).has(to))
}

/** Elements that a token at this one can come to, itself left out unless there is a way back to it; none behind `stop`. */
export function behind(from: FlowNode, stop: FlowNode | null = null): ReadonlySet<FlowNode> {
  return reach(from, stop, next)
}

function reach(from: FlowNode, stop: FlowNode | null, ways: (node: FlowNode) => readonly FlowNode[]): ReadonlySet<FlowNode> {
  const found = new Set<FlowNode>()
  const open = [...ways(from)]
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue
    found.add(node)
    if (node !== stop) open.push(...ways(node))
  }
  return found
}

/** By flows, and by the events at its boundary. */
export function next(node: FlowNode): readonly FlowNode[] {
  const flows = node.outgoing.map(({ target }): FlowNode => target)
  return 'boundaryEvents' in node ? [...flows, ...node.boundaryEvents] : flows
}

function previous(node: FlowNode): readonly FlowNode[] {
  const flows = node.incoming.map(({ source }): FlowNode => source)
  return node.type === 'boundaryEvent' ? [...flows, node.attachedTo] : flows
}
