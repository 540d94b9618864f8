import type { EventBasedGateway, FlowNode } from '../../model/elements.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { eventWaits, messageWait } from '../catching.ts'
import { scopeOf } from '../draft.ts'
import { activate } from '../flow.ts'
import { applyInputs, receiveValues } from '../mappings.ts'
import type { Wait } from '../state.ts'
import { stops } from '../stopping.ts'

/**
 * Arms all its events at once; the first that occurs takes its flow and disarms the others; a parallel one waits for all. BPMN 2.0.2
 * §10.6.6, §13.4.4.
 */
export const eventBasedGateway: Behaviour<EventBasedGateway> = {
  execute(step, node, scopeId, n) {
    const waits = node.outgoing.flatMap((flow) => targetWaits(step, scopeId, n, flow.target))
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits })
  },
  resume(step, node, scopeId, n, trigger) {
    const flow = node.outgoing.find((one) => one.target.id === trigger.for)
    if (!flow) throw new Error(`${trigger.for} is not behind ${node.id}`)
    // A parallel one, which instantiates, stays until all its events have occurred.
    const isLast = node.eventGatewayType !== 'Parallel' || !node.instantiate || !scopeOf(step.draft, scopeId).tokens[n]?.waits
    const path = scopeOf(step.draft, scopeId).tokens[n]?.path
    if (isLast) step.emit({ type: 'elementCompleted', scopeId, n, elementId: node.id, taken: [flow.id] })
    const event = activate(step, scopeId, flow.target, flow.id, undefined, path)
    if ('io' in flow.target && flow.target.io) applyInputs(step, scopeId, event, flow.target.io)
    receiveValues(step, scopeId, event, flow.target, trigger.values)
    if (step.stops === null || !stops(step, scopeId, event, flow.target, 'occurred'))
      step.plan({ do: 'leave', scopeId, n: event, node: flow.target })
    step.moved(scopeId)
  },
}

function targetWaits(step: Step, scopeId: string, n: number, target: FlowNode): readonly Wait[] {
  if (target.type === 'receiveTask')
    return target.message === null ? [{ type: 'trigger', for: target.id }] : [messageWait(step, scopeId, n, target, target.message)]
  if (target.type !== 'intermediateCatchEvent') return []
  return eventWaits(step, scopeId, n, target)
}
