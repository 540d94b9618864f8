import { DEFAULT_LIMITS } from '../import/limits.ts'
import { readXml, type XmlElement } from '../import/read-xml.ts'
import { scanXml, type XmlTag } from '../import/scan-xml.ts'

/** The drawing of a BPMN file: what stands where, in the units of the file (pixels). BPMN 2.0.2 §12. */
export interface Diagram {
  readonly shapes: readonly DiagramShape[]
  readonly edges: readonly DiagramEdge[]
}

export interface DiagramShape {
  /** The element that it draws. */
  readonly element: XmlElement
  readonly bounds: Bounds
  /** Where its label stands, or null where it stands in or under the shape. */
  readonly label: Bounds | null
  /** Of participants and lanes; default true. */
  readonly isHorizontal: boolean
  /** Of sub-processes; default true. */
  readonly isExpanded: boolean
}

export interface DiagramEdge {
  readonly element: XmlElement
  readonly points: readonly Point[]
  readonly label: Bounds | null
}

export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * Reads the first diagram of a file; empty where it has none, or where the file is no readable XML. Shapes of unknown elements are left
 * out.
 */
export function readDiagram(text: string): Diagram {
  const elements = elementsById(text)
  const found: { tag: XmlTag; kind: 'shape' | 'edge'; bounds: Bounds | null; label: Bounds | null; points: Point[] }[] = []
  let inLabel = false
  let diagrams = 0
  scanXml(text, DEFAULT_LIMITS, {
    open(tag) {
      const name = localOf(tag.name)
      if (name === 'BPMNDiagram') diagrams += 1
      if (diagrams !== 1) return
      const current = found.at(-1)
      if (name === 'BPMNShape' || name === 'BPMNEdge') {
        found.push({ tag, kind: name === 'BPMNShape' ? 'shape' : 'edge', bounds: null, label: null, points: [] })
        inLabel = false
      } else if (name === 'BPMNLabel') inLabel = true
      else if (name === 'Bounds' && current) {
        const bounds = boundsOf(tag)
        if (inLabel) current.label = bounds
        else current.bounds = bounds
      } else if (name === 'waypoint' && current) current.points.push({ x: numberOf(tag, 'x'), y: numberOf(tag, 'y') })
    },
    close() {},
    text() {},
  })
  const shapes: DiagramShape[] = []
  const edges: DiagramEdge[] = []
  for (const { tag, kind, bounds, label, points } of found) {
    const element = elements.get(localOf(attribute(tag, 'bpmnElement') ?? ''))
    if (element === undefined) continue
    if (kind === 'edge' && points.length > 1) edges.push({ element, points, label })
    if (kind === 'shape' && bounds !== null) {
      const isTrue = (name: string): boolean => attribute(tag, name) !== 'false'
      shapes.push({ element, bounds, label, isHorizontal: isTrue('isHorizontal'), isExpanded: isTrue('isExpanded') })
    }
  }
  return { shapes, edges }
}

function elementsById(text: string): ReadonlyMap<string, XmlElement> {
  const byId = new Map<string, XmlElement>()
  const open = [readXml(text, DEFAULT_LIMITS).root]
  for (let element = open.pop(); element; element = open.pop()) {
    const { id } = element.attributes
    if (id !== undefined && !byId.has(id)) byId.set(id, element)
    open.push(...element.children)
  }
  return byId
}

function localOf(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function attribute(tag: XmlTag, name: string): string | undefined {
  return tag.attributes.find(([written]) => localOf(written) === name)?.[1]
}

function numberOf(tag: XmlTag, name: string): number {
  const value = Number(attribute(tag, name))
  return Number.isFinite(value) ? value : 0
}

function boundsOf(tag: XmlTag): Bounds {
  return { x: numberOf(tag, 'x'), y: numberOf(tag, 'y'), width: numberOf(tag, 'width'), height: numberOf(tag, 'height') }
}
