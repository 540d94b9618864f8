import type { IoMapping, Mapping, MappingSource } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { isKind } from './metamodel.ts'
import { type Association, associationsOf, dataNamed } from './read-associations.ts'
import { entryOf, isVariable, propertiesOf } from './read-data.ts'
import { sendsEvent } from './read-event-registry.ts'
import type { XmlElement } from './read-xml.ts'

/**
 * Adds what BPMN itself says of the data of an activity or event to the mappings that a vendor's extension gives: properties are its own
 * variables; data inputs are set before it begins, by what leads to them; what leads from data outputs is set around it when it is done.
 * BPMN 2.0.2 §10.4
 */
export function withData(importing: Importing, element: XmlElement, io: IoMapping | null): IoMapping | null {
  const outputs = associationsOf(importing, element, 'bpmn:dataOutputAssociation').filter((one) => !isRepeated(element, one))
  const inputs = associationsOf(importing, element, 'bpmn:dataInputAssociation').filter((one) => !isRepeated(element, one))
  const own = declared(element, outputs)
  const before = [
    ...own.map((name): Mapping => ({ target: [name], source: NOTHING })),
    ...propertyInputs(importing, element),
    ...inputs.flatMap((one) => (isPayload(element) ? one.mappings : one.mappings.filter((mapping) => !isSame(mapping)))),
  ]
  const after = outputs.flatMap((one) => one.mappings.filter((mapping) => !isSame(mapping) || own.includes(mapping.target[0] ?? '')))
  if (before.length === 0 && after.length === 0) return io
  return {
    inputs: [...before, ...(io?.inputs ?? [])],
    outputs: [...(io?.outputs ?? []), ...after],
    propagation: io !== null && io.outputs.length > 0 ? io.propagation : 'all',
  }
}

const NOTHING: MappingSource = { type: 'value', value: null }

function propertyInputs(importing: Importing, element: XmlElement): readonly Mapping[] {
  return propertiesOf(element)
    .filter((property) => isVariable(importing, property))
    .flatMap((property) => entryOf(importing, property))
    .map(([name, value]) => ({ target: [name], source: { type: 'value', value } }))
}

/**
 * Data outputs that lead somewhere under another name stay within the element: two that run at the same time would overwrite each other's.
 * What comes with a start or boundary event is set around it before the event is there.
 */
function declared(element: XmlElement, outputs: readonly Association[]): readonly string[] {
  if (isKind(element.name, 'bpmn:Event') && element.name !== 'bpmn:intermediateCatchEvent') return []
  const names = outputs
    .filter(({ mappings }) => mappings.some((mapping) => !isSame(mapping)))
    .flatMap(({ sources }) => sources.filter((source) => source.name === 'bpmn:dataOutput'))
    .map(dataNamed)
  return [...new Set(names.filter((name) => name !== null))]
}

/** A variable is seen by its name: a copy of the same name would only hide it. */
function isSame({ target, source }: Mapping): boolean {
  return source.type === 'variable' && target.length === 1 && target[0] === source.name
}

/** What is thrown or sent has the element's own variables with it. */
function isPayload(element: XmlElement): boolean {
  return element.name === 'bpmn:sendTask' || sendsEvent(element) || isKind(element.name, 'bpmn:ThrowEvent')
}

/** The collections of a multi-instance are taken and given once, not in each round: read-repetition.ts. */
function isRepeated(element: XmlElement, { sources, target }: Association): boolean {
  const loop = element.children.find((child) => child.name === 'bpmn:multiInstanceLoopCharacteristics')
  if (loop === undefined) return false
  const collections = loop.children.flatMap((child) => (COLLECTIONS.has(child.name) ? [child.text.trim()] : []))
  const items = loop.children.filter((child) => child.name === 'bpmn:outputDataItem')
  return (
    [...sources, ...(target === null ? [] : [target])].some(
      (data) => data.parent !== null && collections.includes(data.attributes.id ?? '') && isOwn(data),
    ) ||
    (target !== null && items.includes(target))
  )
}

const COLLECTIONS: ReadonlySet<string> = new Set(['bpmn:loopDataInputRef', 'bpmn:loopDataOutputRef'])

function isOwn({ name }: XmlElement): boolean {
  return name === 'bpmn:dataInput' || name === 'bpmn:dataOutput'
}
