import type { ManualTask, Task } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { executeAtOnce } from './at-once.ts'

/** The abstract task: completes as soon as it is activated. BPMN 2.0.2 §10.3.3. */
export const task: Behaviour<Task> = { execute: executeAtOnce }

/** Done outside any system: completes as soon as it is activated. BPMN 2.0.2 §10.3.3. */
export const manualTask: Behaviour<ManualTask> = { execute: executeAtOnce }
