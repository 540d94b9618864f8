import type { FlowNode, FlowScope } from '../model/elements.ts'
import { downstreamOf } from '../model/reachability.ts'
import { Step } from './agenda.ts'
import type { MigrateProcess } from './commands.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { tokenId } from './ids.ts'
import { awaitedFlows } from './joins-of-paths.ts'
import { grouped } from './migration-groups.ts'
import { planCompensables, planJoins } from './migration-kept.ts'
import { behindOpened, contentIn, contentScope, isAnchored, isAtWork, isEmptied } from './migration-places.ts'
import { ofAnchor, problemAt } from './migration-problems.ts'
import { isAtJoin, planAnchor, planToken } from './migration-tokens.ts'
import type { Frame, MigrationPlan, OpenPlan, Way } from './migration-way.ts'
import type { Rejection } from './rejection.ts'
import { type Moving, variablesBetween } from './relocating.ts'
import { isArmedToken, type Scope, type Token, tokenNumbers } from './state.ts'

/** Looks at every token of an instance and decides where it goes; changes nothing. */
export function migrationPlan(
  step: Step,
  instanceId: string,
  { target, map, reanchor = {}, beside = {}, retime = [] }: Pick<MigrateProcess, 'target' | 'map' | 'reanchor' | 'beside' | 'retime'>,
): MigrationPlan {
  // What is armed is evaluated as seen from the tokens, by the target model.
  const there = new Step(step.draft, target, step.environment, step.now)
  const plan: OpenPlan = {
    tokens: [],
    problems: [],
    events: [],
    joining: [],
    listening: [],
    held: [],
    reanchored: [],
    relocated: [],
    groups: new Map(),
    spent: new Set(),
  }
  const way: Way = { source: step.definition, target, map, reanchor, beside, retime, there, plan }
  const scope = scopeOf(step.draft, instanceId)
  planScope(way, { scope, content: target.root, next: null, outer: null, closed: null, ends: false }, step.definition.root, target.root)
  planGroups(way)
  plan.listening = plan.listening.filter(({ node }) => !plan.spent.has(node.id))
  return plan
}

/** Why it is refused as a whole; undefined where nothing stands in the way. */
export function refusalOf({ problems, tokens }: MigrationPlan, instanceId: string, shown: number): Rejection | undefined {
  const all = [...problems, ...tokens.flatMap(({ problem }) => problem ?? [])]
  if (all.length === 0) return undefined
  const more = all.length > shown ? ` and ${all.length - shown} more` : ''
  const message = `${all
    .slice(0, shown)
    .map((problem) => problem.message)
    .join('; ')}${more}`
  const anchored = tokens.find(({ problem }) => problem?.code === 'anchorUnmapped')
  if (anchored?.problem?.heldBy === undefined) return { code: 'notMigratable', message }
  const details = { deviationId: anchored.problem.heldBy, elementId: anchored.from, elementInstanceId: anchored.elementInstanceId }
  return { code: 'anchorUnmapped', message: `instance ${instanceId} cannot be migrated: ${message}`, details }
}

/** A scope whose tokens stand in `from` now and in `to` from then on. */
function planScope(way: Way, frame: Frame, from: FlowScope, to: FlowScope): void {
  const { map, plan, target } = way
  const { scope } = frame
  const isRoot = scope.kind === 'process'
  const isRound = scope.kind === 'iteration'
  const elementId = isRoot ? target.key : (map[scope.elementId] ?? scope.elementId)
  const isCounted = (node: FlowNode): boolean => isCountedOtherwise(node, target.nodes.get(map[node.id] ?? node.id))
  const isRenumbered = !isRound && (from.nodes.some(isCounted) || leadsBack(way, scope, from))
  if ((!isRoot && elementId !== scope.elementId) || isRenumbered)
    plan.events.push({
      type: 'scopeMigrated',
      scopeId: scope.id,
      elementId,
      path: isRenumbered ? `${scope.path}~${scope.counter}` : scope.path,
    })
  planCompensables(way, scope.id, scope.compensables)
  if (isRoot || scope.kind === 'subProcess') planListening(way, scope, from, to)
  if (scope.joins) planJoins(way, scope)
  planTokens(way, frame, to)
}

