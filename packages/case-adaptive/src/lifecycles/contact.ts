import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a contact with a customer: a call, a letter, a chat. */
export const contactChart = {
  id: 'contact',
  initial: 'queued',
  states: {
    queued: { description: 'Came in, or is to be made; nobody speaks yet.', on: { connect: 'connected' } },
    connected: { description: 'Somebody is at it.', on: { wrap: 'wrapped' } },
    wrapped: { description: 'Over, and noted.', type: 'final' },
  },
} as const

/** Where a contact stands in its life. */
export type ContactState = StateOf<typeof contactChart>
/** What can happen to a contact. */
export type ContactEvent = EventOf<typeof contactChart>

/** The chart as XState's machine, for diagrams and tests. */
export const contactMachine: AnyStateMachine = createMachine(contactChart)
/** The chart as a table. */
export const contactLifecycle: Lifecycle<ContactState, ContactEvent> = flatten<typeof contactChart>(contactMachine)
