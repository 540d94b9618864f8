import type { Marking } from './marking.ts'
import { isLast, type Move, type Net, type NetJoin } from './net.ts'
import { waysByFlows, waysTo } from './ways.ts'

/**
 * True where it may be a matter of order whether two tokens meet: others can come to where this one still stands, or, where it goes to a
 * parallel join, several of them can come by one flow before that acts. Sure where false.
 */
export function mayMeet(net: Net, marking: Marking, place: number, moves: readonly Move[]): boolean {
  const at = marking.indexOf(place)
  const others = marking.filter((_, k) => k !== at)
  const stays: Stays = { place, joined: moves.flatMap(({ produces }) => produces).filter((next) => net.joins.has(next)) }
  if (!canMeet(net, others, stays, waysWithout(net, []))) return false
  // As long as this one stays, some joins act for nobody.
  const dead = joinsWithout(net, marking, place, others)
  return dead.length === 0 || canMeet(net, others, stays, waysWithout(net, dead))
}

/** The token that stays, and where it would arrive at joins. */
interface Stays {
  readonly place: number
  readonly joined: readonly number[]
}

function canMeet(net: Net, others: readonly number[], { place, joined }: Stays, ways: Ways): boolean {
  if (!isLast(net.places[place]) && others.some((other) => ways.from(other).has(place))) return true
  return joined.some((arrival) =>
    (net.joins.get(arrival)?.arrivals ?? []).some((one) => {
      if (one === arrival) return others.some((other) => other === one || ways.from(other).has(one))
      if (others.some((other) => ways.severalFrom(other).has(one))) return true
      return others.filter((other) => other === one || ways.from(other).has(one)).length > 1
    }),
  )
}

/** Where single tokens can come to, as if joins waited for nothing; those left out never act. */
interface Ways {
  /** The places to which a token at this place can come. */
  from(place: number): ReadonlySet<number>
  /** Those of them to which several can come of the one. */
  severalFrom(place: number): ReadonlySet<number>
}

/** By net, then by the joins that are left out. */
const cache = new WeakMap<Net, Map<string, Ways>>()

function waysWithout(net: Net, dead: readonly number[]): Ways {
  let byDead = cache.get(net)
  if (byDead === undefined) {
    byDead = new Map()
    cache.set(net, byDead)
  }
  const key = dead.join()
  const known = byDead.get(key)
  if (known !== undefined) return known
  const ways = openWays(net, dead)
  byDead.set(key, ways)
  return ways
}

function openWays(net: Net, dead: readonly number[]): Ways {
  const all: ReadonlySet<number>[] = []
  const several: ReadonlySet<number>[] = []
  const next = (place: number): readonly number[] => nextOf(net, place).filter((one) => !net.joins.has(place) || !dead.includes(one))
  const from = (place: number): ReadonlySet<number> => {
    all[place] ??= reached([place], next)
    return all[place]
  }
  const findSeveral = (place: number): ReadonlySet<number> => {
    const found = new Set<number>()
    for (const at of [place, ...from(place)]) {
      for (const { stays, produces } of net.moves[at] ?? []) {
        const together = stays ? [at, ...produces] : produces
        if (together.length < 2) continue
        const once = new Set<number>()
        for (const one of together) for (const to of [one, ...from(one)]) (once.has(to) ? found : once).add(to)
      }
    }
    return found
  }
  const severalFrom = (place: number): ReadonlySet<number> => {
    several[place] ??= findSeveral(place)
    return several[place]
  }
  return { from, severalFrom }
}

function reached(starts: readonly number[], next: (place: number) => readonly number[]): ReadonlySet<number> {
  const found = new Set<number>()
  const open = [...starts]
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    for (const one of next(place)) {
      if (found.has(one)) continue
      found.add(one)
      open.push(one)
    }
  }
  return found
}

function nextOf(net: Net, place: number): readonly number[] {
  const join = net.joins.get(place)
  return join ? [join.produces] : (net.moves[place]?.flatMap(({ produces }) => produces) ?? [])
}

/** The joins, by the place of their token, that do not act for these tokens as long as the one at the place stays there. */
function joinsWithout(net: Net, marking: Marking, place: number, tokens: readonly number[]): readonly number[] {
  const there = new Set(tokens)
  const open = [...there]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const join = net.joins.get(at)
    if (join && waitsFor(net, marking, place, join, there)) continue
    for (const next of nextOf(net, at)) {
      if (there.has(next)) continue
      there.add(next)
      open.push(next)
    }
  }
  return [...new Set(net.joins.values())].flatMap(({ produces }) => (there.has(produces) ? [] : [produces]))
}

/** True where the join needs the token at the place, whatever of the others has come to it. */
function waitsFor(net: Net, marking: Marking, place: number, join: NetJoin, there: ReadonlySet<number>): boolean {
  const { gateway, arrivals } = join
  if (gateway.type === 'complexGateway') return false
  if (gateway.type === 'parallelGateway') return !arrivals.every((arrival) => there.has(arrival))
  const isThere = (arrival: number): boolean => there.has(arrival)
  return !waysTo(net, marking, place, join).every(isThere) && !waysByFlows(net, place, join).some(isThere)
}
