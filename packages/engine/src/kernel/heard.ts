import type { Listener } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import { isEmpty, type Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { findScope, scopeOf } from './draft.ts'
import { flowsDecided, listenersAt } from './listening.ts'
import { resultValues } from './outcomes.ts'
import type { Token, WorkResult } from './state.ts'
import { throwError, throwEscalation } from './throwing.ts'
import { setVisible } from './variables.ts'
import { insideOf } from './work.ts'

/** The work of a listener is done: what it set is set, then the next is heard, or the element goes on. */
export function applyHeard(step: Step, scopeId: string, n: number, token: Token, node: FlowNode, result: WorkResult): void {
  const { listening } = token
  if (listening?.then === undefined) return
  if (result.type === 'error') return throwError(step, scopeId, n, result, 'ofWork')
  const task = result.type === 'completed' ? result.task : undefined
  step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed', listener: true, ...(task && { task }) })
  if (result.type === 'escalation') {
    throwEscalation(step, scopeId, n, result)
    if (findScope(step.draft, scopeId)?.tokens[n]) step.plan({ do: listening.then, scopeId, n, node })
    return
  }
  if (!isEmpty(result.local)) step.emit({ type: 'variablesSet', scopeId, values: result.local })
  const listener = listenersAt(node, listening.point, flowsDecided(token, node) ?? [])[listening.heard]
  setHeard(step, scopeId, n, resultValues(step, scopeId, n, listener?.job ?? null, result), listener?.sets ?? 'visible')
  step.plan({ do: listening.then, scopeId, n, node })
}

function setHeard(step: Step, scopeId: string, n: number, values: Values, where: Listener['sets']): void {
  if (isEmpty(values)) return
  if (where === 'around') setVisible(step, scopeId, null, values)
  else if (where === 'inside')
    step.emit({ type: 'localsSet', scopeId, n, locals: { ...scopeOf(step.draft, scopeId).tokens[n]?.locals, ...values } })
  else {
    const inside = insideOf(step, scopeId, n)
    setVisible(step, inside.scopeId, inside.n, values)
  }
}
