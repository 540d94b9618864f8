import type { InstanceReader } from '@leeway/engine/extension'
import { splitTokenId } from '@leeway/engine/extension'
import type { Anchor } from '../case/deviation-state.ts'
import type { JumpDirective, LaterDirective } from '../case/directives.ts'
import { callerOf } from './cascade.ts'
import { illegalTarget, unknownTarget } from './refusals.ts'
import { checkTargetScope } from './target-scopes.ts'

type Node = NonNullable<ReturnType<InstanceReader['definition']['nodes']['get']>>

/** Throws where a directive names something to which no return leads: with an error of its own, and what to do instead. */
export function checkTargets(to: LaterDirective, anchor: Anchor, instance: InstanceReader): void {
  if (to.type === 'event' && !instance.definition.nodes.has(to.elementId)) throw unknownTarget(to.elementId, callerOf(instance))
  if (to.type === 'endBranch' && to.retireJoinSlot && closingJoin(anchor, instance) === null)
    throw illegalTarget(
      'NoJoinBehind',
      anchor.elementId,
      'no join behind it waits for its branch',
      'End the branch without retiring a join slot.',
    )
  if (to.type !== 'jump') return
  for (const elementId of [to.elementId, ...to.also]) checkTarget(elementId, anchor, instance)
  entryOf(to, anchor, instance)
  for (const id of to.cancel) {
    if (instance.token(id) === null) throw unknownTarget(id)
  }
  for (const elementId of [to.elementId, ...to.also]) checkTargetScope({ ...to, elementId }, anchor, instance)
}

function checkTarget(elementId: string, anchor: Anchor, instance: InstanceReader): void {
  const { nodes, flows } = instance.definition
  const node = nodes.get(elementId)
  if (node === undefined) {
    if (flows.has(elementId))
      throw illegalTarget('TargetIsSequenceFlow', elementId, 'it is a sequence flow', 'Jump to the element behind it.')
    throw unknownTarget(elementId, callerOf(instance))
  }
  if (node.type === 'startEvent')
    throw illegalTarget(
      'TargetIsStartEvent',
      elementId,
      'it is a start event',
      'Jump to the element behind it, or end the instance and start a new one.',
    )
  if (node.type === 'boundaryEvent')
    throw illegalTarget(
      'TargetIsBoundaryEvent',
      elementId,
      'it is a boundary event',
      node.attachedTo.id === anchor.elementId
        ? `Return with { event: "${elementId}" }, or jump to the element behind it.`
        : 'Jump to the element behind it.',
    )
  const gateway = node.incoming.find((flow) => flow.source.type === 'eventBasedGateway')?.source
  if (gateway !== undefined)
    throw illegalTarget(
      'TargetBehindEventGateway',
      elementId,
      `it is behind the event-based gateway "${gateway.id}", which decides between its events`,
      gateway.id === anchor.elementId ? `Return with { event: "${elementId}" }.` : `Jump to "${gateway.id}".`,
    )
  if (node.type === 'subProcess' && node.triggeredByEvent)
    throw illegalTarget(
      'TargetIsEventSubProcess',
      elementId,
      'it is started by its event alone',
      'Have its event come, by a message or a trigger.',
    )
  if ('isForCompensation' in node && node.isForCompensation)
    throw illegalTarget('TargetIsCompensation', elementId, 'it is started by compensation alone', 'Add what it does as an item.')
  const repeated = repeatedAround(node, anchor, instance)
  if (repeated !== null)
    throw illegalTarget(
      'TargetInMultiInstance',
      elementId,
      `it is inside the repeated "${repeated}", of which no round is this one`,
      `Jump to "${repeated}" itself, or add the work as an item.`,
    )
}

/** The repeated activity that the element is inside of and the anchor is not. */
function repeatedAround(node: Node, anchor: Anchor, instance: InstanceReader): string | null {
  const around = new Set<string>()
  for (let id: string | undefined = anchor.scopeId; id !== undefined; id = splitTokenId(id)?.scopeId) {
    const scope = instance.scope(id)
    if (scope !== null) around.add(scope.elementId)
  }
  for (let scope = node.scope; scope.parent !== null; scope = scope.parent) {
    const owner = instance.definition.nodes.get(scope.id)
    if (owner !== undefined && 'repetition' in owner && owner.repetition !== null && !around.has(owner.id)) return owner.id
  }
  return null
}

/** The flow by which the token comes where the target joins: it arrives there, it does not fire it. Null where nothing joins. */
export function entryOf({ elementId, via }: JumpDirective, anchor: Anchor, instance: InstanceReader): string | null {
  const node = instance.definition.nodes.get(elementId)
  if (node === undefined) return null
  if (via !== null) {
    if (node.incoming.some((flow) => flow.id === via)) return joins(node) ? via : null
    throw illegalTarget(
      'UnknownFlow',
      elementId,
      `"${via}" does not lead to it`,
      `Name one of ${node.incoming.map(({ id }) => id).join(', ')} as via.`,
    )
  }
  if (!joins(node)) return null
  const from = instance.definition.nodes.get(anchor.elementId)
  const behind = from === undefined ? new Set<string>() : behindOf(from)
  const fitting = node.incoming.filter((flow) => behind.has(flow.source.id))
  const [only, other] = fitting
  if (only !== undefined && other === undefined) return only.id
  throw illegalTarget(
    'FlowMissing',
    elementId,
    'it joins several flows, and the token must come by one of them',
    `Name it as via: one of ${(fitting.length > 0 ? fitting : node.incoming).map(({ id }) => id).join(', ')}.`,
  )
}

/** The nearest join behind the anchor that waits for other branches too, and the flow by which this branch would come there. */
export function closingJoin(anchor: Anchor, instance: InstanceReader): { readonly elementId: string; readonly via: string } | null {
  const from = instance.definition.nodes.get(anchor.elementId)
  if (from === undefined) return null
  const behind = behindOf(from)
  const seen = new Set<string>()
  const open: Node[] = [from]
  for (let node = open.shift(); node; node = open.shift()) {
    if (seen.has(node.id)) continue
    seen.add(node.id)
    for (const flow of node.outgoing) {
      const { target } = flow
      if (joins(target) && target.incoming.some((other) => !behind.has(other.source.id))) return { elementId: target.id, via: flow.id }
      open.push(target)
    }
  }
  return null
}

function joins(node: Node): boolean {
  const isGateway = node.type === 'parallelGateway' || node.type === 'inclusiveGateway' || node.type === 'complexGateway'
  return isGateway && node.incoming.length > 1
}

/** The elements to which flows lead from one, and it itself. */
function behindOf(from: Node): ReadonlySet<string> {
  const found = new Set<string>()
  const open: Node[] = [from]
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node.id)) continue
    found.add(node.id)
    for (const { target } of node.outgoing) open.push(target)
  }
  return found
}
