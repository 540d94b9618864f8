import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import type { SetStops } from './commands.ts'
import { scopeOf } from './draft.ts'
import { instanceIdOf } from './ids.ts'

/** From now on tokens that come to these elements are held there before the element begins, each element once. */
export function setStops(step: Step, { instanceId, stops: wanted }: Pick<SetStops, 'instanceId' | 'stops'>): undefined {
  step.emit({ type: 'stopsSet', scopeId: instanceId, stops: wanted })
  step.stops = Object.keys(wanted).length > 0 ? wanted : null
}

/** A held token that has not begun its element, or whose element has occurred, goes on. */
export function goOnFromStop(step: Step, scopeId: string, n: number, was: 'unbegun' | 'occurred', node: FlowNode): void {
  step.plan({ do: was === 'unbegun' ? 'begin' : 'leave', scopeId, n, node })
}

/** True where a token that comes to the element is to be held before the element begins; it then is. */
export function stops(step: Step, scopeId: string, n: number, node: FlowNode, was: 'unbegun' | 'occurred' = 'unbegun'): boolean {
  const by = step.stops?.[node.id]
  if (by === undefined || step.stops === null) return false
  const { [node.id]: _hit, ...left } = step.stops
  step.emit({ type: 'stopsSet', scopeId: instanceIdOf(scopeId), stops: left })
  step.stops = Object.keys(left).length > 0 ? left : null
  const waits = scopeOf(step.draft, scopeId).tokens[n]?.waits ?? []
  step.emit({ type: 'tokenHeld', scopeId, n, elementId: node.id, hold: { by, was, since: step.now, latches: [] }, waits })
  return true
}
