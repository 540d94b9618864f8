import {
  type Definition,
  type FlowNode,
  type FlowScope,
  type InstanceReader,
  type KernelEvent,
  type Scope,
  splitTokenId,
  type Token,
} from '@leeway/engine/extension'
import type { Chooser } from '../../../engine/test/laws/chooser.ts'
import type { Kernel } from '../../../engine/test/laws/kernel.ts'
import type { Anchor } from '../../src/case/deviation-state.ts'
import type { LaterDirective } from '../../src/case/directives.ts'
import { commandsOf } from '../../src/deviation/moves.ts'
import type { Step } from '../../src/index.ts'

type InstanceState = Parameters<Kernel['step']>[1]

/** A return that is refused because of what could come of it. */
export interface Refusal {
  readonly code: string
  readonly trace: readonly Step[]
}

/** The instance as it stood before the return. */
export interface Stand {
  readonly definition: Definition
  readonly state: InstanceState
  readonly anchor: Anchor
  /** Who holds the anchor. */
  readonly by: string
}

/**
 * Does what was refused, in the kernel, then what the trace says, and looks after each step whether the tokens are where the trace has
 * them. Everybody holds everything: a token is stopped before each element, so that nothing acts but what is to act next. Gives what does
 * not fit: a step, or an end that is not stuck, not double, or not endless. Null where all is as told. A join of the kernel acts as soon as
 * it can: a trace in which another element acts before it does not fit, but where that is a gateway that never waits: in the kernel no
 * token stands before it when joins are looked at, as one does here, so that the trace says nothing that could be compared from there on.
 */
export function misfitOf(kernel: Kernel, stand: Stand, to: LaterDirective, refusal: Refusal, chooser: Chooser): string | null {
  const { code, trace } = refusal
  const moves = trace.filter(({ tokens }) => tokens !== undefined)
  const last = trace.filter(({ tokens }) => tokens === undefined)
  const play = openPlay(kernel, stand, to, last[0]?.elementId ?? '')
  for (const [k, step] of moves.entries()) {
    const wanted = placesOf(step)
    const problem = k === 0 ? null : play.act(step.elementId, wanted)
    if (problem === NEVER_THERE) return null
    if (problem !== null) return `step ${k}: ${problem}`
    const found = play.places()
    if (found.join() !== wanted.join()) return `step ${k} ("${step.elementId}"): tokens are at ${found.join()}, not at ${wanted.join()}`
  }
  const places = play.places()
  const isAt = ({ elementId }: Step, place: string): boolean => place === elementId || place.startsWith(`${elementId}<`)
  const told = last.find((step) => !places.some((place) => isAt(step, place)))
  if (told !== undefined || last.length === 0) return `no token is at ${told?.elementId}`
  if (code === 'WouldDoubleFire')
    return last.every((step) => places.some((place) => isAt(step, place) && count(places, place) > 1)) ? null : 'nothing is there twice'
  if (code === 'WouldDeadlock') return play.canAct().length === 0 ? null : `${play.canAct().join()} could act`
  for (let move = 0; move < ENDLESS_MOVES; move++) {
    const problem = play.wander(chooser)
    if (problem !== null) return `after ${move} moves of what never ends: ${problem}`
  }
  return null
}

const ENDLESS_MOVES = 20
const NEVER_THERE: unique symbol = Symbol('a token that stands only because it was stopped')
const REPLAY = 'replay'
const NOW = Date.UTC(2026, 5, 1)

interface Play {
  /** Where tokens of the content are: elements, and `element<flow` where one waits at a join. */
  places(): readonly string[]
  /** The element acts so that tokens come to these places. Gives why it cannot. */
  act(elementId: string, wanted: readonly string[]): string | typeof NEVER_THERE | null
  /** Elements at which a token can act. */
  canAct(): readonly string[]
  /** Something acts, some way is taken. Gives why nothing can. */
  wander(chooser: Chooser): string | null
}

/** A join fired as soon as it could; in the trace that is a step of its own, the next one. */
interface Fired {
  readonly n: number
  readonly elementId: string
  readonly arrivals: readonly string[]
}

