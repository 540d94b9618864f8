import type { FlowNode, FlowScope } from '../model/elements.ts'

/**
 * Where an instance of a scope begins by itself: at all of its none start events; where it has no start event at all, at each node without
 * incoming flow that nothing else starts. BPMN 2.0.2 §13.2. In an ad hoc sub-process nothing begins by itself: there it is what may be
 * started (§13.3.5), each node without incoming flow.
 */
export function initialNodes(scope: FlowScope): FlowNode[] {
  if (scope.adHoc !== null) {
    return scope.nodes.filter((node) => node.incoming.length === 0 && (isNoneStart(node) || !isStartedOtherwise(node)))
  }
  const starts = scope.nodes.filter((node) => node.type === 'startEvent')
  if (starts.length > 0) return starts.filter(isNoneStart)
  return scope.nodes.filter((node) => node.incoming.length === 0 && !isStartedOtherwise(node))
}

function isNoneStart(node: FlowNode): boolean {
  return node.type === 'startEvent' && node.eventDefinitions.length === 0
}

/** True where something else than a flow brings tokens to the node. */
export function isStartedOtherwise(node: FlowNode): boolean {
  if (node.type === 'startEvent' || node.type === 'boundaryEvent') return true
  if (node.type === 'subProcess' && node.triggeredByEvent) return true
  if (node.type === 'intermediateCatchEvent') return node.eventDefinitions.some((definition) => definition.type === 'link')
  if ('isForCompensation' in node) return node.isForCompensation || (node.type === 'receiveTask' && node.instantiate)
  return node.type === 'eventBasedGateway' && node.instantiate
}

/**
 * The nodes that one instance of the scope may activate more than once: those behind a merge (which a cycle always has, unless nothing
 * leads into it), behind a non-interrupting boundary event, as compensation handlers, or as event sub-processes that do not interrupt. Each
 * instance of a sub-process is a scope of its own and is judged by itself. A join that waits for all its flows counts as a merge: it is
 * meant to be on the safe side. In an ad hoc sub-process everything may be done again.
 */
export function markRepeatable(scope: FlowScope): ReadonlySet<FlowNode> {
  if (scope.adHoc !== null) return new Set(scope.nodes)
  const successors = successorsOf(scope)
  const ways = new Map<FlowNode, number>()
  for (const targets of successors.values()) for (const target of targets) ways.set(target, (ways.get(target) ?? 0) + 1)
  const initial = new Set(scope.initial)
  const repeatable = new Set<FlowNode>()
  const open = scope.nodes.filter((node) => (ways.get(node) ?? 0) + (initial.has(node) ? 1 : 0) > 1 || mayOccurAgain(node))
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (repeatable.has(node)) continue
    repeatable.add(node)
    for (const next of successors.get(node) ?? []) open.push(next)
  }
  return repeatable
}

function mayOccurAgain(node: FlowNode): boolean {
  if (node.type === 'boundaryEvent') return !node.cancelActivity
  if ('isForCompensation' in node && node.isForCompensation) return true
  if (node.incoming.some(({ source }) => 'completionQuantity' in source && source.completionQuantity > 1)) return true
  return node.type === 'subProcess' && node.triggeredByEvent && node.content.startEvents.some((start) => !start.isInterrupting)
}

/** Where a token can go next: flows, a throwing link to its catch events, an activity to its boundary events. */
export function successorsOf(scope: FlowScope): ReadonlyMap<FlowNode, readonly FlowNode[]> {
  // Of several catch events with one name, which is an error, the first counts.
  const catches = new Map<string, FlowNode>()
  for (const node of scope.nodes) {
    if (node.type !== 'intermediateCatchEvent') continue
    for (const name of linksOf(node)) if (!catches.has(name)) catches.set(name, node)
  }
  return new Map(
    scope.nodes.map((node) => [
      node,
      [
        ...node.outgoing.map((flow) => flow.target),
        ...('boundaryEvents' in node ? node.boundaryEvents : []),
        ...(node.type === 'intermediateThrowEvent' ? linksOf(node).flatMap((name) => catches.get(name) ?? []) : []),
      ],
    ]),
  )
}

/** The link names of an event. */
export function linksOf(node: FlowNode): readonly string[] {
  return 'eventDefinitions' in node ? node.eventDefinitions.flatMap((one) => (one.type === 'link' ? [one.name] : [])) : []
}
