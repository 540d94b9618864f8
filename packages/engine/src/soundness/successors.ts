import type { FlowNode } from '../model/elements.ts'
import { upstreamOf } from '../model/reachability.ts'
import { changed, type Marking } from './marking.ts'
import type { Move, Net, NetJoin } from './net.ts'

/** One thing that can happen in a marking, and what it leads to. */
export interface Firing {
  readonly by: FlowNode
  readonly next: Marking
}

/** Everything that can happen next. */
export function allFirings(net: Net, marking: Marking): Firing[] {
  return [...new Set(marking)].flatMap((place) => firingsAt(net, marking, place)).concat(joinFirings(net, marking))
}

/**
 * As much of what can happen next as is needed to meet every final marking: the moves of one token may go first, alone, where they
 * touch no other token and no inclusive join can tell before from after (a persistent set). Null where there is no such token.
 */
export function independentFirings(net: Net, marking: Marking): Firing[] | null {
  for (const place of new Set(marking)) {
    if (net.places[place]?.kind !== 'node') continue
    const moves = net.moves[place] ?? []
    // What ends the scope takes the others along: it goes last.
    if (moves.some((move) => move.endsScope || !isUnseen(net, marking, place, move))) continue
    return firingsAt(net, marking, place)
  }
  return null
}

/** True where every join that waits for what can still come sees the same after the move: the ways that the token had, one token has. */
function isUnseen(net: Net, marking: Marking, place: number, move: Move): boolean {
  for (const { gateway } of net.watchful) {
    const ways = waysTo(net, marking, place, gateway)
    if (ways.length === 0) continue
    if (move.stays) return false
    const after = move.produces.map((one) => waysTo(net, marking, one, gateway)).filter((one) => one.length > 0)
    if (after.length !== 1 || after[0]?.join() !== ways.join()) return false
  }
  return true
}

function firingsAt(net: Net, marking: Marking, place: number): Firing[] {
  if (net.places[place]?.kind !== 'node') return []
  return (net.moves[place] ?? []).flatMap((move) => fireMove(marking, place, move) ?? [])
}

function fireMove(marking: Marking, place: number, move: Move): Firing | null {
  const { by } = move
  if (move.endsScope) return { by, next: [] }
  if (move.stays) {
    const spends = move.spends ?? -1
    return marking.includes(spends) ? null : { by, next: changed(marking, [], [spends, ...move.produces]) }
  }
  return { by, next: changed(marking, [place], move.produces) }
}

function joinFirings(net: Net, marking: Marking): Firing[] {
  return joinsReached(net, marking).flatMap((join) => {
    const takes = takenBy(net, marking, join)
    return takes === null ? [] : [{ by: join.gateway, next: changed(marking, takes, [join.produces]) }]
  })
}

/** The joins at which a token waits. */
export function joinsReached(net: Net, marking: Marking): NetJoin[] {
  return [...new Set(marking.flatMap((place) => net.joins.get(place) ?? []))]
}

/** The arrivals that the join consumes now, or null where it does not fire. */
function takenBy(net: Net, marking: Marking, { gateway, arrivals }: NetJoin): readonly number[] | null {
  const filled = arrivals.filter((place) => marking.includes(place))
  if (filled.length === 0) return null
  if (filled.length === arrivals.length || gateway.type === 'complexGateway') return filled
  if (gateway.type === 'parallelGateway') return null
  return mayStillCome(net, marking, gateway) ? null : filled
}

/** BPMN 2.0.2 Table 13.3: a token elsewhere can reach an empty flow and no filled one. */
function mayStillCome(net: Net, marking: Marking, gateway: FlowNode): boolean {
  return marking.some((place) => {
    const ways = waysTo(net, marking, place, gateway)
    if (ways.length === 0) return false
    const filled = (flowId: string): boolean => marking.includes(net.arrivalOf.get(flowId) ?? -1)
    return ways.some((flowId) => !filled(flowId)) && !ways.some(filled)
  })
}

/** The incoming flows of the gateway that a token at this place can still reach. */
function waysTo(net: Net, marking: Marking, place: number, gateway: FlowNode): readonly string[] {
  const at = net.places[place]
  if (at === undefined || at.kind === 'spent' || at.node === gateway) return []
  const upstream = upstreamOf(gateway)
  return gateway.incoming
    .filter((flow) => {
      const before = upstream.get(flow.id)
      if (!before?.has(at.node.id)) return false
      const { node } = at
      if (!('boundaryEvents' in node) || node.boundaryEvents.length === 0) return true
      if (node.outgoing.some((way) => way === flow || (way.target !== gateway && before.has(way.target.id)))) return true
      return node.boundaryEvents.some((event) => {
        if (!before.has(event.id)) return false
        return event.cancelActivity || !marking.some((one) => net.places[one]?.kind === 'spent' && net.places[one]?.node === event)
      })
    })
    .map((flow) => flow.id)
}
