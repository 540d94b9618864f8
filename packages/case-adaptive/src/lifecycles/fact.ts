import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a fact: somebody said it, somebody saw to it that it is so, and one day it holds no longer. */
export const factChart = {
  id: 'fact',
  initial: 'claimed',
  states: {
    claimed: {
      description: 'Somebody said so.',
      on: { verify: 'verified', expire: 'expired', supersede: 'superseded', revoke: 'revoked' },
    },
    verified: {
      description: 'Somebody has seen that it is so.',
      on: { verify: 'verified', expire: 'expired', supersede: 'superseded', revoke: 'revoked' },
    },
    expired: { description: 'Held until a day that is past.', type: 'final' },
    superseded: { description: 'Another value took its place.', type: 'final' },
    revoked: { description: 'Was never so, or must not be used.', type: 'final' },
  },
} as const

/** Where a fact stands in its life. */
export type FactState = StateOf<typeof factChart>
/** What can happen to a fact. */
export type FactEvent = EventOf<typeof factChart>

/** The chart as XState's machine, for diagrams and tests. */
export const factMachine: AnyStateMachine = createMachine(factChart)
/** The chart as a table. */
export const factLifecycle: Lifecycle<FactState, FactEvent> = flatten<typeof factChart>(factMachine)