function openPlay(kernel: Kernel, { definition, state: before, anchor, by }: Stand, to: LaterDirective, elementId: string): Play {
  const ways = openWays(definition)
  stopJoins(definition)
  const content = contentOf(definition, elementId)
  let state = before
  let fired: readonly Fired[] = []

  const perform = (command: object): string | null => {
    const outcome = kernel.step(definition, state, { ...command, now: NOW } as Parameters<Kernel['step']>[2]) // a command of the kernel with its instant
    if ('rejected' in outcome) return `${JSON.stringify(command)} is refused: ${outcome.rejected.message}`
    state = outcome.state
    fired = [...fired, ...firedIn(outcome.events, scopeId())].filter(({ n }) => scope()?.tokens[n] !== undefined)
    return null
  }
  const scopeId = (): string => scopeOf(state, definition, content)?.id ?? ''
  const scope = (): Scope | undefined => state.scopes.get(scopeId())
  const tokens = (): readonly (readonly [number, Token])[] => {
    const at = scope()
    const all = Object.entries(at?.tokens ?? {}).map(([n, token]) => [Number(n), token] as const)
    return at === undefined ? [] : all.filter(([n]) => at.armed?.includes(n) !== true)
  }
  const stopAllBut = (id: string | null): string | null => {
    const [root] = state.scopes.keys()
    const stops = Object.fromEntries([...definition.nodes.keys()].filter((one) => one !== id).map((one) => [one, REPLAY]))
    return perform({ type: 'setStops', instanceId: root, stops })
  }
  const free = (): readonly (readonly [number, Token])[] =>
    tokens().filter(([n, token]) => !hasArrived(token) && !fired.some((one) => one.n === n))
  /** The token at an element leaves it by these flows. */
  const leave = (id: string, flows: readonly string[]): string | null => {
    const found = free().find(([, token]) => token.elementId === id)
    if (found === undefined) return `no token at "${id}" can act`
    const [n, token] = found
    ways.take(flows)
    const place = { scopeId: scopeId(), n }
    const stopped = stopAllBut(id)
    if (stopped !== null) return stopped
    if (token.child) return perform({ type: 'endScope', scopeId: `${place.scopeId}.${n}`, reason: null })
    if (token.waits?.some(({ type }) => type === 'continuation')) return perform({ type: 'continue', ...place })
    const isStopped = token.phase === 'held' && (token.hold?.was === 'unbegun' || token.hold?.was === 'occurred')
    if (isStopped && !('startQuantity' in nodeOf(definition, id))) return perform({ type: 'release', ...place, by: REPLAY })
    return held(place, token) ?? perform({ type: 'divert', ...place, by: REPLAY, to: { type: 'skip', values: {} } })
  }
  const held = (place: { readonly scopeId: string; readonly n: number }, { phase }: Token): string | null =>
    phase === 'held' ? null : perform({ type: 'hold', ...place, by: REPLAY, timers: {} })
  /** What it is attached to ends by it. */
  const occur = (event: FlowNode & { readonly type: 'boundaryEvent' }): string | null => {
    const found = free().find(([, token]) => token.elementId === event.attachedTo.id)
    if (found === undefined) return `no token is at "${event.attachedTo.id}"`
    const [n, token] = found
    const place = { scopeId: scopeId(), n }
    if (token.phase === 'held' && token.hold?.was !== 'unbegun') return `"${event.attachedTo.id}" is held by another`
    const to = { type: 'event', for: event.id, values: {} }
    return stopAllBut(null) ?? held(place, token) ?? perform({ type: 'divert', ...place, by: REPLAY, to })
  }
  const places = (): readonly string[] =>
    tokens()
      .flatMap(([n, token]) => {
        const join = fired.find((one) => one.n === n)
        if (join !== undefined) return join.arrivals.map((flow) => `${token.elementId}<${flow}`)
        return [hasArrived(token) ? `${token.elementId}<${token.via}` : token.elementId]
      })
      .sort()
  const act: Play['act'] = (id, wanted) => {
    const node = nodeOf(definition, id)
    const [first] = fired
    if (first !== undefined && !fired.some((one) => one.elementId === id))
      return neverWaits(node) ? NEVER_THERE : `"${first.elementId}" acts before "${id}"`
    const isMore = count(wanted, id) > count(places(), id)
    if (isMore && node.type === 'boundaryEvent') return occur(node)
    if (isMore) {
      const taken = places().filter((place) => place.startsWith(`${id}<`) && count(wanted, place) < count(places(), place))
      const join = fired.find(
        (one) => one.elementId === id && one.arrivals.map((flow) => `${id}<${flow}`).join() === [...new Set(taken)].join(),
      )
      if (join === undefined) return `"${id}" does not join ${taken.join()}`
      fired = fired.filter((one) => one !== join)
      return null
    }
    const now = places()
    const isTaken = (place: string): boolean => count(wanted, place) > count(now, place)
    return leave(
      id,
      node.outgoing.filter(({ id: flow, target }) => isTaken(`${target.id}<${flow}`) || isTaken(target.id)).map((flow) => flow.id),
    )
  }
  const canAct = (): readonly string[] => [...free().map(([, { elementId: at }]) => at), ...fired.map(({ elementId: at }) => at)]
  const wander = (chooser: Chooser): string | null => {
    const some = <T>(list: readonly T[]): T | undefined => list[chooser.below(list.length)]
    const [join] = fired
    if (join !== undefined) fired = fired.slice(1)
    const id = join?.elementId ?? some(free())?.[1].elementId
    if (id === undefined) return 'nothing acts'
    const { type, outgoing } = nodeOf(definition, id)
    const one = some(outgoing)
    const problem = leave(
      id,
      (type === 'exclusiveGateway' && one !== undefined ? [one] : outgoing).map((flow) => flow.id),
    )
    const status = state.scopes.values().next().value?.instance?.status
    return problem ?? (status === 'active' && tokens().length > 0 ? null : 'it is over')
  }

  const instance = readerOf(definition, state)
  const stopped = stopAllBut(null)
  if (stopped !== null) throw new Error(stopped)
  for (const command of commandsOf(to, anchor, by, {}, instance)) {
    const problem = perform(command)
    if (problem !== null) throw new Error(problem)
  }
  return { places, act, canAct, wander }
}

