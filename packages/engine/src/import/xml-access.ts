import type { Findings } from './findings.ts'
import { typeOfTag } from './metamodel.ts'
import type { XmlElement } from './read-xml.ts'

/** The first child of this name, or null. */
export function childOf(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((child) => child.name === name) ?? null
}

export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

/** The first extension of this name, or null. */
export function extensionOf(element: XmlElement, name: string): XmlElement | null {
  return extensionsOf(element, name)[0] ?? null
}

/** What stands in the element's `extensionElements` under this name. */
export function extensionsOf(element: XmlElement, name: string): readonly XmlElement[] {
  return childrenOf(element, 'bpmn:extensionElements').flatMap((extensions) => childrenOf(extensions, name))
}

/** An attribute that is given and not empty, or null. */
export function attributeOf(element: XmlElement, name: string): string | null {
  const value = element.attributes[name]
  return value === undefined || value === '' ? null : value
}

/** A boolean of the schema, with its default where the file gives none (XSD: true, false, 1, 0). */
export function booleanOf(findings: Findings, element: XmlElement, name: string): boolean {
  const byDefault = typeOfTag(element.name)?.attributes.get(name)?.default === true
  return readBoolean(findings, element, name) ?? byDefault
}

/** A boolean, or null where it is not given or cannot be read (then with a finding). */
export function readBoolean(findings: Findings, element: XmlElement, name: string): boolean | null {
  const value = element.attributes[name]?.trim()
  if (value === undefined || value === '') return null
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  findings.add('invalidValue', element, `${name}="${value}" is neither true nor false.`, { attribute: name })
  return null
}

/** True where an attribute says so; whether it can be read at all is told where the element is read. */
export function readsTrue({ attributes }: XmlElement, name: string): boolean {
  return /^\s*(?:true|1)\s*$/.test(attributes[name] ?? '')
}

/** `bpmn:startEvent` -> `startEvent`. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** How a message speaks of an element: `startEvent "Order received" (Start_1)`. */
export function titleOf(element: XmlElement): string {
  const { name, id } = element.attributes
  const quoted = name === undefined || name.trim() === '' ? '' : ` "${name.replace(/\s+/g, ' ').slice(0, 80)}"`
  return `${localName(element.name)}${quoted}${id === undefined ? '' : ` (${id})`}`
}

/** `event` -> `an event`: for messages. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
