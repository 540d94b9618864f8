import type { Models } from '../models.ts'
import type { Contestant } from './contestant.ts'
import { readXml } from './read-xml.ts'

interface Node {
  readonly type: string
  readonly service: string
  readonly times: number
  readonly incoming: number
  readonly next: { readonly to: string; readonly from: number | null; readonly isDefault: boolean }[]
}

interface Run {
  readonly nodes: ReadonlyMap<string, Node>
  readonly variables: { n: number }
  readonly waiting: string[]
  readonly arrived: Map<string, number>
}

/** No engine: a bare token loop (no scopes, events, timers, errors, history). It shows what the runtime allows for the same files. */
export function floor(): Contestant {
  const calls = { count: 0 }
  const compiled = new Map<keyof Models, ReadonlyMap<string, Node>>()
  let texts: Models
  const walk = (run: Run, ids: string[]): void => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
      const node = run.nodes.get(id)
      if (!node) throw new Error(id)
      if (node.type === 'bpmn:UserTask') {
        run.waiting.push(id)
        continue
      }
      if (node.type === 'bpmn:ServiceTask') {
        for (let k = 0; k < node.times; k++) {
          calls.count++
          if (node.service === 'count') run.variables.n++
        }
      }
      if (node.type === 'bpmn:ParallelGateway' && node.incoming > 1) {
        const count = (run.arrived.get(id) ?? 0) + 1
        run.arrived.set(id, count)
        if (count < node.incoming) continue
        run.arrived.delete(id)
      }
      if (node.type === 'bpmn:ExclusiveGateway') {
        const taken =
          node.next.find((flow) => flow.from !== null && run.variables.n >= flow.from) ??
          node.next.find((flow) => flow.isDefault) ??
          node.next[0]
        if (taken) ids.push(taken.to)
      } else for (const flow of node.next) ids.push(flow.to)
    }
  }
  const begin = (model: keyof Models): Run => {
    const nodes = compiled.get(model)
    if (!nodes) throw new Error(model)
    const run: Run = { nodes, variables: { n: 0 }, waiting: [], arrived: new Map() }
    walk(run, ['start'])
    return run
  }
  return {
    name: 'floor',
    dialect: { service: (name) => `implementation="${name}"`, done: '100', never: '1000000000' },
    calls,
    async open(models) {
      texts = models
      for (const name of Object.keys(models) as (keyof Models)[]) compiled.set(name, await compile(models[name])) // keys of models
    },
    async run(model) {
      if (begin(model).waiting.length > 0) throw new Error('not ended')
    },
    async start(model) {
      return begin(model)
    },
    async complete(handle) {
      const run = handle as Run // what start gave
      const id = run.waiting.pop()
      walk(
        run,
        (run.nodes.get(id ?? '')?.next ?? []).map((flow) => flow.to),
      )
    },
    async isEnded(handle) {
      return (handle as Run).waiting.length === 0 // what start gave
    },
    async compile(model) {
      await compile(texts[model])
    },
    async close() {},
  }
}

/** What bpmn-moddle gives for the few elements that the models have. */
interface Element {
  readonly $type: string
  readonly id: string
  readonly implementation?: string
  readonly incoming?: readonly unknown[]
  readonly default?: Element
  readonly sourceRef: Element
  readonly targetRef: Element
  readonly conditionExpression?: { readonly body: string }
  readonly loopCharacteristics?: { readonly loopCardinality: { readonly body: string } }
}

async function compile(text: string): Promise<ReadonlyMap<string, Node>> {
  const { rootElement } = await readXml(text)
  const process = (rootElement as unknown as { rootElements: { $type: string; flowElements: Element[] }[] }).rootElements.find(
    (one) => one.$type === 'bpmn:Process',
  ) // moddle's shape
  const elements = process?.flowElements ?? []
  const nodes = new Map<string, Node>()
  for (const element of elements) {
    if (element.$type === 'bpmn:SequenceFlow') continue
    const times = Number(element.loopCharacteristics?.loopCardinality.body ?? 1)
    nodes.set(element.id, {
      type: element.$type,
      service: element.implementation ?? '',
      times,
      incoming: element.incoming?.length ?? 0,
      next: [],
    })
  }
  for (const flow of elements) {
    if (flow.$type !== 'bpmn:SequenceFlow') continue
    const from = flow.conditionExpression ? Number(flow.conditionExpression.body) : null
    nodes.get(flow.sourceRef.id)?.next.push({ to: flow.targetRef.id, from, isDefault: flow.sourceRef.default === flow })
  }
  return nodes
}
