import type { Findings } from './findings.ts'
import { isKind } from './metamodel.ts'
import type { XmlDocument, XmlElement } from './read-xml.ts'
import { localName, withArticle } from './xml-access.ts'

/** The elements of the BPMN namespace by id. Of several with one id the first holds; each other is a finding. */
export function indexIds(root: XmlElement, diagramIds: XmlDocument['diagramIds'], findings: Findings): ReadonlyMap<string, XmlElement> {
  const ids = new Map<string, XmlElement>()
  const extensions: XmlElement[] = []
  const open: XmlElement[] = [root]
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    const { id } = element.attributes
    if (id !== undefined && id !== '') {
      const first = ids.get(id)
      if (first === undefined) ids.set(id, element)
      else reportDuplicate(findings, id, first, element)
    }
    // Pushed backwards, so that they come out in document order.
    for (const child of element.children.toReversed()) {
      if (child.name === 'bpmn:extensionElements') extensions.push(child)
      else if (child.name.startsWith('bpmn:')) open.push(child)
    }
  }
  reportDiagram(findings, ids, diagramIds)
  for (const element of extensions) reportExtension(findings, ids, element)
  return ids
}

/** Only where the elements are such that something goes by their ids does it matter for execution. */
function reportDuplicate(findings: Findings, id: string, first: XmlElement, second: XmlElement): void {
  const matters = STEERING.some((kind) => isKind(second.name, kind)) || STEERING.some((kind) => isKind(first.name, kind))
  const message = `The id "${id}" of this ${localName(second.name)} is that of ${withArticle(localName(first.name))} as well.`
  findings.add('duplicateId', second, message, matters ? {} : { severity: 'warning' })
}

const STEERING = ['bpmn:FlowNode', 'bpmn:SequenceFlow', 'bpmn:RootElement']

function reportDiagram(findings: Findings, ids: ReadonlyMap<string, XmlElement>, diagramIds: XmlDocument['diagramIds']): void {
  const seen = new Set<string>()
  for (const { id, offset } of diagramIds) {
    if (id === '') continue
    if (seen.has(id) || ids.has(id)) {
      findings.add('duplicateId', offset, `The id "${id}" in the diagram is used more than once.`, { severity: 'info', elementId: id })
    }
    seen.add(id)
  }
}

/** A vendor's ids are its own; a clash is told, for the file is then not valid against the schema. */
function reportExtension(findings: Findings, ids: ReadonlyMap<string, XmlElement>, extension: XmlElement): void {
  for (const child of extension.children) {
    const { id } = child.attributes
    if (id !== undefined && ids.has(id)) {
      findings.add('duplicateId', child, `The id "${id}" of an extension is that of an element as well.`, {
        severity: 'info',
        elementId: id,
      })
    }
    reportExtension(findings, ids, child)
  }
}
