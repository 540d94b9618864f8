import type { Step } from './agenda.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { splitTokenId, tokenId } from './state.ts'

/** A scope without tokens ends: the process completes, a sub-process lets its activity go on. Inner scopes first. */
export function settleEnds(step: Step, scopeIds: readonly string[]): void {
  for (const scopeId of scopeIds) {
    const scope = findScope(step.draft, scopeId)
    if (scope === null || scope.live > 0) continue
    if (scope.kind === 'process') {
      if (scope.instance?.status === 'active') step.emit({ type: 'processEnded', scopeId, status: 'completed', reason: null, at: step.now })
    } else if (scope.kind === 'subProcess') {
      const owner = splitTokenId(scopeId)
      const node = step.definition.nodes.get(scope.elementId)
      if (owner && node) step.plan({ do: 'leave', scopeId: owner.scopeId, n: owner.n, node })
    }
  }
}

/** Ends a token without completing it, with all that it opened, inside out. BPMN 2.0.2 §13.5.3: no output is mapped. */
export function terminateToken(step: Step, scopeId: string, n: number, by: string | null): void {
  const token = scopeOf(step.draft, scopeId).tokens[n]
  if (!token) return
  if (token.child) terminateScope(step, tokenId(scopeId, n), by)
  step.emit({ type: 'elementTerminated', scopeId, n, elementId: token.elementId, by })
  step.moved(scopeId)
}

/** Ends all that is in a scope, and the scope. */
export function terminateScope(step: Step, scopeId: string, by: string | null): void {
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return
  if (scope.rounds) terminateRounds(step, scopeId, by)
  terminateTokens(step, scopeId, by)
  step.emit({ type: 'scopeClosed', scopeId })
  step.unsettled.delete(scopeId)
}

/** Ends all tokens of a scope; the scope stays. */
export function terminateTokens(step: Step, scopeId: string, by: string | null): void {
  for (const n of Object.keys(scopeOf(step.draft, scopeId).tokens)) terminateToken(step, scopeId, Number(n), by)
}

/** Ends the iterations of a body that are still running; completed ones keep their outputs. */
export function terminateRounds(step: Step, bodyId: string, by: string | null): void {
  const rounds = scopeOf(step.draft, bodyId).rounds
  if (!rounds) return
  if (rounds.active === 0 && !rounds.collects) return
  requireChildren(step.draft, bodyId)
  for (let n = 1; n <= rounds.begun; n++) {
    const id = tokenId(bodyId, n)
    const iteration = findScope(step.draft, id)
    if (iteration === null || iteration.output) continue
    terminateTokens(step, id, by)
    step.emit({ type: 'iterationEnded', scopeId: bodyId, n, outcome: 'terminated' })
    step.unsettled.delete(id)
  }
}
