import type { EventBasedGateway, ReceiveTask } from '../../model/elements.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import { titleOf } from '../xml-access.ts'

/**
 * Whether a receive task or an event-based gateway that is to start the process can; check-starts.ts looks at its flows. BPMN 2.0.2
 * §10.3.3, §10.6.6
 */
export function checkInstantiation(importing: Importing, process: ReadProcess): void {
  for (const node of process.definition.nodes.values()) {
    if ((node.type !== 'receiveTask' && node.type !== 'eventBasedGateway') || !node.instantiate) continue
    const element = process.elements.get(node.id)
    const problem = problemOf(node)
    if (element === undefined || problem === null) continue
    importing.findings.add('instantiateUnclear', element, `${titleOf(element)} is to start the process, but ${problem}.`, {
      attribute: 'instantiate',
    })
  }
}

function problemOf(node: ReceiveTask | EventBasedGateway): string | null {
  if (node.scope.parent !== null) return 'it stands in a sub-process'
  if (node.type === 'eventBasedGateway') return null
  if (node.message === null) return 'it has no message'
  return node.repetition === null ? null : 'it is repeated'
}
