import type { Transaction } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { openContent } from './sub-process.ts'

/** Runs as a sub-process until it is cancelled: see compensation.ts. BPMN 2.0.2 §10.3.5, §13.5.5. */
export const transaction: Behaviour<Transaction> = { execute: openContent }
