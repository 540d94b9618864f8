import type { EndEvent } from '../../model/elements.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { leaveBy } from '../flow.ts'
import { terminateTokens } from '../scopes.ts'
import { throwMessage, throwSignal } from '../sending.ts'
import { asText } from '../text.ts'
import { throwError } from '../throwing.ts'
import { evaluate } from '../variables.ts'
import { textOf } from '../work.ts'

/** Consumes its token; throws what it has to throw first. BPMN 2.0.2 §13.5.4. */
export const endEvent: Behaviour<EndEvent> = {
  execute(step, node, scopeId, n) {
    const definition = node.eventDefinitions[0]
    switch (definition?.type) {
      case 'terminate':
        return terminate(step, node, scopeId, n)
      case 'error': {
        const code = definition.code === null ? '' : textOf(step, scopeId, n, definition.code, 'error code')
        const message = definition.message === null ? '' : (asText(evaluate(step, scopeId, n, definition.message)) ?? '')
        return throwError(step, scopeId, n, { code, message, values: {} })
      }
      case 'message':
        return throwMessage(step, node, scopeId, n, definition.message, definition.job)
      case 'signal':
        return throwSignal(step, node, scopeId, n, definition.signal)
      default:
        return step.plan({ do: 'leave', scopeId, n, node })
    }
  },
}

/** Ends all that is left in the innermost process or sub-process instance, which then completes. */
function terminate(step: Step, node: EndEvent, scopeId: string, n: number): void {
  leaveBy(step, scopeId, n, node, [])
  terminateTokens(step, scopeId, node.id)
  step.dropEntries(scopeId)
}
