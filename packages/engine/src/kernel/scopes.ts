import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { hasCompensables, requireKept, wakeDriver } from './compensables.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { splitTokenId, tokenId } from './ids.ts'
import { isArmedToken, type Token, tokenNumbers, waitsFor } from './state.ts'

/**
 * A scope without tokens ends: the process completes, a sub-process lets its activity go on. Inner scopes first. One in which only event
 * sub-processes are under way listens no more. BPMN 2.0.2 §13.5.4.
 */
export function settleEnds(step: Step, scopeIds: readonly string[]): void {
  for (const scopeId of scopeIds) {
    const scope = findScope(step.draft, scopeId)
    if (scope === null || scope.live > (scope.handlers ?? 0)) continue
    // An ad hoc sub-process without tokens is open for more, and listens, until it is to end.
    if (scope.armed && (scope.kind !== 'adHocSubProcess' || scope.closing)) disarm(step, scopeId)
    if (scope.live > 0) continue
    if (scope.kind === 'process') {
      const { closing } = step.definition
      if (scope.instance?.status !== 'active') continue
      if (closing === null) endProcess(step, scopeId, 'completed', null)
      else step.plan({ do: 'enter', scopeId, node: closing, via: undefined })
    } else if (scope.kind === 'subProcess' || scope.kind === 'adHocSubProcess') {
      const owner = splitTokenId(scopeId)
      const node = step.definition.nodes.get(scope.elementId)
      if (!owner || !node) continue
      const isUndone = findScope(step.draft, owner.scopeId)?.tokens[owner.n]?.compensation !== undefined
      step.plan({ do: isUndone ? 'compensate' : 'leave', scopeId: owner.scopeId, n: owner.n, node })
    }
  }
}

/** The instance ends; nothing of it can be compensated any more. */
export function endProcess(step: Step, scopeId: string, status: 'completed' | 'terminated' | 'superseded', reason: string | null): void {
  requireKept(step, scopeId)
  step.emit({ type: 'processEnded', scopeId, status, reason, at: step.now })
}

/** A scope came to its end: it is kept where it can be compensated, else closed. */
export function endScope(step: Step, scopeId: string, node: FlowNode): void {
  if (hasCompensables(step, scopeId, node)) step.emit({ type: 'scopeCompleted', scopeId })
  else closeScope(step, scopeId)
}

/** A scope goes, with what is kept in it. */
export function closeScope(step: Step, scopeId: string): void {
  requireKept(step, scopeId)
  step.emit({ type: 'scopeClosed', scopeId })
}

/** The scope listens no more for its event sub-processes. */
export function disarm(step: Step, scopeId: string): void {
  const { armed, tokens } = scopeOf(step.draft, scopeId)
  for (const n of armed ?? []) step.emit({ type: 'eventSubProcessDisarmed', scopeId, n, elementId: tokens[n]?.elementId ?? '' })
}

/** Ends all that goes on in a scope, also what is on a flow, and what it listens to; the scope stays. */
export function emptyScope(step: Step, scopeId: string, by: string): void {
  terminateTokens(step, scopeId, by)
  const { joins } = scopeOf(step.draft, scopeId)
  // What is left of joins are complex gateways that fired: nothing is to come any more.
  for (const elementId in joins) step.emit({ type: 'gatewayReset', scopeId, elementId })
  step.dropEntries(scopeId)
  step.moved(scopeId)
}

/** Ends a token without completing it, with all that it opened, inside out. BPMN 2.0.2 §13.5.3: no output is mapped. */
export function terminateToken(step: Step, scopeId: string, n: number, by: string | null): void {
  const token = scopeOf(step.draft, scopeId).tokens[n]
  if (!token) return
  if (token.phase === 'armed' || isArmedToken(scopeOf(step.draft, scopeId), n))
    return step.emit({ type: 'eventSubProcessDisarmed', scopeId, n, elementId: token.elementId })
  if (token.compensation) abandonCompensation(step, scopeId, n, token, by)
  if (token.child) terminateScope(step, tokenId(scopeId, n), by)
  else if (token.keeps) closeScope(step, tokenId(scopeId, n))
  giveNotices(step, scopeId, n, token)
  step.emit({ type: 'elementTerminated', scopeId, n, elementId: token.elementId, by })
  if (token.drivenBy !== undefined) wakeDriver(step, token.drivenBy)
  step.moved(scopeId)
}

/** Listeners hear that an element ended without completing; those of a task only where there was one. */
function giveNotices(step: Step, scopeId: string, n: number, token: Token): void {
  const { elementId } = token
  const node = step.definition.nodes.get(elementId)
  const notices = node?.listeners?.notices
  if (node === undefined || notices === undefined || notices.length === 0) return
  if (node.type === 'userTask' && !waitsFor(token, 'task')) return
  for (const { notice, key } of notices) if (notice === 'gone') step.emit({ type: 'noticeGiven', scopeId, n, elementId, listener: key })
}

/** What a compensation has at work ends with it; what it has not undone stays done, and can be compensated again. */
function abandonCompensation(step: Step, scopeId: string, n: number, { elementId, compensation }: Token, by: string | null): void {
  const running = compensation?.running === undefined ? null : splitTokenId(compensation.running)
  if (running && findScope(step.draft, running.scopeId)?.tokens[running.n]) terminateToken(step, running.scopeId, running.n, by)
  step.emit({ type: 'compensationEnded', scopeId, n, elementId })
}

/** Ends all that is in a scope, and the scope. */
export function terminateScope(step: Step, scopeId: string, by: string | null): void {
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return
  if (scope.rounds) terminateRounds(step, scopeId, by)
  terminateTokens(step, scopeId, by)
  closeScope(step, scopeId)
  step.unsettled.delete(scopeId)
}

/** Ends all tokens of a scope; the scope stays. */
export function terminateTokens(step: Step, scopeId: string, by: string | null): void {
  for (const n of tokenNumbers(scopeOf(step.draft, scopeId))) terminateToken(step, scopeId, n, by)
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
    if (iteration === null || iteration.output || iteration.live === 0) continue
    terminateTokens(step, id, by)
    requireKept(step, id)
    step.emit({ type: 'iterationEnded', scopeId: bodyId, n, outcome: 'terminated' })
    step.unsettled.delete(id)
  }
}
