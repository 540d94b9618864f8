import { changeToken, waitsOf } from './apply-tokens.ts'
import { hasCondition, recount } from './condition-counts.ts'
import { type Draft, type MutableScope, writableScope } from './draft.ts'
import type { EventOf } from './events.ts'
import type { EventWait, Listening, TaskSeen, Token, Wait } from './state.ts'

/** The element waits for what is armed now, and for nothing else. */
export function applyWaits(draft: Draft, event: EventOf<'elementWaits'>): void {
  const scope = writableScope(draft, event.scopeId)
  const token = scope.tokens[event.n]
  if (!token) throw new Error(`token ${event.scopeId}.${event.n} is not there`)
  const phase = token.child ? 'active' : 'waiting'
  if (token.waits === undefined && token.incident === undefined && event.waits.length > 0)
    scope.tokens[event.n] = { ...token, phase, waits: event.waits } // most: nothing is to be left out of the copy
  else {
    const { waits: _waits, incident: _incident, ...rest } = token
    scope.tokens[event.n] = { ...rest, phase, ...waitsOf(event.waits) }
  }
  if (event.listening !== undefined) scope.tokens[event.n] = { ...(scope.tokens[event.n] as Token), listening: event.listening } // just put there
  if (event.call) scope.tokens[event.n] = { ...(scope.tokens[event.n] as Token), calls: (token.calls ?? 0) + 1 }
  if (event.activation !== undefined) countActivation(scope, event.elementId, event.activation)
  if (scope.conditions !== undefined || hasCondition(event.waits)) recount(draft, event.scopeId, token, scope.tokens[event.n])
}

/** The token goes on: what was done elsewhere it waits for no more. */
export function workDone(token: Token, wasListener: boolean, task?: TaskSeen): Token {
  const left = withoutWork(token.waits)
  if (left.length === 0 && task === undefined && isBare(token)) {
    const { elementId, since, via } = token
    return via === undefined ? { elementId, phase: 'active', since } : { elementId, phase: 'active', since, via }
  }
  const { incident: _incident, waits: _waits, ...rest } = token
  const heard = wasListener && token.listening ? { listening: heardOne(token.listening) } : undefined
  const known = task && {
    listening: { ...(heard?.listening ?? token.listening ?? BEFORE_ANY), task: { ...token.listening?.task, ...task } },
  }
  return { ...rest, phase: 'active', ...heard, ...known, ...waitsOf(left) }
}

const BEFORE_ANY: Listening = Object.freeze({ point: 'start', heard: 0 })

/** Members of a token that {@link isBare} does not ask for. One that is added to tokens must be: else its calls do not compile. */
type Unasked = Exclude<keyof Token, 'elementId' | 'phase' | 'since' | 'via' | 'waits' | Asked>
type Asked =
  | 'locals'
  | 'path'
  | 'calls'
  | 'child'
  | 'listening'
  | 'handler'
  | 'skipped'
  | 'watches'
  | 'hold'
  | 'incident'
  | 'keeps'
  | 'compensation'
  | 'drivenBy'

/**
 * True for a token of which nothing is known but how it came and what it waits for. Most are; to leave a member out of a copy costs much
 * more.
 */
function isBare(token: Token & { readonly [Name in Unasked]?: never }): boolean {
  return (
    token.locals === undefined &&
    token.path === undefined &&
    token.calls === undefined &&
    token.child === undefined &&
    token.listening === undefined &&
    token.handler === undefined &&
    token.skipped === undefined &&
    token.watches === undefined &&
    token.hold === undefined &&
    token.incident === undefined &&
    token.keeps === undefined &&
    token.compensation === undefined &&
    token.drivenBy === undefined
  )
}

/** So often was the element activated in this scope. */
export function countActivation(scope: MutableScope, elementId: string, activation: number): void {
  scope.activations = { ...scope.activations, [elementId]: activation }
}

/** Each wait of a token becomes what `change` says: none, itself, another. */
export function rearm(draft: Draft, scopeId: string, n: number, change: (wait: Wait) => readonly Wait[]): void {
  const before = writableScope(draft, scopeId).tokens[n]
  changeToken(draft, scopeId, n, ({ waits, ...token }) => ({ ...token, ...waitsOf((waits ?? []).flatMap(change)) }))
  const scope = writableScope(draft, scopeId)
  if (scope.conditions !== undefined) recount(draft, scopeId, before, scope.tokens[n])
}

/** True for the wait of this event, and of this one of its definitions. */
export function isWaitOf(wait: Wait, event: { readonly for: string; readonly definition: number }): wait is EventWait {
  return 'for' in wait && wait.for === event.for && (wait.definition ?? 0) === event.definition
}

/** What is left of a wait when an event came. */
export function triggered(wait: Wait, event: EventOf<'waitTriggered'>): readonly Wait[] {
  if (!('for' in wait) || wait.for !== event.for) return [wait]
  if (event.definition !== undefined && !isWaitOf(wait, { for: event.for, definition: event.definition })) return [wait]
  if (!event.again) return []
  const { came: _came, ...rest } = wait
  if (rest.type === 'condition') return [{ ...rest, holds: true }]
  if (rest.type !== 'timer' || event.again.dueAt === undefined) return [rest]
  const { instead: _instead, ...timer } = rest
  const cycle = rest.cycle && { ...rest.cycle, left: event.again.left ?? null }
  return [{ ...timer, dueAt: event.again.dueAt, ...(cycle && { cycle }) }]
}

/** The timer that an operator gave another due time; other waits are as they were. */
export function rescheduled(wait: Wait, { for: target, definition = 0, dueAt, from, shifts }: EventOf<'timerRescheduled'>): Wait {
  if (wait.type !== 'timer' || !isWaitOf(wait, { for: target, definition })) return wait
  const instead = { of: from, ...(shifts && { shifts }) }
  return { ...wait, dueAt, instead, ...(shifts && wait.cycle && { cycle: { ...wait.cycle, first: dueAt } }) }
}

function withoutWork(waits: readonly Wait[] = NOTHING): readonly Wait[] {
  for (let i = 0; i < waits.length; i++) if (!isWork(waits[i] as Wait)) return waits.filter((wait) => !isWork(wait))
  return NOTHING
}

const NOTHING: readonly Wait[] = Object.freeze([])

/** True for what is done elsewhere, and comes back as a result. */
export function isWork({ type }: Wait): boolean {
  return type === 'job' || type === 'task' || type === 'continuation' || type === 'listener' || type === 'call'
}

/** One listener more has heard. */
export function heardOne({ then: _then, ...listening }: Listening): Listening {
  return { ...listening, heard: listening.heard + 1 }
}
