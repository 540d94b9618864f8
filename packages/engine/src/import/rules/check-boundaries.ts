import type { Expression } from '../../expressions/expression.ts'
import type { BoundaryEvent } from '../../model/elements.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import { titleOf } from '../xml-access.ts'

/** That boundary events lead somewhere, and do not catch what another of their activity catches first. BPMN 2.0.2 §10.5.4, §10.5.6 */
export function checkBoundaries(importing: Importing, process: ReadProcess): void {
  const { findings } = importing
  for (const node of process.definition.nodes.values()) {
    if (!('boundaryEvents' in node)) continue
    const caught = new Map<string, string>()
    for (const event of node.boundaryEvents) {
      const element = process.elements.get(event.id)
      if (element === undefined) continue
      const compensates = event.eventDefinitions.some(({ type }) => type === 'compensate')
      if (event.outgoing.length === 0 && !compensates && process.complete)
        findings.add('boundaryWithoutOutgoing', element, `Nothing leaves ${titleOf(element)}: its token ends there.`)
      for (const what of catchesOf(event)) {
        const first = caught.get(what)
        if (first === undefined) caught.set(what, event.id)
        else
          findings.add('duplicateCatch', element, `${titleOf(element)} catches the same ${what} as "${first}", which comes first.`, {
            related: [first],
          })
      }
    }
  }
}

/** What an event catches of what is thrown to it, as a text that is the same where it is the same. */
function catchesOf(event: BoundaryEvent): readonly string[] {
  return event.eventDefinitions.flatMap((definition) => {
    if (definition.type !== 'error' && definition.type !== 'escalation') return []
    // Several events can catch one escalation as long as they do not interrupt.
    if (definition.type === 'escalation' && !event.cancelActivity) return []
    return [codeOf(definition.type, definition.code)]
  })
}

function codeOf(type: string, code: Expression | null): string {
  return code === null ? `${type} of any code` : `${type} "${code.source}"`
}
