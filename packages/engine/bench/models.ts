/** How one engine wants the extension points of the same model written. */
export interface Dialect {
  /** Attributes of a service task that calls the service of this name. */
  readonly service: (name: string) => string
  /** The text of a condition that is true once `n` reached 100. */
  readonly done: string
  /** The text of a condition that is never true. */
  readonly never: string
}

/** The workloads' models: structure is the same for every engine. */
export interface Models {
  readonly linear: string
  readonly fork: string
  readonly loop: string
  readonly userTask: string
  readonly rounds: string
  readonly sequential: string
  readonly parallel: string
  readonly small: string
  readonly large: string
}

/** Writes all models in a dialect. */
export function models(dialect: Dialect): Models {
  const service = (id: string, name = 'noop', inner = ''): string => element('serviceTask', id, dialect.service(name), inner)
  const ids = Array.from({ length: 10 }, (_, k) => `s${k}`)
  const multi = (sequential: boolean): string =>
    process(
      'multi',
      [
        element('startEvent', 'start'),
        service(
          'each',
          'noop',
          `<bpmn:multiInstanceLoopCharacteristics isSequential="${sequential}"><bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">100</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>`,
        ),
        element('endEvent', 'end'),
      ],
      chain('start', 'each', 'end'),
    )
  const loop = (key: string, condition: string, body: string): string =>
    process(
      key,
      [
        element('startEvent', 'start'),
        element('exclusiveGateway', 'merge'),
        body,
        element('exclusiveGateway', 'decide', 'default="decide_merge"'),
        element('endEvent', 'end'),
      ],
      [...chain('start', 'merge', 'step', 'decide'), flow('decide', 'merge'), flow('decide', 'end', condition)],
    )
  return {
    linear: process(
      'linear',
      [element('startEvent', 'start'), ...ids.map((id) => service(id)), element('endEvent', 'end')],
      chain('start', ...ids, 'end'),
    ),
    fork: process(
      'fork',
      [
        element('startEvent', 'start'),
        element('parallelGateway', 'split'),
        ...ids.map((id) => service(id)),
        element('parallelGateway', 'join'),
        element('endEvent', 'end'),
      ],
      [flow('start', 'split'), ...ids.flatMap((id) => chain('split', id, 'join')), flow('join', 'end')],
    ),
    loop: loop('loop', dialect.done, service('step', 'count')),
    userTask: process(
      'userTask',
      [element('startEvent', 'start'), element('userTask', 'step'), element('endEvent', 'end')],
      chain('start', 'step', 'end'),
    ),
    rounds: loop('rounds', dialect.never, element('userTask', 'step')),
    sequential: multi(true),
    parallel: multi(false),
    small: blocks('small', 3, dialect, service),
    large: blocks('large', 83, dialect, service),
  }
}

/** Six flow nodes a block: 3 blocks make 20 nodes, 83 make 500. */
function blocks(key: string, count: number, dialect: Dialect, service: (id: string) => string): string {
  const nodes = [element('startEvent', 'start')]
  const flows: string[] = []
  let before = 'start'
  for (let k = 0; k < count; k++) {
    nodes.push(
      service(`call${k}`),
      element('userTask', `ask${k}`),
      element('exclusiveGateway', `choose${k}`, `default="choose${k}_no${k}"`),
      service(`yes${k}`),
      service(`no${k}`),
      element('exclusiveGateway', `merge${k}`),
    )
    flows.push(
      ...chain(before, `call${k}`, `ask${k}`, `choose${k}`),
      flow(`choose${k}`, `yes${k}`, dialect.done),
      flow(`choose${k}`, `no${k}`),
    )
    flows.push(flow(`yes${k}`, `merge${k}`), flow(`no${k}`, `merge${k}`))
    before = `merge${k}`
  }
  return process(key, [...nodes, element('endEvent', 'end')], [...flows, flow(before, 'end')])
}

function element(type: string, id: string, attributes = '', inner = ''): string {
  return `<bpmn:${type} id="${id}" ${attributes}>${inner}</bpmn:${type}>`
}

function flow(from: string, to: string, condition?: string): string {
  const inner =
    condition === undefined
      ? ''
      : `<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression"><![CDATA[${condition}]]></bpmn:conditionExpression>`
  return `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}">${inner}</bpmn:sequenceFlow>`
}

function chain(...ids: readonly string[]): string[] {
  return ids.slice(1).map((id, k) => flow(ids[k] ?? '', id))
}

/** Writes incoming and outgoing into the nodes, as modelers do: some engines read nothing else. */
function process(key: string, nodes: readonly string[], flows: readonly string[]): string {
  const ends = flows.map((text) => /id="([^"]+)" sourceRef="([^"]+)" targetRef="([^"]+)"/.exec(text)?.slice(1) ?? [])
  const linked = nodes.map((node) => {
    const id = /id="([^"]+)"/.exec(node)?.[1]
    const incoming = ends.filter((end) => end[2] === id).map((end) => `<bpmn:incoming>${end[0]}</bpmn:incoming>`)
    const outgoing = ends.filter((end) => end[1] === id).map((end) => `<bpmn:outgoing>${end[0]}</bpmn:outgoing>`)
    return node.replace('>', `>${incoming.join('')}${outgoing.join('')}`)
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="definitions_${key}" targetNamespace="http://leeway.example/bench">
<bpmn:process id="${key}" isExecutable="true">
${[...linked, ...flows].join('\n')}
</bpmn:process>
</bpmn:definitions>`
}
