import { isLeewayError } from '@leeway/storage'
import type {
  Activity,
  BoundaryEvent,
  ComplexGateway,
  FlowNode,
  InclusiveGateway,
  ParallelGateway,
  SequenceFlow,
} from '../model/elements.ts'
import { upstreamByFlows, upstreamOf } from '../model/reachability.ts'
import type { Step } from './agenda.ts'
import { findScope, scopeOf } from './draft.ts'
import { raiseIncident } from './incidents.ts'
import { joinOf, pathsAt } from './joins-of-paths.ts'
import type { Join, Scope, Token } from './state.ts'
import { truthy } from './variables.ts'
import { beginOrDefer } from './work.ts'

type JoiningNode = ParallelGateway | InclusiveGateway | ComplexGateway | Activity

/**
 * True where a token may have to wait: at a parallel, inclusive or complex gateway with several incoming flows, at an activity that begins
 * with several tokens, or whose ad hoc sub-process runs one activity at a time.
 */
export function joins(node: FlowNode): node is JoiningNode {
  if (node.type === 'parallelGateway' || node.type === 'inclusiveGateway' || node.type === 'complexGateway') return node.incoming.length > 1
  return 'startQuantity' in node && (node.startQuantity > 1 || node.scope.adHoc?.ordering === 'Sequential')
}

/** A token waits at the gateway. A parallel one fires when each incoming flow has a token; the others are judged when the scope rests. */
export function arriveAtJoin(step: Step, scopeId: string, gateway: JoiningNode, via: string, path?: number): void {
  const n = scopeOf(step.draft, scopeId).counter + 1
  const of = gateway.scope.adHoc === null ? {} : { path: path ?? n }
  step.emit({ type: 'tokenArrived', scopeId, n, elementId: gateway.id, via, at: step.now, ...of })
  if (gateway.type === 'parallelGateway') fireParallel(step, scopeId, gateway)
  else step.moved(scopeId)
}

/**
 * Looks at the inclusive and complex gateways, and the activities that collect tokens, of scopes in which a token moved, and fires those
 * that may.
 */
export function settleJoins(step: Step, scopeIds: readonly string[]): void {
  for (const scopeId of scopeIds) {
    const waiting = findScope(step.draft, scopeId)?.joins
    if (!waiting) continue
    for (const gatewayId of Object.keys(waiting)) {
      const gateway = step.definition.nodes.get(gatewayId)
      if (gateway?.scope.adHoc != null && !('startQuantity' in gateway)) {
        for (const path of pathsAt(scopeOf(step.draft, scopeId), gatewayId)) if (step.idle) settleJoin(step, scopeId, gateway, path)
      } else if (gateway) settleJoin(step, scopeId, gateway)
      if (!step.idle) return // its token moves first; the rest is judged when the scope rests again
    }
  }
}

function settleJoin(step: Step, scopeId: string, gateway: FlowNode, path?: number): void {
  if (gateway.type === 'inclusiveGateway') fireInclusive(step, scopeId, gateway, path)
  else if (gateway.type === 'complexGateway') tryComplex(step, scopeId, gateway, path)
  else if ('startQuantity' in gateway) beginCollected(step, scopeId, gateway)
}

/** A join that was held back is looked at again. */
export function reconsiderJoin(step: Step, scopeId: string, gateway: FlowNode): void {
  if (gateway.type === 'parallelGateway') fireParallel(step, scopeId, gateway)
  else step.moved(scopeId)
}

/** BPMN 2.0.2 §13.4.1: consumes exactly one token from each incoming flow. */
function fireParallel(step: Step, scopeId: string, gateway: ParallelGateway): void {
  const scope = scopeOf(step.draft, scopeId)
  const join = scope.joins?.[gateway.id]
  if (!join || join.filled < gateway.incoming.length) return
  const tokens = gateway.scope.adHoc === null ? firstArrivals(scope, join, gateway.incoming) : arrivalsOfPath(scope, join, gateway.incoming)
  if (tokens) fire(step, scopeId, gateway, tokens)
}

/**
 * BPMN 2.0.2 Table 13.3: fires when no token that could still reach an empty flow is left, unless it could reach a flow that has one too.
 */
function fireInclusive(step: Step, scopeId: string, gateway: InclusiveGateway, path: number | undefined): void {
  const scope = scopeOf(step.draft, scopeId)
  const join = joinOf(scope, gateway.id, path)
  if (!join || join.filled === 0) return
  const filled = gateway.incoming.filter((flow) => join.flows[flow.id])
  const empty = gateway.incoming.filter((flow) => !join.flows[flow.id])
  if (mayStillCome(step, scope, gateway, empty, filled, path)) return
  const tokens = firstArrivals(scope, join, filled)
  if (tokens) fire(step, scopeId, gateway, tokens)
}

