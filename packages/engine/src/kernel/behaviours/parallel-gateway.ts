import type { ParallelGateway } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** Takes all outgoing flows; the wait for one token on each incoming flow is in joins.ts. BPMN 2.0.2 §13.4.1. */
export const parallelGateway: Behaviour<ParallelGateway> = { execute: executeAtOnce }
