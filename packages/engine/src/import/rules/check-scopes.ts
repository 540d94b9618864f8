import type { FlowScope } from '../../model/definition.ts'
import type { FlowNode } from '../../model/elements.ts'
import { isStartedOtherwise, successorsOf } from '../flow-graph.ts'
import type { Importing } from '../importing.ts'
import { isKind } from '../metamodel.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { titleOf } from '../xml-access.ts'
import { elementsWithin } from './elements-within.ts'

/** Whether a process and its sub-processes can begin, and reach all their nodes. Only where nothing was left out of them. */
export function checkScopes(importing: Importing, process: ReadProcess): void {
  const { findings } = importing
  if (![...elementsWithin(process.element)].some((element) => isKind(element.name, 'bpmn:FlowNode'))) {
    findings.add('emptyProcess', process.element, `${titleOf(process.element)} holds no flow nodes.`)
  }
  if (!process.complete) return
  checkScope(importing, process, process.definition.root, process.element)
  for (const node of process.definition.nodes.values()) {
    const element = process.elements.get(node.id)
    if (node.type === 'subProcess' && element !== undefined) checkScope(importing, process, node.content, element)
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
  const reached = reachedIn(scope)
  for (const node of scope.nodes) {
    const element = process.elements.get(node.id)
    if (reached.has(node) || element === undefined) continue
    // Of what cannot be reached, only where it begins is worth a finding, unless it goes in a circle.
    if (node.incoming.length > 0 && node.incoming.some((flow) => !reached.has(flow.source)) && !isRing(node)) continue
    findings.add('unreachable', element, `No path leads to ${titleOf(element)}.`)
  }
}

function reachedIn(scope: FlowScope): ReadonlySet<FlowNode> {
  const successors = successorsOf(scope)
  const reached = new Set<FlowNode>()
  const open: FlowNode[] = [...scope.initial, ...scope.nodes.filter((node) => node.type !== 'boundaryEvent' && isStartedOtherwise(node))]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue
    reached.add(node)
    open.push(...(successors.get(node) ?? []))
  }
  return reached
}

/** True where the node leads back to itself. */
function isRing(node: FlowNode): boolean {
  const seen = new Set<FlowNode>()
  const open = node.outgoing.map((flow) => flow.target)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === node) return true
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...next.outgoing.map((flow) => flow.target))
  }
  return false
}
