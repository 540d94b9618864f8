import type { FlowNode, FlowScope, SequenceFlow } from '../model/elements.ts'
import { resolve } from './importing.ts'
import type { Growing, ProcessInHand } from './process-in-hand.ts'
import { sequenceFlowsOf } from './read-elements.ts'
import { expressionInAttribute } from './read-expression.ts'
import { readTakeListeners } from './read-listeners.ts'
import { readCondition } from './read-repetition.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, titleOf } from './xml-access.ts'

/** Reads the sequence flows of a process or sub-process and connects its nodes with them. */
export function linkFlows(hand: ProcessInHand, container: XmlElement, scope: Growing<FlowScope>): void {
  const unnamed = new Map<string, number>()
  for (const element of sequenceFlowsOf(container)) {
    const { sourceRef = '', targetRef = '' } = element.attributes
    const id = attributeOf(element, 'id') ?? madeId(hand, element, `${sourceRef.trim()}->${targetRef.trim()}`, unnamed)
    const source = nodeAt(hand, element, 'sourceRef')
    const target = nodeAt(hand, element, 'targetRef')
    if (source === null || target === null || hand.flows.has(id) || !isWithin(hand, element, scope, source, target)) {
      hand.complete = false
      continue
    }
    const conditionHolder = childOf(element, 'bpmn:conditionExpression')
    const condition = readCondition(hand.importing, conditionHolder)
    if (condition === null && conditionHolder !== null && conditionHolder.text.trim() !== '') hand.conditionsRead = false
    if (condition !== null && !('boundaryEvents' in source)) reportCondition(hand, element, source)
    const skip = asksConditions(source) ? expressionInAttribute(hand.importing, element, 'camunda:skipExpression', 'juel') : null
    const flow: SequenceFlow = {
      id,
      name: attributeOf(element, 'name'),
      source,
      target,
      condition: asksConditions(source) ? condition : null,
      ...(skip !== null && { skip }),
    }
    scope.flows.push(flow)
    hand.flows.set(id, flow)
    hand.taken.set(flow, readTakeListeners(hand.importing, element, id))
    hand.elements.set(id, element)
    // Sound: both nodes were made by this import and nobody else has them yet.
    ;(source.outgoing as SequenceFlow[]).push(flow)
    ;(target.incoming as SequenceFlow[]).push(flow)
  }
}

/** Finds the default flows of its nodes among those that leave them. */
export function linkDefaults(hand: ProcessInHand, scope: FlowScope): void {
  for (const node of scope.nodes) {
    const element = hand.elements.get(node.id)
    if (element === undefined || !('defaultFlow' in node)) continue
    const reference = attributeOf(element, 'default')
    if (reference === null) continue
    const found = resolve(hand.importing, reference)
    const flow = node.outgoing.find((one) => hand.elements.get(one.id) === found)
    // Sound: the node was made by this import and nobody else has it yet.
    if (flow !== undefined) (node as { defaultFlow: SequenceFlow | null }).defaultFlow = flow
    else if (found !== null && found.attributes.sourceRef !== node.id) {
      hand.importing.findings.add(
        'defaultNotOutgoing',
        element,
        `The default flow "${reference}" of ${titleOf(element)} does not leave it.`,
      )
    }
  }
}

function madeId(hand: ProcessInHand, element: XmlElement, ends: string, unnamed: Map<string, number>): string {
  let count = (unnamed.get(ends) ?? 0) + 1
  while (hand.flows.has(`${ends}#${count}`)) count++ // between the same nodes, read as a part of another scope
  unnamed.set(ends, count)
  const id = `${ends}#${count}`
  hand.made.set(element, id)
  hand.importing.findings.add('missingId', element, `A sequence flow has no id; it goes by "${id}".`, { elementId: id })
  return id
}

/** The node at one end; null where it is missing, is not a flow node, or was left out. */
function nodeAt(hand: ProcessInHand, flow: XmlElement, end: 'sourceRef' | 'targetRef'): FlowNode | null {
  const { findings } = hand.importing
  const reference = attributeOf(flow, end)
  if (reference === null) {
    findings.add('danglingReference', flow, `${titleOf(flow)} has no ${end}.`)
    return null
  }
  const found = resolve(hand.importing, reference)
  if (found === null) return null // check-references.ts says so
  const node = hand.nodes.get(hand.made.get(found) ?? found.attributes.id ?? '')
  return node !== undefined && hand.elements.get(node.id) === found ? node : null
}

function isWithin(hand: ProcessInHand, element: XmlElement, scope: FlowScope, source: FlowNode, target: FlowNode): boolean {
  const { findings } = hand.importing
  if (source.scope !== target.scope) return false // check-flows.ts says so, for flows between processes as well
  if (source.scope !== scope)
    findings.add('flowCrossesScope', element, `${titleOf(element)} stands in another scope than the nodes it connects.`)
  return source.scope === scope
}

/** A parallel or event-based gateway takes all its flows, whatever stands at them. */
function asksConditions(source: FlowNode): boolean {
  return source.type !== 'parallelGateway' && source.type !== 'eventBasedGateway'
}

/** BPMN 2.0.2 §8.4.13 has conditions behind activities and gateways that decide; the engines ask them behind events as well. */
function reportCondition(hand: ProcessInHand, flow: XmlElement, source: FlowNode): void {
  const { findings } = hand.importing
  const title = titleOf(hand.elements.get(source.id) ?? flow)
  if (!asksConditions(source))
    findings.add('conditionIgnored', flow, `The condition of ${titleOf(flow)} is not asked: ${title} takes all its flows.`)
  else if ('eventDefinitions' in source) {
    findings.add(
      'conditionOnEvent',
      flow,
      `${titleOf(flow)} has a condition and leaves ${title}, an event; the condition is asked all the same.`,
    )
  }
}
