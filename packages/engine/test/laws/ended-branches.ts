import type { KernelEvent } from '../../src/kernel/events.ts'
import { tokenId } from '../../src/kernel/ids.ts'
import type { Join, Scope, Token } from '../../src/kernel/state.ts'
import type { FlowNode, SequenceFlow } from '../../src/model/elements.ts'
import { linkName } from '../../src/model/reachability.ts'
import type { Rendered } from './render.ts'
import { lastState, type Move, type Trace } from './walk.ts'

/** A token that somebody off the path ended: where it stood, and the flow by which it had come where it waited at a join. */
interface Ended {
  readonly scopeId: string
  readonly elementId: string
  readonly via: string | null
}

/**
 * What keeps a stuck walk of a block-structured model from its end though nobody asked for it. A join may wait for ever for a branch that
 * somebody ended, and what is around it for the join; nothing else may.
 */
export function stuckWithoutReason(trace: Trace, pairs: Rendered['pairs']): readonly string[] {
  const splits = new Map(pairs.map(({ split, join }) => [join, split]))
  const blocks = new Map<string, ReadonlySet<string>>()
  const block = (flow: SequenceFlow): ReadonlySet<string> => {
    const known = blocks.get(flow.id) ?? nodesBefore(flow, splits.get(flow.target.id))
    blocks.set(flow.id, known)
    return known
  }
  const ended = endedAtTheEnd(trace, block)
  const state = lastState(trace)
  const scopes = [...state.scopes.values()]
  const problems = scopes.flatMap((scope) =>
    numbersOf(scope).flatMap((n) => {
      const token = scope.tokens[n] as Token // one of its numbers
      if (isAround(token, tokenId(scope.id, n), scopes)) return []
      const join = token.phase === 'arrived' ? scope.joins?.[token.elementId] : undefined
      const node = trace.definition.nodes.get(token.elementId)
      const its = ended.filter(({ scopeId }) => scopeId === scope.id)
      return join && node && waitsWithReason(node, join, scope, its, block)
        ? []
        : [`it goes no further: ${tokenId(scope.id, n)} is ${token.phase} at ${token.elementId}`]
    }),
  )
  return scopes.some(({ live }) => live > 0) ? problems : ['it goes no further, and nothing is left in it']
}

/** Those whose join has not fired since without them. */
function endedAtTheEnd({ moves, definition }: Trace, block: (flow: SequenceFlow) => ReadonlySet<string>): readonly Ended[] {
  let ended: readonly Ended[] = []
  for (const move of moves) {
    for (const event of move.events) {
      if (event.type === 'elementWithdrawn' && isEnd(move, event)) ended = [...ended, endedBy(move, event)]
      if (ended.length === 0 || (event.type !== 'tokensJoined' && event.type !== 'gatewayReset')) continue
      if ('waitingForReset' in event) continue // its round is over when it is reset
      const gateway = definition.nodes.get(event.elementId)
      ended = ended.filter(
        (one) => one.scopeId !== event.scopeId || !gateway?.incoming.some((flow) => one.via === flow.id || block(flow).has(one.elementId)),
      )
    }
  }
  return ended
}

type Withdrawn = Extract<KernelEvent, { type: 'elementWithdrawn' }>

function isEnd({ command }: Move, { scopeId, n }: Withdrawn): boolean {
  return command.type === 'divert' && command.to.type === 'end' && command.scopeId === scopeId && command.n === n
}

function endedBy({ before }: Move, { scopeId, n, elementId }: Withdrawn): Ended {
  const token = before.scopes.get(scopeId)?.tokens[n]
  const hadArrived = token?.hold?.was === 'arrived' || token?.incident?.retry === 'join'
  return { scopeId, elementId: hadArrived ? '' : elementId, via: hadArrived ? (token?.via ?? null) : null }
}

function numbersOf({ tokens, armed = [] }: Scope): readonly number[] {
  return Object.keys(tokens)
    .map(Number)
    .filter((n) => !armed.includes(n))
}

/** What is inside it, or undone by it, is stuck, and is looked at by itself. */
function isAround({ child, compensation }: Token, id: string, scopes: readonly Scope[]): boolean {
  const runs = compensation?.running
  const isInside = (scope: Scope): boolean => scope.live > 0 && (scope.id === id || scope.id.startsWith(`${id}.`))
  return (
    (child === true && scopes.some(isInside)) || scopes.some(({ id: at, tokens }) => Object.keys(tokens).some((n) => runs === `${at}.${n}`))
  )
}

/** True where the join misses a token that was ended, or one that is itself stuck before it. */
function waitsWithReason(
  node: FlowNode,
  join: Join,
  scope: Scope,
  ended: readonly Ended[],
  block: (flow: SequenceFlow) => ReadonlySet<string>,
): boolean {
  const others = numbersOf(scope).map((n) => scope.tokens[n] as Token) // one of its numbers
  const empty = node.incoming.filter(({ id }) => join.flows[id] === undefined)
  const isStuckBefore = (flow: SequenceFlow): boolean => others.some(({ elementId }) => block(flow).has(elementId))
  const isEndedBefore = (flow: SequenceFlow): boolean => ended.some(({ elementId, via }) => via === flow.id || block(flow).has(elementId))
  if (node.type === 'inclusiveGateway' || join.waitingForReset) return empty.some(isStuckBefore)
  if (node.type === 'parallelGateway' || node.type === 'complexGateway')
    return empty.length > 0 && empty.every((flow) => isEndedBefore(flow) || isStuckBefore(flow))
  if (!('startQuantity' in node)) return false
  const come = Object.values(join.flows).flat().length
  const isBefore = ({ elementId, via }: { readonly elementId: string; readonly via?: string | null }): boolean =>
    node.incoming.some((flow) => via === flow.id || flow.source.id === elementId)
  if (come < node.startQuantity) return come + ended.filter(isBefore).length >= node.startQuantity
  // Of a sequential ad hoc sub-process one activity runs at a time, and that one is stuck.
  return node.scope.adHoc?.ordering === 'Sequential' && others.some(({ phase }) => phase !== 'arrived')
}

/**
 * The nodes of the block that ends at the flow's join: those from which a token gets to the flow and not through the block's split. Before
 * an activity that begins with several tokens stands one other.
 */
function nodesBefore(flow: SequenceFlow, split: string | undefined): ReadonlySet<string> {
  if ('startQuantity' in flow.target) return new Set([flow.source.id])
  const found = new Set<string>()
  const open: FlowNode[] = [flow.source]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node === flow.target || node.id === split || found.has(node.id)) continue
    found.add(node.id)
    open.push(...waysTo(node))
  }
  return found
}

function waysTo(node: FlowNode): readonly FlowNode[] {
  const name = node.type === 'intermediateCatchEvent' ? linkName(node) : null
  return [
    ...node.incoming.map(({ source }) => source),
    ...(node.type === 'boundaryEvent' ? [node.attachedTo] : []),
    ...(name === null ? [] : node.scope.nodes.filter((one) => one.type === 'intermediateThrowEvent' && linkName(one) === name)),
  ]
}
