import type { Engine } from '@leeway/engine'
import type { EventPolicy, Variables } from '@leeway/engine/extension'
import type { CaseCall, Cost, ReasonGiven } from './call.ts'
import type { ItemRequest } from './item-api.ts'
import type { LeavePreview, ReturnPreview } from './preview.ts'

/** Leaving the path and coming back. */
export interface DeviationFace {
  /**
   * Leaves the path at a waiting element: its token is held, and what comes to it is kept for the return. An instance without a case
   * gets one of the default template. Throws `AlreadyAway`, `AnchorMoved` (`to`: where it went), `AnchorGone`, `instanceSuspended`, `ReasonMissing`,
   * `NotAllowed`.
   */
  leave(request: LeaveRequest): Promise<{ readonly id: string; readonly caseId: string }>
  /**
   * Leaves in many instances, each checked and done by itself; `engine.batches.get(batchId).report` tells what became of each. Without an
   * anchor an instance is left at its only token, and refused (`SeveralTokens`) where it has several.
   */
  leaveMany(request: LeaveManyRequest): Promise<{ readonly batchId: string }>
  /**
   * Pins an item to an element that the instance may come to: there the path waits for it. An instance that ends without coming there leaves
   * it `unreachable`. Throws `UnknownTarget`, `AlreadyAway`, `AnchorGone`.
   */
  defer(request: DeferRequest): Promise<{ readonly id: string; readonly deviationId: string; readonly caseId: string }>
  /**
   * Takes back that the path was left: the step is as it was, with its draft and what was left of its timers; completed items are undone by
   * their compensators, the latest first. After the return it is that which is taken back, as long as nothing has moved since. Throws `NotUndoable`
   * (`missing`: what has no compensator), `PathMoved` (`moved`), `VariableConflict`, `AnchorGone`.
   */
  undo(deviationId: string, request?: UndoRequest): Promise<void>
  /** Takes part in a deviation that someone else began. Throws `UnknownDeviation`, `NotAway`, `AlreadyReturned`, `AlreadyUndone`, `Lapsed`, `AnchorGone`. */
  join(deviationId: string, call?: CaseCall): Promise<{ readonly id: string; readonly caseId: string }>
  /** Comes back to the step that was left. Throws `RequiredOpen` (`missing`), `UnknownItem`, `ItemNotRequired` (in `waive`), `AlreadyReturned`, `AlreadyUndone`, `Lapsed`, `NotAway`, `AnchorGone`. */
  return(deviationId: string, request: ReturnRequest): Promise<void>
  /** What leaving would come to: rights, timers, events, who works beside. Nothing changes. Throws as `leave` for what is asked wrongly. */
  previewLeave(request: PreviewLeaveRequest): Promise<LeavePreview>
  /** What coming back would come to: how sure the end is, what is passed over, what speaks against it and what to do. Nothing changes. */
  previewReturn(deviationId: string, request: ReturnRequest): Promise<ReturnPreview>
}

/**
 * What a timer does while away: fires (`keep`), stands still, is kept for the return, begins anew on it, goes for good, or fires so much
 * later (ISO 8601).
 */
export type TimerPolicy = 'keep' | 'pause' | 'latch' | 'restart' | 'cancel' | { readonly extend: string }

/** Leaving the path. */
export interface LeaveRequest extends CaseCall {
  /** Whom the actor stands in for. */
  readonly onBehalfOf?: string
  /** As tasks and instances name it; null, as a task without a process has it, is refused. */
  readonly instanceId: string | null
  /** The waiting element to leave at. */
  readonly elementInstanceId?: string | null
  /** Instead: the element to leave before, once a token comes to it. */
  readonly before?: string
  /** Instead: at the next wait; at once where a token waits for someone or something. */
  readonly atNext?: boolean
  /** Default `detour`. `takeOver` is for a scope: its element instance, with all that is in it; without one, for the whole instance. */
  readonly mode?: 'alongside' | 'detour' | 'withdraw' | 'takeOver'
  readonly reason: ReasonGiven
  /** By element; a timer that is not named is paused at the boundary of the step, and latched where the step itself waits for it. */
  readonly timers?: { readonly [elementId: string]: TimerPolicy }
  /**
   * What becomes of messages and signals at the step, by their element: `live` acts at once (at the boundary only), `latch` is kept for the return, `drop` is not
   * listened for until then. Default: interrupting ones at the boundary `live`, others `latch`.
   */
  readonly events?: { readonly [elementId: string]: EventPolicy }
  /** What becomes of a result of work that comes while away: kept for the return (default), thrown away, or taken at once, which ends the detour. */
  readonly onLateResult?: 'hold' | 'discard' | 'acceptAndContinue'
  /** Alongside a user task: it cannot be completed while required items are open. */
  readonly gate?: boolean
  /** Whether an instance that the step calls is held with it, as a whole. Default true; else it runs on, and its end is kept for the return. */
  readonly cascade?: boolean
  /** A second person who takes upon themselves, with the actor, that a running compensation handler is withdrawn. */
  readonly override?: { readonly by: string; readonly reason: ReasonGiven }
}

