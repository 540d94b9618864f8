import type { SendTask } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { throwMessage } from '../sending.ts'

/** Sends its message: by a handler where it names one or the host has one, else natively. BPMN 2.0.2 §13.3.3. */
export const sendTask: Behaviour<SendTask> = {
  execute(step, node, scopeId, n) {
    throwMessage(step, node, scopeId, n, node.message, node.job)
  },
}
