import type { IntermediateCatchEvent } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { eventWaits } from '../catching.ts'
import { KernelError } from '../kernel-error.ts'
import { receiveValues } from '../mappings.ts'

/** Waits for its event. A link's catch event has occurred when its token stands there. BPMN 2.0.2 §13.5.2. */
export const intermediateCatchEvent: Behaviour<IntermediateCatchEvent> = {
  execute(step, node, scopeId, n) {
    if (node.eventDefinitions.length === 0 || node.eventDefinitions[0]?.type === 'link') return step.plan({ do: 'leave', scopeId, n, node })
    const waits = eventWaits(step, scopeId, n, node)
    if (waits.length === 0)
      throw new KernelError('invalidTimer', `the timer of "${node.id}" has no occurrence (any more): it would wait for ever`)
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits })
  },
  resume(step, node, scopeId, n, { values }) {
    receiveValues(step, scopeId, n, node, values)
    step.plan({ do: 'leave', scopeId, n, node })
  },
}
