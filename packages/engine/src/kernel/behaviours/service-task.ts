import type { BusinessRuleTask, ScriptTask, ServiceTask } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { receiveValues } from '../mappings.ts'
import { awaitTrigger, waitForWork } from '../work.ts'

/** Work of a handler. BPMN 2.0.2 §13.3.3. */
export const serviceTask: Behaviour<ServiceTask> = {
  execute(step, node, scopeId, n) {
    waitForWork(step, node, scopeId, n, node.job)
  },
  /** Its work is done; or it was triggered after it. */
  resume(step, node, scopeId, n, { values, work }) {
    if (work && node.isTriggerable) return awaitTrigger(step, scopeId, n, node)
    receiveValues(step, scopeId, n, node, values)
    step.plan({ do: 'leave', scopeId, n, node })
  },
}

/** A script: an expression, what a script engine runs, or a handler's. BPMN 2.0.2 §13.3.3. */
export const scriptTask: Behaviour<ScriptTask> = {
  execute(step, node, scopeId, n) {
    waitForWork(step, node, scopeId, n, node.job)
  },
}

/** A decision: of DMN, or a handler's. BPMN 2.0.2 §13.3.3. */
export const businessRuleTask: Behaviour<BusinessRuleTask> = {
  execute(step, node, scopeId, n) {
    waitForWork(step, node, scopeId, n, node.job)
  },
}
