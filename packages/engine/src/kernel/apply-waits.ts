import { changeToken, waitsOf } from './apply-tokens.ts'
import { hasCondition, recount } from './condition-counts.ts'
import { type Draft, type MutableScope, writableScope } from './draft.ts'
import type { EventOf } from './events.ts'
import type { EventWait, Listening, Token, Wait } from './state.ts'

/** The element waits for what is armed now, and for nothing else. */
export function applyWaits(draft: Draft, event: EventOf<'elementWaits'>): void {
  const scope = writableScope(draft, event.scopeId)
  const token = scope.tokens[event.n]
  if (!token) throw new Error(`token ${event.scopeId}.${event.n} is not there`)
  const { waits: _waits, incident: _incident, ...rest } = token
  scope.tokens[event.n] = { ...rest, phase: token.child ? 'active' : 'waiting', ...waitsOf(event.waits) }
  if (event.listening !== undefined) scope.tokens[event.n] = { ...(scope.tokens[event.n] as Token), listening: event.listening } // just put there
  if (event.call) scope.tokens[event.n] = { ...(scope.tokens[event.n] as Token), calls: (token.calls ?? 0) + 1 }
  if (event.activation !== undefined) countActivation(scope, event.elementId, event.activation)
  if (scope.conditions !== undefined || hasCondition(event.waits)) recount(draft, event.scopeId, token, scope.tokens[event.n])
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
  const cycle = rest.cycle && { ...rest.cycle, left: event.again.left ?? null }
  return [{ ...rest, dueAt: event.again.dueAt, ...(cycle && { cycle }) }]
}

/** True for what is done elsewhere, and comes back as a result. */
export function isWork({ type }: Wait): boolean {
  return type === 'job' || type === 'task' || type === 'continuation' || type === 'listener' || type === 'call'
}

/** One listener more has heard. */
export function heardOne({ then: _then, ...listening }: Listening): Listening {
  return { ...listening, heard: listening.heard + 1 }
}
