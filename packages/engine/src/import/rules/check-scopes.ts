import type { FlowNode, FlowScope, SubProcess } from '../../model/elements.ts'
import { elementsWithin } from '../elements-within.ts'
import { isStartedOtherwise, successorsOf } from '../flow-graph.ts'
import type { Importing } from '../importing.ts'
import { isKind } from '../metamodel.ts'
import { eventDefinitionElements } from '../read-event-definitions.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { readsTrue, titleOf } from '../xml-access.ts'

/** Whether a process and its sub-processes can begin, and reach all their nodes. Only where nothing was left out of them. */
export function checkScopes(importing: Importing, process: ReadProcess): void {
  const { findings } = importing
  if (!elementsWithin(process.element).some((element) => isKind(element.name, 'bpmn:FlowNode'))) {
    findings.add('emptyProcess', process.element, `${titleOf(process.element)} holds no flow nodes.`)
  }
  if (!process.complete) return
  checkScope(importing, process, process.definition.root, process.element)
  for (const node of process.definition.nodes.values()) {
    const element = process.elements.get(node.id)
    if (!('content' in node) || element === undefined) continue
    if (node.type === 'subProcess' && node.triggeredByEvent) checkEventSubProcess(importing, process, node, element)
    checkScope(importing, process, node.content, element)
  }
}

/** BPMN 2.0.2 §10.3.5, §13.5.4: one start event, which waits for something; nothing leads to it, it is not repeated. */
function checkEventSubProcess(importing: Importing, process: ReadProcess, node: SubProcess, element: XmlElement): void {
  const title = titleOf(element)
  const { startEvents } = node.content
  const [start] = startEvents
  const broken = (message: string): void => importing.findings.add('eventSubProcessRule', element, `${title} ${message}.`)
  if (start === undefined || startEvents.length > 1) broken(`is an event sub-process and has ${startEvents.length} start events, not one`)
  else if (start.eventDefinitions.length === 0 && isNone(importing, process.elements.get(start.id)))
    broken(`is an event sub-process, and its start event "${start.id}" waits for nothing`)
  if (node.repetition !== null) broken('is an event sub-process and cannot be repeated')
}

/** One whose definition is not executed is a finding of its own. */
function isNone(importing: Importing, event: XmlElement | undefined): boolean {
  return event !== undefined && eventDefinitionElements(importing, event).length === 0
}

function checkScope(importing: Importing, process: ReadProcess, scope: FlowScope, container: XmlElement): void {
  const { findings } = importing
  if (scope.nodes.length === 0) {
    if (scope.parent !== null)
      findings.add(
        'emptyProcess',
        container,
        `${titleOf(container)} holds no flow nodes; it ${scope.adHoc ? 'ends by adHoc.complete only' : 'completes at once'}.`,
      )
    return
  }
  const isInstantiated = scope.nodes.some((node) => 'instantiate' in node && node.instantiate)
  if (
    scope.initial.length === 0 &&
    !isInstantiated &&
    (scope.startEvents.length === 0 || (scope.parent !== null && !readsTrue(container, 'triggeredByEvent')))
  ) {
    findings.add('nothingToStart', container, `Nothing in ${titleOf(container)} can start by itself.`)
    return
  }
  const successors = successorsOf(scope)
  const explained = reachedByFlows(scope, successors)
  // Of what cannot be reached, only where it begins is worth a finding: nodes that nothing leads to, then one of each circle.
  const lost = scope.nodes.filter((node) => !explained.has(node) && node.type !== 'boundaryEvent')
  for (const node of [...lost.filter((one) => one.incoming.length === 0), ...lost]) {
    const element = process.elements.get(node.id)
    if (explained.has(node) || element === undefined) continue
    findings.add('unreachable', element, `No path leads to ${titleOf(element)}.`)
    spread(explained, successors, [node])
  }
}

/** What some path leads to, whether a token can take it or not. */
export function reachedByFlows(
  scope: FlowScope,
  successors: ReadonlyMap<FlowNode, readonly FlowNode[]> = successorsOf(scope),
): Set<FlowNode> {
  const reached = new Set<FlowNode>()
  const starts = scope.nodes.filter((node) => node.type !== 'boundaryEvent' && isStartedOtherwise(node))
  spread(reached, successors, [...scope.initial, ...starts])
  return reached
}

function spread(into: Set<FlowNode>, successors: ReadonlyMap<FlowNode, readonly FlowNode[]>, from: readonly FlowNode[]): void {
  const open = [...from]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (into.has(node)) continue
    into.add(node)
    for (const next of successors.get(node) ?? []) open.push(next)
  }
}
