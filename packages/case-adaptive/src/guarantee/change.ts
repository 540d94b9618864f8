import { Refused } from '@leeway/engine'
import type { FlowNode, FlowScope, InstanceReader, Scope, TokenPlace } from '@leeway/engine/extension'
import type { Moves } from '../deviation/moves.ts'
import { activityOf, ancestorsOf, type Place, placeOf, tokensOf } from './places.ts'

/** What a return makes of the tokens of one content. */
export interface MarkingChange {
  readonly flows: FlowScope
  /** As the tokens stood, the anchor's at its element. Null for a content that is entered anew. */
  readonly before: readonly TokenPlace[] | null
  readonly after: readonly TokenPlace[]
  /** The others that stay: what could end with it. */
  readonly others: readonly { readonly elementInstanceId: string; readonly elementId: string }[]
}

/**
 * What moves make of the tokens, content by content: the one around all that moves, then those that are entered anew. Throws
 * `TargetOutsideRound`, `ScopeHasTokens`, `TargetInEventSubProcess`, `CancelElsewhere`.
 */
export function changesOf(instance: InstanceReader, anchor: Place, moves: Moves): readonly MarkingChange[] {
  const { definition } = instance
  const starts = moves.start.flatMap(({ elementId, via }) => {
    const node = definition.nodes.get(elementId)
    return node === undefined ? [] : [{ node, via }]
  })
  const common = commonFlows([anchor.node, ...starts.map(({ node }) => node)])
  const from = climb(instance, anchor, common)
  const ended = moves.end.slice(1).map((id) => siblingOf(instance, from, id)) // the first is the anchor's
  const entered = starts.map((start) => entryInto(instance, common, start))
  const gone = [from.n, ...ended]
  return [
    {
      flows: common,
      before: tokensOf(from.scope),
      after: [...tokensOf(from.scope, gone), ...entered.map(({ place }) => place)],
      others: othersOf(from.scope, gone),
    },
    ...entered.flatMap(({ inner }) => inner),
  ]
}

/** The innermost content around all of them. */
function commonFlows(nodes: readonly FlowNode[]): FlowScope {
  const [first = [], ...rest] = nodes.map((node) => ancestorsOf(node.scope))
  const common = first.find((flows) => rest.every((others) => others.includes(flows)))
  if (common === undefined) throw new Error('two elements of one process have the process around them')
  return common
}

/** From the anchor out to the content: what is left must be empty but for the way out. */
function climb(instance: InstanceReader, anchor: Place, common: FlowScope): Place {
  let at = anchor
  for (;;) {
    if (at.isRound) throw outsideRound(anchor.node)
    if (at.flows === common) return at
    const others = othersOf(at.scope, [at.n])
    if (others.length > 0) throw scopeHasTokens(at.flows, others)
    const outer = placeOf(instance, at.scope.id)
    if (outer === null) throw new Error(`scope ${at.scope.id} has no token around it: its instance is damaged`)
    at = outer
  }
}

function scopeHasTokens({ id }: FlowScope, others: MarkingChange['others']): Refused {
  const names = others.map(({ elementId }) => `"${elementId}"`).join(', ')
  const message = `"${id}" cannot be left alone: ${names} would stay behind. End the scope, or come back to it first.`
  const repairs = [{ message: `End "${id}" as a whole.`, to: 'endScope' }]
  return new Refused('ScopeHasTokens', message, { elementId: id, others, repairs })
}

function outsideRound({ id }: FlowNode): Refused {
  const message = `"${id}" is one of several rounds; this would take it out of them. Redo or skip it, in this round.`
  const repairs = [
    { message: 'Do this round anew.', to: 'redo' },
    { message: 'Pass this round over.', to: 'skip' },
  ]
  return new Refused('TargetOutsideRound', message, { elementId: id, repairs })
}

/** A target inside is entered through the activities around it, each with a content of its own. */
function entryInto(
  { definition }: InstanceReader,
  common: FlowScope,
  { node, via }: { readonly node: FlowNode; readonly via: string | null },
): { readonly place: TokenPlace; readonly inner: readonly MarkingChange[] } {
  const inner: MarkingChange[] = []
  let inside: TokenPlace = via === null ? { elementId: node.id } : { elementId: node.id, arrivedBy: via }
  for (let at = node.scope; at !== common && at.parent !== null; at = at.parent) {
    const activity = activityOf(definition, at)
    if (activity !== null && 'triggeredByEvent' in activity && activity.triggeredByEvent) throw inEventSubProcess(node, activity)
    inner.push({ flows: at, before: null, after: [inside], others: [] })
    inside = { elementId: at.id }
  }
  return { place: inside, inner }
}

function inEventSubProcess({ id }: FlowNode, around: FlowNode): Refused {
  const alternative = 'Have its event come, by a message or a trigger.'
  const message = `The path cannot be taken up at "${id}": "${around.id}" is begun by its event alone. ${alternative}`
  return new Refused('TargetInEventSubProcess', message, { target: id, alternative })
}

function siblingOf(instance: InstanceReader, { scope, n }: Place, elementInstanceId: string): number {
  const place = placeOf(instance, elementInstanceId)
  if (place !== null && place.scope.id === scope.id && place.n !== n) return place.n
  const message = `${elementInstanceId} is not at another element of the same scope; only what is there can end with it.`
  throw new Refused('CancelElsewhere', message, { elementInstanceId, others: othersOf(scope, [n]) })
}

function othersOf({ id, tokens, armed }: Scope, without: readonly number[]): MarkingChange['others'] {
  return Object.entries(tokens)
    .filter(([n]) => !without.includes(Number(n)) && !armed?.includes(Number(n)))
    .map(([n, token]) => ({ elementInstanceId: `${id}.${n}`, elementId: token.elementId }))
}
