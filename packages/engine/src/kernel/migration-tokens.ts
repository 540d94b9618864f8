import { isLeewayError } from '@leeway/storage'
import type { FlowNode, FlowScope } from '../model/elements.ts'
import { tokenId } from './ids.ts'
import { renamedLatches } from './migration-kept.ts'
import { type Destination, destinationOf } from './migration-places.ts'
import {
  compensatesInside,
  listenerProblem,
  type MigrationProblem,
  ofAnchor,
  problemAt,
  repetitionProblem,
  typeProblem,
} from './migration-problems.ts'
import { migratedWaits } from './migration-waits.ts'
import type { Frame, TokenMigration, Way } from './migration-way.ts'
import { notAnAnchor } from './reanchoring.ts'
import { isArmedToken, type Scope, type Token } from './state.ts'

/** Gives where the token goes; null where it stays in its scope, whose content is `content` in the new model, or cannot be migrated. */
export function planToken(way: Way, frame: Frame, n: number, token: Token, from: FlowNode, content: FlowScope | null): Destination | null {
  const { scope } = frame
  const { map, target, plan } = way
  const elementInstanceId = tokenId(scope.id, n)
  if (token.hold !== undefined) plan.held.push(from.id)
  const toId = map[from.id] ?? from.id
  const to = target.nodes.get(toId)
  const base = { elementInstanceId, from: from.id, to: to === undefined ? null : toId }
  const refuse = (found: MigrationProblem): null => {
    const by = token.hold?.by ?? way.beside[elementInstanceId]
    const problem = by === undefined ? found : ofAnchor(found, by)
    plan.tokens.push({ ...base, armed: [], disarmed: [], problem })
    return null
  }
  if (to === undefined)
    return refuse(problemAt('unmappedElement', from, `has no element "${toId}" in the new model; map it to one, or move its token first`))
  const inRound = scope.kind === 'iteration' && scope.elementId === from.id
  const place = to.scope === content ? null : destinationOf(way, frame, token, to)
  const [destination, unknown] = typeof place === 'string' ? [null, place] : [place, null]
  const problem =
    typeProblem(from, to) ??
    (unknown === null ? null : problemAt('changedScope', from, `${unknown}; ${ADVICE}`)) ??
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
    const latches = token.hold && renamedLatches(map, token.hold.latches)
    const isSame = toId === from.id && via === token.via && waits === token.waits
    if (destination !== null && compensatesInside(way.there.draft, elementInstanceId, token))
      return refuse(
        problemAt('changedScope', from, 'goes into another scope, and a compensation is under way in it; let it come to its end first'),
      )
    plan.tokens.push({ ...base, armed, disarmed, ...placesOf(destination) })
    if (isSame && JSON.stringify(latches) === JSON.stringify(token.hold?.latches)) return destination
    const named = { type: 'tokenMigrated', scopeId: scope.id, n, elementId: toId, waits } as const
    plan.events.push({ ...named, ...(via !== undefined && { via }), ...(latches && { latches }) })
    return destination
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return refuse(problemAt('notArmed', from, `cannot be armed by the new model: ${error.message}`))
  }
}

function placesOf(to: Destination | null): Pick<TokenMigration, 'outOf' | 'into'> {
  if (to === null) return {}
  const { outOf, entered } = to
  return { ...(outOf.length > 0 && { outOf: outOf.map(({ scope }) => scope.elementId) }), ...(entered.length > 0 && { into: entered }) }
}

const ADVICE = 'let it go on first, or end its token and start it there with a modification'

/** Somebody is off the path there and goes to another step with the migration: what is inside goes with the step that was left. */
export function planAnchor(
  { plan, target, reanchor, beside }: Way,
  scope: Scope,
  n: number,
  token: Token,
  from: FlowNode,
  content: FlowScope,
): void {
  const { id: scopeId, kind, elementId } = scope
  const toId = reanchor[from.id] ?? from.id
  const to = target.nodes.get(toId)
  const base = { elementInstanceId: tokenId(scopeId, n), from: from.id, to: toId, armed: [], disarmed: [] }
  const by = token.hold?.by ?? beside[base.elementInstanceId] ?? '' // one of both is there
  if (token.hold !== undefined) plan.held.push(from.id)
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

/** True where the token waits at a join, or is stuck there. */
export function isAtJoin({ phase, hold, incident }: Token): boolean {
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
