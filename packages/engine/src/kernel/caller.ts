import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { codesAround } from './catchers.ts'
import { rootOf, scopeOf } from './draft.ts'
import { instanceIdOf, pathOf } from './ids.ts'
import { emptyScope, terminateTokens } from './scopes.ts'
import type { Caught } from './state.ts'

/** True where a caller of this instance catches what is thrown in it: an error then ends it. BPMN 2.0.2 §10.5.6. */
export function isCaughtByCaller(step: Step, scopeId: string, kind: 'error' | 'escalation', code: string): boolean {
  const caught = rootOf(step.draft, scopeId)?.instance?.called?.[kind]
  return caught !== undefined && (caught === 'all' || caught.includes(code))
}

/** Ends the whole instance, and where it was called those that led to it. */
export function endAll(step: Step, scopeId: string, by: string): void {
  const instanceId = instanceIdOf(scopeId)
  if (rootOf(step.draft, scopeId)?.instance?.called === undefined) emptyScope(step, instanceId, by)
  else endWithCaller(step, instanceId, by, 'all')
}

/** The instance ends with the multi-instance that a caller of it stands in; false where there is none. */
export function endRoundsOfCaller(step: Step, scopeId: string, by: string): boolean {
  if (!rootOf(step.draft, scopeId)?.instance?.called?.rounds) return false
  endWithCaller(step, instanceIdOf(scopeId), by, 'rounds')
  return true
}

function endWithCaller(step: Step, instanceId: string, by: string, ends: 'rounds' | 'all'): void {
  endAllTokens(step, instanceId, by)
  step.emit({ type: 'processEnded', scopeId: instanceId, status: 'completed', reason: null, at: step.now, ends })
}

function endAllTokens(step: Step, instanceId: string, by: string | null): void {
  terminateTokens(step, instanceId, by)
  step.dropEntries(instanceId)
  step.unsettled.clear()
}

/** The instance ends by an error that a caller of it catches. */
export function failToCaller(
  step: Step,
  scopeId: string,
  error: { readonly code: string; readonly message: string; readonly values: Values },
): void {
  const instanceId = instanceIdOf(scopeId)
  endAllTokens(step, instanceId, null)
  const { code, message, values } = error
  const reason = `error "${code}", which its caller catches`
  step.emit({ type: 'processEnded', scopeId: instanceId, status: 'terminated', reason, at: step.now, error: { code, message, values } })
}

/** What is caught around a call activity, and further out by the callers of its own instance. */
export function caughtAround(step: Step, scopeId: string, n: number): Caught {
  const called = rootOf(step.draft, scopeId)?.instance?.called
  return {
    error: union(codesAround(step, scopeId, n, 'error'), called?.error),
    escalation: union(codesAround(step, scopeId, n, 'escalation'), called?.escalation),
    ...((called?.rounds || inRounds(step, scopeId)) && { rounds: true as const }),
  }
}

function inRounds(step: Step, scopeId: string): boolean {
  return pathOf(scopeId).some((id) => scopeOf(step.draft, id).kind === 'multiInstance')
}

function union(own: Caught['error'], further: Caught['error'] = []): Caught['error'] {
  return own === 'all' || further === 'all' ? 'all' : [...new Set([...own, ...further])]
}
