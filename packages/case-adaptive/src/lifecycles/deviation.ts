import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a deviation: someone has left the path, and comes back, or the path goes on without them. */
export const deviationChart = {
  id: 'deviation',
  initial: 'away',
  states: {
    requested: {
      description: 'Asked for ahead of its anchor, or waits for agreement.',
      on: { refuse: 'refused', leave: 'away', lapse: 'lapsed' },
    },
    away: {
      description: 'Off the path: its token is held, its items are worked on.',
      on: { change: 'away', return: 'returning', preempt: 'preempted', undo: 'undone' },
    },
    returning: {
      description: 'The return is asked for and waits for what it needs.',
      on: { deny: 'away', commit: 'returned', preempt: 'preempted' },
    },
    returned: { description: 'Back on the path.', on: { undo: 'undone', review: 'reviewed' } },
    preempted: { description: 'The path moved although the worker was away.', on: { review: 'reviewed' } },
    refused: { description: 'Agreement was denied.', type: 'final' },
    lapsed: { description: 'What it was asked for can no longer be reached.', type: 'final' },
    undone: { description: 'Taken back: as if it had not been, but on record.', type: 'final' },
    reviewed: { description: 'Looked at afterwards.', type: 'final' },
  },
} as const

/** Where a deviation stands in its life. */
export type DeviationState = StateOf<typeof deviationChart>
/** What can happen to a deviation. */
export type DeviationEvent = EventOf<typeof deviationChart>

/** The chart as XState's machine, for diagrams and tests. */
export const deviationMachine: AnyStateMachine = createMachine(deviationChart)
/** The chart as a table. */
export const deviationLifecycle: Lifecycle<DeviationState, DeviationEvent> = flatten<typeof deviationChart>(deviationMachine)
