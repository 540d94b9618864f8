import type { BoundaryEvent, FlowNode } from '../../model/elements.ts'
import type { CompensateEventDefinition } from '../../model/event-definitions.ts'
import type { Importing } from '../importing.ts'
import { type Associations, associationsOf, canHandle, compensates, undoesItsScope } from '../read-compensation.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { readsTrue, titleOf } from '../xml-access.ts'

/**
 * What undoes what, what can be compensated from where, and that transactions are left when they are cancelled. BPMN 2.0.2 §10.3.5, §10.7
 */
export function checkCompensation(importing: Importing, process: ReadProcess): void {
  let known: Associations | null = null
  const associations = (): Associations => {
    known ??= associationsOf(importing)
    return known
  }
  const handlers = new Set<FlowNode>()
  for (const node of process.definition.nodes.values()) {
    if ('compensation' in node && node.compensation !== null) handlers.add(node.compensation.handler)
  }
  for (const node of process.definition.nodes.values()) {
    const element = process.elements.get(node.id)
    if (element === undefined) continue
    const isTriggered = node.type === 'subProcess' && node.triggeredByEvent
    if ('isForCompensation' in node && node.isForCompensation && !handlers.has(node) && !isTriggered) reportHandler(importing, element)
    if (isTriggered && undoesItsScope(node) && (node.scope.parent === null || node.scope.compensation !== node))
      reportUnused(importing, node, element)
    if (node.type === 'boundaryEvent') checkBoundary(importing, process, node, element, associations)
    if (node.type !== 'endEvent' && node.type !== 'intermediateThrowEvent') continue
    for (const definition of node.eventDefinitions) {
      if (definition.type === 'compensate') checkTarget(importing, element, definition)
      if (definition.type === 'cancel') checkCancel(importing, process, node, element)
    }
  }
}

function reportHandler({ findings }: Importing, element: XmlElement): void {
  findings.add('handlerWithoutEvent', element, `${titleOf(element)} is a compensation handler that no event is associated with.`)
}

function reportUnused({ findings }: Importing, node: FlowNode, element: XmlElement): void {
  const title = titleOf(element)
  const first = node.scope.compensation
  if (first !== null && first !== node) {
    const message = `${title} is to undo what "${first.id}" undoes already: the first one of a scope counts.`
    findings.add('handlerWithoutEvent', element, message, { related: [first.id], hint: 'Keep one of them.' })
    return
  }
  findings.add('handlerWithoutEvent', element, `${title} is to undo a whole process, which nothing compensates once it has ended.`, {
    hint: 'Put what it undoes into a sub-process, and this into it.',
  })
}

function checkBoundary(
  importing: Importing,
  process: ReadProcess,
  event: BoundaryEvent,
  element: XmlElement,
  associations: () => Associations,
): void {
  const { findings } = importing
  if (compensates(event)) checkHandlers(importing, process, event, element, associations())
  if (!event.eventDefinitions.some(({ type }) => type === 'cancel')) return
  const title = titleOf(element)
  if (event.attachedTo.type !== 'transaction') {
    findings.add('cancelOutsideTransaction', element, `${title} is attached to "${event.attachedTo.id}", which is no transaction.`, {
      related: [event.attachedTo.id],
    })
  } else if (cancelEventOf(event.attachedTo.boundaryEvents) !== event) {
    findings.add('duplicateCancel', element, `${title} is the second cancel event at "${event.attachedTo.id}".`, {
      related: [event.attachedTo.id],
    })
  }
}

function checkHandlers(
  importing: Importing,
  process: ReadProcess,
  event: BoundaryEvent,
  element: XmlElement,
  associations: Associations,
): void {
  const { findings } = importing
  const title = titleOf(element)
  const associated = (associations.get(element.attributes.id ?? '') ?? []).flatMap((id) => process.definition.nodes.get(id) ?? [])
  const activities: readonly FlowNode[] = associated.filter((node) => 'isForCompensation' in node)
  const place = (node: FlowNode): { readonly related: readonly string[] } => ({ related: [node.id] })
  if (activities.length === 0) findings.add('compensationWithoutHandler', element, `${title} is associated with no activity.`)
  if (event.outgoing.length > 0)
    findings.add('flowMisplaced', element, `${title} has an outgoing sequence flow; an association connects it with what undoes the work.`)
  for (const node of activities) {
    const what = titleOf(process.elements.get(node.id) ?? element)
    if (!canHandle(event, node)) {
      const why = node.scope === event.scope ? 'is not marked as compensation handler' : 'stands in another scope'
      findings.add('compensationHandlerRefused', element, `${title} is associated with ${what}, which ${why}.`, place(node))
    } else if (event.attachedTo.compensation?.handler !== node) {
      findings.add('compensationHandlerRefused', element, `${title} is associated with ${what} besides another handler.`, place(node))
    }
  }
}

function checkTarget(importing: Importing, event: XmlElement, { activityId }: CompensateEventDefinition): void {
  const activity = activityId === null ? undefined : importing.ids.get(activityId)
  if (activity === undefined) return // check-references.ts says so
  for (let scope = event.parent; scope !== null; scope = scope.parent) {
    if (activity.parent === scope) return
    if (!readsTrue(scope, 'triggeredByEvent')) break
  }
  const message = `${titleOf(event)} is to compensate ${titleOf(activity)}, which does not stand in its scope.`
  importing.findings.add('compensationNotVisible', event, message, { related: [activityId ?? ''] })
}

function checkCancel({ findings }: Importing, process: ReadProcess, node: FlowNode, element: XmlElement): void {
  for (let scope: FlowNode['scope'] | null = node.scope; scope !== null; scope = scope.parent) {
    const around = process.definition.nodes.get(scope.id)
    if (around?.type !== 'transaction') continue
    if (cancelEventOf(around.boundaryEvents) === undefined) {
      const message = `${titleOf(element)} cancels "${around.id}", which has no cancel boundary event.`
      findings.add('cancelNotCaught', element, message, { related: [around.id] })
    }
    return
  }
  findings.add('cancelOutsideTransaction', element, `${titleOf(element)} stands in no transaction.`)
}

function cancelEventOf(events: readonly BoundaryEvent[]): BoundaryEvent | undefined {
  return events.find((event) => event.eventDefinitions.some(({ type }) => type === 'cancel'))
}