/**
 * BPMN 2.0.2 §13.3.2: the activity begins with the oldest tokens as soon as there are enough; in a sequential ad hoc sub-process when no
 * other runs.
 */
function beginCollected(step: Step, scopeId: string, activity: Activity): void {
  const scope = scopeOf(step.draft, scopeId)
  const flows = scope.joins?.[activity.id]?.flows ?? {}
  const come = Object.entries(flows)
    .flatMap(([flowId, numbers]) => numbers.map((n) => [flowId, n] as const))
    .filter(([, n]) => scope.tokens[n]?.phase === 'arrived')
    .sort(([, a], [, b]) => a - b)
  if (come.length < activity.startQuantity) return
  if (activity.scope.adHoc?.ordering === 'Sequential' && runsOne(step, scope)) return
  fire(step, scopeId, activity, come.slice(0, activity.startQuantity))
}

function runsOne(step: Step, scope: Scope): boolean {
  return Object.values(scope.tokens).some((token) => {
    const node = step.definition.nodes.get(token.elementId)
    if (node === undefined || !('startQuantity' in node) || (node.type === 'subProcess' && node.triggeredByEvent)) return false
    return token.phase !== 'arrived' && token.hold?.was !== 'arrived'
  })
}

/**
 * True where some token of the scope, or of one path in it, can reach one of the empty flows and, by flows alone, none of the filled ones.
 */
function mayStillCome(
  step: Step,
  scope: Scope,
  gateway: FlowNode,
  empty: readonly SequenceFlow[],
  filled: readonly SequenceFlow[],
  path: number | undefined,
): boolean {
  if (empty.length === 0) return false
  const upstream = upstreamOf(gateway)
  const byFlows = upstreamByFlows(gateway)
  for (const n in scope.tokens) {
    const token = scope.tokens[n]
    if (token === undefined || token.elementId === gateway.id || token.compensation?.hasLeft) continue
    if (path !== undefined && token.path !== path) continue
    const node = step.definition.nodes.get(token.elementId)
    if (!node) continue
    const comes = (flow: SequenceFlow): boolean => canReach(upstream.get(flow.id), flow, gateway, node, token)
    if (empty.some(comes) && !filled.some((flow) => byFlows.get(flow.id)?.has(node.id))) return true
  }
  return false
}

/** True where this token has a way to the flow: through what its element leads to, or a boundary event of it that can still occur. */
function canReach(before: ReadonlySet<string> | undefined, flow: SequenceFlow, gateway: FlowNode, node: FlowNode, token: Token): boolean {
  if (before === undefined) return false
  if (!('boundaryEvents' in node) || node.boundaryEvents.length === 0) return before.has(node.id)
  if (node.outgoing.some((way) => way === flow || (way.target !== gateway && before.has(way.target.id)))) return true
  return node.boundaryEvents.some((event) => before.has(event.id) && canOccur(event, token))
}

/**
 * An error, escalation or cancel event as long as its activity lives; the others while they are armed, off the path too. A spent one is no
 * way any more.
 */
function canOccur(event: BoundaryEvent, token: Token): boolean {
  if (event.eventDefinitions.some(({ type }) => type === 'error' || type === 'escalation' || type === 'cancel')) return true
  return token.waits?.some((wait) => 'for' in wait && wait.for === event.id) ?? false
}

/** A condition that cannot be evaluated is an incident at a token that waits there. */
function tryComplex(step: Step, scopeId: string, gateway: ComplexGateway, path: number | undefined): void {
  try {
    fireComplex(step, scopeId, gateway, path)
  } catch (error) {
    if (!isLeewayError(error)) throw error
    const scope = scopeOf(step.draft, scopeId)
    const arrived = Object.values(joinOf(scope, gateway.id, path)?.flows ?? {}).flat()
    const n = arrived.find((one) => scope.tokens[one]?.phase === 'arrived')
    if (n !== undefined) raiseIncident(step, scopeId, n, gateway.id, error.code, error.message, 'join')
  }
}

/** BPMN 2.0.2 §13.4.5: first the activation condition, then the reset once the tokens that can still come have come. */
function fireComplex(step: Step, scopeId: string, gateway: ComplexGateway, path: number | undefined): void {
  const scope = scopeOf(step.draft, scopeId)
  const join = joinOf(scope, gateway.id, path)
  if (!join) return
  const filled = gateway.incoming.filter((flow) => join.flows[flow.id])
  if (!join.waitingForReset) {
    const tokens = firstArrivals(scope, join, filled)
    if (!tokens || filled.length === 0 || !activates(step, scopeId, gateway, join)) return
    const rest = gateway.incoming.filter((flow) => !join.flows[flow.id])
    return fire(step, scopeId, gateway, tokens, rest.length > 0 ? rest.map((flow) => flow.id) : undefined)
  }
  const awaited = gateway.incoming.filter((flow) => join.waitingForReset?.includes(flow.id))
  const come = awaited.filter((flow) => join.flows[flow.id])
  const missing = awaited.filter((flow) => !join.flows[flow.id])
  if (mayStillCome(step, scope, gateway, missing, come, path)) return
  reset(step, scopeId, gateway, join, come, path)
}

