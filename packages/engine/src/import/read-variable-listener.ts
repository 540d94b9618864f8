import type { ConditionalEventDefinition, VariableChange } from '../model/event-definitions.ts'
import type { Importing } from './importing.ts'
import { expressionOfText } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, extensionOf, titleOf } from './xml-access.ts'

/** What an event waits for that hears of changes of a variable (`flowable:variableListenerEventDefinition`); null where it has none. */
export function variableListenerOf(event: XmlElement): XmlElement | null {
  return extensionOf(event, 'camunda:variableListenerEventDefinition')
}

/** Such an event: it occurs at each change of the variable, whatever its value is. */
export function readVariableListener(importing: Importing, event: XmlElement, listener: XmlElement): ConditionalEventDefinition | null {
  const variable = attributeOf(listener, 'variableName')
  const condition = expressionOfText(importing, listener, '${true}', 'juel')
  const type = attributeOf(listener, 'variableChangeType') ?? 'all'
  const changes = CHANGES.get(type)
  if (changes === undefined)
    importing.findings.add('invalidValue', listener, `variableChangeType="${type}" is not one of ${[...CHANGES.keys()].join(', ')}.`)
  if (variable === null) {
    const hint = 'Name the variable (variableName).'
    importing.findings.add('missingEventCondition', event, `${titleOf(event)} hears of changes of no variable.`, {
      offset: listener.offset,
      hint,
    })
  }
  if (variable === null || condition === null) return null
  return { type: 'conditional', condition, variables: [variable], changes: changes ?? null, occurs: 'eachChange' }
}

const CHANGES: ReadonlyMap<string, readonly VariableChange[] | null> = new Map([
  ['all', null],
  ['create', ['create']],
  ['update', ['update']],
  ['update-create', ['create', 'update']],
  ['delete', ['delete']],
])
