import type { Listener, ListenerPoint } from '../model/data.ts'
import type { FlowNode, SequenceFlow } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import type { Listening, Token } from './state.ts'
import { listenerJob } from './work.ts'

/**
 * Has the listeners of a moment of an element heard, one after the other, each by a job: so the kernel stays pure and each is heard
 * once. True when all were; false while one works: then the operation is planned again after it, and comes here again. Asked only
 * where the element has listeners.
 */
export function areHeard(
  step: Step,
  scopeId: string,
  n: number,
  node: FlowNode,
  point: ListenerPoint,
  then: NonNullable<Listening['then']>,
  flows: readonly SequenceFlow[] = [],
): boolean {
  const listening = scopeOf(step.draft, scopeId).tokens[n]?.listening
  const task = listening?.task
  if (isPast(listening, point)) return true
  const heard = listening?.point === point ? listening.heard : 0
  const listener = listenersAt(node, point, flows)[heard]
  if (listener === undefined) return true
  step.emit({
    type: 'elementWaits',
    scopeId,
    n,
    elementId: node.id,
    waits: [{ type: 'listener', at: listener.key }],
    job: listenerJob(step, scopeId, n, node, listener),
    listening: { point, heard, then, ...(flows.length > 0 && { flows: flows.map((flow) => flow.id) }), ...(task && { task }) },
  })
  return false
}

/** True where a token waits for the work of its element, or of this listener, or for this turn of an ad hoc sub-process. */
export function awaitsWork({ waits }: Token, listener: string | undefined): boolean {
  return waits?.some((wait) => (wait.type === 'listener' ? wait.at === listener : wait.type === 'job' && listener === wait.turn)) === true
}

/** True where a later moment's listeners are being heard or were. */
export function isPast(listening: Listening | undefined, point: ListenerPoint): boolean {
  return listening !== undefined && ORDER[listening.point] > ORDER[point]
}

/** The flows that were decided on before their listeners were heard; null where none were. */
export function flowsDecided({ listening }: Token, node: FlowNode): readonly SequenceFlow[] | null {
  if (listening?.point !== 'take') return null
  return (listening.flows ?? []).flatMap((id) => node.outgoing.find((flow) => flow.id === id) ?? [])
}

/** The listeners of a moment; of `take` those of the flows. */
export function listenersAt({ listeners }: FlowNode, point: ListenerPoint, flows: readonly SequenceFlow[]): readonly Listener[] {
  if (listeners === null) return []
  return point === 'take' ? [...new Set(flows)].flatMap((flow) => listeners.take.get(flow.id) ?? []) : listeners[point]
}

const ORDER: Readonly<Record<ListenerPoint, number>> = { beforeAll: 0, start: 1, end: 2, ended: 3, take: 4 }
