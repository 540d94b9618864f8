import { isLeewayError } from '@leeway/storage'
import type { Definition } from '../model/definition.ts'
import type { FlowNode, FlowScope, SubProcess } from '../model/elements.ts'
import { Step } from './agenda.ts'
import type { IdMap, MigrateProcess } from './commands.ts'
import { type Dissolved, dissolves, variablesBetween } from './dissolving.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { type Enclosed, grouped, newAround } from './enclosing.ts'
import type { ScopeMigrated } from './events/scopes.ts'
import type { TokenMigrated } from './events/tokens.ts'
import type { EventSubProcessDisarmed } from './events/waits.ts'
import {
  compensatesInside,
  isInParts,
  listenerProblem,
  type MigrationProblem,
  ofAnchor,
  problemAt,
  repetitionProblem,
  typeProblem,
} from './migration-problems.ts'
import { migratedWaits } from './migration-waits.ts'
import type { Container } from './places.ts'
import { notAnAnchor, type Reanchored } from './reanchoring.ts'
import type { Rejection } from './rejection.ts'
import { type Compensables, isArmedToken, type Scope, type Token, tokenId, tokenNumbers } from './state.ts'

/** Where each token goes, or why it cannot, and what would happen. */
export interface MigrationPlan {
  readonly tokens: readonly TokenMigration[]
  /** What stands in the way and is no token's. */
  readonly problems: readonly MigrationProblem[]
  readonly events: readonly PlannedEvent[]
  /** Event sub-processes to be listened for from now on. */
  readonly listening: readonly Listening[]
  /** Scopes in which tokens wait for others. */
  readonly joining: readonly string[]
  /** Elements at which somebody has left the path. */
  readonly held: readonly string[]
  /** Tokens off the path that go to another step. */
  readonly reanchored: readonly Reanchored[]
  /** Tokens whose element is in a sub-process that is new around it. */
  readonly enclosed: readonly Enclosed[]
  /** Sub-processes that are gone, inner ones first, whose tokens are in the scope around them. */
  readonly dissolved: readonly Dissolved[]
}

/** One token's way. `armed` and `disarmed` are events that it waits for from now on, or no longer. */
export interface TokenMigration {
  readonly elementInstanceId: string
  readonly from: string
  /** Null where there is no element for it. */
  readonly to: string | null
  readonly armed: readonly string[]
  readonly disarmed: readonly string[]
  /** Sub-processes that are new around it and are opened, outermost first; absent where there are none. */
  readonly into?: readonly string[]
  readonly problem?: MigrationProblem
}

/** Looks at every token of an instance and decides where it goes; changes nothing. */
export function migrationPlan(
  step: Step,
  instanceId: string,
  { target, map, reanchor = {}, retime = [] }: Pick<MigrateProcess, 'target' | 'map' | 'reanchor' | 'retime'>,
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
    enclosed: [],
    dissolved: [],
  }
  const way: Way = { source: step.definition, target, map, reanchor, retime, there, plan }
  planScope(way, scopeOf(step.draft, instanceId), step.definition.root, target.root)
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

type PlannedEvent = ScopeMigrated | TokenMigrated | EventSubProcessDisarmed

interface Listening {
  readonly scopeId: string
  readonly node: SubProcess
}

interface OpenPlan {
  readonly tokens: TokenMigration[]
  readonly problems: MigrationProblem[]
  readonly events: PlannedEvent[]
  readonly listening: Listening[]
  readonly joining: string[]
  readonly held: string[]
  readonly reanchored: Reanchored[]
  readonly enclosed: Enclosed[]
  readonly dissolved: Dissolved[]
}

interface Way {
  readonly source: Definition
  readonly target: Definition
  readonly map: IdMap
  readonly reanchor: IdMap
  readonly retime: readonly string[] | true
  readonly there: Step
  readonly plan: OpenPlan
}

