import { type AnyStateMachine, createMachine } from 'xstate'
import { type EventOf, flatten, type StateOf } from './flatten.ts'
import type { Lifecycle } from './lifecycle.ts'

/**
 * The life of a user task, after WS-HumanTask 1.1 §4.10. The held states are its suspended ones: the task rests while a
 * person has left the path at its activity.
 */
export const userTaskChart = {
  id: 'userTask',
  initial: 'ready',
  states: {
    ready: {
      description: 'Nobody has it: its candidates see it and may claim it.',
      on: { claim: 'reserved', assign: 'reserved', complete: 'completed', cancel: 'cancelled', hold: 'heldReady' },
    },
    reserved: {
      description: 'One person has it, claimed or assigned.',
      on: {
        assign: 'reserved',
        release: 'ready',
        delegate: 'delegated',
        complete: 'completed',
        cancel: 'cancelled',
        hold: 'heldReserved',
      },
    },
    delegated: {
      description: 'Its owner asked another person to do it; done there, it comes back to the owner or is completed.',
      on: {
        resolve: 'reserved',
        assign: 'reserved',
        delegate: 'delegated',
        complete: 'completed',
        cancel: 'cancelled',
        hold: 'heldDelegated',
      },
    },
    heldReady: { description: 'Was ready; out of the worklists until the return.', on: { resume: 'ready', cancel: 'cancelled' } },
    heldReserved: {
      description: 'Was reserved; keeps its person and draft until the return.',
      on: { resume: 'reserved', cancel: 'cancelled' },
    },
    heldDelegated: {
      description: 'Was delegated; keeps owner, person and draft until the return.',
      on: { resume: 'delegated', cancel: 'cancelled' },
    },
    completed: { description: 'Done; its result is taken.', type: 'final' },
    cancelled: { description: 'No longer wanted: its activity was terminated, withdrawn or skipped.', type: 'final' },
  },
} as const

/** Where a user task stands in its life. */
export type UserTaskState = StateOf<typeof userTaskChart>
/** What can happen to a user task. */
export type UserTaskEvent = EventOf<typeof userTaskChart>

/** The chart as XState's machine, for diagrams and tests. */
export const userTaskMachine: AnyStateMachine = createMachine(userTaskChart)
/** The chart as a table, for the engine. */
export const userTaskLifecycle: Lifecycle<UserTaskState, UserTaskEvent> = flatten<typeof userTaskChart>(userTaskMachine)
