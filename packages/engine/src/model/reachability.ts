import type { FlowNode, SequenceFlow } from './elements.ts'

/**
 * For each incoming flow of a joining gateway, the nodes of the same scope from which a token can still reach that flow without
 * visiting the gateway. BPMN 2.0.2 Table 13.3. Ways: sequence flows, from an activity to its boundary events, from a link
 * throw event to its catch event. No way crosses the boundary of the enclosing sub-process.
 */
export function upstreamOf(gateway: FlowNode): ReadonlyMap<string, ReadonlySet<string>> {
  return cached(cache, gateway, true)
}

/**
 * The same by sequence flows and links alone. That a token can come to a flow which has one already is a reason not to wait for it only
 * where it comes itself: by a boundary event that does not interrupt another token would come, and this one all the same. BPMN 2.0.2 Table
 * 13.3.
 */
export function upstreamByFlows(gateway: FlowNode): ReadonlyMap<string, ReadonlySet<string>> {
  return cached(cacheByFlows, gateway, false)
}

type Upstream = ReadonlyMap<string, ReadonlySet<string>>
const cache = new WeakMap<FlowNode, Upstream>()
const cacheByFlows = new WeakMap<FlowNode, Upstream>()

function cached(known: WeakMap<FlowNode, Upstream>, gateway: FlowNode, besides: boolean): Upstream {
  const found = known.get(gateway)
  if (found) return found
  const upstream = new Map(gateway.incoming.map((flow) => [flow.id, nodesBefore(flow, gateway, besides)]))
  known.set(gateway, upstream)
  return upstream
}

function nodesBefore(flow: SequenceFlow, gateway: FlowNode, besides: boolean): ReadonlySet<string> {
  const found = new Set<string>()
  const open: FlowNode[] = [flow.source]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node === gateway || found.has(node.id)) continue
    found.add(node.id)
    for (const incoming of node.incoming) open.push(incoming.source)
    if (besides && node.type === 'boundaryEvent') open.push(node.attachedTo)
    if (node.type === 'intermediateCatchEvent') open.push(...linkSources(node))
  }
  return found
}

/** The nodes of the same scope to which a token at this node can come, and the node itself: by flows, by its boundary events, by links. */
export function downstreamOf(from: FlowNode): ReadonlySet<string> {
  const found = new Set<string>()
  const open: FlowNode[] = [from]
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node.id)) continue
    found.add(node.id)
    for (const outgoing of node.outgoing) open.push(outgoing.target)
    if ('boundaryEvents' in node) open.push(...node.boundaryEvents)
    if (node.type === 'intermediateThrowEvent') open.push(...linkTargets(node))
  }
  return found
}

/** The link catch events of the same scope to which this node leads as a link throw event. */
export function linkTargets(source: FlowNode): readonly FlowNode[] {
  const name = linkName(source)
  if (name === null) return []
  return source.scope.nodes.filter((node) => node.type === 'intermediateCatchEvent' && linkName(node) === name)
}

/** The link throw events of the same scope that lead to this catch event. */
function linkSources(target: FlowNode): FlowNode[] {
  const name = linkName(target)
  if (name === null) return []
  return target.scope.nodes.filter((node) => node.type === 'intermediateThrowEvent' && linkName(node) === name)
}

/** The name of the node's link definition, or null. */
export function linkName(node: FlowNode): string | null {
  if (!('eventDefinitions' in node)) return null
  for (const definition of node.eventDefinitions) if (definition.type === 'link') return definition.name
  return null
}
