import fc from 'fast-check'
import { boundary, message, model, user } from '../desk.ts'

/** A model of user tasks and gateways, some of which do not fit: joins may wait for what never comes. */
export interface Branching {
  readonly xml: string
  /** The flows out of each exclusive gateway that splits: which one is taken is the variable of its name. */
  readonly splits: { readonly [gatewayId: string]: readonly string[] }
  readonly elements: readonly string[]
}

type Kind = 'parallel' | 'exclusive' | 'inclusive'

type Block =
  | { readonly do: 'task' }
  | { readonly do: 'sequence'; readonly parts: readonly Block[] }
  | { readonly do: 'branches'; readonly split: Kind; readonly join: Kind; readonly parts: readonly Block[] }
  | { readonly do: 'loop'; readonly body: Block }
  /** A sub-process. */
  | { readonly do: 'inside'; readonly body: Block }
  /** A task that a message interrupts; the path goes on at the same place. */
  | { readonly do: 'caught' }

/** Blocks of those kinds; one in ten that branches is joined by another kind. */
function blocks(kinds: readonly Kind[], more: readonly ('inside' | 'caught')[], misfits: number): fc.Arbitrary<Block> {
  const { block } = fc.letrec<{ block: Block }>((tie) => ({
    block: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: fc.constant<Block>({ do: 'task' }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('sequence' as const), parts: fc.array(tie('block'), { minLength: 2, maxLength: 3 }) }),
      },
      { weight: 3, arbitrary: branches(tie('block'), kinds, misfits) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('loop' as const), body: tie('block') }) },
      ...(more.includes('caught') ? [{ weight: 1, arbitrary: fc.constant<Block>({ do: 'caught' }) }] : []),
      ...(more.includes('inside') ? [{ weight: 1, arbitrary: fc.record({ do: fc.constant('inside' as const), body: tie('block') }) }] : []),
    ),
  }))
  return block
}

function branches(part: fc.Arbitrary<Block>, kinds: readonly Kind[], misfits: number): fc.Arbitrary<Block> {
  return fc
    .record({
      split: fc.constantFrom(...kinds),
      misfit: fc.nat({ max: 9 }),
      other: fc.nat({ max: kinds.length - 2 }),
      parts: fc.array(part, { minLength: 2, maxLength: 3 }),
    })
    .map(({ split, misfit, other, parts }) => {
      const join = misfit < misfits ? (kinds.filter((kind) => kind !== split)[other] ?? split) : split
      return { do: 'branches' as const, split, join, parts }
    })
}

export const branchingModels: fc.Arbitrary<Branching> = fc
  .array(blocks(['parallel', 'exclusive'], [], 1), { minLength: 1, maxLength: 3 })
  .map((parts) => drawn({ do: 'sequence', parts: [{ do: 'task' }, ...parts] }, null))

const wide = blocks(['parallel', 'exclusive', 'inclusive'], ['inside', 'caught'], 2)

/**
 * With inclusive gateways, sub-processes and boundary events too, and beside it a ring of steps to which nothing leads and that leads
 * nowhere.
 */
export const widerModels: fc.Arbitrary<Branching> = fc
  .record({ parts: fc.array(wide, { minLength: 1, maxLength: 2 }), ring: wide })
  .map(({ parts, ring }) => drawn({ do: 'sequence', parts: [{ do: 'task' }, ...parts] }, ring))

function drawn(whole: Block, ring: Block | null): Branching {
  const elements: string[] = []
  const splits: { [gatewayId: string]: string[] } = {}
  let flows = 0
  const contentOf = (draw: (scope: Drawing) => void): string => {
    const scope: Drawing = { xml: [], flows: [] }
    draw(scope)
    return [...scope.xml, ...scope.flows].join('')
  }
  const add = (scope: Drawing, id: string, text: string): string => {
    elements.push(id)
    scope.xml.push(text)
    return id
  }
  const gateway = (scope: Drawing, kind: Kind): string => {
    const id = `${kind === 'parallel' ? 'P' : kind === 'exclusive' ? 'X' : 'O'}${elements.length}`
    return add(scope, id, `<bpmn:${kind}Gateway id="${id}"/>`)
  }
  const task = (scope: Drawing): string => {
    const id = `T${elements.length}`
    return add(scope, id, user(id))
  }
  const flow = (scope: Drawing, from: string, to: string): void => {
    const ways = splits[from]
    const way = ways === undefined ? null : `w${ways.length}`
    if (way !== null) ways?.push(way)
    const condition = `<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">\${${from} == '${way}'}</bpmn:conditionExpression>`
    const inside = way === null ? '' : condition
    scope.flows.push(`<bpmn:sequenceFlow id="f${flows++}" sourceRef="${from}" targetRef="${to}">${inside}</bpmn:sequenceFlow>`)
  }
  const draw = (scope: Drawing, part: Block): readonly [first: string, last: string] => {
    switch (part.do) {
      case 'task': {
        const id = task(scope)
        return [id, id]
      }
      case 'sequence': {
        const parts = part.parts.map((one) => draw(scope, one))
        for (let k = 1; k < parts.length; k++) flow(scope, parts[k - 1]![1], parts[k]![0])
        return [parts[0]![0], parts.at(-1)![1]]
      }
      case 'branches': {
        const split = gateway(scope, part.split)
        if (part.split !== 'parallel') splits[split] = []
        const inner = part.parts.map((one) => draw(scope, one))
        const join = gateway(scope, part.join)
        for (const [first, last] of inner) {
          flow(scope, split, first)
          flow(scope, last, join)
        }
        return [split, join]
      }
      case 'loop': {
        const enter = gateway(scope, 'exclusive')
        const [first, last] = draw(scope, part.body)
        const leave = gateway(scope, 'exclusive')
        splits[leave] = []
        const out = task(scope)
        flow(scope, enter, first)
        flow(scope, last, leave)
        flow(scope, leave, out)
        flow(scope, leave, enter)
        return [enter, out]
      }
      case 'inside': {
        const id = `B${elements.length}`
        elements.push(id)
        const content = contentOf((inner) => {
          const [first, last] = draw(inner, part.body)
          inner.xml.push(`<bpmn:startEvent id="S${id}"/><bpmn:endEvent id="E${id}"/>`)
          flow(inner, `S${id}`, first)
          flow(inner, last, `E${id}`)
        })
        scope.xml.push(`<bpmn:subProcess id="${id}">${content}</bpmn:subProcess>`)
        return [id, id]
      }
      case 'caught': {
        const id = task(scope)
        const merge = gateway(scope, 'exclusive')
        scope.xml.push(boundary(`C${id}`, id, message()))
        flow(scope, id, merge)
        flow(scope, `C${id}`, merge)
        return [id, merge]
      }
    }
  }
  const content = contentOf((scope) => {
    const [first, last] = draw(scope, whole)
    flow(scope, 'S', first)
    flow(scope, last, 'E')
    if (ring === null) return
    const enter = gateway(scope, 'exclusive')
    const [next, back] = draw(scope, ring)
    flow(scope, enter, next)
    flow(scope, back, enter)
  })
  return { xml: model(content, ''), splits, elements }
}

/** Elements and flows of one scope. */
interface Drawing {
  readonly xml: string[]
  readonly flows: string[]
}
