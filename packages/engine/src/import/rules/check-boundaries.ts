import type { Expression } from '../../expressions/expression.ts'
import type { BoundaryEvent, FlowScope, StartEvent } from '../../model/elements.ts'
import type { MessageDefinition } from '../../model/event-definitions.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import { titleOf } from '../xml-access.ts'

/**
 * That boundary events lead somewhere, and that no event catches what another of the same place catches first. BPMN 2.0.2 §10.5.4, §10.5.6
 */
export function checkBoundaries(importing: Importing, process: ReadProcess): void {
  const { findings } = importing
  checkCaught(importing, process, startsOfHandlers(process.definition.root))
  for (const node of process.definition.nodes.values()) {
    if ('content' in node) checkCaught(importing, process, startsOfHandlers(node.content))
    if (!('boundaryEvents' in node)) continue
    checkCaught(importing, process, node.boundaryEvents)
    for (const event of node.boundaryEvents) {
      const element = process.elements.get(event.id)
      const compensates = event.eventDefinitions.some(({ type }) => type === 'compensate')
      if (element !== undefined && event.outgoing.length === 0 && !compensates && process.complete)
        findings.add('boundaryWithoutOutgoing', element, `Nothing leaves ${titleOf(element)}: its token ends there.`)
    }
  }
}

/** What listens beside the path of a scope. */
function startsOfHandlers({ nodes }: FlowScope): readonly StartEvent[] {
  return nodes.flatMap((node) => (node.type === 'subProcess' && node.triggeredByEvent ? node.content.startEvents : []))
}

/** Of events that listen at one place, those that never catch anything, for another does before. */
function checkCaught({ findings }: Importing, { elements }: ReadProcess, events: readonly (BoundaryEvent | StartEvent)[]): void {
  const caught = new Map<string, string>()
  for (const event of events) {
    const element = elements.get(event.id)
    if (element === undefined) continue
    for (const what of catchesOf(event)) {
      const first = caught.get(what)
      if (first === undefined) caught.set(what, event.id)
      else {
        const message = `${titleOf(element)} catches the same ${what} as "${first}", which comes first.`
        findings.add('duplicateCatch', element, message, { related: [first] })
      }
    }
  }
}

/** What an event takes away from others, as a text that is the same where it is the same. */
function catchesOf(event: BoundaryEvent | StartEvent): readonly string[] {
  return event.eventDefinitions.flatMap((definition) => {
    if (definition.type === 'error' || definition.type === 'escalation') return [codeOf(definition.type, definition.code)]
    return definition.type === 'message' && definition.message !== null ? [nameOf(definition.message)] : []
  })
}

function nameOf({ name, correlationKey }: MessageDefinition): string {
  return `message "${name.source}"${correlationKey === null ? '' : ` with the key ${correlationKey.source}`}`
}

function codeOf(type: string, code: Expression | null): string {
  return code === null ? `${type} of any code` : `${type} "${code.source}"`
}
