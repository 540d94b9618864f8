import type { FlowNode, FlowScope } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { activate } from './flow.ts'
import { joins } from './joins.ts'
import { terminateToken } from './scopes.ts'
import { goAnotherPath } from './starting.ts'
import type { Token } from './state.ts'

/** A token that is off the path and goes to another step with a migration. */
export interface Reanchored {
  readonly scopeId: string
  readonly n: number
  readonly from: FlowNode
  readonly to: FlowNode
  /** Who holds it. */
  readonly by: string
}

/** Why nobody can be off the path before this element; null where they can. `content`: that of the token's scope. */
export function notAnAnchor(to: FlowNode, content: FlowScope, token: Token, isRound: boolean): string | null {
  if (to.scope !== content) return `"${to.id}" is in "${to.scope.id}", and who is away is not`
  if (to.type === 'startEvent' || to.type === 'boundaryEvent' || (to.type === 'subProcess' && to.triggeredByEvent))
    return `"${to.id}" is begun by its event alone`
  if ('isForCompensation' in to && to.isForCompensation) return `"${to.id}" is begun by compensation alone`
  if (joins(to)) return `"${to.id}" joins, and waits for tokens that come by its flows`
  if (token.drivenBy !== undefined || token.compensation !== undefined) return 'it undoes something, which waits for it'
  return isRound ? 'it is one of the rounds of a repeated activity' : null
}

/** The step that was left is taken back, by the model that it is of. */
export function leaveAnchor(step: Step, { scopeId, n, from }: Reanchored): void {
  step.emit({ type: 'elementWithdrawn', scopeId, n, elementId: from.id })
  terminateToken(step, scopeId, n, null)
}

/** Who left it is off the path before the other step, which begins when they are back. */
export function anchorAnew(step: Step, { scopeId, to, by }: Reanchored, paths: Set<string>): void {
  goAnotherPath(step, scopeId, paths)
  const n = activate(step, scopeId, to)
  const hold = { by, was: 'unbegun', since: step.now, latches: [] } as const
  step.emit({ type: 'tokenHeld', scopeId, n, elementId: to.id, hold, waits: [] })
}
