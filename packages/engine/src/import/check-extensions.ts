import { CAMUNDA_ATTRIBUTES, CAMUNDA_ELEMENTS } from './dialects/camunda-family.ts'
import type { ExtensionRule } from './dialects/extension-rule.ts'
import { ZEEBE_ELEMENTS } from './dialects/zeebe.ts'
import type { Importing } from './importing.ts'
import type { XmlElement } from './read-xml.ts'
import { childOf, localName, titleOf } from './xml-access.ts'

/** Names each vendor attribute and element that is not read: an error where it changes how the process runs. Other vendors' are their own affair. */
export function checkExtensions(importing: Importing): void {
  const open: XmlElement[] = [importing.definitions]
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    for (const [name, value] of Object.entries(element.attributes)) {
      if (name.startsWith('camunda:')) report(importing, element, name, value, CAMUNDA_ATTRIBUTES.get(localName(name)))
    }
    for (const child of element.children) {
      if (child.name === 'bpmn:extensionElements') checkExtensionElements(importing, element, child)
      else if (child.name.startsWith('bpmn:')) open.push(child)
    }
  }
}

function checkExtensionElements(importing: Importing, owner: XmlElement, extensions: XmlElement): void {
  for (const child of extensions.children) {
    // What passes into a called process and out of it belongs to an element that is a finding itself.
    if (owner.name === 'bpmn:callActivity' && /^camunda:(?:in|out)$/.test(child.name)) continue
    const table = child.name.startsWith('camunda:') ? CAMUNDA_ELEMENTS : child.name.startsWith('zeebe:') ? ZEEBE_ELEMENTS : null
    if (child.name === 'camunda:connector' && childOf(child, 'camunda:inputOutput') !== null) {
      const message = `The connector of ${titleOf(owner)} has mappings of its own, which are not executed yet.`
      importing.findings.add('unsupportedExtension', owner, message, { offset: child.offset })
    } else if (table !== null) report(importing, owner, child.name, null, table.get(localName(child.name)), child)
  }
}

function report(
  importing: Importing,
  owner: XmlElement,
  name: string,
  value: string | null,
  rule: ExtensionRule | undefined,
  element: XmlElement = owner,
): void {
  const { findings } = importing
  const written = value === null ? localName(name) : `${localName(name)}="${value.slice(0, 80)}"`
  const place = value === null ? { offset: element.offset } : { attribute: name }
  if (rule === undefined) {
    findings.add('unknownExtension', owner, `The extension ${written} of ${titleOf(owner)} is not known.`, place)
    return
  }
  if (rule.effect === 'read' || (rule.harmless !== undefined && value !== null && rule.harmless.includes(value.trim()))) return
  if (rule.effect === 'ignored')
    findings.add('extensionIgnored', owner, `The extension ${written} of ${titleOf(owner)} has no effect here.`, place)
  else findings.add('unsupportedExtension', owner, `The extension ${written} of ${titleOf(owner)} is not executed yet.`, place)
}
