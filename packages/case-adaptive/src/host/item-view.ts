import type { Variables } from '@leeway/engine/extension'
import type { Routed } from '../case/case-state.ts'
import type { Cost } from '../case/directives.ts'
import type { ItemKind } from '../case/item-state.ts'
import type { PlanItemState } from '../lifecycles/plan-item.ts'

/** A plan item. `taskId` is a human item's task, while there is one. */
export interface ItemView {
  readonly id: string
  readonly state: PlanItemState
  readonly kind: ItemKind
  readonly name: string
  readonly required: boolean
  readonly after: readonly string[]
  readonly deviationId: string | null
  readonly assignee: string | null
  readonly dueAt: string | null
  readonly addedBy: string
  readonly addedAt: string
  /** By which rule it found somebody by itself. */
  readonly routed?: Routed
  /** When its work began. */
  readonly startedAt?: string
  readonly taskId?: string
  /** A service item's job, while there is one. */
  readonly jobId?: string
  /** The process instance that it runs. */
  readonly instanceId?: string
  /** The case that it is. */
  readonly itemCaseId?: string
  /** What it was to cost when it was added. */
  readonly cost?: Cost
  readonly failure?: { readonly code: string; readonly message: string }
  readonly completed?: {
    readonly by: string | null
    readonly at: string
    readonly outcome: string | null
    readonly variables: Variables
    readonly cost?: Cost
  }
  readonly late?: readonly LateResultView[]
  /** Its name, what it was given, and what it gave were taken away. */
  readonly redacted?: { readonly by: string; readonly at: string; readonly reason: string }
  readonly closed?: { readonly cause: 'returned' | 'preempted' | 'undone' | 'resolved' | 'cancelled' | 'migrated'; readonly at: string }
}

/**
 * A handler was at work when its item was over (`of: 'work'`), or when somebody had undone it by hand (`of: 'undo'`): what came of that.
 * `unknown` until the handler has said; it stays so where its node has died.
 */
export interface LateResultView {
  readonly of: 'work' | 'undo'
  readonly state: 'unknown' | 'completed' | 'failed'
  readonly at: string
  /** What it gave. */
  readonly variables?: Variables
  readonly failure?: { readonly code: string; readonly message: string }
}

/** An item that the planning table offers: `cases.addItem(to, { offer: key })` adds it. */
export interface OfferView {
  readonly key: string
  readonly name: string
  readonly kind: ItemKind
  readonly required: boolean
}
