import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { codesAround } from './catchers.ts'
import { scopeOf } from './draft.ts'
import { terminateTokens } from './scopes.ts'
import { type Caught, instanceIdOf } from './state.ts'

/** True where a caller of this instance catches what is thrown in it: an error then ends it. BPMN 2.0.2 §10.5.6. */
export function isCaughtByCaller(step: Step, scopeId: string, kind: keyof Caught, code: string): boolean {
  const caught = scopeOf(step.draft, instanceIdOf(scopeId)).instance?.called?.[kind]
  return caught !== undefined && (caught === 'all' || caught.includes(code))
}

/** The instance ends by an error that a caller of it catches. */
export function failToCaller(
  step: Step,
  scopeId: string,
  error: { readonly code: string; readonly message: string; readonly values: Values },
): void {
  const instanceId = instanceIdOf(scopeId)
  terminateTokens(step, instanceId, null)
  step.dropEntries(instanceId)
  step.unsettled.clear()
  const { code, message, values } = error
  const reason = `error "${code}", which its caller catches`
  step.emit({ type: 'processEnded', scopeId: instanceId, status: 'terminated', reason, at: step.now, error: { code, message, values } })
}

/** What is caught around a call activity, and further out by the callers of its own instance. */
export function caughtAround(step: Step, scopeId: string, n: number): Caught {
  const called = scopeOf(step.draft, instanceIdOf(scopeId)).instance?.called
  return {
    error: union(codesAround(step, scopeId, n, 'error'), called?.error),
    escalation: union(codesAround(step, scopeId, n, 'escalation'), called?.escalation),
  }
}

function union(own: Caught['error'], further: Caught['error'] = []): Caught['error'] {
  return own === 'all' || further === 'all' ? 'all' : [...new Set([...own, ...further])]
}
