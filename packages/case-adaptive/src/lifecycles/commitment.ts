import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a promise to a customer. */
export const commitmentChart = {
  id: 'commitment',
  initial: 'made',
  states: {
    made: { description: 'Promised, with a day.', on: { fallDue: 'due', keep: 'kept', break: 'broken', release: 'released' } },
    due: { description: 'The day is near, and there is no proof yet.', on: { keep: 'kept', break: 'broken', release: 'released' } },
    kept: { description: 'Done in time, with proof.', type: 'final' },
    broken: { description: 'The day passed without proof.', type: 'final' },
    released: { description: 'The customer wants it no longer.', type: 'final' },
  },
} as const

/** Where a commitment stands in its life. */
export type CommitmentState = StateOf<typeof commitmentChart>
/** What can happen to a commitment. */
export type CommitmentEvent = EventOf<typeof commitmentChart>

/** The chart as XState's machine, for diagrams and tests. */
export const commitmentMachine: AnyStateMachine = createMachine(commitmentChart)
/** The chart as a table. */
export const commitmentLifecycle: Lifecycle<CommitmentState, CommitmentEvent> = flatten<typeof commitmentChart>(commitmentMachine)