/** Leaving in many instances, each by itself. */
export interface LeaveManyRequest extends Omit<LeaveRequest, 'instanceId' | 'elementInstanceId'> {
  readonly instanceIds?: readonly string[]
  /** Instead: what finds them; without `status` active ones. At most 1,000. */
  readonly query?: Omit<NonNullable<Parameters<Engine['instances']['find']>[0]>, 'limit' | 'after'>
}

/** An item pinned to an element that the instance may come to. */
export interface DeferRequest extends CaseCall {
  readonly instanceId: string
  /** The element that waits for it. */
  readonly before: string
  readonly item: ItemRequest
  /** Each time that a token comes there, with the item once more; by `cases.undo` of what is still `requested` it ends. Default: once. */
  readonly permanent?: boolean
  readonly reason?: ReasonGiven
}

/**
 * How to come back: to the very step, to a new instance of it, past it, by one of its events, at another element, by ending its branch,
 * its scope, or the process; or what takes the work over, and how to come back when that has ended.
 */
export type ReturnDirective =
  | 'resume'
  | 'redo'
  | 'skip'
  | 'endScope'
  | 'stayOff'
  | { readonly event: string }
  | {
      readonly jump: string
      /** The sequence flow by which it comes; needed where the target joins several that lead there from the step. */
      readonly via?: string
      /** Further elements that get a token. */
      readonly also?: readonly string[]
      /** Element instances that end with it. */
      readonly cancel?: readonly string[]
      /** The element instance of the sub-process that is meant, where several are open. */
      readonly within?: string
    }
  | { readonly endBranch: { readonly retireJoinSlot?: boolean } }
  | { readonly handOver: HandOver }

/** What takes the work over: a process, by its key, or a case of its own, by its template. */
export type HandOver = ({ readonly process: string } | { readonly case: string | true }) & {
  /** What it is given. */
  readonly variables?: Variables
  /** What of its result becomes variables of the path, as of an item. Default: nothing. */
  readonly outputs?: ItemRequest['outputs']
  /** How the path is taken up when it has ended. Default `resume`. */
  readonly next?: Exclude<ReturnDirective, { readonly handOver: unknown }>
}

/** Coming back. Its variables are set where the step stands, before it goes on; of a `skip` they are its results, of an `event` its payload. */
export interface ReturnRequest extends CaseCall {
  /** What it costs, such as a remedy that is granted with it: covered by the authority of who comes back. */
  readonly cost?: Cost
  readonly to: ReturnDirective
  /** Beginning work anew that may have had its effect needs this. */
  readonly confirmNotIdempotent?: boolean
  /** Ids of required items that are not waited for; it takes the right to, and a reason. */
  readonly waive?: readonly string[]
  /** Whom the actor stands in for. */
  readonly onBehalfOf?: string
  /** Names of variables that others have changed meanwhile and that are to be set all the same. */
  readonly overwrite?: readonly string[]
  /** People who agree that what is mandatory is passed over, or that the path is not taken up again. */
  readonly approvedBy?: readonly string[]
  /**
   * What completed is undone before, by its compensation: of what a jump goes back over what can be (`registered`), or nothing may be among it that cannot (`all`); of a scope that
   * ends what can be (`registered`). The return is made when that is done. Default `none`.
   */
  readonly compensate?: 'none' | 'registered' | 'all'
  /** The round that is passed over gives nothing to the collection of results: its place there is null. */
  readonly resultAbsent?: boolean
  /** A second person who takes upon themselves, with the actor, what is not proven to come to an end. */
  readonly override?: { readonly by: string; readonly reason: ReasonGiven }
  readonly variables?: Variables
  /** By variable, the completed item whose result gives it, and its name there; default the variable's. */
  readonly results?: { readonly [variable: string]: { readonly item: string; readonly result?: string } }
  readonly reason?: ReasonGiven
}

/** Looking at what leaving would come to; the actor, where given, is who would leave. */
export interface PreviewLeaveRequest extends Omit<LeaveRequest, 'reason' | 'idempotencyKey'> {
  readonly reason?: ReasonGiven
}

/** Taking a deviation back. */
export interface UndoRequest extends CaseCall {
  /** Completed items without a compensator stay done, and are listed; it takes a reason. Default: they refuse the undo. */
  readonly partial?: boolean
  readonly reason?: ReasonGiven
}
