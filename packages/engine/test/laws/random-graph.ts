import fc from 'fast-check'

/** A random graph of one scope, sound or not: gateways join where flows happen to meet, tokens may be lost or multiply. */
export interface GraphShape {
  readonly nodes: readonly GraphNode[]
  /** Extra flows: from node, to node. */
  readonly extra: readonly (readonly [number, number])[]
}

export interface GraphNode {
  readonly kind: 'user' | 'userWithBoundary' | 'exclusive' | 'parallel' | 'inclusive' | 'link' | 'subProcess'
  /** Which earlier node leads to it. */
  readonly after: number
  /** Condition of its first outgoing flow: `x > above`. */
  readonly above: number
}

/** Random graphs. Flows lead forward, or back to a user task, so that no circle runs without a wait. */
export function graphShapes(): fc.Arbitrary<GraphShape> {
  const node = fc.record({
    kind: fc.constantFrom(
      'user',
      'user',
      'userWithBoundary',
      'exclusive',
      'parallel',
      'parallel',
      'inclusive',
      'inclusive',
      'inclusive',
      'link',
      'subProcess',
    ),
    after: fc.nat(20),
    above: fc.nat(9),
  }) as fc.Arbitrary<GraphNode> // the kinds are those of a node
  return fc.record({
    nodes: fc.array(node, { minLength: 4, maxLength: 10, size: 'max' }),
    extra: fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { minLength: 2, maxLength: 9, size: 'max' }),
  })
}

const tags: Readonly<Record<GraphNode['kind'], string>> = {
  user: 'userTask',
  userWithBoundary: 'userTask',
  exclusive: 'exclusiveGateway',
  parallel: 'parallelGateway',
  inclusive: 'inclusiveGateway',
  link: 'intermediateThrowEvent',
  subProcess: 'subProcess',
}

/**
 * Writes the graph as BPMN: node 0 is a parallel gateway behind the start, so that two tokens are common. `adHoc`: as the content of an ad
 * hoc sub-process, begun with a task.
 */
export function graphXml({ nodes, extra }: GraphShape, adHoc = false): string {
  const all: readonly GraphNode[] = [{ kind: 'parallel', after: 0, above: 0 }, ...nodes]
  const flows: (readonly [from: string, to: string])[] = [['start', 'n0']]
  // A link's token goes on at the link's catch event, a boundary event's at the event.
  const exitOf = (k: number): string => (all[k]?.kind === 'link' ? `catch${k}` : `n${k}`)
  const boundaryUsed = new Set<number>()
  const lead = (from: number, to: number): void => {
    const byBoundary = all[from]?.kind === 'userWithBoundary' && !boundaryUsed.has(from)
    if (byBoundary) boundaryUsed.add(from)
    flows.push([byBoundary ? `boundary${from}` : exitOf(from), `n${to}`])
  }
  for (let k = 1; k < all.length; k++) lead((all[k]?.after ?? 0) % k, k)
  for (const [a, b] of extra) {
    const from = a % all.length
    const to = 1 + (b % (all.length - 1))
    const target = all[to]?.kind
    if (to > from || target === 'user' || target === 'userWithBoundary' || target === 'subProcess') lead(from, to)
  }
  // An exclusive or inclusive gateway decides only where it has several ways; its last one is the default.
  const leaving = (from: string): readonly number[] => flows.flatMap(([source], k) => (source === from ? [k] : []))
  const xml = all.map((node, k) => nodeXml(node, k, leaving(`n${k}`), boundaryUsed.has(k)))
  const flowsXml = flows.map(([from, to], k) => {
    const ways = leaving(from)
    const node = all[Number(from.slice(1))]
    const decides = ways.length > 1 && k !== ways.at(-1) && (node?.kind === 'exclusive' || node?.kind === 'inclusive')
    const condition = decides ? `<bpmn:conditionExpression>\${x &gt; ${(node.above + k) % 10}}</bpmn:conditionExpression>` : ''
    return `<bpmn:sequenceFlow id="f${k}" sourceRef="${from}" targetRef="${to}">${condition}</bpmn:sequenceFlow>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="graph" targetNamespace="random">
<bpmn:message id="message" name="news"/>
<bpmn:process id="graph-process" isExecutable="true">
${adHoc ? '<bpmn:adHocSubProcess id="open"><bpmn:task id="start"/>' : '<bpmn:startEvent id="start"/>'}
${[...xml, ...flowsXml].join('\n')}
${adHoc ? '</bpmn:adHocSubProcess>' : ''}</bpmn:process>
</bpmn:definitions>
`
}

function nodeXml(node: GraphNode, k: number, leaving: readonly number[], hasBoundary: boolean): string {
  const tag = tags[node.kind]
  const decides = (node.kind === 'exclusive' || node.kind === 'inclusive') && leaving.length > 1
  const open = `<bpmn:${tag} id="n${k}"${decides ? ` default="f${leaving.at(-1)}"` : ''}`
  const link = `<bpmn:linkEventDefinition name="link${k}"/>`
  if (node.kind === 'link')
    return `${open}>${link}</bpmn:${tag}><bpmn:intermediateCatchEvent id="catch${k}">${link}</bpmn:intermediateCatchEvent>`
  if (node.kind === 'subProcess') return `${open}><bpmn:userTask id="inner${k}"/></bpmn:${tag}>`
  if (!hasBoundary) return `${open}/>`
  const event = '<bpmn:messageEventDefinition messageRef="message"/>'
  return `${open}/><bpmn:boundaryEvent id="boundary${k}" attachedToRef="n${k}" cancelActivity="${node.above > 4}">${event}</bpmn:boundaryEvent>`
}
