import type { IntermediateThrowEvent } from '../../model/elements.ts'
import type { LinkEventDefinition } from '../../model/event-definitions.ts'
import { linkName } from '../../model/reachability.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { throwCompensation } from '../compensation.ts'
import { scopeOf } from '../draft.ts'
import { leaveBy } from '../flow.ts'
import { throwAll } from '../sending.ts'

/** Throws its events and goes on; a link goes on at the catch event of its name in the same scope. BPMN 2.0.2 §13.5.2. */
export const intermediateThrowEvent: Behaviour<IntermediateThrowEvent> = {
  execute(step, node, scopeId, n) {
    const [first] = node.eventDefinitions
    if (first?.type === 'link') followLink(step, node, scopeId, n, first)
    else if (throwAll(step, node, scopeId, n)) finish(step, node, scopeId, n)
  },
  /** A handler sent its message. */
  resume: finish,
}

/** Of several definitions that which is waited for comes last. */
function finish(step: Step, node: IntermediateThrowEvent, scopeId: string, n: number): void {
  for (const definition of node.eventDefinitions)
    if (definition.type === 'compensate') return throwCompensation(step, node, scopeId, n, definition)
  step.plan({ do: 'leave', scopeId, n, node })
}

function followLink(step: Step, node: IntermediateThrowEvent, scopeId: string, n: number, { name }: LinkEventDefinition): void {
  const path = scopeOf(step.draft, scopeId).tokens[n]?.path
  leaveBy(step, scopeId, n, node, [])
  const target = node.scope.nodes.find((one) => one.type === 'intermediateCatchEvent' && linkName(one) === name)
  if (target) step.plan({ do: 'enter', scopeId, node: target, via: undefined, path })
}
