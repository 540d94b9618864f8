import { type AnyStateMachine, createMachine } from 'xstate'
import { type EventOf, flatten, type StateOf } from './flatten.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The life of a job: work outside the kernel, done by a handler or an external worker. */
export const jobChart = {
  id: 'job',
  initial: 'created',
  states: {
    created: {
      description: 'May be claimed as soon as it is due.',
      on: { claim: 'claimed', cancel: 'cancelled', freeze: 'frozen' },
    },
    claimed: {
      description: 'A worker has it until its lease ends; then another may claim it.',
      on: {
        claim: 'claimed',
        release: 'created',
        complete: 'completed',
        throwError: 'completed',
        fail: 'retrying',
        exhaust: 'failed',
        cancel: 'cancelled',
        freeze: 'frozen',
      },
    },
    retrying: {
      description: 'An attempt failed; may be claimed again when its back-off is over, or sooner by a person (retry).',
      on: { claim: 'claimed', retry: 'created', cancel: 'cancelled', freeze: 'frozen' },
    },
    failed: {
      description: 'Out of attempts: an incident is open until a person gives it new ones.',
      on: { retry: 'created', cancel: 'cancelled', freeze: 'frozen' },
    },
    frozen: {
      description:
        'Its token is held, so no worker sees it. Thaws to what it was, or as created where it had failed and was given new attempts; a late result is kept and applied after that.',
      on: {
        retry: 'frozen',
        thaw: 'created',
        thawToClaimed: 'claimed',
        thawToRetrying: 'retrying',
        thawToFailed: 'failed',
        cancel: 'cancelled',
      },
    },
    completed: { description: 'Its result, or the BPMN error that it threw, is taken.', type: 'final' },
    cancelled: { description: 'No longer wanted: its activity was terminated, withdrawn or skipped.', type: 'final' },
  },
} as const

/** Where a job stands in its life. */
export type JobState = StateOf<typeof jobChart>
/** What can happen to a job. */
export type JobEvent = EventOf<typeof jobChart>

/** The chart as XState's machine, for diagrams and tests. */
export const jobMachine: AnyStateMachine = createMachine(jobChart)
/** The chart as a table, for the engine. */
export const jobLifecycle: Lifecycle<JobState, JobEvent> = flatten<typeof jobChart>(jobMachine)
