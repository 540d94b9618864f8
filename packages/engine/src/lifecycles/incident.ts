import { type AnyStateMachine, createMachine } from 'xstate'
import { type EventOf, flatten, type StateOf } from './flatten.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The life of an incident: something is stuck and a person must look. */
export const incidentChart = {
  id: 'incident',
  initial: 'open',
  states: {
    open: { description: 'Waits for a person.', on: { resolve: 'resolved', cancel: 'cancelled' } },
    resolved: { description: 'A person dealt with it, and what was stuck goes on.', type: 'final' },
    cancelled: { description: 'What was stuck is gone: its activity or its process instance was terminated.', type: 'final' },
  },
} as const

/** Where an incident stands in its life. */
export type IncidentState = StateOf<typeof incidentChart>
/** What can happen to an incident. */
export type IncidentEvent = EventOf<typeof incidentChart>

/** The chart as XState's machine, for diagrams and tests. */
export const incidentMachine: AnyStateMachine = createMachine(incidentChart)
/** The chart as a table, for the engine. */
export const incidentLifecycle: Lifecycle<IncidentState, IncidentEvent> = flatten<typeof incidentChart>(incidentMachine)
