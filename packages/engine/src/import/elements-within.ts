import type { XmlElement } from './read-xml.ts'

/** All elements of the BPMN namespace below, in document order, those in `extensionElements` left out. */
export function elementsWithin(container: XmlElement): readonly XmlElement[] {
  const found: XmlElement[] = []
  const open: XmlElement[] = []
  const push = (element: XmlElement): void => {
    // Backwards, so that they come out in document order.
    for (let at = element.children.length - 1; at >= 0; at -= 1) {
      const child = element.children[at]
      if (child?.name.startsWith('bpmn:') && child.name !== 'bpmn:extensionElements') open.push(child)
    }
  }
  push(container)
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    found.push(element)
    push(element)
  }
  return found
}
