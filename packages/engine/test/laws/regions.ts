import { joins } from '../../src/kernel/joins.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { FlowNode } from '../../src/model/elements.ts'
import { downstreamOf, linkName, linkTargets } from '../../src/model/reachability.ts'

/** A part of a process that is entered at one node, and left for one other, or not at all. */
export interface Region {
  readonly first: FlowNode
  readonly next: FlowNode | null
  readonly nodes: ReadonlySet<string>
}

/** The parts of a process that could be the content of a sub-process. */
export function regionsOf({ root }: Definition): readonly Region[] {
  return root.nodes.filter(isEntry).flatMap((first) => {
    const without = new Set(root.initial.flatMap((node) => (node === first ? [] : [...nodesFrom(node, first)])))
    const further = [...downstreamOf(first)].map((id) => root.nodes.find((node) => node.id === id))
    return [null, ...further].flatMap((next) => {
      // What could be reached without it lies before it: there is a way back.
      if (next === undefined || next === first || (next !== null && without.has(next.id))) return []
      const nodes = nodesFrom(first, next)
      return isClosed(root.nodes, first, next, nodes) ? [{ first, next, nodes }] : []
    })
  })
}

/**
 * The model with a region put into a sub-process, which may be a loop of one round, and the flow by which that is left for each that left
 * the region.
 */
export function wrapped(
  xml: string,
  { first, next, nodes }: Region,
  isLoop: boolean,
): { readonly xml: string; readonly map: Readonly<Record<string, string>> } {
  const [, before = '', content = '', after = ''] =
    /^(.*<bpmn:process id="random-process"[^>]*>)(.*?)(<\/bpmn:process>.*)$/s.exec(xml) ?? []
  const parts = elementsOf(content)
  const attribute = (part: string, name: string): string => new RegExp(`^[^>]* ${name}="([^"]*)"`).exec(part)?.[1] ?? ''
  const handlers = new Set(
    parts
      .filter((part) => part.startsWith('<bpmn:association '))
      .flatMap((part) => (nodes.has(attribute(part, 'sourceRef')) ? [attribute(part, 'targetRef')] : [])),
  )
  const isIn = (id: string): boolean => nodes.has(id) || handlers.has(id)
  const map: Record<string, string> = {}
  const inside: string[] = []
  const outside: string[] = []
  for (const part of parts) {
    const id = attribute(part, 'id')
    const [from, to] = [attribute(part, 'sourceRef'), attribute(part, 'targetRef')]
    if (from === '') (isIn(id) ? inside : outside).push(part)
    else if (isIn(from) && isIn(to)) inside.push(part)
    else if (isIn(from)) {
      inside.push(part.replace(`targetRef="${to}"`, 'targetRef="wrapEnd"'))
      map[id] = WAY_OUT
    } else outside.push(to === first.id ? part.replace(`targetRef="${to}"`, 'targetRef="wrap"') : part)
  }
  const left = Object.keys(map).length > 0 && next !== null
  if (left) outside.push(`<bpmn:sequenceFlow id="${WAY_OUT}" sourceRef="wrap" targetRef="${next.id}"/>`)
  const start = `<bpmn:startEvent id="wrapStart"/><bpmn:sequenceFlow id="wrapIn" sourceRef="wrapStart" targetRef="${first.id}"/>`
  const end = left ? '<bpmn:endEvent id="wrapEnd"/>' : ''
  return {
    xml: `${before}<bpmn:subProcess id="wrap">${isLoop ? LOOP : ''}${start}${inside.join('\n')}${end}</bpmn:subProcess>${outside.join('\n')}${after}`,
    map,
  }
}

const WAY_OUT = 'wrapOut'
const LOOP = '<bpmn:standardLoopCharacteristics testBefore="false" loopMaximum="1"/>'

function isEntry(node: FlowNode): boolean {
  if (node.type === 'startEvent' || node.type === 'boundaryEvent' || (node.type === 'subProcess' && node.triggeredByEvent)) return false
  if (linkName(node) !== null || ('isForCompensation' in node && node.isForCompensation)) return false
  if (joins(node)) return false
  return node.incoming.every(({ source }) => source.type !== 'eventBasedGateway' && !gives(source))
}

/** True where several tokens leave it for one that came. */
function gives(node: FlowNode): boolean {
  return 'completionQuantity' in node && node.completionQuantity > 1
}

function nodesFrom(first: FlowNode, next: FlowNode | null): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [first]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node === next || found.has(node.id)) continue
    found.add(node.id)
    open.push(...node.outgoing.map((flow) => flow.target))
    if ('boundaryEvents' in node) open.push(...node.boundaryEvents)
    if (node.type === 'intermediateThrowEvent') open.push(...linkTargets(node))
  }
  return found
}

/** Entered at its first node alone, and left by flows for the next alone. */
function isClosed(all: readonly FlowNode[], first: FlowNode, next: FlowNode | null, nodes: ReadonlySet<string>): boolean {
  if (next !== null && (next.type === 'boundaryEvent' || next.incoming.length === 0)) return false
  // Several tokens leave it.
  const left = next?.incoming.filter(({ source }) => nodes.has(source.id)) ?? []
  if (next !== null && joins(next) && (left.length > 1 || 'startQuantity' in next)) return false
  if (left.some(({ source }) => gives(source))) return false
  return all.every((node) => {
    const isIn = nodes.has(node.id)
    if (isIn && node.type === 'boundaryEvent' && !nodes.has(node.attachedTo.id)) return false
    if (!isIn && node.type === 'intermediateThrowEvent' && linkTargets(node).some(({ id }) => nodes.has(id))) return false
    if (isIn && node.type === 'eventBasedGateway' && node.outgoing.some(({ target }) => target === next)) return false
    return isIn || node.outgoing.every(({ target }) => target === first || !nodes.has(target.id))
  })
}

/** Elements of one level, each with all that is in it. */
function elementsOf(xml: string): readonly string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (const { 0: tag, index } of xml.matchAll(/<[^>]+>/g)) {
    if (depth === 0) from = index
    if (tag.startsWith('</')) depth--
    else if (!tag.endsWith('/>')) depth++
    if (depth === 0) found.push(xml.slice(from, index + tag.length))
  }
  return found
}