/** A scope whose tokens stand in `from` now and in `to` from then on. */
function planScope(way: Way, scope: Scope, from: FlowScope, to: FlowScope): void {
  const { map, plan, source, target } = way
  const isRoot = scope.kind === 'process'
  const isRound = scope.kind === 'iteration'
  const elementId = isRoot ? target.key : (map[scope.elementId] ?? scope.elementId)
  const isRenumbered = !isRound && from.nodes.some((node) => isCountedOtherwise(node, target.nodes.get(map[node.id] ?? node.id)))
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
  const inner: Omit<Enclosed, 'group'>[] = []
  for (const key in scope.tokens) {
    const n = Number(key)
    const token = scope.tokens[n] as Token // an own key
    const node = source.nodes.get(token.elementId)
    if (!node) continue
    const next = target.nodes.get(map[node.id] ?? node.id)
    // In a sub-process that is new around it an event sub-process is listened for with that.
    if (isArmedToken(scope, n) && (next === undefined || next.scope !== to)) {
      plan.events.push({ type: 'eventSubProcessDisarmed', scopeId: scope.id, n, elementId: node.id })
      plan.tokens.push({ elementInstanceId: tokenId(scope.id, n), from: node.id, to: null, armed: [], disarmed: [node.id] })
      continue
    }
    if (dissolves(way, way.there.draft, scope.id, n, token, node, to)) {
      planDissolved(way, scope.id, scope.id, n, token, node, to)
      continue
    }
    if (token.phase === 'held' && way.reanchor[node.id] !== undefined) {
      planAnchor(way, scope, n, token, node, to)
      continue
    }
    const into = planToken(way, scope, n, token, node, to)
    if (into !== null && next !== undefined) {
      const via = token.via === undefined || !isAtJoin(token) ? undefined : token.via
      inner.push({ scopeId: scope.id, n, to: next, via, into })
    }
    if (token.child) planInside(way, tokenId(scope.id, n), node, next, from, into === null ? to : (next?.scope ?? to))
  }
  if (inner.length === 0) return
  const groups = grouped(inner)
  if (groups !== null) plan.enclosed.push(...groups)
  else {
    const names = inner.map((one) => `"${one.to.id}"`).join(', ')
    plan.problems.push({
      code: 'changedScope',
      message: `${names} are in a sub-process that is new and can hold several tokens, and more than one is at the same element: it cannot be told which belong together; let one go on first`,
    })
  }
}

/** A sub-process that is gone: what is in it goes into the scope `into`, whose content is `around` in the new model. */
function planDissolved(way: Way, into: string, scopeId: string, n: number, token: Token, node: FlowNode, around: FlowScope): void {
  const { plan, source } = way
  const id = tokenId(scopeId, n)
  const inner = scopeOf(way.there.draft, id)
  const disarmed = (token.waits ?? []).flatMap((wait) => ('for' in wait ? [wait.for] : []))
  plan.tokens.push({ elementInstanceId: id, from: node.id, to: null, armed: [], disarmed })
  const between = variablesBetween(way.there, inner, into)
  if (between.length > 0) {
    const names = between.map((name) => `"${name}"`).join(', ')
    plan.problems.push(
      problemAt(
        'changedScope',
        node,
        `is gone in the new model, and its variables ${names} are otherwise around it: set them to what is to count`,
      ),
    )
  }
  if (inner.compensables)
    plan.problems.push(problemAt('changedCompensation', node, 'is gone in the new model, and what completed in it can be compensated'))
  if (inner.joins) {
    plan.joining.push(into)
    const isBetween = Object.values(inner.joins).some(({ waitingForReset }) => waitingForReset !== undefined)
    if (isBetween)
      plan.problems.push(
        problemAt('changedJoin', node, 'is gone in the new model, and a gateway in it fired and waits for its other flows'),
      )
  }
  const tokens: number[] = []
  for (const k of tokenNumbers(inner)) {
    const one = inner.tokens[k] as Token // it was just found there
    const its = source.nodes.get(one.elementId)
    if (its === undefined) continue
    if (isArmedToken(inner, k)) {
      plan.events.push({ type: 'eventSubProcessDisarmed', scopeId: id, n: k, elementId: its.id })
      plan.tokens.push({ elementInstanceId: tokenId(id, k), from: its.id, to: null, armed: [], disarmed: [its.id] })
    } else if (dissolves(way, way.there.draft, id, k, one, its, around)) planDissolved(way, into, id, k, one, its, around)
    else {
      planToken(way, inner, k, one, its, around)
      if (one.child) planInside(way, tokenId(id, k), its, way.target.nodes.get(way.map[its.id] ?? its.id), its.scope, around)
      if (one.handler || one.compensation || one.drivenBy !== undefined || compensatesInside(way.there.draft, tokenId(id, k), one))
        plan.problems.push(
          problemAt('changedScope', its, `stays in "${node.id}", which is gone in the new model: an event or a compensation began it`),
        )
      tokens.push(k)
    }
  }
  plan.dissolved.push({ into, scopeId, n, tokens })
}

