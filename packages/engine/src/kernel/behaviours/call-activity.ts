import type { CallActivity } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { callDetails } from '../calling.ts'
import { boundaryWaits } from '../catching.ts'
import { scopeOf } from '../draft.ts'
import { calledInstanceId, tokenId } from '../ids.ts'
import { setVisible } from '../variables.ts'

/**
 * Calls a process or a global task: the runtime starts it as an instance of its own in the same commit, and tells its end. BPMN 2.0.2
 * §10.3.6, §13.3.5.
 */
export const callActivity: Behaviour<CallActivity> = {
  execute(step, node, scopeId, n) {
    const boundary = boundaryWaits(step, scopeId, n, node)
    const call = callDetails(step, node, scopeId, n)
    // Tried again after an incident, it is another instance: the one before has ended.
    const attempt = (scopeOf(step.draft, scopeId).tokens[n]?.calls ?? 0) + 1
    const instanceId = calledInstanceId(tokenId(scopeId, n), attempt)
    step.emit({
      type: 'elementWaits',
      scopeId,
      n,
      elementId: node.id,
      waits: [{ type: 'call', instanceId }, ...boundary],
      call,
    })
    if (node.call.idVariable !== null) setVisible(step, scopeId, n, { [node.call.idVariable]: instanceId })
  },
}
