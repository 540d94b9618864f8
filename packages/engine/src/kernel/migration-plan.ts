import type { FlowNode, FlowScope } from '../model/elements.ts'
import { Step } from './agenda.ts'
import type { MigrateProcess } from './commands.ts'
import { dissolves, variablesBetween } from './dissolving.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { type Enclosed, grouped } from './enclosing.ts'
import { tokenId } from './ids.ts'
import { planCompensables, planJoins } from './migration-kept.ts'
import { compensatesInside, problemAt } from './migration-problems.ts'
import { isAtJoin, planAnchor, planToken } from './migration-tokens.ts'
import type { MigrationPlan, OpenPlan, Way } from './migration-way.ts'
import type { Rejection } from './rejection.ts'
import { isArmedToken, type Scope, type Token, tokenNumbers } from './state.ts'

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
