import { Refused } from '@leeway/engine'
import type { FlowNode, FlowScope, InstanceReader, Scope, TokenPlace } from '@leeway/engine/extension'
import type { Moves } from '../deviation/moves.ts'
import { activityOf, ancestorsOf, type Place, placeOf, tokensOf } from './places.ts'

/** What a return makes of the tokens of one content. */
export interface MarkingChange {
  readonly flows: FlowScope
  /** As the tokens stood, the anchor's at its element. Null for a content that is opened. */
  readonly before: readonly TokenPlace[] | null
  readonly after: readonly TokenPlace[]
  /** The others that stay: what could end with it. */
  readonly others: readonly { readonly elementInstanceId: string; readonly elementId: string }[]
}

/**
 * What moves make of the tokens, content by content: the one around all that moves, then those further in that are entered. Throws
 * `TargetOutsideRound`, `ScopeHasTokens`, `TargetInEventSubProcess`, `CancelElsewhere`.
 */
export function changesOf(instance: InstanceReader, anchor: Place, moves: Moves, within?: string): readonly MarkingChange[] {
  const { definition } = instance
  const starts = moves.start.flatMap(({ elementId, via }) => {
    const node = definition.nodes.get(elementId)
    return node === undefined ? [] : [{ node, via }]
  })
  const common = commonFlows([anchor.node, ...starts.map(({ node }) => node)])
  const from = climb(instance, anchor, common)
  const ended = moves.end.slice(1).map((id) => siblingOf(instance, from, id)) // the first is the anchor's
  const gone = [from.n, ...ended]
  const entered = entriesInto(instance, { flows: common, scope: from.scope, gone, within }, starts)
  return [
    {
      flows: common,
      before: tokensOf(from.scope),
      after: [...tokensOf(from.scope, gone), ...entered.places],
      others: othersOf(from.scope, gone),
    },
    ...entered.inner,
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

interface Start {
  readonly node: FlowNode
  readonly via: string | null
}

/** A content, its scope where that is open, and the tokens there that end. */
interface Inside {
  readonly flows: FlowScope
  readonly scope: Scope | null
  readonly gone: readonly number[]
  /** The open scope that is meant, where there are several. */
  readonly within: string | undefined
}

/**
 * Targets further in are entered through the activities around them: into the open scope of each, else into one that they open together.
 */
function entriesInto(
  instance: InstanceReader,
  inside: Inside,
  starts: readonly Start[],
): { readonly places: readonly TokenPlace[]; readonly inner: readonly MarkingChange[] } {
  const { flows, within } = inside
  const here = starts.filter(({ node }) => node.scope === flows)
  const places: TokenPlace[] = here.map(({ node, via }) => (via === null ? { elementId: node.id } : { elementId: node.id, arrivedBy: via }))
  const inner: MarkingChange[] = []
  const further = starts.filter(({ node }) => node.scope !== flows)
  const contents = new Set(further.map(({ node }) => contentBelow(flows, node)))
  for (const content of contents) {
    const its = further.filter(({ node }) => contentBelow(flows, node) === content)
    const activity = activityOf(instance.definition, content)
    const [first] = its
    if (first && activity !== null && 'triggeredByEvent' in activity && activity.triggeredByEvent)
      throw inEventSubProcess(first.node, activity)
    const open = openScope(instance, inside, content)
    const entered = entriesInto(instance, { flows: content, scope: open, gone: [], within }, its)
    if (open === null) places.push({ elementId: content.id })
    const before = open === null ? null : tokensOf(open)
    inner.push({ flows: content, before, after: [...(before ?? []), ...entered.places], others: [] }, ...entered.inner)
  }
  return { places, inner }
}

/** The content next below one in which the element is, or that is around it. */
function contentBelow(flows: FlowScope, { scope }: FlowNode): FlowScope {
  let at = scope
  while (at.parent !== null && at.parent !== flows) at = at.parent
  return at
}

function openScope(instance: InstanceReader, { scope, gone, within }: Inside, { id }: FlowScope): Scope | null {
  if (scope === null) return null
  const owners = Object.keys(scope.tokens).filter((n) => {
    const token = scope.tokens[Number(n)]
    return token?.elementId === id && token.child === true && !gone.includes(Number(n))
  })
  const owner = owners.find((n) => within === `${scope.id}.${n}` || within?.startsWith(`${scope.id}.${n}.`)) ?? owners[0]
  const open = owner === undefined ? null : instance.scope(`${scope.id}.${owner}`)
  return open?.rounds ? null : open
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
