import { type AnyStateMachine, createMachine } from 'xstate'
import { type EventOf, flatten, type StateOf } from './flatten.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The life of an element instance, after BPMN 2.0.2 §13.3.2, with what leaving the path adds: held, withdrawn, skipped. */
export const elementInstanceChart = {
  id: 'elementInstance',
  initial: 'active',
  states: {
    active: {
      description: 'Its token is in it and its body runs.',
      on: {
        wait: 'waiting',
        arrive: 'arrived',
        beginCompleting: 'completing',
        complete: 'completed',
        compensate: 'compensating',
        beginTerminating: 'terminating',
        terminate: 'terminated',
        raise: 'incident',
        hold: 'held',
        suspend: 'suspended',
      },
    },
    waiting: {
      description: 'Waits for something from outside: work, a person, a message, a signal, time, a called process.',
      on: {
        activate: 'active',
        beginCompleting: 'completing',
        complete: 'completed',
        compensate: 'compensating',
        beginTerminating: 'terminating',
        terminate: 'terminated',
        raise: 'incident',
        hold: 'held',
        suspend: 'suspended',
      },
    },
    arrived: {
      description: 'Its token stands at a join and waits for the others.',
      on: {
        activate: 'active',
        complete: 'completed',
        beginTerminating: 'terminating',
        terminate: 'terminated',
        raise: 'incident',
        hold: 'held',
        suspend: 'suspended',
      },
    },
    incident: {
      description:
        'Stuck; a person resolves its incident, and it runs again (resolve), waits for its work, which is tried anew (retry), is asked again at its join (rejoin), or goes on compensating. One that is a scope still completes with its content.',
      on: {
        resolve: 'active',
        retry: 'waiting',
        rejoin: 'arrived',
        compensate: 'compensating',
        complete: 'completed',
        finishCompensating: 'compensated',
        beginTerminating: 'terminating',
        terminate: 'terminated',
        hold: 'held',
        suspend: 'suspended',
      },
    },
    completing: {
      description: 'Its body is done; output mapping, listeners or an asynchronous continuation are still to come.',
      on: {
        complete: 'completed',
        compensate: 'compensating',
        raise: 'incident',
        beginTerminating: 'terminating',
        terminate: 'terminated',
      },
    },
    compensating: {
      description:
        'Waits for the compensation that it started: a compensation event, or a cancelled transaction; or it completed, and its content is being undone; or it is off the path and undoes what a return goes back over, and is then held again.',
      on: {
        activate: 'active',
        hold: 'held',
        complete: 'completed',
        finishCompensating: 'compensated',
        raise: 'incident',
        beginTerminating: 'terminating',
        terminate: 'terminated',
      },
    },
    terminating: {
      description: 'Is being cancelled and waits for what is inside it, such as a called process.',
      on: { terminate: 'terminated' },
    },
    held: {
      description: 'A person took its token off the path; joins see it as not yet arrived. Released to the phase that it had.',
      on: {
        releaseToActive: 'active',
        releaseToWaiting: 'waiting',
        releaseToArrived: 'arrived',
        releaseToIncident: 'incident',
        compensate: 'compensating',
        withdraw: 'withdrawn',
        skip: 'skipped',
        beginTerminating: 'terminating',
        terminate: 'terminated',
      },
    },
    suspended: {
      description: 'Stands still with its process instance. Resumed to the phase that it had.',
      on: {
        resumeToActive: 'active',
        resumeToWaiting: 'waiting',
        resumeToArrived: 'arrived',
        resumeToIncident: 'incident',
        beginTerminating: 'terminating',
        terminate: 'terminated',
      },
    },
    completed: {
      description: 'Done; its token went on or was consumed. A scope can still be compensated.',
      on: { compensate: 'compensating' },
    },
    compensated: { description: 'Done, and undone again.', type: 'final' },
    terminated: { description: 'Cancelled: by an interrupting event, the end of its scope, or from outside.', type: 'final' },
    withdrawn: { description: 'Taken back by a person who left the path; its token goes on elsewhere.', type: 'final' },
    skipped: { description: 'Passed over by a person who left the path; its token goes on as if it were done.', type: 'final' },
  },
} as const

/** The phase of an element instance. */
export type ElementInstanceState = StateOf<typeof elementInstanceChart>
/** What can happen to an element instance. */
export type ElementInstanceEvent = EventOf<typeof elementInstanceChart>

/** The chart as XState's machine, for diagrams and tests. */
export const elementInstanceMachine: AnyStateMachine = createMachine(elementInstanceChart)
/** The chart as a table, for the engine. */
export const elementInstanceLifecycle: Lifecycle<ElementInstanceState, ElementInstanceEvent> =
  flatten<typeof elementInstanceChart>(elementInstanceMachine)
