import type { KernelEvent } from '../../src/kernel/events.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { FlowScope } from '../../src/model/elements.ts'

/**
 * A token game after the text of BPMN 2.0.2, kept apart from the kernel: tokens lie on sequence flows or are inside nodes, and a
 * join may take them as §13.4.1 and Table 13.3 say. It follows what the kernel reports, one scope, move by move, keeps its own
 * marking, and says where a move is against the rules, or where at rest a join could fire and did not.
 */
export interface Game {
  readonly follow: (event: KernelEvent) => void
  /** To be called when a command is done: no token is on its way. */
  readonly rest: () => void
  readonly problems: readonly string[]
  readonly joinsFired: () => number
}

interface Graph {
  readonly nodes: ReadonlyMap<string, { readonly type: string; readonly incoming: readonly string[]; readonly outgoing: readonly string[] }>
  /** Flow to the node that it leads to. */
  readonly target: ReadonlyMap<string, string>
  /** Link throw event to its catch event. */
  readonly links: ReadonlyMap<string, readonly string[]>
  /** Activity to its boundary events. */
  readonly beside: ReadonlyMap<string, readonly string[]>
}

/** Opens a game on one scope, by default the top level of a process. */
export function openGame(definition: Definition, scopeId: string, scope: FlowScope = definition.root): Game {
  const graph = graphOf(scope)
  const onFlow = new Map<string, number>()
  const inNode = new Map<string, number>()
  const problems: string[] = []
  let fired = 0
  const change = (marking: Map<string, number>, place: string, by: number, why: string): void => {
    const count = (marking.get(place) ?? 0) + by
    if (count < 0) problems.push(`${why}: no token at ${place}`)
    if (count > 0) marking.set(place, count)
    else marking.delete(place)
  }
  const follow = (event: KernelEvent): void => {
    if (event.scopeId !== scopeId) return
    if (event.type === 'elementActivated') {
      if (event.via !== undefined && isJoin(graph, event.elementId)) problems.push(`${event.elementId} lets the token of ${event.via} pass`)
      if (event.via !== undefined) change(onFlow, event.via, -1, `${event.elementId} begins`)
      change(inNode, event.elementId, 1, '')
    } else if (event.type === 'elementCompleted') {
      change(inNode, event.elementId, -1, `${event.elementId} ends`)
      for (const flow of event.taken) change(onFlow, flow, 1, '')
    } else if (event.type === 'elementTerminated') {
      change(inNode, event.elementId, -1, `${event.elementId} is interrupted`)
    } else if (event.type === 'tokensJoined') {
      fired += 1
      const taken = event.tokens.map(([flow]) => flow)
      const allowed = mayTake(graph, event.elementId, onFlow, inNode)
      if (allowed === null)
        problems.push(`${event.elementId} fired and must not (tokens at ${[...onFlow.keys(), ...inNode.keys()].join(', ')})`)
      else if ([...allowed].sort().join() !== [...taken].sort().join())
        problems.push(`${event.elementId} took tokens of ${taken.join(', ')} and must take those of ${allowed.join(', ')}`)
      for (const flow of taken) change(onFlow, flow, -1, `${event.elementId} joins`)
    }
  }
  const rest = (): void => {
    for (const flow of onFlow.keys()) if (!isJoin(graph, graph.target.get(flow) ?? '')) problems.push(`at rest a token lies on ${flow}`)
    for (const id of graph.nodes.keys())
      if (isJoin(graph, id) && mayTake(graph, id, onFlow, inNode) !== null) problems.push(`at rest ${id} may fire and did not`)
  }
  return { follow, rest, problems, joinsFired: () => fired }
}

function graphOf(top: FlowScope): Graph {
  const nodes = new Map(
    top.nodes.map((node) => [
      node.id,
      { type: node.type, incoming: node.incoming.map((flow) => flow.id), outgoing: node.outgoing.map((flow) => flow.id) },
    ]),
  )
  const beside = new Map<string, string[]>()
  const links = new Map<string, string[]>()
  const add = (edges: Map<string, string[]>, from: string, to: string): unknown => edges.set(from, [...(edges.get(from) ?? []), to])
  for (const node of top.nodes) {
    if (node.type === 'boundaryEvent') add(beside, node.attachedTo.id, node.id)
    const link = node.type === 'intermediateThrowEvent' && node.eventDefinitions[0]?.type === 'link' ? node.eventDefinitions[0].name : null
    if (link === null) continue
    const caught = top.nodes.find(
      (other) => other.type === 'intermediateCatchEvent' && other.eventDefinitions.some((one) => one.type === 'link' && one.name === link),
    )
    if (caught) add(links, node.id, caught.id)
  }
  return { nodes, target: new Map(top.flows.map((flow) => [flow.id, flow.target.id])), links, beside }
}

function isJoin(graph: Graph, id: string): boolean {
  const node = graph.nodes.get(id)
  return node !== undefined && (node.type === 'parallelGateway' || node.type === 'inclusiveGateway') && node.incoming.length > 1
}

/** The flows that the join may take a token from now, one from each; null where it must wait. */
function mayTake(
  graph: Graph,
  id: string,
  onFlow: ReadonlyMap<string, number>,
  inNode: ReadonlyMap<string, number>,
): readonly string[] | null {
  const join = graph.nodes.get(id)
  if (!join) return null
  const filled = join.incoming.filter((flow) => onFlow.has(flow))
  const empty = new Set(join.incoming.filter((flow) => !onFlow.has(flow)))
  if (join.type === 'parallelGateway') return empty.size === 0 ? filled : null
  if (filled.length === 0) return null
  // Table 13.3: for each token that can come to an empty flow there must be a path of sequence flows for it to a flow that has one.
  const places = [...[...onFlow.keys()].map((flow) => [[flow], []] as const), ...[...inNode.keys()].map((node) => [[], [node]] as const)]
  const blocked = places.some(
    ([flows, nodes]) =>
      incomingReached(graph, id, flows, nodes, true).some((flow) => empty.has(flow)) &&
      incomingReached(graph, id, flows, nodes, false).every((flow) => empty.has(flow)),
  )
  return blocked ? null : filled
}

/** The join's incoming flows to which there is a way from a token on these flows, or in these nodes, that does not visit the join. */
function incomingReached(
  graph: Graph,
  join: string,
  flows: readonly string[],
  nodes: readonly string[],
  byBoundaries: boolean,
): readonly string[] {
  const reached = new Set<string>()
  const seen = new Set<string>()
  const openNodes = [...nodes]
  const pass = (flow: string, isStart: boolean): void => {
    const target = graph.target.get(flow) ?? ''
    if (target !== join) openNodes.push(target)
    // A token that lies before the join already has come; it comes to no other flow without visiting the join.
    else if (!isStart) reached.add(flow)
  }
  for (const flow of flows) pass(flow, true)
  for (let node = openNodes.pop(); node !== undefined; node = openNodes.pop()) {
    if (node === join || seen.has(node)) continue
    seen.add(node)
    openNodes.push(...(graph.links.get(node) ?? []), ...((byBoundaries && graph.beside.get(node)) || []))
    for (const flow of graph.nodes.get(node)?.outgoing ?? []) pass(flow, false)
  }
  return [...reached]
}
