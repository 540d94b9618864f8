import { type Importing, resolve } from './importing.ts'
import { isKind } from './metamodel.ts'
import type { XmlElement } from './read-xml.ts'
import { childrenOf } from './xml-access.ts'

/**
 * What a message flow says that an event or task sends or receives: a message of the file, or none but the flow itself, which then names
 * it.
 */
export type FlowMessage = { readonly message: XmlElement } | { readonly flowId: string }

/**
 * The message of an event or task that refers to none itself, by the message flow that connects it with another pool of the file: the
 * flow's own, else that of the element at its other end, else one that goes by the flow's id. BPMN 2.0.2 §9.3.
 */
export function messageOfFlow(importing: Importing, element: XmlElement): FlowMessage | null {
  for (const flow of messageFlowsOf(importing)) {
    const source = resolve(importing, flow.attributes.sourceRef)
    const target = resolve(importing, flow.attributes.targetRef)
    if (source !== element && target !== element) continue
    const own = messageAt(importing, flow) ?? [source, target].map((end) => end && messageOfEnd(importing, end)).find((found) => found)
    if (own) return { message: own }
    if (isNode(source) && isNode(target) && flow.attributes.id) return { flowId: flow.attributes.id }
  }
  return null
}

/** True where an end of the flow takes its message from it. */
export function givesMessage(importing: Importing, flow: XmlElement): boolean {
  return [flow.attributes.sourceRef, flow.attributes.targetRef].some((reference) => {
    const end = resolve(importing, reference)
    return end !== null && isNode(end) && messageOfEnd(importing, end) === null && messageOfFlow(importing, end) !== null
  })
}

function messageFlowsOf({ definitions }: Importing): readonly XmlElement[] {
  return definitions.children.flatMap((child) => (isKind(child.name, 'bpmn:Collaboration') ? childrenOf(child, 'bpmn:messageFlow') : []))
}

function messageAt(importing: Importing, holder: XmlElement): XmlElement | null {
  const found = resolve(importing, holder.attributes.messageRef)
  return found?.name === 'bpmn:message' ? found : null
}

function messageOfEnd(importing: Importing, end: XmlElement): XmlElement | null {
  const own = messageAt(importing, end)
  if (own !== null) return own
  for (const definition of childrenOf(end, 'bpmn:messageEventDefinition')) {
    const message = messageAt(importing, definition)
    if (message !== null) return message
  }
  return null
}

function isNode(end: XmlElement | null): boolean {
  return end !== null && isKind(end.name, 'bpmn:FlowNode')
}