/** The tokens of a scope, whose content is `to` in the new model; those inside before the one that opened what they are in. */
function planTokens(way: Way, frame: Frame, to: FlowScope | null): void {
  const { map, plan, source, target } = way
  const { scope } = frame
  for (const n of tokenNumbers(scope)) {
    const token = scope.tokens[n] as Token // it was just found there
    const node = source.nodes.get(token.elementId)
    if (!node) continue
    const next = target.nodes.get(map[node.id] ?? node.id)
    const id = tokenId(scope.id, n)
    for (const undone of token.compensation?.sources ?? []) planCompensables(way, undone.scopeId, undone)
    if (token.keeps) planCompensables(way, scope.id, { latest: { [node.id]: { n, order: 0 } } })
    // In a sub-process that is new around it an event sub-process is listened for with that.
    if (isArmedToken(scope, n) && (next === undefined || next.scope !== to || frame.ends)) {
      plan.events.push({ type: 'eventSubProcessDisarmed', scopeId: scope.id, n, elementId: node.id })
      plan.tokens.push({ elementInstanceId: id, from: node.id, to: null, armed: [], disarmed: [node.id] })
    } else if (to !== null && isAnchored(way, id, token, node)) planAnchor(way, scope, n, token, node, to)
    else if (isEmptied(way, scope, n, token, node)) planEnding(way, frame, n, token, node)
    else {
      const destination = planToken(way, frame, n, token, node, to)
      if (token.child) planInside(way, frame, n, token, node, next, node.scope, destination === null ? to : (next?.scope ?? to))
      if (destination === null || next === undefined) continue
      const { base, into, isShared } = destination
      const via = token.via === undefined || !isAtJoin(token) ? undefined : (map[token.via] ?? token.via)
      const outOf = destination.outOf.map((one) => one.scope.id)
      const spent = into.length > 0 ? spentIn(way, scope) : NONE
      plan.relocated.push({ type: 'move', scopeId: scope.id, n, to: next, via, outOf, base, into, isShared, spent })
    }
  }
}

/** A sub-process that ends with the migration, for all that is at work in it goes out. */
function planEnding(way: Way, outer: Frame, n: number, token: Token, node: FlowNode): void {
  const { plan } = way
  const opened = scopeOf(way.there.draft, tokenId(outer.scope.id, n))
  const inner = contentScope(way, outer.scope, n, token, node) ?? opened
  const disarmed = (token.waits ?? []).flatMap((wait) => ('for' in wait ? [wait.for] : []))
  const by = way.beside[opened.id]
  const problem = by === undefined ? undefined : ofAnchor(problemAt('unmappedElement', node, ENDS), by)
  plan.tokens.push({ elementInstanceId: opened.id, from: node.id, to: null, armed: [], disarmed, ...(problem && { problem }) })
  if (inner.compensables || opened.compensables)
    plan.problems.push(problemAt('changedCompensation', node, `${ENDS}, and what completed in it can be compensated`))
  if (Object.values(inner.joins ?? {}).some((join) => awaitedFlows(join).length > 0))
    plan.problems.push(problemAt('changedJoin', node, `${ENDS}, and a gateway in it fired and waits for its other flows`))
  for (const id of spentIn(way, inner)) plan.spent.add(id)
  planTokens(way, { scope: inner, content: contentIn(way, node), next: null, outer, closed: null, ends: true }, null)
  plan.relocated.push({ type: 'end', scopeId: outer.scope.id, n })
}

const ENDS = 'ends with the migration, for nothing that is in it has its place there'

/** Event sub-processes of a scope that are not listened for any more, for one that interrupts has begun: by their ids in the new model. */
function spentIn({ source, map }: Way, { kind, elementId, armed }: Scope): readonly string[] {
  const node = source.nodes.get(elementId)
  const content = kind === 'process' ? source.root : node !== undefined && 'content' in node ? node.content : null
  return armed !== undefined || content === null ? NONE : content.eventSubProcesses.map(({ id }) => map[id] ?? id)
}

const NONE: readonly string[] = []

