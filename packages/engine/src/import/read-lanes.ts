import { elementsWithin } from './elements-within.ts'
import { type Importing, resolve } from './importing.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childrenOf } from './xml-access.ts'

/** The name of the innermost lane that an element stands in, or what contains it; null where it stands in none. BPMN 2.0.2 §10.8 */
export function laneOf(importing: Importing, element: XmlElement): string | null {
  const lanes = lanesOf.get(importing.definitions) ?? readLanes(importing)
  for (let at: XmlElement | null = element; at !== null; at = at.parent) {
    const name = lanes.get(at)
    if (name !== undefined) return name
  }
  return null
}

/** By file: all lanes are looked through once. */
const lanesOf = new WeakMap<XmlElement, ReadonlyMap<XmlElement, string>>()

/** Modelers name an element in its lane and in those around: what comes later in the file is further inside. */
function readLanes(importing: Importing): ReadonlyMap<XmlElement, string> {
  const lanes = new Map<XmlElement, string>()
  for (const lane of elementsWithin(importing.definitions)) {
    const name = lane.name === 'bpmn:lane' ? attributeOf(lane, 'name')?.trim() : undefined
    if (!name) continue
    for (const { text } of childrenOf(lane, 'bpmn:flowNodeRef')) {
      const node = resolve(importing, text)
      if (node !== null) lanes.set(node, name)
    }
  }
  lanesOf.set(importing.definitions, lanes)
  return lanes
}
