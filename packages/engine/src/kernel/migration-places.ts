import type { FlowNode, FlowScope } from '../model/elements.ts'
import { downstreamOf, linkTargets } from '../model/reachability.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { wholeHold } from './holding-scopes.ts'
import { tokenId } from './ids.ts'
import { joins } from './joins.ts'
import { multiplies } from './migration-groups.ts'
import type { Frame, Way } from './migration-way.ts'
import type { Container } from './places.ts'
import type { Moving } from './relocating.ts'
import { isArmedToken, type Scope, type Token, tokenNumbers } from './state.ts'

/** Where a token goes that is in another scope in the new model. */
export interface Destination {
  /** The scopes that it goes out of, innermost first. */
  readonly outOf: readonly Frame[]
  /** The scope around all of these, or an open one inside that. */
  readonly base: string
  /** Sub-processes to be opened in there, outermost first. */
  readonly into: readonly Container[]
  /** It goes into a sub-process that is open beside it. */
  readonly isShared: boolean
  /** Ids of all sub-processes that it goes into, outermost first. */
  readonly entered: readonly string[]
}

/** The destination of a token whose scope is `frame`; or why it cannot be told. */
export function destinationOf(way: Way, frame: Frame, token: Token, to: FlowNode): Destination | string {
  const where = `is in "${to.scope.id}" in the new model`
  if (token.compensation !== undefined || token.drivenBy !== undefined) return `${where}, and a compensation is under way there`
  const left: Frame[] = []
  let at = frame
  for (; at.outer !== null && !isWithin(to.scope, at.content); at = at.outer) left.push(at)
  for (const { scope, closed } of left) if (closed !== null) return `${where}, and its token in "${scope.elementId}": ${closed}`
  const again = left.find((one) => !one.ends && one.next !== null && leadsInto(one.next, to))
  if (again !== undefined)
    return `${where}, and its token in "${again.scope.elementId}", which goes on with others and leads there, so that it would be done again`
  const into: Container[] = []
  for (let inner: FlowScope | null = to.scope; inner !== at.content; inner = inner.parent) {
    const node: FlowNode | undefined = inner === null || inner.parent === null ? undefined : way.target.nodes.get(inner.id)
    if (inner === null || node === undefined || !('content' in node)) return `${where}, and no token can be put there`
    into.unshift(node)
  }
  const entered = into.map(({ id }) => id)
  const outOf = left.filter(({ scope }) => scope.kind === 'subProcess' || scope.kind === 'adHocSubProcess')
  return inside(way, { outOf, base: at.scope.id, into, isShared: false, entered }, where)
}

/** Goes on into what is open already and can hold several tokens. What cannot has an instance for each. */
function inside(way: Way, destination: Destination, where: string): Destination | string {
  const { base, into } = destination
  const [next, ...further] = into
  if (next === undefined) return destination
  const isHandler = next.type === 'subProcess' && next.triggeredByEvent
  const [open, ...others] = isHandler || multiplies(next.content) ? openIn(way, base, next) : []
  if (open === undefined) {
    const why = into.map(notOpened).find((one) => one !== null)
    return why === undefined ? destination : `${where}, and ${why}`
  }
  if (others.length > 0) return `${where}, and "${next.id}" around it is open ${others.length + 1} times: it cannot be told which is meant`
  const { closing, live } = scopeOf(way.there.draft, open)
  if (closing) return `${where}, and "${next.id}" around it is ending`
  if (!multiplies(next.content)) return `${where}, and "${next.id}" around it can hold one token, and has one`
  if (next.content.adHoc?.ordering === 'Sequential' && live > 0)
    return `${where}, and "${next.id}" around it has one at a time, and has one`
  return inside(way, { ...destination, base: open, into: further, isShared: true }, where)
}

/** Why none can be opened around a token; null where one can. A loop is in its first round then. */
function notOpened(node: Container): string | null {
  if (node.type === 'subProcess' && node.triggeredByEvent) return `"${node.id}" around it is begun by its event alone, and is not under way`
  if (node.isForCompensation) return `"${node.id}" around it is begun by compensation alone`
  return node.repetition?.type === 'multiInstance'
    ? `"${node.id}" around it is repeated for several: it cannot be told for which of them its token is`
    : null
}

/**
 * Ids of the scopes in this one that are instances of the sub-process, after the migration too; of one that is repeated one after the other
 * its round.
 */
function openIn(way: Way, scopeId: string, node: FlowNode): readonly string[] {
  const { there, target, map, source } = way
  const scope = scopeOf(there.draft, scopeId)
  return tokenNumbers(scope).flatMap((n) => {
    const token = scope.tokens[n] as Token // it was just found there
    const its = source.nodes.get(token.elementId)
    if (!token.child || its === undefined || target.nodes.get(map[its.id] ?? its.id) !== node) return []
    const content = contentScope(way, scope, n, token, its, true)
    return content !== null && !isEmptied(way, scope, n, token, its) ? [content.id] : []
  })
}

/**
 * The scope with the content of what a token opened, where all of it is one: of a loop its round. `inTurn`: of a multi-instance too that
 * has one round after the other.
 */
