import type { FlowNode, FlowScope, SequenceFlow } from '../model/elements.ts'
import { linkName } from '../model/reachability.ts'
import { endsScope } from './leaving.ts'
import { likeBranches } from './like-branches.ts'
import { rests } from './resting.ts'

/**
 * The control flow of one scope as a game of tokens: data is unknown, so whatever a condition could decide may happen. Sub-processes
 * and called processes count as one step that ends, or is ended by each of its boundary events. BPMN 2.0.2 §13.
 */
export interface Net {
  readonly scope: FlowScope
  readonly nodes: readonly FlowNode[]
  /** What the token at each node can do. */
  readonly moves: readonly (readonly Move[])[]
  /** The gateways that wait for several flows, by each place of an arrival. */
  readonly joins: ReadonlyMap<number, NetJoin>
  /** Those of them that look at tokens elsewhere. */
  readonly watchful: readonly NetJoin[]
  /** By place: true where a token moves by a command of its own, when all joins that can act have acted. */
  readonly rests: readonly boolean[]
  /** By place: true where a token ends, and nothing else. */
  readonly ends: readonly boolean[]
  /** By the place of an arrival: the one of a token that arrived there and is held. Null where none is. */
  readonly heldOf: ReadonlyMap<number, number> | null
  /** What each place holds tokens of; by number. */
  readonly places: readonly Place[]
  /** Null where the net does just what the scope can do. */
  readonly inexact: Inexact | null
  /** The place of a token at a node. */
  readonly placeOf: ReadonlyMap<string, number>
  /** The place of a token that arrived at a join by this flow; of a flow for which another stands, that one's. */
  readonly arrivalOf: ReadonlyMap<string, number>
  /** The node that is looked at instead of this one: no token comes to those that stand here. */
  readonly alike: ReadonlyMap<FlowNode, FlowNode>
}

/** How the net differs from the scope: it does only `some` of what can happen, or other things too (`unknown`). */
export interface Inexact {
  readonly how: 'some' | 'unknown'
  readonly because: string
}

export type Place =
  /** A token stands at the node. */
  | { readonly kind: 'node'; readonly node: FlowNode }
  /** A token arrived at a join. */
  | { readonly kind: 'arrival'; readonly node: FlowNode; readonly flow: SequenceFlow }
  /** A token arrived at a join and is held: it counts as come, and is taken when it was let go. */
  | { readonly kind: 'held'; readonly node: FlowNode; readonly flow: SequenceFlow }
  /** The non-interrupting boundary event occurred already: the search lets each occur once in a scope. */
  | { readonly kind: 'spent'; readonly node: FlowNode }

/** What one token at a node does: it goes (or stays, where a non-interrupting event only adds one) and others come. */
export interface Move {
  /** The element that acts: the node, or a boundary event of it. Null where somebody lets a held token go. */
  readonly by: FlowNode | null
  readonly stays: boolean
  readonly produces: readonly number[]
  /** The place that must be empty, and is filled. */
  readonly spends?: number
  /** Ends every token of the scope. */
  readonly endsScope?: true
}

export interface NetJoin {
  readonly gateway: FlowNode
  readonly arrivals: readonly number[]
  readonly produces: number
}

/** Most conditional flows of one node whose combinations are all tried. */
const CONDITIONS_MAX = 6

/** Most inclusive joins of one scope: each looks at all the others' ways. */
const WATCHFUL_MAX = 100

/**
 * Makes the net of a scope. From `alikeMin` on, one of several branches that do the same stands for all of them. `held`: the flows by which
 * tokens arrived at joins that are held there.
 */
export function netOf(scope: FlowScope, alikeMin: number = Number.POSITIVE_INFINITY, held: readonly string[] = []): Net {
  const nodes = scope.nodes
  const alike = likeBranches(scope, alikeMin)
  const placeOf = new Map(nodes.map((node, k) => [node.id, k]))
  const places: Place[] = nodes.map((node) => ({ kind: 'node', node }))
  const arrivalOf = new Map<string, number>()
  const joins = new Map<number, NetJoin>()
  const watchful: NetJoin[] = []
  const spentOf = new Map<FlowNode, number>()
  let inexact: Inexact | null = null
  nodes.forEach((node, k) => {
    if (isJoin(node)) {
      const looked = node.incoming.filter((flow) => !alike.flows.has(flow))
      for (const flow of looked) arrivalOf.set(flow.id, places.push({ kind: 'arrival', node, flow }) - 1)
      const join: NetJoin = { gateway: node, arrivals: looked.map((flow) => arrivalOf.get(flow.id) ?? -1), produces: k }
      for (const place of join.arrivals) joins.set(place, join)
      if (node.type !== 'parallelGateway') watchful.push(join)
      if (node.type === 'complexGateway')
        inexact = { how: 'unknown', because: `when "${node.id}" is activated is not known before it runs` }
    }
    if (node.type === 'boundaryEvent' && !node.cancelActivity) spentOf.set(node, places.push({ kind: 'spent', node }) - 1)
  })
  const catches = linkCatches(nodes)
  if (watchful.length > WATCHFUL_MAX) inexact = { how: 'unknown', because: `it has more than ${WATCHFUL_MAX} inclusive joins` }
  // Only joins that look at tokens elsewhere ask for it.
  const resting = watchful.length === 0 ? [] : nodes.map(rests)
  const target = (flow: SequenceFlow): number => arrivalOf.get(flow.id) ?? placeOf.get(flow.target.id) ?? -1
  const moves = nodes.map((node): readonly Move[] => {
    const ways = waysOf(node)
    if (ways === null) inexact ??= { how: 'some', because: `"${node.id}" has more than ${CONDITIONS_MAX} conditional flows` }
    const goes = (by: FlowNode, produces: readonly number[]): Move => ({
      by,
      stays: false,
      produces,
      ...(endsScope(by) && { endsScope: true }),
    })
    const own = (ways ?? someWays(node)).map((flows) => {
      const looked = flows.filter((flow) => !alike.flows.has(flow))
      return goes(
        node,
        looked.map(target).filter((place) => place >= 0),
      )
    })
    const linked = linkTargets(node, catches).flatMap((caught) => placeOf.get(caught.id) ?? [])
    if (linked.length > 0) return [goes(node, linked)]
    return [...own, ...boundaryMoves(node, placeOf, spentOf, goes)]
  })
  for (const [flow, first] of alike.flows) {
    const place = arrivalOf.get(first.id)
    if (place !== undefined) arrivalOf.set(flow.id, place)
  }
  const heldOf = held.length === 0 ? null : new Map<number, number>()
  for (const id of held) {
    const arrival = arrivalOf.get(id)
    const at = places[arrival ?? -1]
    if (arrival === undefined || at?.kind !== 'arrival' || heldOf?.has(arrival)) continue
    const place = places.push({ kind: 'held', node: at.node, flow: at.flow }) - 1
    heldOf?.set(arrival, place)
    moves[place] = [{ by: null, stays: false, produces: [arrival] }]
    resting[place] = true
  }
  const ends = nodes.map((node) => node.type === 'endEvent' && !endsScope(node))
  return { scope, nodes, moves, ends, joins, watchful, rests: resting, heldOf, places, inexact, placeOf, arrivalOf, alike: alike.nodes }
}

