import type { Step } from './agenda.ts'
import type { HoldToken, ReleaseToken } from './commands.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { away, holdToken } from './holding.ts'
import { type Hold, isArmedToken, type Token, tokenId, type Wait } from './state.ts'

/**
 * Takes a token that opened a scope off the path with all that is in it, scopes inside it and rounds of repeated activities among it. Who
 * is held by another already stays so; what undoes something goes on, and event sub-processes that have not begun go on listening.
 */
export function holdInside(step: Step, command: HoldToken, token: Token): undefined {
  const { scopeId, n, by } = command
  holdToken(step, command, token)
  for (const place of tokensWithin(step, tokenId(scopeId, n))) {
    const inner = scopeOf(step.draft, place.scopeId).tokens[place.n]
    if (inner && isHoldable(inner)) hold(step, place.scopeId, place.n, inner, by)
  }
}

/** The commands that put back what {@link holdInside} took inside the scope, scopes before what is in them. */
export function heldInside(step: Step, scopeId: string, by: string): readonly ReleaseToken[] {
  return tokensWithin(step, scopeId)
    .filter((place) => findScope(step.draft, place.scopeId)?.tokens[place.n]?.hold?.by === by)
    .map((place) => ({ type: 'release', ...place, by }))
}

interface TokenPlace {
  readonly scopeId: string
  readonly n: number
}

/** Those that only listen are left out; each before the tokens inside it. */
function tokensWithin(step: Step, scopeId: string): readonly TokenPlace[] {
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return []
  if (scope.rounds) {
    if (scope.rounds.begun > 0) requireChildren(step.draft, scopeId)
    return Array.from({ length: scope.rounds.begun }, (_, k) => tokensWithin(step, tokenId(scopeId, k + 1))).flat()
  }
  return Object.keys(scope.tokens).flatMap((key): readonly TokenPlace[] => {
    const n = Number(key)
    if (isArmedToken(scope, n)) return []
    const inner = scope.tokens[n]?.child ? tokensWithin(step, tokenId(scopeId, n)) : []
    return [{ scopeId, n }, ...inner]
  })
}

function isHoldable({ phase, child }: Token): boolean {
  if (phase === 'held' || phase === 'compensating' || phase === 'armed') return false
  return phase !== 'active' || child === true
}

function hold(step: Step, scopeId: string, n: number, token: Token, by: string): void {
  const { phase, elementId } = token
  const was = phase === 'held' || phase === 'compensating' || phase === 'armed' ? 'waiting' : phase // none of these is holdable
  const its: Hold = { by, was, since: step.now, latches: [] }
  const waits = (token.waits ?? []).map((wait): Wait => latched(away(step, token, wait, {})))
  step.emit({ type: 'tokenHeld', scopeId, n, elementId, hold: its, waits })
}

/** Where all of a scope is off the path nothing in it acts, an interrupting event neither. */
function latched(wait: Wait): Wait {
  return 'away' in wait && wait.away === 'live' ? { ...wait, away: 'latch' } : wait
}