/** The activation condition on the arrivals: `activationCount` tokens in all, and by flow id. Without a condition any one activates. */
function activates(step: Step, scopeId: string, gateway: ComplexGateway, join: Join): boolean {
  if (!gateway.activationCondition) return true
  const counts: Record<string, number> = { activationCount: 0 }
  for (const flow of gateway.incoming) {
    const count = join.flows[flow.id]?.length ?? 0
    counts[flow.id] = count
    counts.activationCount = (counts.activationCount ?? 0) + count
  }
  return truthy(step, scopeId, gateway.activationCondition, counts)
}

/**
 * The gateway takes the late tokens and can fire again. Only flows whose condition asks for it (`waitingForStart` is false) get a token.
 */
function reset(
  step: Step,
  scopeId: string,
  gateway: ComplexGateway,
  join: Join,
  come: readonly SequenceFlow[],
  path: number | undefined,
): void {
  const scope = scopeOf(step.draft, scopeId)
  const late = firstArrivals(scope, join, come)
  if (!late) return
  const again = gateway.outgoing.filter((flow) => asksAgain(step, scopeId, flow, late.length > 0))
  if (late.length > 0) step.emit({ type: 'tokensJoined', scopeId, elementId: gateway.id, tokens: late })
  step.emit({ type: 'gatewayReset', scopeId, elementId: gateway.id, ...(path !== undefined && { path }) })
  for (const flow of again) step.plan({ do: 'enter', scopeId, node: flow.target, via: flow.id, path })
  step.moved(scopeId)
}

/** A condition that cannot be evaluated does not hold where no token is there that could be stuck with it. */
function asksAgain(step: Step, scopeId: string, { condition }: SequenceFlow, canBeStuck: boolean): boolean {
  if (condition === null) return false
  try {
    return truthy(step, scopeId, condition, { waitingForStart: false })
  } catch (error) {
    if (canBeStuck || !isLeewayError(error)) throw error
    return false
  }
}

/** The oldest token of each flow; null where one of them is held or stuck: the join waits for its return. */
function firstArrivals(scope: Scope, join: Join, flows: readonly SequenceFlow[]): (readonly [string, number])[] | null {
  const tokens: (readonly [string, number])[] = []
  for (const flow of flows) {
    const n = join.flows[flow.id]?.[0]
    if (n === undefined) continue
    if (scope.tokens[n]?.phase !== 'arrived') return null
    tokens.push([flow.id, n])
  }
  return tokens
}

/** In an ad hoc sub-process each path has joins of its own: the first path that has come by all flows; null where none has. */
function arrivalsOfPath(scope: Scope, join: Join, flows: readonly SequenceFlow[]): (readonly [string, number])[] | null {
  const [first] = flows
  for (const candidate of (first && join.flows[first.id]) ?? []) {
    const path = scope.tokens[candidate]?.path
    const tokens = flows.flatMap(({ id }): (readonly [string, number])[] => {
      const n = join.flows[id]?.find((one) => scope.tokens[one]?.path === path && scope.tokens[one]?.phase === 'arrived')
      return n === undefined ? [] : [[id, n]]
    })
    if (tokens.length === flows.length) return tokens
  }
  return null
}

function fire(
  step: Step,
  scopeId: string,
  gateway: JoiningNode,
  tokens: readonly (readonly [string, number])[],
  waitingForReset?: readonly string[],
): void {
  const elementId = gateway.id
  const path = pathOfAny(scopeOf(step.draft, scopeId), tokens)
  step.emit(
    waitingForReset
      ? { type: 'tokensJoined', scopeId, elementId, tokens, waitingForReset, ...(path !== undefined && { path }) }
      : { type: 'tokensJoined', scopeId, elementId, tokens },
  )
  const n = scopeOf(step.draft, scopeId).counter + 1
  step.emit({ type: 'elementActivated', scopeId, n, elementId, at: step.now, ...(path !== undefined && { path }) })
  beginOrDefer(step, scopeId, n, gateway)
}

/** Where tokens of several paths come together they go on as that of the first. */
function pathOfAny({ tokens }: Scope, joined: readonly (readonly [string, number])[]): number | undefined {
  const [first] = joined
  return first && tokens[first[1]]?.path
}
