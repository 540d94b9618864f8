import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import { activate } from './flow.ts'
import { applyInputs } from './mappings.ts'

/**
 * What instantiates the process has come to a node that waits for it: a start event is entered, an instantiating receive task is done, and
 * behind an instantiating event-based gateway its event has occurred. BPMN 2.0.2 §10.3.3, §10.6.6, §13.2.
 */
export function beginBy(step: Step, scopeId: string, node: FlowNode): void {
  const gateway = node.incoming[0]?.source
  if (gateway?.type === 'eventBasedGateway' && gateway.instantiate) {
    const n = activate(step, scopeId, gateway)
    const behaviour = behaviourOf(gateway)
    // All events of a parallel one must occur: those that did not are waited for from now on.
    if (gateway.eventGatewayType === 'Parallel') {
      behaviour.execute(step, gateway, scopeId, n)
      step.emit({ type: 'waitTriggered', scopeId, n, for: node.id, kind: 'message' })
    }
    behaviour.resume?.(step, gateway, scopeId, n, { for: node.id, values: {} })
    return
  }
  if (node.type !== 'receiveTask') return step.plan({ do: 'enter', scopeId, node, via: undefined })
  const n = activate(step, scopeId, node)
  if (node.io) applyInputs(step, scopeId, n, node.io)
  step.plan({ do: 'leave', scopeId, n, node })
}
