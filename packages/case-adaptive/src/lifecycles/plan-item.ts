import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/**
 * The life of a plan item, ad hoc items among them, after CMMN 1.1 §8.4.1. While a human item is active its task lives its own life
 * in the engine (ready, reserved, delegated).
 */
export const planItemChart = {
  id: 'planItem',
  initial: 'available',
  states: {
    proposed: { description: 'Needs agreement before it counts.', on: { agree: 'available', refuse: 'disabled' } },
    available: {
      description: 'Waits for its entry criterion, such as the items that come before it.',
      on: { enable: 'enabled', start: 'active', exit: 'terminated', lapse: 'unreachable' },
    },
    enabled: { description: 'May be started by hand.', on: { start: 'active', disable: 'disabled', exit: 'terminated' } },
    disabled: { description: 'Not to be done, unless it is enabled again.', on: { reenable: 'enabled', exit: 'terminated' } },
    active: {
      description: 'To be done now, or being done.',
      on: { suspend: 'suspended', complete: 'completed', fail: 'failed', terminate: 'terminated', exit: 'terminated', rehome: 'rehomed' },
    },
    suspended: {
      description: 'Stands still with what is around it.',
      on: { resume: 'active', terminate: 'terminated', exit: 'terminated' },
    },
    rehomed: {
      description: 'The path that it was for has gone on without it; the work is kept at its case.',
      on: { resume: 'active' },
    },
    completed: {
      description: 'Done; its result is kept. An item that is a case is active again when that is opened again.',
      on: { compensate: 'compensated', reopen: 'active' },
    },
    failed: { description: 'Could not be done; may be tried again.', on: { retry: 'active', terminate: 'terminated' } },
    terminated: { description: 'Ended without a result; one that came late may be undone.', on: { compensate: 'compensated' } },
    unreachable: { description: 'What it was pinned to can no longer be reached.', type: 'final' },
    compensated: { description: 'Done, and undone by its compensator.', type: 'final' },
  },
} as const

/** Where a plan item stands in its life. */
export type PlanItemState = StateOf<typeof planItemChart>
/** What can happen to a plan item. */
export type PlanItemEvent = EventOf<typeof planItemChart>

/** The chart as XState's machine, for diagrams and tests. */
export const planItemMachine: AnyStateMachine = createMachine(planItemChart)
/** The chart as a table. */
export const planItemLifecycle: Lifecycle<PlanItemState, PlanItemEvent> = flatten<typeof planItemChart>(planItemMachine)
