import type { BoundaryEvent, FlowNode } from '../model/elements.ts'
import { upstreamByFlows, upstreamOf } from '../model/reachability.ts'
import type { Marking } from './marking.ts'
import type { Net, NetJoin } from './net.ts'

/** An incoming flow of a join, as seen from a place: a token there can still come by it. */
interface Way {
  /** The place of a token that has come by it. */
  readonly arrival: number
  /** Null: always. Else only by boundary events that occur once: while one of these places is empty. */
  readonly unless: readonly number[] | null
}

/**
 * The arrivals at the join that a token at this place can still come to, in the order of the join's flows. BPMN 2.0.2 Table 13.3. The
 * same list each time where nothing that occurred changes it.
 */
export function waysTo(net: Net, marking: Marking, place: number, join: NetJoin): readonly number[] {
  let byPlace = cache.get(join)
  if (byPlace === undefined) {
    byPlace = []
    cache.set(join, byPlace)
  }
  let known = byPlace[place]
  if (known === undefined) {
    known = sorted(findWays(net, place, join))
    byPlace[place] = known
  }
  if (known.ways === null) return known.arrivals
  return known.ways.flatMap(({ arrival, unless }) => (unless?.every((spent) => marking.includes(spent)) ? [] : [arrival]))
}

/** Those that it can come to by flows alone, not by a boundary event. */
export function waysByFlows(net: Net, place: number, join: NetJoin): readonly number[] {
  let byPlace = byFlows.get(join)
  if (byPlace === undefined) {
    byPlace = []
    byFlows.set(join, byPlace)
  }
  let known = byPlace[place]
  if (known === undefined) {
    known = findByFlows(net, place, join)
    byPlace[place] = known
  }
  return known
}

const byFlows = new WeakMap<NetJoin, (readonly number[])[]>()

function findByFlows(net: Net, place: number, { gateway }: NetJoin): readonly number[] {
  const at = net.places[place]
  if (at === undefined || at.kind === 'spent' || at.node === gateway) return []
  const { id } = at.node
  const upstream = upstreamByFlows(gateway)
  return gateway.incoming.flatMap((flow) => (upstream.get(flow.id)?.has(id) ? [net.arrivalOf.get(flow.id) ?? -1] : []))
}

/** `ways` is null where all of them are there whatever occurred. */
interface Known {
  readonly arrivals: readonly number[]
  readonly ways: readonly Way[] | null
}

const cache = new WeakMap<NetJoin, Known[]>()

function sorted(ways: readonly Way[]): Known {
  return { arrivals: ways.map(({ arrival }) => arrival), ways: ways.every(({ unless }) => unless === null) ? null : ways }
}

function findWays(net: Net, place: number, { gateway }: NetJoin): readonly Way[] {
  const at = net.places[place]
  if (at === undefined || at.kind === 'spent' || at.node === gateway) return []
  const { node } = at
  const upstream = upstreamOf(gateway)
  return gateway.incoming.flatMap((flow): Way[] => {
    const before = upstream.get(flow.id)
    if (!before?.has(node.id)) return []
    const arrival = net.arrivalOf.get(flow.id) ?? -1
    if (!('boundaryEvents' in node) || node.boundaryEvents.length === 0) return [{ arrival, unless: null }]
    if (node.outgoing.some((way) => way === flow || (way.target !== gateway && before.has(way.target.id))))
      return [{ arrival, unless: null }]
    const events = node.boundaryEvents.filter((event) => before.has(event.id))
    if (events.length === 0) return []
    return [{ arrival, unless: events.every(occursOnce) ? events.map((event) => spentPlace(net, event)) : null }]
  })
}

/**
 * A timer that does not recur. All else that does not interrupt its activity may come again as long as that lives, and joins look out for
 * it.
 */
function occursOnce({ cancelActivity, eventDefinitions }: BoundaryEvent): boolean {
  return !cancelActivity && eventDefinitions.every((event) => event.type === 'timer' && event.kind !== 'timeCycle')
}

function spentPlace(net: Net, event: FlowNode): number {
  return net.places.findIndex((place) => place.kind === 'spent' && place.node === event)
}
