import type { ReceiveTask } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { boundaryWaits, messageWait } from '../catching.ts'
import { receiveValues } from '../mappings.ts'

/** Waits for its message; without one, for a trigger of the host. BPMN 2.0.2 §13.3.3. */
export const receiveTask: Behaviour<ReceiveTask> = {
  execute(step, node, scopeId, n) {
    const own = node.message === null ? { type: 'trigger' as const, for: node.id } : messageWait(step, scopeId, n, node, node.message)
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits: [own, ...boundaryWaits(step, scopeId, n, node)] })
  },
  resume(step, node, scopeId, n, { values }) {
    receiveValues(step, scopeId, n, node, values)
    step.plan({ do: 'leave', scopeId, n, node })
  },
}
