/** Nodes and flows of one scope while it is drawn. Ids are unique in the whole model. */
export interface Drawing {
  readonly nodes: DrawnNode[]
  readonly flows: {
    readonly id: string
    readonly from: string
    readonly to: string
    readonly condition: string | null
    readonly listener: string
  }[]
  readonly ids: Map<string, number>
}

export interface DrawnNode {
  readonly id: string
  readonly tag: string
  attributes: string
  readonly body: string
}

/** An open end: the node that the next flow leaves, with the condition that it will have. */
export interface Exit {
  readonly from: string
  readonly condition?: string
  readonly isDefault?: true
  /** Its extension elements. */
  readonly listener?: string
}

/** A new id. */
export function nextId(drawing: Drawing, prefix: string): string {
  const n = (drawing.ids.get(prefix) ?? 0) + 1
  drawing.ids.set(prefix, n)
  return `${prefix}${n}`
}

/** Draws a node. */
export function draw(drawing: Drawing, tag: string, attributes = '', body = '', id: string = nextId(drawing, tag)): string {
  drawing.nodes.push({ id, tag, attributes, body })
  return id
}

/** Draws flows from all exits to the node. Where several would meet at a gateway that joins, an exclusive merge comes between. */
export function connect(drawing: Drawing, exits: readonly Exit[], to: string): void {
  const target = drawing.nodes.find((node) => node.id === to)
  const wouldJoin = target?.tag === 'parallelGateway' || target?.tag === 'inclusiveGateway' || target?.tag === 'complexGateway'
  if (exits.length > 1 && wouldJoin) {
    const merge = draw(drawing, 'exclusiveGateway')
    connect(drawing, exits, merge)
    return connect(drawing, [{ from: merge }], to)
  }
  for (const { from, condition, isDefault, listener } of exits) {
    const id = nextId(drawing, 'flow')
    drawing.flows.push({ id, from, to, condition: condition ?? null, listener: listener ?? '' })
    const source = drawing.nodes.find((node) => node.id === from)
    if (isDefault && source) source.attributes += ` default="${id}"`
  }
}

/** The scope's XML. */
export function xmlOf(drawing: Drawing): string {
  const nodes = drawing.nodes.map(({ id, tag, attributes, body }) => `<bpmn:${tag} id="${id}"${attributes}>${body}</bpmn:${tag}>`)
  const flows = drawing.flows.map(({ id, from, to, condition, listener }) => {
    const inside = condition === null ? '' : `<bpmn:conditionExpression>${condition}</bpmn:conditionExpression>`
    return `<bpmn:sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}">${listener}${inside}</bpmn:sequenceFlow>`
  })
  return [...nodes, ...flows].join('\n')
}
