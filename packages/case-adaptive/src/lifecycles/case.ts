import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a case, after CMMN 1.1 §8.2. What CMMN calls active is open here; closed cases can be reopened as a new episode. */
export const caseChart = {
  id: 'case',
  initial: 'new',
  states: {
    new: {
      description: 'Came in; nobody answers for it yet.',
      on: { classify: 'open', reject: 'rejected' },
    },
    open: {
      description: 'Somebody answers for it and it is worked on.',
      on: { wait: 'pending', suspend: 'suspended', resolve: 'resolved', cancel: 'cancelled', fail: 'failed' },
    },
    pending: { description: 'Waits for the customer, a third party or a date.', on: { proceed: 'open' } },
    suspended: { description: 'Stands still by an administrative act.', on: { resume: 'open' } },
    resolved: {
      description: 'Done in our eyes: no open deviation, no open required item. The customer may object.',
      on: { reopen: 'open', close: 'closed' },
    },
    closed: { description: 'The customer agreed or did not object in time.', on: { reopen: 'open' } },
    failed: { description: 'Could not go on; a person may take it up again.', on: { reactivate: 'open' } },
    cancelled: { description: 'Ended before its goal, with a reason.', type: 'final' },
    rejected: { description: 'A duplicate, or not ours.', type: 'final' },
  },
} as const

/** Where a case stands in its life. */
export type CaseState = StateOf<typeof caseChart>
/** What can happen to a case. */
export type CaseEvent = EventOf<typeof caseChart>

/** The chart as XState's machine, for diagrams and tests. */
export const caseMachine: AnyStateMachine = createMachine(caseChart)
/** The chart as a table. */
export const caseLifecycle: Lifecycle<CaseState, CaseEvent> = flatten<typeof caseChart>(caseMachine)
