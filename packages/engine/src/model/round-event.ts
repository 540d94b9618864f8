import type { Expression } from '../expressions/expression.ts'
import type { EscalationEventDefinition, MessageEventDefinition, SignalEventDefinition } from './event-definitions.ts'

/**
 * What a multi-instance activity throws when a round of it completed (`behavior` other than `All`): after each, after the first, or after
 * those when a condition holds as the whole activity sees it. BPMN 2.0.2 Table 10.28
 */
export interface RoundEvent {
  readonly when: 'each' | 'first' | Expression
  readonly event: RoundEventDefinition
}

/** What can be thrown beside the path. */
export type RoundEventDefinition = MessageEventDefinition | SignalEventDefinition | EscalationEventDefinition
