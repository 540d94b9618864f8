import type { XmlElement } from '../import/read-xml.ts'
import type { DiagramShape } from './read-diagram.ts'
import { element, LINE_HEIGHT, lines, wrap } from './svg.ts'

/** Draws what stands at one place, without overlay. `fill` colours activities, events and gateways. BPMN 2.0.2 §7. */
export function drawShape(shape: DiagramShape, fill: string): string {
  const kind = shape.element.name.replace('bpmn:', '')
  if (kind.endsWith('Event')) return drawEvent(shape, kind, fill)
  if (kind.endsWith('Gateway')) return drawGateway(shape, kind, fill)
  if (kind === 'participant' || kind === 'lane') return drawPool(shape)
  if (SCOPES.has(kind)) return drawSubProcess(shape, kind, fill)
  if (kind.endsWith('ask') || kind === 'callActivity') return drawTask(shape, kind, fill)
  return drawArtifact(shape, kind)
}

const SCOPES: ReadonlySet<string> = new Set(['subProcess', 'transaction', 'adHocSubProcess'])
const LINE = '#222'

function nameOf({ element: { attributes } }: DiagramShape): string {
  return attributes.name?.trim() ?? ''
}

function rectangle({ bounds: { x, y, width, height } }: DiagramShape, more: Readonly<Record<string, string | number>>): string {
  return element('rect', { x, y, width, height, stroke: LINE, 'stroke-width': 1.5, ...more })
}

/** A label inside, centred: an activity without a name goes by its id. */
function inside(shape: DiagramShape): string {
  const { x, y, width, height } = shape.bounds
  const label = wrap(nameOf(shape) || (shape.element.attributes.id ?? ''), width - 10, Math.max(1, Math.floor((height - 16) / LINE_HEIGHT)))
  return lines(label, x + width / 2, y + height / 2 - ((label.length - 1) * LINE_HEIGHT) / 2 + 4)
}

/** A label where the file puts it, else under the shape. */
function beside(shape: DiagramShape): string {
  const name = nameOf(shape)
  if (name === '') return ''
  const { x, y, width, height } = shape.bounds
  if (shape.label === null) return lines(wrap(name, 90, 3), x + width / 2, y + height + LINE_HEIGHT)
  const { x: left, y: top, width: room } = shape.label
  return lines(wrap(name, Math.max(room + 10, 40), 4), left + room / 2, top + 11)
}

const TASK_MARKS: Readonly<Record<string, string>> = {
  userTask: '☺',
  serviceTask: '⚙',
  scriptTask: '≡',
  sendTask: '✉',
  receiveTask: '✉',
  businessRuleTask: '▦',
  manualTask: '☞',
}

function drawTask(shape: DiagramShape, kind: string, fill: string): string {
  const { x, y } = shape.bounds
  const mark = TASK_MARKS[kind]
  return [
    rectangle(shape, { rx: 9, fill, 'stroke-width': kind === 'callActivity' ? 4 : 1.5 }),
    mark === undefined ? '' : element('text', { x: x + 5, y: y + 15, 'font-size': 13 }, mark),
    inside(shape),
    markers(shape),
  ].join('')
}

function drawSubProcess(shape: DiagramShape, kind: string, fill: string): string {
  const { x, y, width, height } = shape.bounds
  const isEvent = shape.element.attributes.triggeredByEvent === 'true'
  const outline = rectangle(shape, {
    rx: 9,
    fill,
    ...(isEvent && { 'stroke-dasharray': '2 4' }),
    ...(shape.isExpanded && { 'fill-opacity': 0.4 }),
  })
  const second = element('rect', { x: x + 3, y: y + 3, width: width - 6, height: height - 6, rx: 7, fill: 'none', stroke: LINE })
  const label = shape.isExpanded ? lines(wrap(nameOf(shape), width - 20, 1), x + width / 2, y + LINE_HEIGHT + 2) : inside(shape)
  return [outline, kind === 'transaction' ? second : '', label, markers(shape)].join('')
}

/** The markers at the bottom of an activity: loop, multi-instance, compensation, ad hoc, collapsed. */
function markers(shape: DiagramShape): string {
  const has = (name: string): XmlElement | undefined => shape.element.children.find((child) => child.name === `bpmn:${name}`)
  const repeated = has('multiInstanceLoopCharacteristics')
  const marks = [
    has('standardLoopCharacteristics') ? '↻' : '',
    repeated === undefined ? '' : repeated.attributes.isSequential === 'true' ? '☰' : '|||',
    shape.element.attributes.isForCompensation === 'true' ? '◁◁' : '',
    shape.element.name === 'bpmn:adHocSubProcess' ? '∼' : '',
    SCOPES.has(shape.element.name.replace('bpmn:', '')) && !shape.isExpanded ? '⊞' : '',
  ].filter((mark) => mark !== '')
  if (marks.length === 0) return ''
  const { x, y, width, height } = shape.bounds
  return lines([marks.join(' ')], x + width / 2, y + height - 4, { 'font-size': 13 })
}

