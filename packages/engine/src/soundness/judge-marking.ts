import type { FlowScope } from '../model/elements.ts'
import { type Exploration, explore, type Witness } from './explore.ts'
import { boundTold } from './judge-scope.ts'
import { type Marking, markingOf } from './marking.ts'
import { isLast, type Net, netOf } from './net.ts'
import { joinsReached } from './successors.ts'

/** Where a token of a scope is: at an element, or, where it waits at a join, arrived by this flow. */
export interface TokenPlace {
  readonly elementId: string
  readonly arrivedBy?: string
  /** It waits at the join, which takes it when somebody has let it go. */
  readonly held?: true
}

/** What can come of a marking of one scope, its sub-processes taken as single steps, and every condition as open. */
export interface MarkingVerdict {
  /** True where all that can be left, and every end, was looked at: what is not found cannot happen, but for `severalTokens`. */
  readonly isComplete: boolean
  /** True where two tokens that are not found at one place cannot come there either. */
  readonly isEveryMeeting: boolean
  /** Why one of the two is not so, or null. */
  readonly because: string | null
  /** True where some way leads to the proper end: no token is left. */
  readonly canEnd: boolean
  /** What can go wrong, each by the shortest way that leads there. Empty and complete: every way ends properly. */
  readonly problems: readonly MarkingProblem[]
  /** Markings looked at. */
  readonly states: number
}

/**
 * `stuck`: nothing can happen any more and tokens are left; `severalTokens`: two are at one place at once, so that it happens twice;
 * `neverEnds`: it goes on, but no way leads to an end.
 */
export interface MarkingProblem {
  readonly kind: 'stuck' | 'severalTokens' | 'neverEnds'
  /** What happens on the way there, in order. */
  readonly trace: readonly TraceStep[]
  /** Where tokens are then: those that are left, those that are too many, all of them. */
  readonly tokens: readonly TokenPlace[]
  /** Of joins that wait for ever: by which flows nothing comes. */
  readonly missing: readonly string[]
}

/** An element acts, and this is where tokens are then. */
export interface TraceStep {
  readonly elementId: string
  readonly tokens: readonly TokenPlace[]
}

/** How far a search goes. */
export interface MarkingLimits {
  /** Markings looked at with all interleavings; beyond, those that lead to the same meetings and ends are left out. Default 5,000. */
  readonly statesMax?: number
  /**
   * Markings looked at then, and once more with those left out that lead to the same ends; beyond, the verdict is not complete. Default
   * 20,000.
   */
  readonly reducedMax?: number
}

/**
 * Searches what can come of tokens at these places of a scope. Places that the scope does not have are left out. Bounded; a verdict
 * that is not complete says what it met until then.
 */
export function judgeMarking(scope: FlowScope, tokens: readonly TokenPlace[], limits: MarkingLimits = {}): MarkingVerdict {
  const held = tokens.flatMap(({ arrivedBy, held: isHeld }) => (isHeld && arrivedBy !== undefined ? [arrivedBy] : []))
  const net = netOf(scope, Number.POSITIVE_INFINITY, held)
  const start = markingOf(tokens.flatMap((token) => placeOf(net, token)))
  const { statesMax = 5_000, reducedMax = 20_000 } = limits
  const whole = explore(net, [start], { statesMax, sees: 'orders' })
  const met = whole.bound === 'states' ? explore(net, [start], { statesMax: reducedMax, sees: 'crowds' }) : whole
  const found = met.complete ? met : explore(net, [start], { statesMax: reducedMax, sees: 'stops' })
  const inexact = net.inexact?.because ?? countsTokens(scope)
  const doubt = inexact ?? boundTold(found, reducedMax)
  return {
    isComplete: doubt === null,
    isEveryMeeting: met.complete && doubt === null,
    because: doubt ?? boundTold(met, reducedMax),
    canEnd: found.ends,
    problems: [...stuck(net, found), ...crowds(net, met.complete || whole.crowded.length === 0 ? met : whole), ...endless(net, found)],
    states: found.states,
  }
}

/** Two problems that are the same whatever way leads there. */
export function isSameProblem(one: MarkingProblem, other: MarkingProblem): boolean {
  return one.kind === other.kind && textOf(one) === textOf(other)
}

function textOf({ kind, tokens }: MarkingProblem): string {
  if (kind === 'neverEnds') return ''
  return [...new Set(tokens.map(({ elementId, arrivedBy }) => `${elementId} ${arrivedBy ?? ''}`))].sort().join('\n')
}

function placeOf(net: Net, { elementId, arrivedBy, held }: TokenPlace): number[] {
  const arrival = arrivedBy === undefined ? undefined : net.arrivalOf.get(arrivedBy)
  const place = (held && arrival !== undefined ? net.heldOf?.get(arrival) : undefined) ?? arrival ?? net.placeOf.get(elementId)
  return place === undefined ? [] : [place]
}

/** What the net does not count: how many tokens begin an activity or leave it. */
function countsTokens(scope: FlowScope): string | null {
  const node = scope.nodes.find((one) => 'startQuantity' in one && (one.startQuantity > 1 || one.completionQuantity > 1))
  return node === undefined ? null : `"${node.id}" takes or gives several tokens at once`
}

function stuck(net: Net, { stuck: found }: Exploration): MarkingProblem[] {
  return found.map(({ marking, trace, markings }) => ({
    kind: 'stuck',
    trace: stepsOf(net, { trace, markings }),
    tokens: placesOf(net, marking),
    missing: joinsReached(net, marking).flatMap(({ gateway }) =>
      gateway.incoming.filter((flow) => !marking.includes(net.arrivalOf.get(flow.id) ?? -1)).map((flow) => flow.id),
    ),
  }))
}

function crowds(net: Net, { crowded }: Exploration): MarkingProblem[] {
  return crowded.flatMap(({ place, trace, markings }): MarkingProblem[] => {
    const at = net.places[place]
    if (at === undefined || at.kind === 'spent' || isLast(at)) return []
    return [{ kind: 'severalTokens', trace: stepsOf(net, { trace, markings }), tokens: placesOf(net, [place]), missing: [] }]
  })
}

function endless(net: Net, { endless: found }: Exploration): MarkingProblem[] {
  if (found === null) return []
  return [{ kind: 'neverEnds', trace: stepsOf(net, found), tokens: placesOf(net, found.marking), missing: [] }]
}

function placesOf(net: Net, marking: Marking): TokenPlace[] {
  return marking.flatMap((place): TokenPlace[] => {
    const at = net.places[place]
    if (at === undefined || at.kind === 'spent') return []
    if (at.kind === 'node') return [{ elementId: at.node.id }]
    const arrived = { elementId: at.node.id, arrivedBy: at.flow.id }
    return [at.kind === 'held' ? { ...arrived, held: true } : arrived]
  })
}

function stepsOf(net: Net, { trace, markings }: Pick<Witness, 'trace' | 'markings'>): TraceStep[] {
  return trace.map(({ id }, k) => ({ elementId: id, tokens: placesOf(net, markings[k] ?? []) }))
}