export function contentScope(way: Way, scope: Scope, n: number, token: Token, node: FlowNode, inTurn = false): Scope | null {
  const { draft } = way.there
  if (!token.child || !('content' in node) || (scope.kind === 'iteration' && scope.elementId === node.id)) return null
  const inner = findScope(draft, tokenId(scope.id, n))
  if (inner === null || inner.rounds === undefined) return inner
  const { repetition } = node
  if (repetition?.type !== 'standardLoop' && !(inTurn && repetition?.type === 'multiInstance' && repetition.isSequential)) return null
  requireChildren(draft, inner.id)
  const round = findScope(draft, tokenId(inner.id, inner.rounds.begun))
  const owner = round === null || round.output ? undefined : tokenNumbers(round).find((k) => round.tokens[k]?.child)
  if (round === null || owner === undefined || !isAtWork(way, round.id, round.tokens[owner] as Token)) return null // it was just found there
  return findScope(draft, tokenId(round.id, owner))
}

/** True for an open sub-process all of whose tokens have their place outside of it in the new model, whether it is there still or not. */
export function isEmptied(way: Way, scope: Scope, n: number, token: Token, node: FlowNode): boolean {
  if (!token.child || !isAtWork(way, scope.id, token)) return false
  const inner = contentScope(way, scope, n, token, node)
  return inner !== null && inner.live > 0 && isOutside(way, inner, contentIn(way, node))
}

/** True where nothing that is at work in the scope has its place in this content. */
function isOutside(way: Way, scope: Scope, content: FlowScope | null): boolean {
  const { source, target, map } = way
  return tokenNumbers(scope).every((n) => {
    if (isArmedToken(scope, n)) return true
    const token = scope.tokens[n] as Token // it was just found there
    const node = source.nodes.get(token.elementId)
    if (node === undefined || isAnchored(way, tokenId(scope.id, n), token, node)) return false
    const inner = contentScope(way, scope, n, token, node)
    if (isEmptied(way, scope, n, token, node)) return inner !== null && isOutside(way, inner, content)
    const to = target.nodes.get(map[node.id] ?? node.id)
    if (to === undefined || isWithin(to.scope, content)) return false
    return inner === null || isOutside(way, inner, content)
  })
}

/** True where who is off the path, or works beside, goes to another step. */
export function isAnchored({ reanchor, beside }: Way, id: string, { phase }: Token, node: FlowNode): boolean {
  return reanchor[node.id] !== undefined && (phase === 'held' || beside[id] !== undefined)
}

/** Nothing but its content keeps it; off the path at most with all that is around it. */
export function isAtWork(way: Way, scopeId: string, { phase, hold, incident, compensation, drivenBy, listening }: Token): boolean {
  if (incident || compensation || drivenBy !== undefined || listening?.then !== undefined) return false
  if (phase !== 'held' || hold === undefined) return phase === 'active'
  return hold.was === 'active' && hold.latches.length === 0 && hold.by === wholeHold(way.there.draft, scopeId)
}

/** What the sub-process contains in the new model; null where it is not there. */
export function contentIn({ target, map }: Way, { id }: FlowNode): FlowScope | null {
  const next = target.nodes.get(map[id] ?? id)
  return next !== undefined && 'content' in next ? next.content : null
}

function isWithin(inner: FlowScope, outer: FlowScope | null): boolean {
  for (let at: FlowScope | null = inner; at !== null; at = at.parent) if (at === outer) return true
  return false
}

/**
 * Elements at which a token is behind a sub-process that is opened around others and can hold several: it may have come out of what is in
 * there now, and would be done again when that is left.
 */
export function behindOpened(way: Way, moves: readonly Moving[]): ReadonlyMap<FlowNode, Container> {
  const found = new Map<FlowNode, Container>()
  for (const { base, into } of moves) {
    const opened = into.filter(({ content }) => multiplies(content))
    if (opened.length === 0) continue
    const beside = [...nodesIn(way, base), ...moves.filter((one) => one.base === base).map(({ to }) => to)]
    for (const container of opened)
      for (const to of beside) if (!isWithin(to.scope, container.content) && leadsInto(container, to)) found.set(to, container)
  }
  return found
}

/** Where the tokens of a scope are in the new model, but for those that end with the migration. */
function nodesIn(way: Way, scopeId: string): readonly FlowNode[] {
  const scope = scopeOf(way.there.draft, scopeId)
  return tokenNumbers(scope).flatMap((n) => {
    const token = scope.tokens[n] as Token // it was just found there
    const node = way.source.nodes.get(token.elementId)
    if (node === undefined || isArmedToken(scope, n) || isEmptied(way, scope, n, token, node)) return []
    return way.target.nodes.get(way.map[node.id] ?? node.id) ?? []
  })
}

/**
 * True where the flows that leave `from` come to the element, or to a sub-process that it is in, before a join at which its own token is
 * waited for.
 */
function leadsInto(from: FlowNode, to: FlowNode): boolean {
  let at: FlowNode | undefined = to
  while (at !== undefined && at.scope !== from.scope)
    at = from.scope.nodes.find((one) => 'content' in one && isWithin(to.scope, one.content))
  if (at === undefined || joins(at)) return false
  const its = downstreamOf(at)
  const seen = new Set<FlowNode>()
  const open = [...from.outgoing.map((flow) => flow.target)]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === at) return true
    if (seen.has(node) || (joins(node) && its.has(node.id))) continue
    seen.add(node)
    for (const flow of node.outgoing) open.push(flow.target)
    if (node.type === 'intermediateThrowEvent') open.push(...linkTargets(node))
  }
  return false
}
