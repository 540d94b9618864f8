import type { FlowNode } from '../model/elements.ts'
import { eachPlace, keyOf, type Marking } from './marking.ts'
import type { Net } from './net.ts'
import { allFirings, type Firing, independentFirings, joinFirings } from './successors.ts'

/** What a search over the markings of one scope met. */
export interface Exploration {
  /** True where everything that can happen was looked at. */
  readonly complete: boolean
  /** Where it is not: the first bound that was met. */
  readonly bound: 'states' | 'crowd' | 'tokens' | null
  /** Markings met. */
  readonly states: number
  /** Elements at which a token was. */
  readonly activated: ReadonlySet<FlowNode>
  /** Nothing can happen any more, though tokens are left: the nearest one for each set of places. */
  readonly stuck: readonly Witness[]
  /** Two tokens or more at one place: the nearest one for each place. */
  readonly crowded: readonly (Witness & { readonly place: number })[]
  /** True where some way leads to the end. */
  readonly ends: boolean
  /** No way leads from here to the end or to a stop: one such marking, the nearest, or null. Only known where complete. */
  readonly endless: Witness | null
}

/** A marking and what happens on the shortest way to it. */
export interface Witness {
  readonly marking: Marking
  readonly trace: readonly FlowNode[]
  /** After each of these. */
  readonly markings: readonly Marking[]
}

export interface ExploreOptions {
  /** Most markings looked at. */
  readonly statesMax: number
  /**
   * Looks at every order; or leaves out those that lead to the same end, and sees each crowd; or more of them: each stop and each element,
   * not every crowd.
   */
  readonly sees: 'orders' | 'crowds' | 'stops'
}

/** Tokens at one place beyond which a marking is not followed: they pile up without end. */
const CROWD_MAX = 3
/** Tokens in all beyond which a marking is not followed. */
export const TOKENS_MAX = 200

interface Node {
  readonly marking: Marking
  readonly from: Node | null
  readonly by: FlowNode | null
  /** The markings that lead here. */
  readonly before: Node[]
}

/** Looks at the markings that can be reached from the given ones, nearest first. */
export function explore(net: Net, starts: readonly Marking[], options: ExploreOptions): Exploration {
  const known = new Map<string, Node>()
  const queue: Node[] = []
  const activated = new Set<FlowNode>()
  const stuck = new Map<string, Witness>()
  const crowded = new Map<number, Witness & { place: number }>()
  const final: Node[] = []
  let bound: Exploration['bound'] = null
  let ends = false

  const meet = (marking: Marking, from: Node | null, by: FlowNode | null): Node | null => {
    const key = keyOf(marking)
    const met = known.get(key)
    if (met) return met
    if (known.size >= options.statesMax) {
      bound ??= 'states'
      return null
    }
    const node: Node = { marking, from, by, before: [] }
    known.set(key, node)
    queue.push(node)
    return node
  }

  for (const start of starts) meet(start, null, null)
  for (let next = 0; next < queue.length; next++) {
    const node = queue[next] as Node // below its length
    const { marking } = node
    if (marking.length > TOKENS_MAX) {
      bound ??= 'tokens'
      continue
    }
    let isCrowd = false
    eachPlace(marking, (place, count) => {
      const at = net.places[place]
      if (at?.kind === 'node') activated.add(at.node)
      if (count > 1 && !crowded.has(place)) crowded.set(place, { place, ...witness(node) })
      if (count > CROWD_MAX) isCrowd = true
    })
    if (isCrowd) {
      bound ??= 'crowd'
      continue
    }
    const firings = chooseFirings(net, marking, options.sees, known)
    if (firings.length === 0) {
      final.push(node)
      const left = marking.filter((place) => net.places[place]?.kind !== 'spent')
      const key = keyOf([...new Set(left)])
      if (left.length === 0) ends = true
      else if (!stuck.has(key)) stuck.set(key, witness(node))
    }
    for (const { by, next: after } of firings) {
      const met = meet(after, node, by)
      if (met) met.before.push(node)
    }
  }
  const complete = bound === null
  return {
    complete,
    bound,
    states: known.size,
    activated,
    stuck: [...stuck.values()],
    crowded: [...crowded.values()],
    ends,
    endless: complete ? endlessAmong(queue, final) : null,
  }
}

/** The reduced choice must lead somewhere new, else what it leaves out could be put off for ever. */
function chooseFirings(net: Net, marking: Marking, sees: ExploreOptions['sees'], known: ReadonlyMap<string, Node>): readonly Firing[] {
  const joined = joinFirings(net, marking)
  if (joined !== null) return joined
  if (sees === 'orders') return allFirings(net, marking)
  const few = independentFirings(net, marking, sees === 'crowds')
  return few?.some(({ next }) => leadsOn(net, next, known)) ? few : allFirings(net, marking)
}

/** True where the marking is new, and so is what the joins that act at once make of it. */
function leadsOn(net: Net, marking: Marking, known: ReadonlyMap<string, Node>): boolean {
  for (let at = marking; !known.has(keyOf(at)); ) {
    const joined = joinFirings(net, at)
    const [first, ...others] = joined ?? []
    if (first === undefined) return true
    if (others.length > 0) return joined?.some(({ next }) => !known.has(keyOf(next))) ?? true
    at = first.next
  }
  return false
}

/** Going back from where it ends or stops: what is not met cannot come to an end. */
function endlessAmong(all: readonly Node[], final: readonly Node[]): Witness | null {
  const good = new Set(final)
  const open = [...final]
  for (let node = open.pop(); node; node = open.pop()) {
    for (const before of node.before) {
      if (good.has(before)) continue
      good.add(before)
      open.push(before)
    }
  }
  const lost = all.find((node) => !good.has(node))
  return lost ? witness(lost) : null
}

function witness(node: Node): Witness {
  const trace: FlowNode[] = []
  const markings: Marking[] = []
  for (let at: Node | null = node; at; at = at.from) {
    if (at.by === null) continue
    trace.push(at.by)
    markings.push(at.marking)
  }
  return { marking: node.marking, trace: trace.reverse(), markings: markings.reverse() }
}
