import type { StartEvent } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** Has occurred when its token stands there: what starts an instance is the runtime's affair. BPMN 2.0.2 §13.2, §13.5.1. */
export const startEvent: Behaviour<StartEvent> = { execute: executeAtOnce }
