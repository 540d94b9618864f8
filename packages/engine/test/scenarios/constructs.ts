import type { FlowNode } from '../../src/model/elements.ts'

/** What the page of elements has a row for. BPMN 2.0.2 §10; events by Table 10.93. */
export const ROWS: Readonly<Record<string, readonly string[]>> = {
  Activities: [
    ...['task', 'userTask', 'manualTask', 'serviceTask', 'scriptTask', 'businessRuleTask', 'sendTask', 'receiveTask', 'callActivity'],
    ...['subProcess', 'transaction', 'adHocSubProcess', 'event sub-process', 'compensation handler'],
    ...['standard loop', 'multi-instance, sequential', 'multi-instance, parallel', 'asynchronous continuation'],
    ...['conditional flow from an activity', 'instantiating receiveTask', 'startQuantity', 'completionQuantity'],
  ],
  Gateways: [
    ...['exclusiveGateway', 'parallelGateway', 'inclusiveGateway', 'complexGateway', 'eventBasedGateway'],
    ...['instantiating eventBasedGateway, exclusive', 'instantiating eventBasedGateway, parallel'],
  ],
  'Start events': ['none', 'message', 'timer', 'conditional', 'signal', 'multiple', 'parallel multiple'].map((kind) => `start: ${kind}`),
  'Event sub-process starts': [
    ...['message', 'timer', 'escalation', 'error', 'compensate', 'conditional', 'signal', 'multiple', 'parallel multiple'].map(
      (kind) => `event sub-process start: ${kind}`,
    ),
    ...['message', 'timer', 'escalation', 'conditional', 'signal', 'multiple', 'parallel multiple'].map(
      (kind) => `event sub-process start, non-interrupting: ${kind}`,
    ),
  ],
  'Intermediate events': [
    ...['message', 'timer', 'conditional', 'link', 'signal', 'multiple', 'parallel multiple'].map((kind) => `catch: ${kind}`),
    ...['none', 'message', 'escalation', 'compensate', 'link', 'signal', 'multiple'].map((kind) => `throw: ${kind}`),
  ],
  'Boundary events': [
    ...['message', 'timer', 'escalation', 'error', 'cancel', 'compensate', 'conditional', 'signal', 'multiple', 'parallel multiple'].map(
      (kind) => `boundary: ${kind}`,
    ),
    ...['message', 'timer', 'escalation', 'conditional', 'signal', 'multiple', 'parallel multiple'].map(
      (kind) => `boundary, non-interrupting: ${kind}`,
    ),
  ],
  'End events': ['none', 'message', 'escalation', 'error', 'cancel', 'compensate', 'signal', 'terminate', 'multiple'].map(
    (kind) => `end: ${kind}`,
  ),
}

/** The rows that a node is an example of. */
export function constructsOf(node: FlowNode): readonly string[] {
  const found: string[] = [...eventConstructs(node)]
  if (!('eventDefinitions' in node)) found.push(node.type)
  if (node.asyncBefore || node.asyncAfter) found.push('asynchronous continuation')
  if (node.type === 'eventBasedGateway' && node.instantiate)
    found.push(`instantiating eventBasedGateway, ${node.eventGatewayType === 'Parallel' ? 'parallel' : 'exclusive'}`)
  if (!('repetition' in node)) return found
  const { repetition } = node
  if (repetition?.type === 'standardLoop') found.push('standard loop')
  if (repetition?.type === 'multiInstance') found.push(`multi-instance, ${repetition.isSequential ? 'sequential' : 'parallel'}`)
  if (node.isForCompensation) found.push('compensation handler')
  if (node.outgoing.some((flow) => flow.condition !== null)) found.push('conditional flow from an activity')
  if ('triggeredByEvent' in node && node.triggeredByEvent === true) found.push('event sub-process')
  if (node.type === 'receiveTask' && node.instantiate) found.push('instantiating receiveTask')
  for (const quantity of ['startQuantity', 'completionQuantity']) if (numberAt(node, quantity) > 1) found.push(quantity)
  return found
}

function numberAt(node: FlowNode, name: string): number {
  const value = (node as unknown as Readonly<Record<string, unknown>>)[name] // a field that not every node has
  return typeof value === 'number' ? value : 1
}

function eventConstructs(node: FlowNode): readonly string[] {
  if (!('eventDefinitions' in node)) return []
  const kinds = new Set(node.eventDefinitions.map((definition) => definition.type))
  const all = 'parallelMultiple' in node && node.parallelMultiple
  const kind = node.eventDefinitions.length > 1 ? (all ? 'parallel multiple' : 'multiple') : ([...kinds][0] ?? 'none')
  switch (node.type) {
    case 'startEvent': {
      if (!isInEventSubProcess(node)) return [`start: ${kind}`]
      return [`event sub-process start${node.isInterrupting ? '' : ', non-interrupting'}: ${kind}`]
    }
    case 'endEvent':
      return [`end: ${kind}`]
    case 'intermediateCatchEvent':
      return [`catch: ${kind}`]
    case 'intermediateThrowEvent':
      return [`throw: ${kind}`]
    case 'boundaryEvent':
      return [`boundary${node.cancelActivity || kind === 'compensate' ? '' : ', non-interrupting'}: ${kind}`]
  }
}

function isInEventSubProcess(node: FlowNode): boolean {
  const owner = node.scope.parent?.nodes.find((one) => one.id === node.scope.id)
  return owner !== undefined && 'triggeredByEvent' in owner && owner.triggeredByEvent === true
}
