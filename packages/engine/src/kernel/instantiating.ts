import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { behaviourOf } from './behaviours/index.ts'
import { activate } from './flow.ts'
import { applyInputs, receiveValues } from './mappings.ts'
import { beginOrDefer } from './work.ts'

/**
 * What instantiates the process has come to a node that waits for it: a start event is entered, an instantiating receive task is done, and
 * behind an instantiating event-based gateway its event has occurred. `values`: what came and is not the process's before it is mapped.
 * BPMN 2.0.2 §10.3.3, §10.6.6, §13.2.
 */
export function beginBy(step: Step, scopeId: string, node: FlowNode, values: Values): void {
  const gateway = node.incoming[0]?.source
  if (gateway?.type === 'eventBasedGateway' && gateway.instantiate) {
    const n = activate(step, scopeId, gateway)
    const behaviour = behaviourOf(gateway)
    // All events of a parallel one must occur: those that did not are waited for from now on.
    if (gateway.eventGatewayType === 'Parallel') {
      behaviour.execute(step, gateway, scopeId, n)
      step.emit({ type: 'waitTriggered', scopeId, n, for: node.id, kind: 'message' })
    }
    behaviour.resume?.(step, gateway, scopeId, n, { for: node.id, values })
    return
  }
  const comes = Object.keys(values).length > 0
  if (node.type !== 'receiveTask' && !comes) return step.plan({ do: 'enter', scopeId, node, via: undefined })
  const n = activate(step, scopeId, node)
  if (node.type !== 'receiveTask') {
    receiveValues(step, scopeId, n, node, values)
    return beginOrDefer(step, scopeId, n, node)
  }
  if (node.io) applyInputs(step, scopeId, n, node.io)
  receiveValues(step, scopeId, n, node, values)
  step.plan({ do: 'leave', scopeId, n, node })
}
