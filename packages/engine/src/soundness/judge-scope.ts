import type { FlowNode, FlowScope } from '../model/elements.ts'
import { downstreamOf, linkTargets } from '../model/reachability.ts'
import { type Exploration, explore, TOKENS_MAX, type Witness } from './explore.ts'
import { type Marking, markingOf } from './marking.ts'
import { isForCompensation, type Net, netOf } from './net.ts'
import { joinsReached } from './successors.ts'

/** What is wrong with the control flow of a scope, or cannot be said. */
export type SoundnessFinding =
  /** No way leads a token there. */
  | { readonly kind: 'neverActivated'; readonly node: FlowNode }
  /** Tokens come to the join, but never on all the flows that it waits for. */
  | (StuckAt & { readonly kind: 'joinNeverFires' })
  /** On some way a token waits at the join for ever. */
  | (StuckAt & { readonly kind: 'mayGetStuck' })
  /** Two tokens or more may be at the node at once, or arrive at the join by one flow before it fires. */
  | { readonly kind: 'severalTokens'; readonly node: FlowNode; readonly flowId: string | null; readonly trace: readonly FlowNode[] }
  /** From some point on, no way leads to an end. */
  | { readonly kind: 'neverEnds'; readonly node: FlowNode; readonly trace: readonly FlowNode[] }
  | { readonly kind: 'inconclusive'; readonly because: string }

interface StuckAt {
  readonly node: FlowNode
  /** The flows by which nothing comes. */
  readonly missing: readonly string[]
  readonly trace: readonly FlowNode[]
}

export interface JudgeLimits {
  /** Markings looked at with all interleavings; beyond, those that lead to the same end are left out. Default 2,000. */
  readonly statesMax?: number
  /**
   * Markings looked at then, with each meeting seen, and once more without; beyond, the scope is judged as far as it was seen. Default
   * 20,000.
   */
  readonly reducedMax?: number
  /** From so many on, branches that begin together and do the same count as one. Default 5. */
  readonly alikeMin?: number
}

/**
 * Judges the control flow of one scope, its sub-processes taken as single steps: whether a token may wait for ever, meet another, or
 * never come to an element. Conditions are not evaluated: any outcome counts as possible. Bounded; what it cannot say it says.
 */
export function judgeScope(scope: FlowScope, limits: JudgeLimits = {}): readonly SoundnessFinding[] {
  const { statesMax = 2_000, reducedMax = 20_000, alikeMin = 5 } = limits
  const net = netOf(scope, alikeMin)
  if (net.inexact?.how === 'unknown') return [{ kind: 'inconclusive', because: net.inexact.because }]
  const starts = startsOf(net)
  if (starts.length === 0) return []
  const whole = explore(net, starts, { statesMax, sees: 'orders' })
  const met = whole.bound === 'states' ? explore(net, starts, { statesMax: reducedMax, sees: 'crowds' }) : whole
  const found = met.complete ? met : explore(net, starts, { statesMax: reducedMax, sees: 'stops' })
  const isSure = found.complete && net.inexact === null
  return [
    ...stuckFindings(net, found, isSure),
    ...crowdFindings(net, met.complete || whole.crowded.length === 0 ? met : whole),
    ...(isSure ? [...neverActivated(net, found), ...neverEnds(net, found)] : []),
    ...doubts(net, found, reducedMax),
  ]
}

/** The markings in which an instance of the scope can begin: by itself, or by each event that starts it. */
function startsOf(net: Net): Marking[] {
  const { initial, startEvents, nodes, adHoc } = net.scope
  const place = (node: FlowNode): number => net.placeOf.get(node.id) ?? -1
  if (adHoc !== null) return initial.map((node) => [place(node)]) // each activity that is started has a path with joins of its own
  const alone = [
    ...startEvents.filter((event) => !initial.includes(event)),
    ...nodes.filter((node) => 'instantiate' in node && node.instantiate && node.incoming.length === 0 && !initial.includes(node)),
  ]
  return [...(initial.length > 0 ? [markingOf(initial.map(place))] : []), ...alone.map((node) => [place(node)])]
}

