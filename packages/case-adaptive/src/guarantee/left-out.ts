import { type FlowNode, type InstanceReader, splitTokenId } from '@leeway/engine/extension'
import type { Deviation } from '../case/deviation-state.ts'
import type { JumpDirective, LaterDirective } from '../case/directives.ts'
import { leafTokens, tokensAt } from '../deviation/anchors.ts'
import { callerOf } from '../deviation/cascade.ts'
import { behind, next, onEveryWay } from './path.ts'
import { activityOf, ancestorsOf } from './places.ts'

/**
 * Elements that the path will not come to, though it would have for certain, because a scope ends or is left before they are done: what its
 * tokens stand at, and what is on every way of theirs to its end. Of those alone that are asked for.
 */
export function leftOut(
  to: LaterDirective,
  { body }: Deviation,
  instance: InstanceReader,
  isAsked: (node: FlowNode) => boolean,
): readonly FlowNode[] {
  const { anchor } = body
  const { nodes } = instance.definition
  const at = anchor.type === 'instance' ? undefined : nodes.get(anchor.elementId)
  const left = (id: string) =>
    tokensAt(instance, id).flatMap((one) => (isListening(one.id, instance) ? [] : ending(nodes.get(one.token.elementId))))
  if (to.type === 'endScope') {
    // Who took a scope over ends that one.
    const isScope = anchor.type === 'instance' || instance.token(anchor.elementInstanceId)?.child === true
    const scopeId = isScope ? anchor.elementInstanceId : anchor.scopeId
    if (scopeId !== instance.id) return unique(left(scopeId), isAsked)
    // An instance that ends is not passed over, but its caller goes on as if it had been done.
    if (callerOf(instance) === null) return []
    return unique(
      leafTokens(instance).flatMap(({ token }) => ending(nodes.get(token.elementId))),
      isAsked,
    )
  }
  if (at === undefined || (to.type !== 'jump' && to.type !== 'skip' && to.type !== 'endBranch' && to.type !== 'event')) return []
  const inner = left(anchor.elementInstanceId).filter((node) => node.scope !== at.scope)
  if (to.type === 'event') return unique(hasCome(to.elementId, body) ? [] : endedBy(nodes.get(to.elementId), at, inner), isAsked)
  const target = to.type === 'jump' ? nodes.get(to.elementId) : undefined
  const across = target === undefined || target.scope === at.scope ? [] : acrossScopes(at, target, instance)
  return unique([...inner, ...across, ...(to.type === 'jump' ? taken(to, instance, left) : [])], isAsked)
}

/** It is kept for the return: the model itself goes that way. */
function hasCome(eventId: string, { anchor, latches }: Deviation['body']): boolean {
  return latches.some(
    ({ elementId, elementInstanceId = anchor.elementInstanceId, became }) =>
      became === 'kept' && elementId === eventId && elementInstanceId === anchor.elementInstanceId,
  )
}

/**
 * What an event that somebody takes as come leaves undone: itself, or the step at whose boundary it is, unless that is certain to be done
 * again.
 */
function endedBy(event: FlowNode | undefined, at: FlowNode, inner: readonly FlowNode[]): readonly FlowNode[] {
  if (event === undefined) return []
  if (event.type !== 'boundaryEvent') return [event]
  return ending(event).includes(at) ? [] : [at, ...inner]
}

/** What the tokens that a jump ends would have come to before where it goes on. */
function taken(
  { elementId, also, cancel }: JumpDirective,
  instance: InstanceReader,
  left: (id: string) => readonly FlowNode[],
): readonly FlowNode[] {
  const { nodes } = instance.definition
  const targets = [elementId, ...also].flatMap((id) => nodes.get(id) ?? [])
  const isAhead = (node: FlowNode): boolean => targets.some((target) => target === node || behind(target).has(node))
  return cancel.flatMap((id) => {
    const from = nodes.get(instance.token(id)?.elementId ?? '')
    if (from === undefined || isListening(id, instance)) return []
    const [target] = targets.filter((one) => one.scope === from.scope && behind(from).has(one))
    const passed = target === undefined ? ending(from) : [from, ...onEveryWay(from, target)]
    return [...left(id).filter((node) => node.scope !== from.scope), ...passed].filter((node) => !isAhead(node))
  })
}

/**
 * What is passed over from an element to one in another content: to the end of what is left, between the two, and before the target in what
 * is entered.
 */
function acrossScopes(from: FlowNode, target: FlowNode, { definition }: InstanceReader): readonly FlowNode[] {
  const around = ancestorsOf(target.scope)
  const found: FlowNode[] = []
  let at = from
  while (!around.includes(at.scope)) {
    found.push(...ending(at))
    const activity = activityOf(definition, at.scope)
    if (activity === null) return found
    at = activity
  }
  const entered: FlowNode[] = []
  let to = target
  while (to.scope !== at.scope) {
    entered.push(...beginning(to))
    const activity = activityOf(definition, to.scope)
    if (activity === null) return found
    to = activity
  }
  // What lies ahead of where it goes back to is come to again.
  if (to === at) return [...found, ...entered]
  if (behind(to).has(at)) return entered
  return [...found, at, ...onEveryWay(at, to), ...entered]
}

/** An element, and what is on every way from it to the end of its content. */
function ending(from: FlowNode | undefined): readonly FlowNode[] {
  if (from === undefined) return []
  const ahead = [...behind(from)].filter((node) => node !== from && node.scope === from.scope)
  return [from, ...ahead.filter((node) => ![...behind(from, node)].some((other) => other !== node && next(other).length === 0))]
}

/** What is on every way to an element from where its content begins; nothing where that is in several places. */
function beginning(to: FlowNode): readonly FlowNode[] {
  const [start, other] = to.scope.initial
  return start === undefined || other !== undefined || start === to ? [] : onEveryWay(start, to)
}

/** Nothing has begun where an event is only listened for. */
function isListening(elementInstanceId: string, instance: InstanceReader): boolean {
  const place = splitTokenId(elementInstanceId)
  return place !== null && instance.scope(place.scopeId)?.armed?.includes(place.n) === true
}

function unique(nodes: readonly FlowNode[], isAsked: (node: FlowNode) => boolean): readonly FlowNode[] {
  return [...new Set(nodes.filter(isAsked))]
}
