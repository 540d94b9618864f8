import type { XmlElement } from '../read-xml.ts'

/** All elements of the BPMN namespace below, in document order, those in `extensionElements` left out. */
export function* elementsWithin(container: XmlElement): Generator<XmlElement> {
  for (const child of container.children) {
    if (!child.name.startsWith('bpmn:') || child.name === 'bpmn:extensionElements') continue
    yield child
    yield* elementsWithin(child)
  }
}
