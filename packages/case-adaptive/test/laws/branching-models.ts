import fc from 'fast-check'
import { model, user } from '../desk.ts'

/** A model of user tasks and gateways, some of which do not fit: joins may wait for what never comes. */
export interface Branching {
  readonly xml: string
  /** The flows out of each exclusive gateway that splits: which one is taken is the variable of its name. */
  readonly splits: { readonly [gatewayId: string]: readonly string[] }
  readonly elements: readonly string[]
}

type Block =
  | { readonly do: 'task' }
  | { readonly do: 'sequence'; readonly parts: readonly Block[] }
  | {
      readonly do: 'branches'
      readonly split: 'parallel' | 'exclusive'
      readonly join: 'parallel' | 'exclusive'
      readonly parts: readonly Block[]
    }
  | { readonly do: 'loop'; readonly body: Block }

const { block } = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: fc.constant<Block>({ do: 'task' }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('sequence' as const), parts: fc.array(tie('block'), { minLength: 2, maxLength: 3 }) }),
    },
    { weight: 3, arbitrary: branches(tie('block')) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('loop' as const), body: tie('block') }) },
  ),
}))

function branches(part: fc.Arbitrary<Block>): fc.Arbitrary<Block> {
  const kind = fc.constantFrom('parallel' as const, 'exclusive' as const)
  return fc
    .record({ split: kind, misfit: fc.nat({ max: 9 }), parts: fc.array(part, { minLength: 2, maxLength: 3 }) })
    .map(({ split, misfit, parts }) => {
      const other = split === 'parallel' ? ('exclusive' as const) : ('parallel' as const)
      return { do: 'branches' as const, split, join: misfit === 0 ? other : split, parts }
    })
}

export const branchingModels: fc.Arbitrary<Branching> = fc
  .array(block, { minLength: 1, maxLength: 3 })
  .map((parts) => drawn({ do: 'sequence', parts: [{ do: 'task' }, ...parts] }))

function drawn(whole: Block): Branching {
  const elements: string[] = []
  const xml: string[] = []
  const flows: [string, string, string | null][] = []
  const splits: { [gatewayId: string]: string[] } = {}
  const add = (id: string, text: string): string => {
    elements.push(id)
    xml.push(text)
    return id
  }
  const gateway = (kind: 'parallel' | 'exclusive'): string => {
    const id = `${kind === 'parallel' ? 'P' : 'X'}${elements.length}`
    return add(id, `<bpmn:${kind}Gateway id="${id}"/>`)
  }
  const flow = (from: string, to: string): void => {
    const ways = splits[from]
    const way = ways === undefined ? null : `w${ways.length}`
    ways?.push(way ?? '')
    flows.push([from, to, way])
  }
  const draw = (part: Block): readonly [first: string, last: string] => {
    switch (part.do) {
      case 'task': {
        const id = add(`T${elements.length}`, user(`T${elements.length}`))
        return [id, id]
      }
      case 'sequence': {
        const drawnParts = part.parts.map(draw)
        for (let k = 1; k < drawnParts.length; k++) flow(drawnParts[k - 1]![1], drawnParts[k]![0])
        return [drawnParts[0]![0], drawnParts.at(-1)![1]]
      }
      case 'branches': {
        const split = gateway(part.split)
        if (part.split === 'exclusive') splits[split] = []
        const inner = part.parts.map(draw)
        const join = gateway(part.join)
        for (const [first, last] of inner) {
          flow(split, first)
          flow(last, join)
        }
        return [split, join]
      }
      case 'loop': {
        const enter = gateway('exclusive')
        const [first, last] = draw(part.body)
        const leave = gateway('exclusive')
        splits[leave] = []
        const out = add(`T${elements.length}`, user(`T${elements.length}`))
        flow(enter, first)
        flow(last, leave)
        flow(leave, out)
        flow(leave, enter)
        return [enter, out]
      }
    }
  }
  const [first, last] = draw(whole)
  const all = [['S', first, null] as const, ...flows, [last, 'E', null] as const]
  const text = model(xml.join(''), all.map(([from, to]) => `${from}>${to}`).join(' '))
  const conditioned = all.reduce((sofar, [from, , way], k) => {
    if (way === null) return sofar
    const condition = `<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">\${${from} == '${way}'}</bpmn:conditionExpression>`
    return sofar.replace(new RegExp(`(<bpmn:sequenceFlow id="f${k}" [^>]*)/>`), `$1>${condition}</bpmn:sequenceFlow>`)
  }, text)
  return { xml: conditioned, splits, elements }
}
