import type { IoMapping, Mapping } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { entryOf, isVariable, propertiesOf } from './read-data.ts'
import type { XmlElement } from './read-xml.ts'

/**
 * Adds what BPMN itself says of the data of an activity or event to the mappings that a vendor's extension gives: a property is a variable
 * of its own, which begins with its value. BPMN 2.0.2 §10.4
 */
export function withData(importing: Importing, element: XmlElement, io: IoMapping | null): IoMapping | null {
  const inputs = propertyInputs(importing, element)
  if (inputs.length === 0) return io
  return { inputs: [...inputs, ...(io?.inputs ?? [])], outputs: io?.outputs ?? [], propagation: io?.propagation ?? 'all' }
}

function propertyInputs(importing: Importing, element: XmlElement): readonly Mapping[] {
  return propertiesOf(element)
    .filter((property) => isVariable(importing, property))
    .flatMap((property) => entryOf(importing, property))
    .map(([name, value]) => ({ target: [name], source: { type: 'value', value } }))
}
