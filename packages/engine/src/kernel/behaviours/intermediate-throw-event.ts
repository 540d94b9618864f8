import type { IntermediateThrowEvent } from '../../model/elements.ts'
import { linkName } from '../../model/reachability.ts'
import type { Behaviour } from '../behaviour.ts'
import { leaveBy } from '../flow.ts'
import { throwMessage, throwSignal } from '../sending.ts'

/** Throws its event and goes on; a link goes on at the catch event of its name in the same scope. BPMN 2.0.2 §13.5.2. */
export const intermediateThrowEvent: Behaviour<IntermediateThrowEvent> = {
  execute(step, node, scopeId, n) {
    const definition = node.eventDefinitions[0]
    switch (definition?.type) {
      case 'message':
        return throwMessage(step, node, scopeId, n, definition.message, definition.job)
      case 'signal':
        return throwSignal(step, node, scopeId, n, definition.signal)
      case 'link': {
        leaveBy(step, scopeId, n, node, [])
        const target = node.scope.nodes.find((one) => one.type === 'intermediateCatchEvent' && linkName(one) === definition.name)
        if (target) step.plan({ do: 'enter', scopeId, node: target, via: undefined })
        return
      }
      default:
        return step.plan({ do: 'leave', scopeId, n, node })
    }
  },
}
