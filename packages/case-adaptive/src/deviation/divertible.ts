import type { FlowNode, InstanceReader, Token } from '@leeway/engine/extension'
import type { Deviation } from '../case/deviation-state.ts'
import type { Directive } from '../case/directives.ts'
import { notDivertible } from './refusals.ts'

/** Throws `NotDivertible` where the step cannot end, or begin anew, in this way: what the kernel does not do, with what to do instead. */
export function checkDivertible(to: Directive, deviation: Deviation, instance: InstanceReader): void {
  const { elementInstanceId, elementId, scopeId } = deviation.body.anchor
  const token = instance.token(elementInstanceId)
  const node = instance.definition.nodes.get(elementId)
  if (token === null || node === undefined || deviation.mode === 'alongside') return
  if (to.type === 'redo' || to.type === 'skip') checkOwn(to.type, deviation, token, node)
  if (to.type === 'endScope' && instance.scope(elementInstanceId)?.rounds !== undefined)
    throw notDivertible(deviation, 'it is repeated, and each of its rounds ends by itself', 'Resume it and end its rounds, or jump.', [
      'resume',
      'jump',
    ])
  if (to.type === 'event') checkEvent(to.elementId, deviation, token, node, isRound(node, scopeId, instance), instance)
}

function checkOwn(to: 'redo' | 'skip', deviation: Deviation, token: Token, node: FlowNode): void {
  if (token.hold?.was === 'arrived' || token.incident?.retry === 'join')
    throw notDivertible(deviation, 'its token only waits there for others', 'Resume it, end its branch, or jump.', [
      'resume',
      'endBranch',
      'jump',
    ])
  if (node.type !== 'eventBasedGateway' || token.hold?.was === 'unbegun') return
  if (to === 'skip') throw notDivertible(deviation, 'one of its events decides the way', 'Name it: return with { event }.', ['event'])
  if (node.instantiate)
    throw notDivertible(deviation, 'it began the instance', 'Resume it, or name one of its events.', ['resume', 'event'])
}

function checkEvent(
  eventId: string,
  deviation: Deviation,
  { waits = [] }: Token,
  node: FlowNode,
  inRound: boolean,
  { definition }: InstanceReader,
): void {
  const event = definition.nodes.get(eventId)
  if (event?.type === 'boundaryEvent' && event.attachedTo === node) {
    if (inRound)
      throw notDivertible(deviation, `"${eventId}" ends all its rounds, and this is one of them`, 'Take the activity over as a whole.', [
        'skip',
        'redo',
      ])
    if (event.eventDefinitions.some(({ type }) => type === 'compensate' || type === 'cancel'))
      throw notDivertible(deviation, `"${eventId}" is for what undoes it, not for what ends it`, 'Skip it, or jump.', ['skip', 'jump'])
    if (!event.cancelActivity)
      throw notDivertible(deviation, `"${eventId}" does not interrupt it, so it cannot end by it`, 'Resume it, and have the event come.', [
        'resume',
      ])
    return
  }
  if (!waits.some((wait) => 'for' in wait && wait.for === eventId))
    throw notDivertible(deviation, `"${eventId}" is no event that it could end by`, 'Skip it, or jump.', ['skip', 'jump'])
}

function isRound(node: FlowNode, scopeId: string, instance: InstanceReader): boolean {
  const scope = instance.scope(scopeId)
  return scope?.kind === 'iteration' && scope.elementId === node.id
}
