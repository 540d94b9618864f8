import type { ExclusiveGateway } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** Takes the first outgoing flow whose condition holds, else the default flow; tokens pass one by one. BPMN 2.0.2 §13.4.2. */
export const exclusiveGateway: Behaviour<ExclusiveGateway> = { execute: executeAtOnce }
