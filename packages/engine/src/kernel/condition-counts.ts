import { type Draft, type MutableScope, writableScope } from './draft.ts'
import { splitTokenId } from './ids.ts'
import type { Token, Wait } from './state.ts'

/** True where a condition is among what is armed. */
export function hasCondition(waits: readonly Wait[]): boolean {
  for (let i = 0; i < waits.length; i++) if (waits[i]?.type === 'condition') return true
  return false
}

/**
 * A token changed: counts for its scope, and outward as far as that makes a difference, whether conditions are armed in it. So a change of
 * variables finds those that it concerns from its scope inward, and costs nothing where there are none.
 */
export function recount(draft: Draft, scopeId: string, before: Token | undefined, after: Token | undefined): void {
  const difference = Number(counts(after)) - Number(counts(before))
  if (difference !== 0) add(draft, scopeId, difference)
}

function counts(token: Token | undefined): boolean {
  return token !== undefined && (token.watches === true || (token.waits !== undefined && hasCondition(token.waits)))
}

function add(draft: Draft, scopeId: string, difference: number): void {
  const scope = writableScope(draft, scopeId)
  const before = scope.conditions ?? 0
  const after = before + difference
  if (after > 0) scope.conditions = after
  else delete scope.conditions
  if (before > 0 === after > 0) return
  const owner = splitTokenId(scopeId)
  if (owner === null) return
  const around = writableScope(draft, owner.scopeId)
  if (around.rounds) add(draft, owner.scopeId, difference)
  else watch(draft, around, owner.n, after > 0)
}

function watch(draft: Draft, scope: MutableScope, n: number, isWatching: boolean): void {
  const before = scope.tokens[n]
  if (before === undefined) return
  const { watches: _watches, ...rest } = before
  const after: Token = isWatching ? { ...rest, watches: true } : rest
  scope.tokens[n] = after
  recount(draft, scope.id, before, after)
}
