import type { MetaProperty } from 'bpmn-moddle'
import { checkReference } from './check-references.ts'
import type { Importing } from './importing.ts'
import { type ElementType, typeNamed, typeOfTag } from './metamodel.ts'
import type { XmlElement } from './read-xml.ts'
import { localName, titleOf } from './xml-access.ts'

/** Holds the file against the metamodel of BPMN: elements and attributes that it does not know, and references that lead nowhere. */
export function checkContent(importing: Importing): void {
  const type = typeNamed('bpmn:Definitions')
  if (type !== null) checkElement(importing, importing.definitions, type)
}

function checkElement(importing: Importing, element: XmlElement, type: ElementType): void {
  const { findings } = importing
  for (const [name, value] of Object.entries(element.attributes)) {
    if (name.includes(':')) continue // check-extensions.ts
    const property = type.attributes.get(name)
    if (property === undefined) {
      findings.add('unknownAttribute', element, `BPMN has no attribute "${name}" on ${titleOf(element)}.`)
    } else if (property.isReference === true && value !== '') {
      for (const one of property.isMany === true ? value.trim().split(/\s+/) : [value])
        checkReference(importing, element, element, property, one)
    }
  }
  if (!type.hasText && element.text.trim() !== '') {
    const written = element.text.trim().slice(0, 60)
    findings.add('strayText', element, `The text "${written}" in ${titleOf(element)} was not read.`, { offset: element.textOffset })
  }
  for (const child of element.children) checkChild(importing, element, type, child)
}

function checkChild(importing: Importing, element: XmlElement, type: ElementType, child: XmlElement): void {
  if (child.name === 'bpmn:extensionElements' || element.name === 'bpmn:extension') return
  const isVendors = child.name.includes(':') && !child.name.startsWith('bpmn:')
  if (isVendors && (type.hasText || child.name.startsWith('undeclared:'))) return
  const property = isVendors ? undefined : type.childByTag.get(localName(child.name))
  if (property?.isReference === true) return checkReference(importing, element, child, property, child.text)
  const childType = property === undefined ? acceptedType(type, child) : typeOfProperty(property, child)
  if (childType === undefined) {
    const place = isVendors
      ? 'is of another namespace and stands outside of extensionElements'
      : `is not an element of BPMN inside ${localName(element.name)}`
    importing.findings.add('unknownElement', child, `"${localName(child.name)}" in ${titleOf(element)} ${place}; it was not read.`)
  } else if (childType !== null) checkElement(importing, child, childType)
}

/** The type of an element that goes by its own name, where its parent can hold it: undefined where it cannot. */
function acceptedType(parent: ElementType, child: XmlElement): ElementType | undefined {
  const type = typeOfTag(child.name)
  if (type === null) return undefined
  return parent.children.some((property) => property.isReference !== true && type.kinds.has(property.type)) ? type : undefined
}

/** The type of an element that goes by the name of a property; null where it is plain text. `xsi:type` may make it more special. */
function typeOfProperty(property: MetaProperty, child: XmlElement): ElementType | null {
  const declared = localName(child.attributes['xsi:type'] ?? '')
  const special = declared.startsWith('t') ? typeNamed(`bpmn:${declared.slice(1)}`) : null
  if (special?.kinds.has(property.type)) return special
  // Tools leave out xsi:type and write the attributes of formal expressions all the same.
  return typeNamed(property.type === 'bpmn:Expression' ? 'bpmn:FormalExpression' : property.type)
}
