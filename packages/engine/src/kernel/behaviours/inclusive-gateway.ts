import type { InclusiveGateway } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** Takes every outgoing flow whose condition holds, else the default flow; its join is in joins.ts. BPMN 2.0.2 §13.4.3. */
export const inclusiveGateway: Behaviour<InclusiveGateway> = { execute: executeAtOnce }
