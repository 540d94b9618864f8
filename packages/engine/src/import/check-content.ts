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
  const held = new Set<MetaProperty>()
  for (const child of element.children) {
    const property = checkChild(importing, element, type, child)
    if (property === null || property.isMany === true) continue
    if (held.has(property)) reportSurplus(importing, element, child, property.ns.localName)
    held.add(property)
  }
}

function reportSurplus({ findings }: Importing, element: XmlElement, child: XmlElement, name: string): void {
  const message = `${titleOf(element)} has another ${name} before this one; it can have one.`
  if (STEERING.has(name)) findings.add('surplusElement', child, `${message} Which of them decides is not said.`, { severity: 'error' })
  else findings.add('surplusElement', child, message)
}

/** What decides how a process runs: there the first is not as good as the second. */
const STEERING: ReadonlySet<string> = new Set([
  ...['loopCharacteristics', 'loopCardinality', 'loopCondition', 'completionCondition', 'activationCondition', 'conditionExpression'],
  ...['condition', 'script', 'timeDate', 'timeDuration', 'timeCycle', 'from', 'to'],
])

/** The property of BPMN that the child stands for; null where it stands for none. */
function checkChild(importing: Importing, element: XmlElement, type: ElementType, child: XmlElement): MetaProperty | null {
  if (child.name === 'bpmn:extensionElements' || element.name === 'bpmn:extension') return null
  const isVendors = child.name.includes(':') && !child.name.startsWith('bpmn:')
  if (isVendors && (type.hasText || child.name.startsWith('undeclared:'))) return null
  const named = isVendors ? undefined : type.childByTag.get(localName(child.name))
  if (named?.isReference === true) {
    checkReference(importing, element, child, named, child.text)
    return named
  }
  const childType = named === undefined ? typeOfTag(child.name) : typeOfProperty(named, child)
  const property = named ?? (childType === null ? undefined : holderOf(type, childType))
  if (property === undefined) {
    const place = isVendors
      ? 'is of another namespace and stands outside of extensionElements'
      : `is not an element of BPMN inside ${localName(element.name)}`
    importing.findings.add('unknownElement', child, `"${localName(child.name)}" in ${titleOf(element)} ${place}; it was not read.`)
    return null
  }
  if (childType !== null) checkElement(importing, child, childType)
  return property
}

/** The property of the parent that holds elements which go by their own name; undefined where it can hold none of this type. */
function holderOf(parent: ElementType, type: ElementType): MetaProperty | undefined {
  return parent.children.find((property) => property.isReference !== true && type.kinds.has(property.type))
}

/** The type of an element that goes by the name of a property; null where it is plain text. `xsi:type` may make it more special. */
function typeOfProperty(property: MetaProperty, child: XmlElement): ElementType | null {
  const declared = localName(child.attributes['xsi:type'] ?? '')
  const special = declared.startsWith('t') ? typeNamed(`bpmn:${declared.slice(1)}`) : null
  if (special?.kinds.has(property.type)) return special
  // Tools leave out xsi:type and write the attributes of formal expressions all the same.
  return typeNamed(property.type === 'bpmn:Expression' ? 'bpmn:FormalExpression' : property.type)
}