/** Event sub-processes that are new are listened for, unless one that interrupts has begun already. */
function planListening({ map, plan }: Way, scope: Scope, from: FlowScope, to: FlowScope): void {
  if (from.eventSubProcesses.length > 0 && scope.armed === undefined) return
  const known = new Set(from.eventSubProcesses.map(({ id }) => map[id] ?? id))
  for (const node of to.eventSubProcesses) if (!known.has(node.id)) plan.listening.push({ scopeId: scope.id, node })
}

/** What a token opened: the content of its activity, or the rounds of a repeated one. */
function planInside(way: Way, id: string, node: FlowNode, next: FlowNode | undefined, from: FlowScope, to: FlowScope): void {
  const { draft } = way.there
  const scope = scopeOf(draft, id)
  if (scope.kind === 'iteration') return planScope(way, scope, from, to) // one that is open again, to be compensated
  if (!scope.rounds) {
    if ('content' in node && next && 'content' in next) planScope(way, scope, node.content, next.content)
    return
  }
  planScope(way, scope, from, to)
  requireChildren(draft, id)
  for (let k = 1; k <= scope.rounds.begun; k++) {
    const round = findScope(draft, tokenId(id, k))
    if (round !== null && round.live > 0 && !scope.tokens[k]?.child) planScope(way, round, from, to)
  }
}

/** Work begins there under other keys where activations are counted otherwise than before, or under another id. */
function isCountedOtherwise(node: FlowNode, next: FlowNode | undefined): boolean {
  return next !== undefined && (next.id !== node.id || next.repeatable !== node.repeatable)
}

/** Somebody is off the path there and goes to another step with the migration: what is inside goes with the step that was left. */
function planAnchor({ plan, target, reanchor }: Way, scope: Scope, n: number, token: Token, from: FlowNode, content: FlowScope): void {
  const { id: scopeId, kind, elementId } = scope
  const toId = reanchor[from.id] ?? from.id
  const to = target.nodes.get(toId)
  const base = { elementInstanceId: tokenId(scopeId, n), from: from.id, to: toId, armed: [], disarmed: [] }
  const by = token.hold?.by ?? '' // a held token has one
  plan.held.push(from.id)
  const why =
    to === undefined
      ? `the new model has no element "${toId}"`
      : notAnAnchor(to, content, token, kind === 'iteration' && elementId === from.id)
  if (to !== undefined && why === null) {
    plan.tokens.push(base)
    plan.reanchored.push({ scopeId, n, from, to, by })
    return
  }
  const problem = problemAt('anchorUnmapped', from, `cannot be left for "${toId}": ${why}; name another step in "reanchor"`)
  plan.tokens.push({ ...base, problem: { ...problem, heldBy: by } })
}

/** Gives the sub-processes that are new around the token; null where there are none, or where it cannot be migrated. */
function planToken(way: Way, scope: Scope, n: number, token: Token, from: FlowNode, content: FlowScope): readonly Container[] | null {
  const { map, target, plan } = way
  const elementInstanceId = tokenId(scope.id, n)
  if (token.hold !== undefined) plan.held.push(from.id)
  const toId = map[from.id] ?? from.id
  const to = target.nodes.get(toId)
  const base = { elementInstanceId, from: from.id, to: to === undefined ? null : toId }
  const refuse = (found: MigrationProblem): null => {
    const problem = token.hold === undefined ? found : ofAnchor(found, token.hold.by)
    plan.tokens.push({ ...base, armed: [], disarmed: [], problem })
    return null
  }
  if (to === undefined)
    return refuse(problemAt('unmappedElement', from, `has no element "${toId}" in the new model; map it to one, or move its token first`))
  const inRound = scope.kind === 'iteration' && scope.elementId === from.id
  const into = to.scope === content ? [] : newAround(way, scope, token, to, content)
  const problem =
    typeProblem(from, to) ??
    (typeof into === 'string' ? problemAt('changedScope', from, into) : null) ??
    repetitionProblem(from, to, token, inRound) ??
    listenerProblem(from, to, token)
  if (problem) return refuse(problem)
  const via = viaOf(way, token, from, to)
  if (typeof via === 'object') return refuse(via)
  try {
    const { waits, armed, disarmed } = migratedWaits(way, scope.id, n, token, from, to, inRound, isArmedToken(scope, n))
    if (disarmed.includes(from.id)) return refuse(problemAt('changedType', from, 'waits for something else in the new model'))
    if ((token.waits?.length ?? 0) > 0 && waits.length === 0)
      return refuse(problemAt('notArmed', from, 'has nothing to wait for any more in the new model'))
    const latches = token.hold?.latches.map((latch) => (latch.type === 'event' ? { ...latch, for: map[latch.for] ?? latch.for } : latch))
    const isSame = toId === from.id && via === token.via && waits === token.waits
    const isMoved = typeof into !== 'string' && into.length > 0
    if (isMoved && compensatesInside(way.there.draft, elementInstanceId, token))
      return refuse(
        problemAt('changedScope', from, 'goes into another scope, and a compensation is under way in it; let that come to its end first'),
      )
    if (isMoved && isInParts(way.there.draft, token, to))
      return refuse(
        problemAt(
          'changedScope',
          from,
          'goes through a collection, and the instance is too large for that to be put into another scope; let it come to its end first',
        ),
      )
    plan.tokens.push({ ...base, armed, disarmed, ...(isMoved && { into: into.map(({ id }) => id) }) })
    if (isSame && JSON.stringify(latches) === JSON.stringify(token.hold?.latches)) return isMoved ? into : null
    const named = { type: 'tokenMigrated', scopeId: scope.id, n, elementId: toId, waits } as const
    plan.events.push({ ...named, ...(via !== undefined && { via }), ...(latches && { latches }) })
    return isMoved ? into : null
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return refuse(problemAt('notArmed', from, `cannot be armed by the new model: ${error.message}`))
  }
}