/** From now on the conditions of all flows hold where that is said, and not elsewhere. */
function openWays(definition: Definition): { take(flows: readonly string[]): void } {
  let taken: ReadonlySet<string> = new Set()
  for (const flow of definition.flows.values()) {
    if (flow.condition === null) continue
    const condition = { source: '', language: 'literal', names: [], functions: [], evaluate: () => taken.has(flow.id) }
    ;(flow as { condition: unknown }).condition = condition // a definition of our own
  }
  return {
    take(flows) {
      taken = new Set(flows)
    },
  }
}

/** A stop holds one token; an inclusive join that several tokens came to by one flow acts for each of them at once, and each is to stop. */
function stopJoins(definition: Definition): void {
  for (const node of definition.nodes.values())
    if (node.type === 'inclusiveGateway' && node.incoming.length > 1) (node as { asyncBefore: boolean }).asyncBefore = true // as above
}

function contentOf(definition: Definition, elementId: string): FlowScope {
  return nodeOf(definition, elementId).scope
}

function nodeOf(definition: Definition, elementId: string): FlowNode {
  const node = definition.nodes.get(elementId)
  if (node === undefined) throw new Error(`no element "${elementId}"`)
  return node
}

/** The only scope that there is of a content. */
function scopeOf(state: InstanceState, definition: Definition, content: FlowScope): Scope | undefined {
  const isOf = (scope: Scope): boolean => (scope.kind === 'process' ? definition.root.id : scope.elementId) === content.id
  return [...state.scopes.values()].filter((scope) => isOf(scope) && scope.live > 0).at(-1)
}

function firedIn(events: readonly KernelEvent[], scopeId: string): readonly Fired[] {
  return events.flatMap((event, k): Fired[] => {
    const next = events[k + 1]
    if (event.type !== 'tokensJoined' || event.scopeId !== scopeId || next?.type !== 'elementActivated') return []
    return [{ n: next.n, elementId: event.elementId, arrivals: event.tokens.map(([flow]) => flow).sort() }]
  })
}

/** A gateway that acts as soon as a token comes. */
function neverWaits({ type, incoming }: FlowNode): boolean {
  return type === 'exclusiveGateway' || ((type === 'parallelGateway' || type === 'inclusiveGateway') && incoming.length <= 1)
}

function hasArrived({ phase, hold }: Token): boolean {
  return phase === 'arrived' || hold?.was === 'arrived'
}

function readerOf(definition: Definition, state: InstanceState): InstanceReader {
  const [id = ''] = state.scopes.keys()
  const scope = (scopeId: string): Scope | null => state.scopes.get(scopeId) ?? null
  const token = (elementInstanceId: string): Token | null => {
    const place = splitTokenId(elementInstanceId)
    return (place && scope(place.scopeId)?.tokens[place.n]) ?? null
  }
  return { id, definition, scope, token } as unknown as InstanceReader // all that moves are made of
}

function placesOf({ tokens = [] }: Pick<Step, 'tokens'>): readonly string[] {
  return tokens.map(({ elementId, arrivedBy }) => (arrivedBy === undefined ? elementId : `${elementId}<${arrivedBy}`)).sort()
}

function count(places: readonly string[], place: string): number {
  return places.filter((one) => one === place).length
}
