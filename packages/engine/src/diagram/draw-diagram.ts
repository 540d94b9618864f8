import { drawShape } from './draw-shape.ts'
import { NO_OVERLAY, type Overlay } from './overlay.ts'
import type { Bounds, Diagram, DiagramEdge, DiagramShape } from './read-diagram.ts'
import { element, escapeText, LINE_HEIGHT, lines, wrap } from './svg.ts'

/**
 * Draws a diagram as a standalone SVG without scripts, fonts or links to elsewhere: tokens as green discs with their number (orange: off
 * the path), incidents red, how often an element was completed below it, taken flows thick, what was done often in a warmer colour.
 */
export function drawDiagram(diagram: Diagram, overlay: Overlay = NO_OVERLAY): string {
  const frame = frameOf(diagram)
  const most = Math.max(1, ...overlay.completed.values())
  // Pools first, then what contains others, so that nothing hides what stands in it.
  const shapes = diagram.shapes.toSorted((a, b) => areaOf(b.bounds) - areaOf(a.bounds))
  const drawn = [
    ...shapes.map((shape) => drawShape(shape, heat(overlay.completed.get(idOf(shape)) ?? 0, most))),
    ...diagram.edges.map((edge) => drawEdge(edge, overlay.taken.get(idOf(edge)) ?? 0)),
    ...shapes.map((shape) => badges(shape, overlay)),
  ]
  const { x, y, width, height } = frame
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `${x} ${y} ${width} ${height}`,
      width,
      height,
      'font-family': 'sans-serif',
      'font-size': 11,
    },
    ARROWS,
    element('rect', { x, y, width, height, fill: '#fff' }),
    ...drawn,
  )
}

const ARROWS = `<defs>${['flow', 'taken'].map((name) => arrow(name, name === 'taken' ? '#1a7f37' : '#222')).join('')}</defs>`
const MARGIN = 40

function arrow(id: string, colour: string): string {
  const head = element('path', { d: 'M 0 0 L 10 5 L 0 10 z', fill: colour })
  const size = { viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, markerUnits: 'userSpaceOnUse', orient: 'auto' }
  return element('marker', { id, ...size }, head)
}

function idOf({ element: { attributes } }: DiagramShape | DiagramEdge): string {
  return attributes.id ?? ''
}

function areaOf({ width, height }: Bounds): number {
  return width * height
}

function frameOf({ shapes, edges }: Diagram): Bounds {
  const boxes = [...shapes.map((shape) => shape.bounds), ...[...shapes, ...edges].flatMap((one) => one.label ?? [])]
  const points = [
    ...boxes.flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
    ...edges.flatMap((edge) => edge.points),
  ]
  if (points.length === 0) return { x: 0, y: 0, width: 2 * MARGIN, height: 2 * MARGIN }
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { x, y } of points) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return { x: left - MARGIN, y: top - MARGIN, width: right - left + 2 * MARGIN, height: bottom - top + 2 * MARGIN }
}

function heat(count: number, most: number): string {
  if (count === 0) return '#fff'
  const warmth = Math.log(1 + count) / Math.log(1 + most)
  return `hsl(${Math.round(140 - 110 * warmth)}, 70%, ${Math.round(96 - 10 * warmth)}%)`
}

function drawEdge(edge: DiagramEdge, taken: number): string {
  const kind = edge.element.name
  const points = edge.points.map(({ x, y }) => `${x},${y}`).join(' ')
  const isFlow = kind === 'bpmn:sequenceFlow'
  const dashes = kind === 'bpmn:messageFlow' ? '7 5' : '2 4'
  const style =
    taken > 0 ? { stroke: '#1a7f37', 'stroke-width': 3, 'marker-end': 'url(#taken)' } : { stroke: '#222', 'marker-end': 'url(#flow)' }
  const { 'marker-end': end, ...plain } = style
  const hasHead = isFlow || kind === 'bpmn:messageFlow' || kind.startsWith('bpmn:data')
  const line = element('polyline', {
    points,
    fill: 'none',
    ...plain,
    ...(hasHead && { 'marker-end': end }),
    ...(!isFlow && { 'stroke-dasharray': dashes }),
  })
  return line + edgeLabel(edge) + (taken > 1 ? countOnEdge(edge, taken) : '')
}

function edgeLabel(edge: DiagramEdge): string {
  const name = edge.element.attributes.name?.trim() ?? ''
  if (name === '') return ''
  if (edge.label !== null) {
    const { x, y, width } = edge.label
    return lines(wrap(name, Math.max(width + 10, 40), 3), x + width / 2, y + 11)
  }
  const { x, y } = middleOf(edge)
  return lines(wrap(name, 90, 2), x, y - 5)
}

function countOnEdge(edge: DiagramEdge, taken: number): string {
  const { x, y } = middleOf(edge)
  return lines([`×${taken}`], x, y + LINE_HEIGHT, { fill: '#1a7f37', 'font-weight': 'bold' })
}

function middleOf({ points }: DiagramEdge): { x: number; y: number } {
  const k = Math.floor((points.length - 1) / 2)
  const [a, b] = [points[k] ?? { x: 0, y: 0 }, points[k + 1] ?? points[k] ?? { x: 0, y: 0 }]
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}

/** The discs at the corners of a shape. */
function badges(shape: DiagramShape, overlay: Overlay): string {
  const id = idOf(shape)
  const { x, y, width, height } = shape.bounds
  const held = overlay.held.get(id) ?? 0
  const tokens = (overlay.tokens.get(id) ?? 0) - held
  const incidents = overlay.incidents.get(id) ?? []
  const completed = overlay.completed.get(id) ?? 0
  return [
    tokens > 0 ? disc(x + width, y, '#1a7f37', String(tokens), `${tokens} here now`) : '',
    held > 0 ? disc(x + width - 24, y, '#bc4c00', String(held), `${held} off the path`) : '',
    incidents.length > 0 ? disc(x, y, '#cf222e', '!', incidents.join('\n')) : '',
    completed > 0 ? lines([`✓ ${completed}`], x + width - 12, y + height + 12, { fill: '#57606a' }) : '',
  ].join('')
}

function disc(cx: number, cy: number, fill: string, text: string, title: string): string {
  return element(
    'g',
    {},
    element('title', {}, escapeText(title)),
    element('circle', { cx, cy, r: 11, fill, stroke: '#fff', 'stroke-width': 1.5 }),
    lines([text], cx, cy + 4, { fill: '#fff', 'font-weight': 'bold' }),
  )
}
