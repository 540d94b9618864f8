import type { FlowNode } from '../model/elements.ts'
import { changed, type Marking } from './marking.ts'
import { mayMeet } from './meetings.ts'
import type { Move, Net, NetJoin } from './net.ts'
import { waysByFlows, waysTo } from './ways.ts'

/** One thing that can happen in a marking, and what it leads to. */
export interface Firing {
  /** The element that acts; null where somebody lets a held token go. */
  readonly by: FlowNode | null
  readonly next: Marking
}

/** Everything that can happen next, where no join has to act. A token that ends does so first: nothing depends on it. */
export function allFirings(net: Net, marking: Marking): Firing[] {
  const firings: Firing[] = []
  const end = marking.find((place) => net.ends[place])
  if (end !== undefined) addFirings(firings, net, marking, end)
  if (firings.length > 0) return firings
  let last = -1
  for (const place of marking) {
    if (place !== last) addFirings(firings, net, marking, place)
    last = place
  }
  for (const join of joinsReached(net, marking)) {
    const takes = mayWait(net, marking, join) ? takenBy(net, marking, join) : null
    if (takes !== null) firings.push(joining(marking, join, takes))
  }
  return firings
}

/**
 * What happens next where a join can act: it acts at once, as the kernel's does, before a token that rests moves. Null where none can. Only
 * a token that passes on in the same step may come first: where it could still come to a flow of the join, both orders are there.
 */
export function joinFirings(net: Net, marking: Marking): Firing[] | null {
  if (net.joins.size === 0) return null
  const open: Firing[] = []
  for (const join of joinsReached(net, marking)) {
    const takes = mayWait(net, marking, join) ? null : takenBy(net, marking, join)
    if (takes === null) continue
    const firing = joining(marking, join, takes)
    if (!mayChange(net, marking, join)) return [firing]
    open.push(firing)
  }
  if (open.length === 0) return null
  let last = -1
  for (const place of marking) {
    if (place !== last && net.rests[place] !== true) addFirings(open, net, marking, place)
    last = place
  }
  return open
}

/**
 * It may act now or later: data decides when a complex gateway is activated, and which of several tokens by one flow came before the one
 * that is held.
 */
function mayWait({ heldOf }: Net, marking: Marking, { gateway, arrivals }: NetJoin): boolean {
  if (gateway.type === 'complexGateway') return true
  return heldOf !== null && arrivals.some((arrival) => marking.includes(heldOf.get(arrival) ?? -1))
}

function joining(marking: Marking, { gateway, produces }: NetJoin, takes: readonly number[]): Firing {
  return { by: gateway, next: changed(marking, takes, [produces]) }
}

/**
 * True where what the join takes may be more by what comes in the same step: a token that does not rest can come to one of its empty flows.
 */
function mayChange(net: Net, marking: Marking, join: NetJoin): boolean {
  if (join.gateway.type === 'parallelGateway') return false
  return marking.some((place) => net.rests[place] !== true && waysTo(net, marking, place, join).some((way) => !isFilled(net, marking, way)))
}

/**
 * As much of what can happen next as is needed to meet every final marking: the moves of one token may go first, alone, where they
 * touch no other token and no inclusive join can tell before from after (a persistent set). Null where there is no such token. With
 * `meetings`, also to meet each place at which two tokens can be at once: nobody else can come to where the token leaves.
 */
export function independentFirings(net: Net, marking: Marking, meetings: boolean): Firing[] | null {
  let last = -1
  for (const place of marking) {
    if (place === last) continue
    last = place
    const moves = net.moves[place]
    if (moves === undefined || net.places[place]?.kind === 'held') continue // no token at a node
    // What ends the scope takes the others along: it goes last.
    if (moves.some((move) => move.endsScope || !isUnseen(net, marking, place, move))) continue
    if (meetings && mayMeet(net, marking, place, moves)) continue
    const firings: Firing[] = []
    addFirings(firings, net, marking, place)
    return firings
  }
  return null
}

/** True where every join that waits for what can still come sees the same after the move: the ways that the token had, one token has. */
function isUnseen(net: Net, marking: Marking, place: number, move: Move): boolean {
  return net.watchful.every((join) => {
    const ways = waysTo(net, marking, place, join)
    if (ways.length === 0) return true
    if (move.stays) return false
    const after = move.produces.filter((one) => waysTo(net, marking, one, join).length > 0)
    const [next] = after
    if (next === undefined || after.length > 1) return false
    return isSame(ways, waysTo(net, marking, next, join)) && isSame(waysByFlows(net, place, join), waysByFlows(net, next, join))
  })
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((way, k) => other[k] === way)
}

function addFirings(firings: Firing[], net: Net, marking: Marking, place: number): void {
  const moves = net.moves[place]
  if (moves === undefined) return // no token at a node
  for (const move of moves) {
    const next = afterMove(marking, place, move)
    if (next !== null) firings.push({ by: move.by, next })
  }
}

function afterMove(marking: Marking, place: number, move: Move): Marking | null {
  if (move.endsScope) return []
  if (!move.stays) return changed(marking, [place], move.produces)
  const spends = move.spends ?? -1
  return marking.includes(spends) ? null : changed(marking, [], [spends, ...move.produces])
}

/** The joins at which a token waits. */
export function joinsReached(net: Net, marking: Marking): NetJoin[] {
  const joins: NetJoin[] = []
  if (net.joins.size === 0) return joins
  for (const place of marking) {
    const join = net.joins.get(place)
    if (join !== undefined && !joins.includes(join)) joins.push(join)
  }
  return joins
}

/** The arrivals that the join consumes now, or null where it does not fire. */
function takenBy(net: Net, marking: Marking, join: NetJoin): readonly number[] | null {
  const { gateway, arrivals } = join
  const filled = arrivals.filter((place) => isFilled(net, marking, place))
  if (filled.length === 0 || filled.some((place) => !marking.includes(place))) return null // one of them is held
  if (filled.length === arrivals.length || gateway.type === 'complexGateway') return filled
  if (gateway.type === 'parallelGateway') return null
  return mayStillCome(net, marking, join) ? null : filled
}

/** BPMN 2.0.2 Table 13.3: a token elsewhere can reach an empty flow and, by flows alone, no filled one. */
function mayStillCome(net: Net, marking: Marking, join: NetJoin): boolean {
  const isThere = (arrival: number): boolean => isFilled(net, marking, arrival)
  return marking.some((place) => {
    const ways = waysTo(net, marking, place, join)
    return ways.some((way) => !isThere(way)) && !waysByFlows(net, place, join).some(isThere)
  })
}

/** A token came by the flow; it may be held there. */
function isFilled({ heldOf }: Net, marking: Marking, arrival: number): boolean {
  return marking.includes(arrival) || (heldOf !== null && marking.includes(heldOf.get(arrival) ?? -1))
}