const EVENT_MARKS: Readonly<Record<string, string>> = {
  message: '✉',
  timer: '◷',
  signal: '△',
  error: 'ϟ',
  escalation: '⇑',
  compensate: '◁◁',
  conditional: '☰',
  link: '➔',
  cancel: '✕',
  terminate: '●',
}

function drawEvent(shape: DiagramShape, kind: string, fill: string): string {
  const { x, y, width, height } = shape.bounds
  const [cx, cy, r] = [x + width / 2, y + height / 2, Math.min(width, height) / 2]
  const { attributes, children } = shape.element
  const isOpen = attributes.cancelActivity === 'false' || attributes.isInterrupting === 'false'
  const line = { fill: 'none', stroke: LINE, ...(isOpen && { 'stroke-dasharray': '4 3' }) }
  const marks = children.flatMap((child) => {
    const kindOf = /^bpmn:(\w+)EventDefinition$/.exec(child.name)?.[1]
    return kindOf === undefined ? [] : [EVENT_MARKS[kindOf] ?? '']
  })
  const mark = marks.length > 1 ? '⬠' : (marks[0] ?? '')
  const isBetween = kind !== 'startEvent' && kind !== 'endEvent'
  return [
    element('circle', { cx, cy, r, ...line, fill, 'stroke-width': kind === 'endEvent' ? 4 : 1.5 }),
    isBetween ? element('circle', { cx, cy, r: r - 3, ...line }) : '',
    mark === '' ? '' : lines([mark], cx, cy + 5, { 'font-size': 14 }),
    beside(shape),
  ].join('')
}

const GATEWAY_MARKS: Readonly<Record<string, string>> = {
  exclusiveGateway: '✕',
  parallelGateway: '✚',
  inclusiveGateway: '◯',
  eventBasedGateway: '⬠',
  complexGateway: '✱',
}

function drawGateway(shape: DiagramShape, kind: string, fill: string): string {
  const { x, y, width, height } = shape.bounds
  const points = [
    [x + width / 2, y],
    [x + width, y + height / 2],
    [x + width / 2, y + height],
    [x, y + height / 2],
  ]
  return [
    element('polygon', { points: points.map((point) => point.join(',')).join(' '), fill, stroke: LINE, 'stroke-width': 1.5 }),
    lines([GATEWAY_MARKS[kind] ?? ''], x + width / 2, y + height / 2 + 7, { 'font-size': 20 }),
    beside(shape),
  ].join('')
}

/** A participant or lane: its name stands along its head. */
function drawPool(shape: DiagramShape): string {
  const { x, y, width, height } = shape.bounds
  const outline = rectangle(shape, { fill: 'none', stroke: '#666' })
  if (!shape.isHorizontal) return outline + lines(wrap(nameOf(shape), width - 10, 1), x + width / 2, y + 18)
  const [cx, cy] = [x + 15, y + height / 2]
  const label = lines(wrap(nameOf(shape), height - 10, 1), cx, cy + 4, { transform: `rotate(-90 ${Math.round(cx)} ${Math.round(cy)})` })
  return outline + label
}

function drawArtifact(shape: DiagramShape, kind: string): string {
  if (kind === 'textAnnotation') {
    const { x, y, width, height } = shape.bounds
    const text = shape.element.children.find((child) => child.name === 'bpmn:text')?.text.trim() ?? ''
    const label = wrap(text, width - 12, Math.max(1, Math.floor(height / LINE_HEIGHT)))
    const bracket = element('path', { d: `M ${x + 10} ${y} H ${x} V ${y + height} H ${x + 10}`, fill: 'none', stroke: '#666' })
    return bracket + lines(label, x + width / 2, y + 16)
  }
  if (kind === 'group') return rectangle(shape, { rx: 9, fill: 'none', stroke: '#666', 'stroke-dasharray': '8 4 2 4' })
  return rectangle(shape, { fill: '#fff', stroke: '#666', rx: kind.startsWith('dataStore') ? 12 : 0 }) + beside(shape)
}
