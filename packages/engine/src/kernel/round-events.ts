import type { FlowNode } from '../model/elements.ts'
import type { RoundEventDefinition } from '../model/round-event.ts'
import type { Step } from './agenda.ts'
import { findScope, scopeOf } from './draft.ts'
import { tokenId } from './ids.ts'
import { sendMessage, sendSignal, throwEscalationOf } from './sending.ts'
import type { Wait } from './state.ts'
import { occur } from './triggering.ts'
import { truthy } from './variables.ts'
import { searchedText } from './work.ts'

/**
 * A round of a multi-instance activity completed, `round` counts them: its events are thrown, and the body decides how to go on, unless one
 * of them interrupted the activity. An event at the boundary of the activity takes a message or signal at once; where none waits for it, it
 * goes to all, as from any event. BPMN 2.0.2 §13.3.7
 */
export function throwRoundEvents(step: Step, scopeId: string, n: number, node: FlowNode, round: number): void {
  const events = 'roundEvents' in node ? (node.roundEvents ?? []) : []
  for (const { when, event } of events) {
    const holds = when === 'each' || (when === 'first' ? round === 1 : truthy(step, tokenId(scopeId, n), when))
    if (!holds) continue
    throwBeside(step, scopeId, n, node, event, round)
    if (!findScope(step.draft, scopeId)?.tokens[n]) return
  }
  step.planFirst({ do: 'leave', scopeId, n, node })
}

function throwBeside(step: Step, scopeId: string, n: number, node: FlowNode, event: RoundEventDefinition, round: number): void {
  if (event.type === 'escalation') return throwEscalationOf(step, scopeId, n, event)
  const name = event.type === 'message' ? event.message?.name : event.signal?.name
  const token = scopeOf(step.draft, scopeId).tokens[n]
  if (name === undefined || token === undefined) return
  const text = searchedText(step, scopeId, n, name, `${event.type} name`)
  const wait = token.waits?.find((one) => isFor(one, event.type, text))
  if (wait && 'for' in wait && token.phase !== 'held') {
    const which = wait.definition === undefined ? {} : { definition: wait.definition }
    occur(step, scopeId, n, token, { for: wait.for, kind: event.type, values: {}, ...which })
    return
  }
  if (event.type === 'message') sendMessage(step, node, scopeId, n, event.message, round)
  else sendSignal(step, node, scopeId, n, event.signal, round)
}

function isFor(wait: Wait, type: 'message' | 'signal', name: string): boolean {
  return wait.type === type && wait.name === name
}
