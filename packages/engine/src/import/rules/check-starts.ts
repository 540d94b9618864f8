import type { FlowNode, StartEvent } from '../../model/elements.ts'
import { elementsWithin } from '../elements-within.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { childrenOf, titleOf } from '../xml-access.ts'

/** Where a process begins: by one event of each kind, by instantiating elements that nothing leads to. BPMN 2.0.2 §10.5.2, §13.2 */
export function checkStarts(importing: Importing, process: ReadProcess): void {
  const { findings } = importing
  const starts = process.definition.root.startEvents
  const none = starts.filter((start) => start.eventDefinitions.length === 0)
  const [first] = none
  for (const start of none.slice(1)) {
    const element = process.elements.get(start.id)
    if (element === undefined || first === undefined) continue
    const message = `${titleOf(element)} is a none start event beside "${first.id}": an instance begins at all of them.`
    findings.add('severalNoneStarts', element, message, { related: [first.id] })
  }
  checkMessages(importing, process, starts)
  for (const node of process.definition.nodes.values()) checkInstantiating(importing, process, node)
  for (const element of elementsWithin(process.element)) if (element.name === 'bpmn:adHocSubProcess') checkAdHoc(importing, element)
}

/** One message cannot start a process twice. */
function checkMessages(importing: Importing, process: ReadProcess, starts: readonly StartEvent[]): void {
  const started = new Map<string, string>()
  for (const start of starts) {
    for (const definition of start.eventDefinitions) {
      if (definition.type !== 'message' || definition.message === null) continue
      const name = definition.message.name.source
      const first = started.get(name)
      const element = process.elements.get(start.id)
      if (first === undefined) started.set(name, start.id)
      else if (element !== undefined) {
        const message = `${titleOf(element)} waits for the message "${name}", as "${first}" does.`
        importing.findings.add('duplicateStart', element, message, { related: [first] })
      }
    }
  }
}

function checkInstantiating(importing: Importing, process: ReadProcess, node: FlowNode): void {
  if (!('instantiate' in node) || !node.instantiate || node.incoming.length === 0) return
  const element = process.elements.get(node.id)
  if (element === undefined) return
  importing.findings.add('instantiateWithIncoming', element, `${titleOf(element)} starts instances and has an incoming flow.`)
}

/** BPMN 2.0.2 §10.3.5: activities are chosen, so nothing begins or ends there by events of its own. */
function checkAdHoc(importing: Importing, adHoc: XmlElement): void {
  for (const name of ['bpmn:startEvent', 'bpmn:endEvent']) {
    for (const event of childrenOf(adHoc, name))
      importing.findings.add('adHocContent', event, `${titleOf(event)} stands in ${titleOf(adHoc)}, an ad hoc sub-process.`)
  }
}