function stuckFindings(net: Net, found: Exploration, isSure: boolean): SoundnessFinding[] {
  const told = new Set<FlowNode>()
  return found.stuck.flatMap(({ marking, trace }) =>
    joinsWaiting(net, marking).flatMap(({ node, missing }): SoundnessFinding[] => {
      if (told.has(node)) return []
      told.add(node)
      const never = isSure && !found.activated.has(node)
      return [{ kind: never ? 'joinNeverFires' : 'mayGetStuck', node, missing, trace }]
    }),
  )
}

function joinsWaiting(net: Net, marking: Marking): { node: FlowNode; missing: readonly string[] }[] {
  return joinsReached(net, marking).map(({ gateway }) => {
    const missing = gateway.incoming.filter((flow) => !marking.includes(net.arrivalOf.get(flow.id) ?? -1))
    return { node: gateway, missing: missing.map((flow) => flow.id) }
  })
}

/** The nearest crowd at a node tells of those behind it too; each join is told of. */
function crowdFindings(net: Net, { crowded }: Exploration): SoundnessFinding[] {
  let toldNode = false
  return crowded.flatMap(({ place, trace }): SoundnessFinding[] => {
    const at = net.places[place]
    if (!at || at.kind === 'spent') return []
    if (at.kind === 'arrival') return [{ kind: 'severalTokens', node: at.node, flowId: at.flow.id, trace }]
    if (toldNode || at.node.outgoing.length === 0) return [] // several tokens that end do no harm
    toldNode = true
    return [{ kind: 'severalTokens', node: at.node, flowId: null, trace }]
  })
}

function neverActivated(net: Net, { activated }: Exploration): SoundnessFinding[] {
  return net.nodes
    .filter((node) => !activated.has(net.alike.get(node) ?? node) && !isStartedFromElsewhere(node))
    .map((node) => ({ kind: 'neverActivated' as const, node }))
}

/** Neither flows nor this scope bring tokens to it. */
function isStartedFromElsewhere(node: FlowNode): boolean {
  if ('isForCompensation' in node && node.isForCompensation) return true
  if ('triggeredByEvent' in node && node.triggeredByEvent === true) return true
  return isForCompensation(node)
}

function neverEnds(net: Net, { endless }: Exploration): SoundnessFinding[] {
  if (endless === null) return []
  const node = standingAt(net, endless)
  return node ? [{ kind: 'neverEnds', node, trace: endless.trace }] : []
}

/** The node from which nothing leads to an end, where one of those with a token is so by itself. */
function standingAt(net: Net, { marking }: Witness): FlowNode | undefined {
  const nodes = marking.flatMap((place) => net.places[place]?.node ?? [])
  const goesOn = (node: FlowNode): boolean =>
    node.outgoing.length > 0 || (node.type === 'intermediateThrowEvent' && linkTargets(node).length > 0)
  const ends = new Set(net.nodes.filter((node) => !goesOn(node)).map(({ id }) => id))
  return nodes.find((node) => ![...downstreamOf(node)].some((id) => ends.has(id))) ?? nodes[0]
}

function doubts(net: Net, found: Exploration, reducedMax: number): SoundnessFinding[] {
  const because = net.inexact?.because ?? boundTold(found, reducedMax)
  return because === null ? [] : [{ kind: 'inconclusive', because }]
}

/** Why a search did not look at everything; null where it did. */
export function boundTold({ bound }: Exploration, reducedMax: number): string | null {
  if (bound === null) return null
  if (bound === 'states') return `more than ${reducedMax} situations can come about`
  return bound === 'tokens' ? `more than ${TOKENS_MAX} tokens may be there at once` : 'tokens may pile up without end'
}
