import type { Activity, BoundaryEvent, CompensationHandler, FlowNode, SubProcess } from '../model/elements.ts'
import { elementsWithin } from './elements-within.ts'
import type { Importing } from './importing.ts'
import type { XmlElement } from './read-xml.ts'

/** Gives each activity with a compensation boundary event the handler that an association connects with the event. BPMN 2.0.2 §10.7 */
export function linkCompensation(
  importing: Importing,
  elements: ReadonlyMap<string, XmlElement>,
  nodes: ReadonlyMap<string, FlowNode>,
): void {
  let associated: Associations | null = null
  for (const node of nodes.values()) {
    if (node.type !== 'boundaryEvent' || !compensates(node)) continue
    associated ??= associationsOf(importing)
    for (const id of associated.get(elements.get(node.id)?.attributes.id ?? '') ?? []) {
      const handler = nodes.get(id)
      if (handler === undefined || !canHandle(node, handler)) continue
      const compensation: CompensationHandler = { handler, of: importing.dialect === 'zeebe' ? 'body' : 'instance' }
      // Sound: the activity was made by this import and nobody else has it yet.
      ;(node.attachedTo as { compensation: CompensationHandler | null }).compensation ??= compensation
    }
  }
}

/** True for a compensation boundary event. */
export function compensates(event: BoundaryEvent): boolean {
  return event.eventDefinitions.some((definition) => definition.type === 'compensate')
}

/** True for a compensation event sub-process. */
export function undoesItsScope(node: SubProcess): boolean {
  return node.triggeredByEvent && node.content.startEvents.some((start) => start.eventDefinitions.some(({ type }) => type === 'compensate'))
}

/** True where the node can undo what the event is attached to. */
export function canHandle(event: BoundaryEvent, node: FlowNode): node is Activity {
  return 'isForCompensation' in node && node.isForCompensation && node.scope === event.scope
}

/** What associations connect, by id, both ways: tools draw them in either direction, and anywhere in the file. */
export type Associations = ReadonlyMap<string, readonly string[]>

export function associationsOf(importing: Importing): Associations {
  const connected = new Map<string, string[]>()
  for (const element of elementsWithin(importing.definitions)) {
    if (element.name !== 'bpmn:association') continue
    const ends = [element.attributes.sourceRef, element.attributes.targetRef].map((reference) => localId(importing, reference))
    for (const [from, to] of [ends, ends.toReversed()]) {
      if (from === undefined || to === undefined) continue
      const list = connected.get(from)
      if (list === undefined) connected.set(from, [to])
      else list.push(to)
    }
  }
  return connected
}

function localId(importing: Importing, reference: string | undefined): string | undefined {
  const name = reference?.trim()
  if (name === undefined || importing.ids.has(name)) return name
  return name.slice(name.lastIndexOf(':') + 1)
}
