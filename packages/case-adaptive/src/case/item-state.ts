import type { Values } from '@leeway/engine/extension'
import type { PlanItemState } from '../lifecycles/plan-item.ts'
import type { Instant, Routed } from './case-state.ts'
import type { Cost, ItemOutputs } from './directives.ts'

/** A plan item as kept; an ad hoc item where nothing in a template calls for it. */
export interface PlanItem {
  readonly id: string
  readonly caseId: string
  readonly deviationId: string | null
  readonly instanceId: string | null
  readonly state: PlanItemState
  readonly kind: ItemKind
  readonly body: {
    /** As of a fact. */
    readonly salt?: string
    readonly name: string
    readonly required: boolean
    /** Items that must be completed before it starts. */
    readonly after: readonly string[]
    /** A human item's task, while there is one. */
    readonly taskId: string | null
    readonly assignee: string | null
    readonly candidateUsers: readonly string[]
    readonly candidateGroups: readonly string[]
    readonly dueAt: Instant | null
    readonly priority: number
    /** A service item's handler type, a process item's key, a case item's template. */
    readonly does?: string
    readonly input?: Values
    readonly compensator?: string
    /** The element of the model that it counts for. */
    readonly equivalentTo?: string
    /** Done, it is undone with this scope of the path, where that is compensated. */
    readonly undoneIn?: string
    /** The element instance whose compensation waits for it to be undone. */
    readonly undoneFor?: string
    /** It goes on at the case after the return. */
    readonly staysOpen?: true
    /** What it was to cost when it was added. */
    readonly cost?: Cost
    /** By which rule it found somebody by itself. */
    readonly routed?: Routed
    /** The proposal that it carries out. */
    readonly proposalId?: string
    /** What of its result becomes variables of the path at the return. */
    readonly outputs?: ItemOutputs
    /** A service item's job, while there is one. */
    readonly jobId?: string
    /** The instance that a process item runs. */
    readonly itemInstanceId?: string
    /** The case that a case item is. */
    readonly itemCaseId?: string
    readonly failure?: { readonly code: string; readonly message: string }
    readonly addedBy: string
    readonly addedAt: Instant
    /** When its work began; absent while it waits, and in what was written before this was kept. */
    readonly startedAt?: Instant
    readonly completed?: {
      readonly by: string | null
      readonly at: Instant
      readonly outcome: string | null
      readonly variables: Values
      readonly cost?: Cost
    }
    readonly late?: readonly LateResult[]
    /** What people wrote in it was taken away. */
    readonly redacted?: { readonly by: string; readonly at: Instant; readonly reason: string }
    /** Why it ended without a result, or was rehomed. */
    readonly closed?: { readonly cause: 'returned' | 'preempted' | 'undone' | 'resolved' | 'cancelled' | 'migrated'; readonly at: Instant }
  }
}

/** What came of the work of a handler that was at it when the item was over (`work`), or when somebody had undone it by hand (`undo`). */
export interface LateResult {
  readonly of: 'work' | 'undo'
  /** `unknown`: the handler has not said, and perhaps never does. */
  readonly state: 'unknown' | 'completed' | 'failed'
  readonly at: Instant
  readonly variables?: Values
  readonly failure?: { readonly code: string; readonly message: string }
}

/** What does an item: a person by a task, a handler by its job type, a process by its key, a case by its template. */
export type ItemKind = 'human' | 'service' | 'process' | 'case'

/** Items that are not at their end. */
export function isOpen({ state }: PlanItem): boolean {
  return (
    state === 'proposed' ||
    state === 'available' ||
    state === 'enabled' ||
    state === 'active' ||
    state === 'suspended' ||
    state === 'failed'
  )
}

/** Done, in time or late, and not undone. */
export function isToUndo({ state, body }: PlanItem): boolean {
  return state === 'completed' || (state === 'terminated' && hasDoneLate(body))
}

/** Its handler did it when it was over already. */
export function hasDoneLate({ late = [] }: PlanItem['body']): boolean {
  return late.some(({ of, state }) => of === 'work' && state === 'completed')
}
