import { type Importing, resolve } from '../importing.ts'
import { isKind } from '../metamodel.ts'
import type { XmlElement } from '../read-xml.ts'
import { childrenOf, localName, titleOf } from '../xml-access.ts'

/** What message flows may connect: pools, activities and events of different pools. BPMN 2.0.2 §7.6.2, §9.3 */
export function checkMessageFlows(importing: Importing): void {
  for (const collaboration of importing.definitions.children) {
    if (!isKind(collaboration.name, 'bpmn:Collaboration')) continue
    for (const flow of childrenOf(collaboration, 'bpmn:messageFlow')) checkMessageFlow(importing, flow)
  }
}

function checkMessageFlow(importing: Importing, flow: XmlElement): void {
  const source = resolve(importing, flow.attributes.sourceRef)
  const target = resolve(importing, flow.attributes.targetRef)
  if (source === null || target === null) return // check-references.ts says so
  const broken = (what: string): void => importing.findings.add('messageFlowEnds', flow, `${titleOf(flow)} ${what}.`)
  if (!sends(source)) broken(`leaves ${titleOf(source)}, which sends no message`)
  if (!receives(target)) broken(`leads to ${titleOf(target)}, which receives no message`)
  const pool = poolOf(importing, source)
  if (pool !== null && pool === poolOf(importing, target))
    broken(`leads from ${titleOf(source)} to ${titleOf(target)} within one pool, where sequence flows connect`)
}

function sends({ name }: XmlElement): boolean {
  return isEnd(name) || name === 'bpmn:endEvent' || name === 'bpmn:intermediateThrowEvent'
}

function receives({ name }: XmlElement): boolean {
  return isEnd(name) || /^bpmn:(?:startEvent|intermediateCatchEvent|boundaryEvent)$/.test(name)
}

function isEnd(name: string): boolean {
  return isKind(name, 'bpmn:Activity') || name === 'bpmn:participant' || isKind(name, 'bpmn:ConversationNode')
}

/** The process that an end stands in or that a pool shows; null where it is not told. */
function poolOf(importing: Importing, end: XmlElement): XmlElement | null {
  if (end.name === 'bpmn:participant') return resolve(importing, end.attributes.processRef)
  for (let at: XmlElement | null = end; at !== null; at = at.parent) if (localName(at.name) === 'process') return at
  return null
}