function boundaryMoves(
  node: FlowNode,
  placeOf: ReadonlyMap<string, number>,
  spentOf: ReadonlyMap<FlowNode, number>,
  goes: (by: FlowNode, produces: readonly number[]) => Move,
): Move[] {
  if (!('boundaryEvents' in node)) return []
  return node.boundaryEvents.flatMap((event): Move[] => {
    const place = placeOf.get(event.id)
    if (place === undefined || isForCompensation(event)) return []
    const spends = spentOf.get(event)
    return spends === undefined ? [goes(event, [place])] : [{ by: event, stays: true, produces: [place], spends }]
  })
}

/** Several tokens that end there, one after the other, do no harm. */
export function isLast(place: Place | undefined): boolean {
  return place?.kind === 'node' && place.node.outgoing.length === 0
}

/** True where a token may have to wait for others. */
export function isJoin(node: FlowNode): boolean {
  return (node.type === 'parallelGateway' || node.type === 'inclusiveGateway' || node.type === 'complexGateway') && node.incoming.length > 1
}

/** It comes to pass only when its activity is undone. */
export function isForCompensation(event: FlowNode): boolean {
  return 'eventDefinitions' in event && event.eventDefinitions.some((one) => one.type === 'compensate')
}

/** The sets of flows by which a token may leave, BPMN 2.0.2 §13.2.1 and §13.4; null where there are too many. */
function waysOf(node: FlowNode): readonly (readonly SequenceFlow[])[] | null {
  const { outgoing } = node
  if (outgoing.length === 0) return [[]]
  if (node.type === 'eventBasedGateway' && node.eventGatewayType === 'Parallel') return [outgoing] // all of its events must occur
  if (node.type === 'exclusiveGateway' || node.type === 'eventBasedGateway') return outgoing.map((flow) => [flow])
  if (node.type === 'parallelGateway') return [outgoing]
  const { always, asked, otherwise } = parted(node)
  if (asked.length === 0 && otherwise === null) return [always]
  if (asked.length > CONDITIONS_MAX) return null
  const ways: SequenceFlow[][] = []
  for (let bits = 0; bits < 1 << asked.length; bits++) {
    const taken = [...always, ...asked.filter((_, k) => (bits >> k) & 1)]
    if (taken.length > 0) ways.push(taken)
    else if (otherwise) ways.push([otherwise])
  }
  return ways
}

/** Some of the ways, where all are too many: each flow alone, all of them, the default. */
function someWays(node: FlowNode): readonly (readonly SequenceFlow[])[] {
  const { always, asked, otherwise } = parted(node)
  return [...asked.map((flow) => [...always, flow]), [...always, ...asked], ...(otherwise ? [[...always, otherwise]] : [])]
}

function parted(node: FlowNode): { always: SequenceFlow[]; asked: SequenceFlow[]; otherwise: SequenceFlow | null } {
  const otherwise = 'defaultFlow' in node ? node.defaultFlow : null
  const others = node.outgoing.filter((flow) => flow !== otherwise)
  return { always: others.filter((flow) => flow.condition === null), asked: others.filter((flow) => flow.condition !== null), otherwise }
}

function linkTargets(node: FlowNode, catches: ReadonlyMap<string, FlowNode>): readonly FlowNode[] {
  const name = node.type === 'intermediateThrowEvent' ? linkName(node) : null
  const caught = name === null ? undefined : catches.get(name)
  return caught ? [caught] : []
}

/** Catching link events by name; of several with one name, which is an error, the first counts. */
function linkCatches(nodes: readonly FlowNode[]): ReadonlyMap<string, FlowNode> {
  const catches = new Map<string, FlowNode>()
  for (const node of nodes) {
    const name = node.type === 'intermediateCatchEvent' ? linkName(node) : null
    if (name !== null && !catches.has(name)) catches.set(name, node)
  }
  return catches
}
