import { isLeewayError } from '@leeway/storage'
import type { EndEvent } from '../../model/elements.ts'
import type { ErrorEventDefinition, TerminateEventDefinition } from '../../model/event-definitions.ts'
import { closeAdHoc } from '../ad-hoc.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { endAll, endRoundsOfCaller } from '../caller.ts'
import { cancelTransaction, throwCompensation } from '../compensation.ts'
import { leaveBy } from '../flow.ts'
import { raiseIncident } from '../incidents.ts'
import { endRoundsAround } from '../repetition.ts'
import { emptyScope } from '../scopes.ts'
import { throwAll } from '../sending.ts'
import { asText } from '../text.ts'
import { throwError } from '../throwing.ts'
import { evaluate } from '../variables.ts'
import { textOf } from '../work.ts'

/** Consumes its token; throws what it has to throw first. BPMN 2.0.2 §13.5.4. */
export const endEvent: Behaviour<EndEvent> = {
  execute(step, node, scopeId, n) {
    if (throwAll(step, node, scopeId, n)) finish(step, node, scopeId, n)
  },
  /** A handler sent its message. */
  resume(step, node, scopeId, n) {
    try {
      finish(step, node, scopeId, n)
    } catch (error) {
      if (!isLeewayError(error)) throw error
      raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'enter')
    }
  },
}

/** Of several definitions that which ends more than the token comes last. */
function finish(step: Step, node: EndEvent, scopeId: string, n: number): void {
  for (const definition of node.eventDefinitions) {
    if (definition.type === 'error') return throwErrorEnd(step, scopeId, n, definition)
    if (definition.type === 'terminate') return terminate(step, node, scopeId, n, definition.ends)
    if (definition.type === 'cancel') return cancelTransaction(step, node, scopeId, n)
    if (definition.type === 'compensate') return throwCompensation(step, node, scopeId, n, definition)
  }
  step.plan({ do: 'leave', scopeId, n, node })
}

function throwErrorEnd(step: Step, scopeId: string, n: number, definition: ErrorEventDefinition): void {
  const code = definition.code === null ? '' : textOf(step, scopeId, n, definition.code, 'error code')
  const message = definition.message === null ? '' : (asText(evaluate(step, scopeId, n, definition.message)) ?? '')
  throwError(step, scopeId, n, { code, message, values: {} })
}

/** Ends all that is left in the innermost process or sub-process instance, which then completes. */
function terminate(step: Step, node: EndEvent, scopeId: string, n: number, ends: TerminateEventDefinition['ends']): void {
  leaveBy(step, scopeId, n, node, [])
  if (ends === 'all') endAll(step, scopeId, node.id)
  else if (ends === 'rounds' && (endRoundsAround(step, scopeId, node.id) || endRoundsOfCaller(step, scopeId, node.id))) return
  else if (node.scope.adHoc !== null) closeAdHoc(step, scopeId, true)
  else emptyScope(step, scopeId, node.id)
}
