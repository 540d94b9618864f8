import type { FlowNode } from '@leeway/engine/extension'
import type { ElementPolicy, Policies } from '../case/rules.ts'

/** What holds at an element, member by member: what the host says of it, else what the model does. */
export function policyOf(node: FlowNode, processKey: string, { elements = {} }: Policies): ElementPolicy {
  const own = lookUp(elements, `${processKey}/${node.id}`) ?? lookUp(elements, node.id)
  return { ...node.leaving, ...own }
}

function lookUp<T>(all: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined
}