function isAtJoin({ phase, hold, incident }: Token): boolean {
  return phase === 'arrived' || hold?.was === 'arrived' || incident?.retry === 'join'
}

/** The flow that a token came by, as the new model has it; for one that waits at a join it must be there. */
function viaOf({ map, target }: Way, token: Token, from: FlowNode, to: FlowNode): string | undefined | MigrationProblem {
  const { via } = token
  const hasArrived = isAtJoin(token)
  if (via === undefined) return undefined
  const next = map[via] ?? via
  if (!hasArrived) return target.flows.has(next) ? next : via
  if (to.incoming.length < from.incoming.length) return problemAt('changedJoin', from, 'joins fewer flows in the new model')
  if (to.incoming.some((flow) => flow.id === next)) return next
  return problemAt('changedJoin', from, `has no incoming flow "${next}" in the new model; map flow "${via}" to one`)
}

/** A gateway that fired and waits for the rest keeps its name and flows. */
function planJoins({ map, source, target, plan }: Way, scope: Scope): void {
  plan.joining.push(scope.id)
  for (const [gatewayId, join] of Object.entries(scope.joins ?? {})) {
    const next = target.nodes.get(gatewayId)
    const flows = join.waitingForReset
    const isThere = next !== undefined && isSameScope(source.nodes.get(gatewayId), next, source, target, map)
    const isNamed = isThere && (map[gatewayId] ?? gatewayId) === gatewayId
    if (!flows || (isNamed && flows.every((id) => next.incoming.some((flow) => flow.id === id)))) continue
    plan.problems.push({
      code: 'changedJoin',
      message: `"${gatewayId}" fired and waits for its other flows, which are others in the new model`,
    })
  }
}

/** What can be compensated is kept under the ids of its activities. */
function planCompensables(way: Way, scopeId: string, compensables: Compensables | undefined): void {
  const { map, source, target, plan, there } = way
  for (const [elementId, latest] of Object.entries(compensables?.latest ?? {})) {
    const next = target.nodes.get(elementId)
    const before = source.nodes.get(elementId)
    const isThere = next !== undefined && next.type === before?.type && isSameScope(before, next, source, target, map)
    if ((map[elementId] ?? elementId) !== elementId || !isThere)
      plan.problems.push({
        code: 'changedCompensation',
        message: `"${elementId}" completed and can be compensated, and is not what it was in the new model`,
      })
    for (let at: typeof latest | undefined = latest; at; ) {
      const kept: Scope | null = findScope(there.draft, tokenId(scopeId, at.n))
      planCompensables(way, tokenId(scopeId, at.n), kept?.compensables)
      at = kept?.kept?.previous
    }
  }
}

function isSameScope(before: FlowNode | undefined, next: FlowNode, source: Definition, target: Definition, map: IdMap): boolean {
  if (before === undefined) return false
  return before.scope === source.root ? next.scope === target.root : next.scope.id === (map[before.scope.id] ?? before.scope.id)
}
