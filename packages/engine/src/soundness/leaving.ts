import type { FlowNode } from '../model/elements.ts'

/** A token leaves by every flow, whatever the data. */
export function takesAll(node: FlowNode): boolean {
  if (node.type === 'parallelGateway') return true
  if (node.type === 'exclusiveGateway' || node.type === 'eventBasedGateway' || node.type === 'complexGateway') return false
  return node.outgoing.every((flow) => flow.condition === null) && !('defaultFlow' in node && node.defaultFlow !== null)
}

/** It ends every token of its scope. */
export function endsScope(node: FlowNode): boolean {
  if (node.type !== 'endEvent') return false
  return node.eventDefinitions.some((one) => ['terminate', 'error', 'cancel'].includes(one.type))
}
