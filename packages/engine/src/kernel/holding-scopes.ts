import type { Step } from './agenda.ts'
import type { AwayPolicy, HoldProcess, HoldToken, ReleaseToken } from './commands.ts'
import { type Draft, findScope, requireChildren, rootOf, scopeOf } from './draft.ts'
import { holdToken, waitsAway } from './holding.ts'
import { splitTokenId, tokenId } from './ids.ts'
import type { Rejection } from './rejection.ts'
import { type Hold, isArmedToken, type Scope, type Token, tokenNumbers, type Wait } from './state.ts'

/**
 * Takes a token that opened a scope off the path with all that is in it, scopes inside it, rounds of repeated activities and what listens
 * for event sub-processes among it. Who is held by another already stays so; what undoes something goes on.
 */
export function holdInside(step: Step, command: HoldToken, token: Token): undefined {
  const { scopeId, n } = command
  holdToken(step, command, token)
  holdWithin(step, tokenId(scopeId, n), command)
}

/** Takes a whole instance off the path. */
export function holdProcess(step: Step, root: Scope, command: HoldProcess): Rejection | undefined {
  const other = root.instance?.hold
  if (other !== undefined) return { code: 'onHold', message: `instance ${root.id} is off the path, held by ${other.by}` }
  step.emit({ type: 'processHeld', scopeId: root.id, by: command.by, at: step.now })
  holdWithin(step, root.id, command)
  return undefined
}

/**
 * The commands that put back what was taken inside a scope: what listens before what works, for what interrupts goes before what it
 * interrupts; scopes before what is in them.
 */
export function heldInside(step: Step, scopeId: string, by: string): readonly ReleaseToken[] {
  return tokensWithin(step, scopeId)
    .filter((place) => findScope(step.draft, place.scopeId)?.tokens[place.n]?.hold?.by === by)
    .map((place) => ({ type: 'release', ...place, by }))
}

/** Who holds all that is in a scope: the instance, or a scope around it, is off the path as a whole. */
export function wholeHold(draft: Draft, scopeId: string): string | undefined {
  for (let at = splitTokenId(scopeId); at !== null; at = splitTokenId(at.scopeId)) {
    const token = scopeOf(draft, at.scopeId).tokens[at.n]
    if (token?.phase === 'held') return token.hold?.by
  }
  return rootOf(draft, scopeId)?.instance?.hold?.by
}

interface TokenPlace {
  readonly scopeId: string
  readonly n: number
}

function holdWithin(step: Step, id: string, { by, timers }: Pick<HoldToken, 'by' | 'timers'>): void {
  for (const { scopeId, n } of tokensWithin(step, id)) {
    const scope = scopeOf(step.draft, scopeId)
    const token = scope.tokens[n]
    if (token && isHoldable(token)) hold(step, scopeId, n, token, by, timers)
  }
}

/** Of each scope those that only listen first; each before the tokens inside it. */
function tokensWithin(step: Step, scopeId: string): readonly TokenPlace[] {
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return []
  if (scope.rounds) {
    if (scope.rounds.begun > 0) requireChildren(step.draft, scopeId)
    return Array.from({ length: scope.rounds.begun }, (_, k) => tokensWithin(step, tokenId(scopeId, k + 1))).flat()
  }
  const numbers = tokenNumbers(scope)
  const working = numbers.filter((n) => !isArmedToken(scope, n))
  return [
    ...numbers.filter((n) => isArmedToken(scope, n)).map((n) => ({ scopeId, n })),
    ...working.flatMap((n) => [{ scopeId, n }, ...(scope.tokens[n]?.child ? tokensWithin(step, tokenId(scopeId, n)) : [])]),
  ]
}

/** True for a token that can be taken off the path with what is around it. */
export function isHoldable({ phase, child }: Token): boolean {
  if (phase === 'held' || phase === 'compensating') return false
  return phase !== 'active' || child === true
}

/** Nothing inside acts: what is not named otherwise stands still, but a date is a date. */
function hold(step: Step, scopeId: string, n: number, token: Token, by: string, timers: HoldToken['timers']): void {
  const { phase, elementId } = token
  const was = phase === 'held' || phase === 'compensating' ? 'waiting' : phase // none of these is holdable
  const its: Hold = { by, was, since: step.now, latches: [] }
  const policies: { [elementId: string]: AwayPolicy } = {}
  for (const wait of token.waits ?? [])
    if (wait.type === 'timer') policies[wait.for] = timers[wait.for] ?? (isDate(step, wait) ? 'latch' : 'pause')
  const waits = waitsAway(step, scopeId, n, token, policies).map(latched)
  step.emit({ type: 'tokenHeld', scopeId, n, elementId, hold: its, waits })
}

function isDate(step: Step, wait: Extract<Wait, { type: 'timer' }>): boolean {
  const event = step.definition.nodes.get(wait.for)
  const definition = event !== undefined && 'eventDefinitions' in event ? event.eventDefinitions[wait.definition ?? 0] : undefined
  return definition?.type === 'timer' && definition.kind === 'timeDate'
}

/** Where all of a scope is off the path nothing in it acts, an interrupting event neither. */
function latched(wait: Wait): Wait {
  return 'away' in wait && wait.away === 'live' ? { ...wait, away: 'latch' } : wait
}
