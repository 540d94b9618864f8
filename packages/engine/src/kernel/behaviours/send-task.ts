import type { SendTask } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { receiveValues } from '../mappings.ts'
import { awaitAnswer, throwMessage } from '../sending.ts'

/** Sends its message: by a handler where it names one or the host has one, else natively; may wait for another then. BPMN 2.0.2 §13.3.3. */
export const sendTask: Behaviour<SendTask> = {
  execute(step, node, scopeId, n) {
    throwMessage(step, node, scopeId, n, node.message, node.job)
  },
  /** A handler sent its message; or what it waits for came. */
  resume(step, node, scopeId, n, { values, work }) {
    if (work && node.awaits !== undefined) return awaitAnswer(step, scopeId, n, node, node.awaits)
    receiveValues(step, scopeId, n, node, values)
    step.plan({ do: 'leave', scopeId, n, node })
  },
}
