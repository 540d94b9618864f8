import { kindOf } from '../../expressions/plain-data.ts'
import type { AdHocSubProcess, FlowNode } from '../../model/elements.ts'
import type { Value, Values } from '../../model/value.ts'
import { askForTurn } from '../ad-hoc-turns.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { KernelError } from '../kernel-error.ts'
import { evaluate } from '../variables.ts'
import { openOwnScope } from './sub-process.ts'

/** Opens a scope in which people or the host start activities; when it ends is told in ad-hoc.ts. BPMN 2.0.2 §10.3.5, §13.3.5. */
export const adHocSubProcess: Behaviour<AdHocSubProcess> = {
  execute(step, node, scopeId, n) {
    const first = activeElements(step, node, scopeId, n)
    const inner = openAdHoc(step, node, scopeId, n)
    askForTurn(step, scopeId, n, node)
    for (const activity of first) step.plan({ do: 'enter', scopeId: inner, node: activity, via: undefined })
  },
}

/** Opens its scope with nothing started in it; gives the scope's id. `own`: variables of it besides. */
export function openAdHoc(step: Step, node: AdHocSubProcess, scopeId: string, n: number, own?: Values): string {
  const name = node.adHoc.outputCollection
  const collected = name === null ? own : { ...own, [name]: [] }
  return openOwnScope(
    step,
    node,
    scopeId,
    n,
    'adHocSubProcess',
    node.adHoc.described === undefined ? collected : { ...collected, [ELEMENTS]: elementsOf(node) },
  )
}

/** What can be chosen from in it, as zeebe tells its workers. */
export const ELEMENTS = 'adHocSubProcessElements'

function elementsOf(node: AdHocSubProcess): Value {
  return node.content.initial.map(({ id, name, properties }) => {
    const { documentation = null, parameters = [] } = node.adHoc.described?.[id] ?? {}
    return { elementId: id, elementName: name, documentation, properties, parameters }
  })
}

/** What starts by itself: `zeebe:adHoc activeElementsCollection`. Nothing where the model does not say. */
function activeElements(step: Step, node: AdHocSubProcess, scopeId: string, n: number): readonly FlowNode[] {
  const expression = node.adHoc.activeElements
  if (expression === null) return []
  const ids = evaluate(step, scopeId, n, expression)
  if (ids === null || ids === undefined) return []
  const fault = (what: string) => new KernelError('invalidValue', `the active elements "${expression.source}" of "${node.id}" ${what}`)
  if (!Array.isArray(ids)) throw fault(`give ${kindOf(ids)}, not a list of ids`)
  if (node.adHoc.ordering === 'Sequential' && ids.length > 1)
    throw fault(`name ${ids.length} elements, of which only one may run at a time`)
  return ids.map((id) => {
    const activity = node.content.initial.find((one) => one.id === id)
    if (activity === undefined) throw fault(`name "${String(id)}", which can not be started in it`)
    return activity
  })
}
