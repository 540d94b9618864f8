import type { EventBasedGateway, FlowNode } from '../../model/elements.ts'
import type { Importing } from '../importing.ts'
import { sequenceFlowsOf } from '../read-elements.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { localName, readsTrue, titleOf } from '../xml-access.ts'
import { hasCondition } from './check-flows.ts'

/** Conditions where a gateway decides, and what an event-based gateway may lead to. BPMN 2.0.2 §10.6 */
export function checkGateways(importing: Importing, process: ReadProcess): void {
  for (const node of process.definition.nodes.values()) {
    const element = process.elements.get(node.id)
    if (element === undefined) continue
    if (node.type.endsWith('Gateway') && !hasFlow(element, node.id)) reportEnd(importing, node, element)
    checkDirection(importing, node, element)
    if (node.type === 'eventBasedGateway') checkEventGateway(importing, process, node, element)
    if (node.type === 'exclusiveGateway') checkMissingConditions(importing, process, node, element)
    if ('defaultFlow' in node && node.defaultFlow !== null) {
      const flow = process.elements.get(node.defaultFlow.id)
      if (flow === undefined || !hasCondition(flow)) continue
      const message = `The condition of ${titleOf(flow)} is not asked: it is the default flow of ${titleOf(element)}.`
      importing.findings.add('conditionIgnored', flow, message, { severity: 'info' })
    }
  }
}

/** BPMN 2.0.2 §8.4.9: what a gateway says of its direction is for readers; the flows count. */
function checkDirection({ findings }: Importing, { incoming, outgoing }: FlowNode, gateway: XmlElement): void {
  const direction = gateway.attributes.gatewayDirection
  const isBroken =
    (direction === 'Converging' && outgoing.length > 1) ||
    (direction === 'Diverging' && incoming.length > 1) ||
    (direction === 'Mixed' && (incoming.length < 2 || outgoing.length < 2))
  if (!isBroken) return
  const has = `${incoming.length} incoming and ${outgoing.length} outgoing flows`
  findings.add('gatewayDirection', gateway, `${titleOf(gateway)} says that it is ${direction}, and has ${has}.`, {
    attribute: 'gatewayDirection',
  })
}

/** As the file has it: a flow that leads nowhere is a finding of its own. */
function hasFlow(gateway: XmlElement, id: string): boolean {
  return gateway.parent !== null && sequenceFlowsOf(gateway.parent).some((flow) => flow.attributes.sourceRef?.trim() === id)
}

/** BPMN 2.0.2 §13.4: a token that no flow leads on is consumed; behind an event-based gateway it would wait for ever. */
function reportEnd({ findings }: Importing, node: FlowNode, gateway: XmlElement): void {
  if (node.type !== 'eventBasedGateway') {
    findings.add('gatewayWithoutOutgoing', gateway, `Nothing leaves ${titleOf(gateway)}: each token that passes it ends there.`)
    return
  }
  findings.add('eventGatewayTarget', gateway, `${titleOf(gateway)} leads to nothing: there is no event that it could wait for.`)
}

function checkMissingConditions(importing: Importing, process: ReadProcess, node: FlowNode, gateway: XmlElement): void {
  if (node.outgoing.length < 2 || !('defaultFlow' in node)) return
  for (const flow of node.outgoing) {
    const element = process.elements.get(flow.id)
    if (flow === node.defaultFlow || element === undefined || hasCondition(element)) continue
    importing.findings.add(
      'missingCondition',
      element,
      `${titleOf(element)} leaves ${titleOf(gateway)} without a condition and is not its default flow.`,
      {
        elementId: flow.id,
        related: [node.id],
      },
    )
  }
}

function checkEventGateway(importing: Importing, process: ReadProcess, gateway: EventBasedGateway, element: XmlElement): void {
  const { findings } = importing
  const title = titleOf(element)
  const targets = gateway.outgoing.map((flow) => flow.target)
  const broken = (message: string, hint: string, severity: 'error' | 'warning' = 'warning'): void =>
    findings.add('eventGatewayRule', element, message, { hint, severity })
  for (const target of targets) {
    const targetTitle = titleOf(process.elements.get(target.id) ?? element)
    if (!waitsForEvent(target)) {
      findings.add('eventGatewayTarget', element, `${title} leads to ${targetTitle}, which does not wait for an event.`, {
        related: [target.id],
      })
    } else if (target.incoming.length > 1) {
      broken(`${targetTitle} behind ${title} has another incoming flow.`, 'Give the other flow a catch event of its own.', 'error')
    }
    if (target.type === 'receiveTask' && target.repetition !== null) {
      broken(
        `${targetTitle} behind ${title} is repeated; the gateway waits for its message once.`,
        'Put the repeated receive task into the path behind a catch event, or into a sub-process.',
        'error',
      )
    }
    if (target.asyncBefore) reportAsync(importing, title, process.elements.get(target.id) ?? element)
    if (target.type === 'receiveTask' && target.boundaryEvents.length > 0) {
      broken(`${targetTitle} behind ${title} has boundary events, which never fire there.`, 'Lead the gateway to catch events for them.')
    }
  }
  if (targets.length === 1 && process.complete) broken(`${title} leads to one event only.`, 'Leave the gateway out, or add another event.')
  checkStarting(process, gateway, title, broken)
  const receives = targets.some((target) => target.type === 'receiveTask')
  if (receives && targets.some((target) => target.type === 'intermediateCatchEvent' && catches(target, 'message'))) {
    broken(`${title} leads to a receive task and to a message event.`, 'Use one kind for all messages.')
  }
}

/** BPMN 2.0.2 §10.6.6: `Parallel` is for a gateway that starts the process, which messages do, and signals here. */
function checkStarting(
  process: ReadProcess,
  { eventGatewayType, instantiate, outgoing }: EventBasedGateway,
  title: string,
  broken: (message: string, hint: string) => void,
): void {
  if (!instantiate) {
    if (eventGatewayType === 'Parallel')
      broken(`${title} is Parallel and does not start the process: its first event decides all the same.`, 'Leave eventGatewayType out.')
    return
  }
  for (const { target } of outgoing) {
    if (!catches(target, 'timer') && !catches(target, 'conditional')) continue
    const targetTitle = titleOf(process.elements.get(target.id) ?? process.element)
    const consequence = eventGatewayType === 'Parallel' ? 'is waited for once another event started it' : 'never occurs'
    broken(
      `${targetTitle} behind ${title}, which starts the process, is no message: it starts nothing and ${consequence}.`,
      'Use a start event for it.',
    )
  }
}

function reportAsync({ findings }: Importing, gateway: string, target: XmlElement): void {
  const attribute = readsTrue(target, 'camunda:asyncBefore') ? 'camunda:asyncBefore' : 'camunda:async'
  const message = `${localName(attribute)} of ${titleOf(target)} has no effect: ${gateway} waits for its event itself.`
  const hint = 'Remove it, or set it on the gateway.'
  findings.add('extensionWithoutEffect', target, message, { attribute, hint })
}

function waitsForEvent(node: FlowNode): boolean {
  if (node.type === 'receiveTask') return true
  return node.type === 'intermediateCatchEvent' && !catches(node, 'link')
}

function catches(node: FlowNode, type: string): boolean {
  return 'eventDefinitions' in node && node.eventDefinitions.some((definition) => definition.type === type)
}
