import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a service level clock (ITIL): it runs for the customer, whatever way the path takes. */
export const serviceClockChart = {
  id: 'serviceClock',
  initial: 'running',
  states: {
    running: {
      description: 'The goal is ahead.',
      on: { pause: 'paused', warn: 'atRisk', breach: 'breached', stop: 'met', cancel: 'cancelled' },
    },
    paused: {
      description: 'Stands still for a reason that the house allows; no time passes.',
      on: { resume: 'running', resumeLate: 'atRisk', stop: 'met', cancel: 'cancelled' },
    },
    atRisk: {
      description: 'Most of the time is gone.',
      on: { pause: 'paused', relax: 'running', breach: 'breached', stop: 'met', cancel: 'cancelled' },
    },
    breached: { description: 'The goal was missed; what was promised is still owed.', on: { stop: 'metLate' } },
    met: { description: 'Done in time; goes on where the customer objects.', on: { reset: 'running' } },
    metLate: { description: 'Done, too late.', type: 'final' },
    cancelled: { description: 'What it was for is gone.', type: 'final' },
  },
} as const

/** Where a service level clock stands in its life. */
export type ServiceClockState = StateOf<typeof serviceClockChart>
/** What can happen to a service level clock. */
export type ServiceClockEvent = EventOf<typeof serviceClockChart>

/** The chart as XState's machine, for diagrams and tests. */
export const serviceClockMachine: AnyStateMachine = createMachine(serviceClockChart)
/** The chart as a table. */
export const serviceClockLifecycle: Lifecycle<ServiceClockState, ServiceClockEvent> = flatten<typeof serviceClockChart>(serviceClockMachine)
