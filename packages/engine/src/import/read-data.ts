import type { Dialect } from '../model/definition.ts'
import { parseInstant } from '../model/instant.ts'
import type { Value, Values } from '../model/value.ts'
import { conceal } from '../model/variables.ts'
import { elementsWithin } from './elements-within.ts'
import { type Importing, resolve } from './importing.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, childrenOf, extensionOf, titleOf } from './xml-access.ts'

/**
 * The variables that an instance of a process or sub-process begins with: its data objects, a process's properties, with the values that
 * the file gives them, else null. Null where there are none. BPMN 2.0.2 §10.4.1
 */
export function readData(importing: Importing, container: XmlElement): Values | null {
  const properties = container.name === 'bpmn:process' ? propertiesOf(container) : [] // those of an activity are its inputs
  const data = [...childrenOf(container, 'bpmn:dataObject'), ...properties].filter((one) => isVariable(importing, one))
  if (data.length === 0) return null
  return Object.fromEntries(data.flatMap((one) => entryOf(importing, one)))
}

/** The variables of an activity or event itself: its properties. */
export function propertiesOf(element: XmlElement): readonly XmlElement[] {
  return childrenOf(element, 'bpmn:property')
}

/**
 * True where a data object or property is a variable. In camunda7 and zeebe it is a drawing, as those engines have it; in flowable those
 * with a type are variables.
 */
export function isVariable(importing: Importing, element: XmlElement): boolean {
  return (
    hasData(importing.dialect) &&
    !isPlaceholder(element) &&
    (importing.dialect !== 'flowable' || attributeOf(element, 'itemSubjectRef') !== null)
  )
}

/** A property that bpmn-js puts in the place of the data input that an association is drawn to. */
export function isPlaceholder(element: XmlElement): boolean {
  return element.name === 'bpmn:property' && element.attributes.name === '__targetRef_placeholder'
}

/** True where data objects are variables, and associations without an expression are executed. */
export function hasData(dialect: Dialect): boolean {
  return dialect === 'plain' || dialect === 'flowable'
}

/** A data element with its first value; nothing where it has neither a name nor an id. */
export function entryOf(importing: Importing, element: XmlElement): readonly (readonly [string, Value])[] {
  const name = variableOf(importing, element)
  return name === null ? [] : [[name, firstValue(importing, element)]]
}

/**
 * The variable that a data element is: by its name, else its id. A reference stands for its data object; one that has no name goes by
 * that of its first reference, which is what modelers label.
 */
export function variableOf(importing: Importing, element: XmlElement): string | null {
  const object = element.name === 'bpmn:dataObjectReference' ? resolve(importing, element.attributes.dataObjectRef) : null
  const data = object ?? element
  const own = attributeOf(data, 'name')?.trim()
  if (own) return own
  const label = data.name === 'bpmn:dataObject' ? labelOf(importing, data) : null
  return label ?? attributeOf(data, 'id')
}

function labelOf(importing: Importing, object: XmlElement): string | null {
  const labels = labelsOf.get(importing.definitions) ?? readLabels(importing)
  return labels.get(object) ?? null
}

/** The first label of each data object, by file: all references are looked through once. */
const labelsOf = new WeakMap<XmlElement, ReadonlyMap<XmlElement, string>>()

function readLabels(importing: Importing): ReadonlyMap<XmlElement, string> {
  const labels = new Map<XmlElement, string>()
  for (const element of elementsWithin(importing.definitions)) {
    const label = element.name === 'bpmn:dataObjectReference' ? attributeOf(element, 'name')?.trim() : undefined
    const object = label ? resolve(importing, element.attributes.dataObjectRef) : null
    if (label && object !== null && !labels.has(object)) labels.set(object, label)
  }
  labelsOf.set(importing.definitions, labels)
  return labels
}

/** `flowable:value` by the element's type; a collection is a list of JSON, or of the one value. */
function firstValue(importing: Importing, element: XmlElement): Value {
  const text = extensionOf(element, 'camunda:value')?.text
  if (text === undefined) return null
  const type = typeOf(importing, element)
  const isCollection = booleanOf(importing.findings, element, 'isCollection')
  const json = isCollection || type === 'json' ? parseJson(text) : undefined
  if (json !== undefined) return isCollection && !Array.isArray(json) ? [json] : json
  const value = typed(text, type)
  if (value === undefined) {
    importing.findings.add('invalidValue', element, `The value "${text.trim().slice(0, 80)}" of ${titleOf(element)} is no ${type}.`)
    return null
  }
  return isCollection ? [value] : value
}

/** `xsd:int`, directly or by an item definition, as `int`. */
function typeOf(importing: Importing, element: XmlElement): string {
  const reference = attributeOf(element, 'itemSubjectRef') ?? ''
  const type = resolve(importing, reference)?.attributes.structureRef ?? reference
  return type.slice(Math.max(type.lastIndexOf(':'), type.lastIndexOf('.')) + 1).toLowerCase()
}

/** Undefined where the text is not of the type. */
function typed(text: string, type: string): Value | undefined {
  const trimmed = text.trim()
  if (NUMBERS.has(type)) return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined
  if (type === 'boolean') return trimmed === 'true' ? true : trimmed === 'false' ? false : undefined
  if (type === 'json') return undefined
  if (type !== 'datetime' && type !== 'date') return text
  const read = parseInstant(trimmed, 'UTC')
  return 'at' in read ? conceal(new Date(read.at)) : undefined
}

const NUMBERS: ReadonlySet<string> = new Set(['int', 'integer', 'long', 'short', 'float', 'double', 'decimal', 'number'])

function parseJson(text: string): Value | undefined {
  try {
    return conceal(JSON.parse(text))
  } catch {
    return undefined
  }
}