/** What the migration puts elsewhere is looked at as a whole. */
function planGroups(way: Way): void {
  const { plan } = way
  const moves = plan.relocated.filter((one) => one.type === 'move')
  if (moves.length === 0) return
  const { groups, unclear, crowded } = grouped(way, moves)
  plan.groups = groups
  const refuse = (group: readonly Moving[], what: string): void => {
    const names = group.map((one) => `"${one.to.id}"`).join(', ')
    plan.problems.push({ code: 'changedScope', message: `${names} are in ${what}` })
  }
  for (const group of crowded) refuse(group, 'an ad hoc sub-process that has one at a time; let the others go on first')
  for (const group of unclear) refuse(group, UNCLEAR)
  const going = new Set(moves.map(({ to }) => to.id))
  for (const { to, into } of moves) {
    const other = into.find(({ id }) => going.has(id))
    if (other === undefined) continue
    const what = `is in "${other.id}" in the new model, which is open elsewhere and goes into another scope itself; let it come to its end first`
    plan.problems.push(problemAt('changedScope', to, what))
  }
  for (const [to, container] of behindOpened(way, moves)) {
    const what = `is behind "${container.id}", which is new around others and leads there, so that it would be done again; let it come to its end first`
    plan.problems.push(problemAt('changedScope', to, what))
  }
  for (const [id, names] of variablesBetween(way.there, moves)) {
    const { elementId } = scopeOf(way.there.draft, id)
    const all = [...names].map((name) => `"${name}"`).join(', ')
    const what = `tokens go out of "${elementId}", and its variables ${all} are otherwise around it: set them to what is to count`
    plan.problems.push({ code: 'changedScope', message: what })
  }
}

const UNCLEAR =
  'a sub-process that can hold several tokens, and more than one is at the same element: it cannot be told which belong together; let one go on first'

/** Event sub-processes that are new are listened for, unless one that interrupts has begun already. */
function planListening({ map, plan }: Way, scope: Scope, from: FlowScope, to: FlowScope): void {
  if (from.eventSubProcesses.length > 0 && scope.armed === undefined) return
  const known = new Set(from.eventSubProcesses.map(({ id }) => map[id] ?? id))
  for (const node of to.eventSubProcesses) if (!known.has(node.id)) plan.listening.push({ scopeId: scope.id, node })
}

/** What a token opened: the content of its activity, or the rounds of a repeated one. */
function planInside(
  way: Way,
  outer: Frame,
  n: number,
  token: Token,
  node: FlowNode,
  next: FlowNode | undefined,
  from: FlowScope,
  to: FlowScope | null,
): void {
  const { draft } = way.there
  const frame = frameOf(way, outer, n, token, node)
  const { scope } = frame
  if (to === null) return // the token has no place, and that is told of it
  if (scope.kind === 'iteration') return planScope(way, frame, from, to) // one that is open again, to be compensated
  if (!scope.rounds) {
    if ('content' in node && next && 'content' in next) planScope(way, frame, node.content, next.content)
    return
  }
  planScope(way, frame, from, to)
  requireChildren(draft, scope.id)
  for (let k = 1; k <= scope.rounds.begun; k++) {
    const round = findScope(draft, tokenId(scope.id, k))
    if (round === null || round.live === 0 || scope.tokens[k]?.child) continue
    planScope(way, { ...frame, scope: round, outer: frame, closed: null }, from, to)
  }
}

/** The scope that a token opened. */
function frameOf(way: Way, outer: Frame, n: number, token: Token, node: FlowNode): Frame {
  const scope = scopeOf(way.there.draft, tokenId(outer.scope.id, n))
  const isRounds = scope.rounds !== undefined || scope.kind === 'iteration'
  const next = isRounds ? undefined : way.target.nodes.get(way.map[node.id] ?? node.id)
  const content = next !== undefined && 'content' in next ? next.content : null
  return { scope, content, next: next ?? null, outer, closed: closedTo(way, outer.scope, token, node), ends: false }
}

/** Why nothing can be taken out of the scope that a token opened; null where it can. */
function closedTo(way: Way, scope: Scope, token: Token, node: FlowNode): string | null {
  if ('repetition' in node && node.repetition?.type === 'multiInstance') return 'that is repeated for several, of which it is one'
  if (isAtWork(way, scope.id, token)) return null
  return token.incident ? 'that is stuck; resolve its incident' : 'somebody is off the path there with all that is in it'
}

/** Work begins there under other keys where activations are counted otherwise than before, or under another id. */
function isCountedOtherwise(node: FlowNode, next: FlowNode | undefined): boolean {
  return next !== undefined && (next.id !== node.id || next.repeatable !== node.repeatable)
}

/** True where a token has before it what was not before it, and may be done: it would be done again under its key. */
function leadsBack({ source, target, map }: Way, scope: Scope, from: FlowScope): boolean {
  const places = new Set(tokenNumbers(scope).map((n) => (scope.tokens[n] as Token).elementId)) // it was just found there
  return [...places].some((id) => {
    const node = source.nodes.get(id)
    const next = target.nodes.get(map[id] ?? id)
    if (node === undefined || next === undefined) return false
    const before = downstreamOf(node)
    return [...downstreamOf(next)].some((ahead) => !before.has(ahead) && source.nodes.get(ahead)?.scope === from)
  })
}
