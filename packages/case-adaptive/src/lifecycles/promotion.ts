import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of ad hoc work that comes up so often that it becomes a step of the model. */
export const promotionChart = {
  id: 'promotion',
  initial: 'detected',
  states: {
    detected: { description: 'Done off the path again and again, at the same step.', on: { release: 'released' } },
    released: { description: 'A step of a version of the model; may come up again.', on: { release: 'released' } },
  },
} as const

/** Where a promotion stands in its life. */
export type PromotionState = StateOf<typeof promotionChart>
/** What can happen to a promotion. */
export type PromotionEvent = EventOf<typeof promotionChart>

/** The chart as XState's machine, for diagrams and tests. */
export const promotionMachine: AnyStateMachine = createMachine(promotionChart)
/** The chart as a table. */
export const promotionLifecycle: Lifecycle<PromotionState, PromotionEvent> = flatten<typeof promotionChart>(promotionMachine)
