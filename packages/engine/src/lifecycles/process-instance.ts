import { type AnyStateMachine, createMachine } from 'xstate'
import { type EventOf, flatten, type StateOf } from './flatten.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The life of a process instance. */
export const processInstanceChart = {
  id: 'processInstance',
  initial: 'active',
  states: {
    active: {
      description: 'Runs, or waits for work, messages or time.',
      on: { suspend: 'suspended', complete: 'completed', terminate: 'terminated', fail: 'failed', supersede: 'superseded' },
    },
    suspended: {
      description: 'Stands still until a person resumes it: no work is handed out, no event takes effect.',
      on: { resume: 'active', terminate: 'terminated', fail: 'failed', supersede: 'superseded' },
    },
    completed: { description: 'Every token reached an end; a terminate end event counts.', type: 'final' },
    terminated: { description: 'Cancelled from outside: by a person, or by the process that called it.', type: 'final' },
    failed: { description: 'Ended by an error that nothing caught, where the host chose that over an incident.', type: 'final' },
    superseded: { description: 'Its case went on without it.', type: 'final' },
  },
} as const

/** Where a process instance stands in its life. */
export type ProcessInstanceState = StateOf<typeof processInstanceChart>
/** What can happen to a process instance. */
export type ProcessInstanceEvent = EventOf<typeof processInstanceChart>

/** The chart as XState's machine, for diagrams and tests. */
export const processInstanceMachine: AnyStateMachine = createMachine(processInstanceChart)
/** The chart as a table, for the engine. */
export const processInstanceLifecycle: Lifecycle<ProcessInstanceState, ProcessInstanceEvent> =
  flatten<typeof processInstanceChart>(processInstanceMachine)
