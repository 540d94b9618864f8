import type { Variables } from '@leeway/engine/extension'
import type {
  Anchor,
  AwayEvent,
  AwayTimer,
  DeviationMode,
  HandledIncident,
  Lapsed,
  LatchRecord,
  Moved,
  ResultTaken,
  Waits,
} from '../case/deviation-state.ts'
import type { Cost } from '../case/directives.ts'
import type { Reason } from '../case/reason.ts'
import type { Verdict } from '../case/verdict.ts'
import type { DeviationState } from '../lifecycles/deviation.ts'
import type { ItemView } from './item-view.ts'
import type { ReviewView } from './proposal-view.ts'

/** A deviation with its whole record. */
export interface DeviationView {
  readonly id: string
  readonly state: DeviationState
  readonly mode: DeviationMode
  readonly instanceId: string
  readonly definition: { readonly id: string; readonly key: string; readonly version: number }
  readonly anchor: Anchor
  readonly reason: Reason
  readonly actor: string
  readonly participants: readonly string[]
  readonly leftAt: string
  readonly timers: readonly {
    readonly elementId: string
    readonly policy: AwayTimer['policy']
    readonly dueAt: string | null
    readonly remainingMs: number | null
  }[]
  readonly events: readonly AwayEvent[]
  readonly latches: readonly (Omit<LatchRecord, 'at'> & { readonly at: string })[]
  /**
   * What was stuck where it was left: `handled` while somebody is away; in the end `openAgain` where the step was taken up with it, else
   * `closed`.
   */
  readonly incidents: readonly (Omit<HandledIncident, 'isOpenAgain'> & { readonly became: 'handled' | 'closed' | 'openAgain' })[]
  readonly items: readonly ItemView[]
  /** The return that is made by itself when what it undoes before is undone. */
  readonly compensating?: { readonly to: string; readonly actor: string; readonly at: string }
  /** What was undone for a return, the ids of elements and of items. */
  readonly compensated?: readonly string[]
  /** Who does the work in its stead, and how the path is taken up when that has ended. */
  readonly handedOver?: { readonly itemId: string; readonly to: string; readonly actor: string; readonly at: string }
  /** Why a return that was to be made by itself was not. */
  readonly denied?: { readonly code: string; readonly message: string; readonly at: string }
  readonly returned?: ReturnedView
  /** Deferred: it is asked for again each time that it is over; `repeats` is the one before it. */
  readonly permanent?: true
  readonly repeats?: string
  /** What was taken back: the leaving, or the return. */
  readonly undone?: {
    readonly actor: string
    readonly at: string
    readonly reason: Reason | null
    readonly of: 'leaving' | 'return'
    /** Items that stay done. */
    readonly kept?: readonly string[]
  }
  /** What was judged when it was left. */
  readonly verdict?: Verdict
  /** Digests of the scopes around the anchor, before and after. */
  readonly stateBefore?: string
  readonly stateAfter?: string
  /** Whose claimed task was taken off the path. */
  readonly preempts?: string
  /** By which role the actor might leave, and whom they stood in for. */
  readonly role?: string
  readonly onBehalfOf?: string
  /** The second person who answers for a withdrawn compensation handler. */
  readonly override?: { readonly by: string; readonly reason: Reason }
  /** When it had lasted too long, and was escalated. */
  readonly overdueAt?: string
  /** Who agreed that the actor leaves, though they might not by themselves. */
  readonly approvedBy?: readonly string[]
  /** How long it took: up to its end, or to now. Absent while it is only asked for. */
  readonly waits?: Waits
  /** Ids of the facts that it wrote: results of its items, and what was recorded in it (`deviationId`). */
  readonly facts: readonly string[]
  /** What is to be looked at afterwards, and what that came to; `id`: by which it is decided; `withdrawn`: the return is undone. */
  readonly review?: {
    readonly id?: string
    readonly because: readonly string[]
    readonly withdrawn?: true
    readonly decided?: NonNullable<ReviewView['decided']>
  }
  /** By which models it went on while it was open. */
  readonly migrations?: readonly (Moved & { readonly at: string; readonly actor: string | null })[]
  /** Why what was asked for ahead never began, and who saw to that, where somebody did. */
  readonly lapsed?: { readonly cause: Lapsed['cause']; readonly by: string | null; readonly at: string }
  readonly preempted?: { readonly cause: string; readonly elementId: string | null; readonly actor: string | null; readonly at: string }
}

/** How the path was taken up again. */
export interface ReturnedView {
  readonly to: string
  /** After a hand-over: how the path was taken up in the end. */
  readonly next?: string
  readonly target?: string
  readonly actor: string
  readonly at: string
  readonly reason: Reason | null
  readonly variables: Variables
  readonly cost?: Cost
  /** Those of them that items gave. */
  readonly results?: readonly ResultTaken[]
  /** How sure the end was, and what was passed over. */
  readonly verdict?: Verdict
  readonly role?: string
  readonly onBehalfOf?: string
  /** Required items that were not waited for. */
  readonly waived?: readonly string[]
  readonly approvedBy?: readonly string[]
  readonly override?: { readonly by: string; readonly reason: Reason }
}
