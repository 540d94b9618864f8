import type { BoundaryEvent } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** Has occurred when its token stands there; what it waits for is armed with its activity. BPMN 2.0.2 §13.5.3. */
export const boundaryEvent: Behaviour<BoundaryEvent> = { execute: executeAtOnce }
