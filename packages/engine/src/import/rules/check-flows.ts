import { elementsWithin } from '../elements-within.ts'
import { type Importing, resolve } from '../importing.ts'
import { isKind } from '../metamodel.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { childOf, childrenOf, readsTrue, titleOf, withArticle } from '../xml-access.ts'

/** What sequence flows may connect. BPMN 2.0.2 §7.6.1, §8.4.13 */
export function checkFlows(importing: Importing, { element: process }: ReadProcess): void {
  const leaving = new Map<XmlElement, XmlElement[]>()
  const entering = new Map<XmlElement, XmlElement[]>()
  const nodes: XmlElement[] = []
  for (const element of elementsWithin(process)) {
    if (isKind(element.name, 'bpmn:FlowNode')) nodes.push(element)
    if (element.name !== 'bpmn:sequenceFlow') continue
    const source = resolve(importing, element.attributes.sourceRef)
    const target = resolve(importing, element.attributes.targetRef)
    if (source !== null) push(leaving, source, element)
    if (target !== null) push(entering, target, element)
    if (source !== null && target !== null) checkEnds(importing, process, element, source, target)
  }
  for (const node of nodes) {
    compareWithLists(importing, node, 'incoming', entering.get(node) ?? [])
    compareWithLists(importing, node, 'outgoing', leaving.get(node) ?? [])
  }
}

function push(map: Map<XmlElement, XmlElement[]>, key: XmlElement, value: XmlElement): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

function checkEnds(importing: Importing, process: XmlElement, flow: XmlElement, source: XmlElement, target: XmlElement): void {
  const { findings } = importing
  if (!isKind(source.name, 'bpmn:FlowNode') || !isKind(target.name, 'bpmn:FlowNode')) return // check-references.ts says so
  if (source.parent !== target.parent) {
    findings.add(
      'flowCrossesScope',
      flow,
      `${titleOf(flow)} leads from ${titleOf(source)} to ${titleOf(target)}, which stands in another scope.`,
    )
  } else if (!isInside(source, process))
    findings.add('flowCrossesScope', flow, `${titleOf(flow)} stands in another process than ${titleOf(source)} and ${titleOf(target)}.`)
  if (target.name === 'bpmn:startEvent') findings.add('flowIntoStart', flow, `${titleOf(flow)} leads into ${titleOf(target)}.`)
  if (source.name === 'bpmn:endEvent') findings.add('flowOutOfEnd', flow, `${titleOf(flow)} leaves ${titleOf(source)}.`)
  if (target.name === 'bpmn:boundaryEvent') findings.add('flowIntoBoundary', flow, `${titleOf(flow)} leads into ${titleOf(target)}.`)
  for (const node of [source, target]) {
    const isHandler = readsTrue(node, 'isForCompensation')
    if (isHandler || readsTrue(node, 'triggeredByEvent')) {
      const what = isHandler ? 'compensation handler' : 'event sub-process'
      findings.add('flowMisplaced', flow, `${titleOf(flow)} is connected to ${titleOf(node)}, ${withArticle(what)}.`)
    }
  }
}

function isInside(element: XmlElement, process: XmlElement): boolean {
  for (let at: XmlElement | null | undefined = element; at; at = at.parent) if (at === process) return true
  return false
}

/** Many tools leave the lists out; where they are there, a difference may be news to the author. */
function compareWithLists(importing: Importing, node: XmlElement, direction: 'incoming' | 'outgoing', flows: readonly XmlElement[]): void {
  const listed = childrenOf(node, `bpmn:${direction}`)
  if (listed.length === 0) return
  const named = new Set(listed.map((one) => resolve(importing, one.text)))
  if (named.size === flows.length && flows.every((flow) => named.has(flow))) return
  const list = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : ids.join(', '))
  const says = list(listed.map((one) => one.text.trim()))
  const holds = list(flows.map((flow) => flow.attributes.id ?? '(without id)'))
  importing.findings.add(
    'flowsDisagree',
    listed[0] ?? node,
    `${titleOf(node)} lists as ${direction} ${says}; the sequence flows are ${holds}.`,
  )
}

/** True where a flow has a condition, readable or not. */
export function hasCondition(flow: XmlElement): boolean {
  const holder = childOf(flow, 'bpmn:conditionExpression')
  return holder !== null && holder.text.trim() !== ''
}
