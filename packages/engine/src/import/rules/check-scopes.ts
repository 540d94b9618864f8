import type { FlowNode, FlowScope } from '../../model/elements.ts'
import { elementsWithin } from '../elements-within.ts'
import { isStartedOtherwise, successorsOf } from '../flow-graph.ts'
import type { Importing } from '../importing.ts'
import { isKind } from '../metamodel.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { titleOf } from '../xml-access.ts'

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
    if ('content' in node && element !== undefined) checkScope(importing, process, node.content, element)
  }
}

function checkScope(importing: Importing, process: ReadProcess, scope: FlowScope, container: XmlElement): void {
  const { findings } = importing
  if (scope.nodes.length === 0) {
    if (scope.parent !== null) findings.add('emptyProcess', container, `${titleOf(container)} holds no flow nodes; it completes at once.`)
    return
  }
  if (scope.initial.length === 0 && (scope.startEvents.length === 0 || scope.parent !== null)) {
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
