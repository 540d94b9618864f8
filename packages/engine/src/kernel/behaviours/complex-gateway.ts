import type { ComplexGateway } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** Takes the outgoing flows whose conditions hold; its two phases are in joins.ts. BPMN 2.0.2 §13.4.5. */
export const complexGateway: Behaviour<ComplexGateway> = { execute: executeAtOnce }
