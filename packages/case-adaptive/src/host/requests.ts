import type { Engine } from '@leeway/engine'
import type { Variables } from '@leeway/engine/extension'

/** What every mutating call takes. What goes on record needs an actor, here or by `cases.as`. */
export interface CaseCall {
  readonly actor?: string
  readonly tenantId?: string
  /** The same key gives the same answer and one effect. */
  readonly idempotencyKey?: string
}

/** A new case. */
export interface OpenRequest extends CaseCall {
  /** Key of a template. Default: the default template. */
  readonly template?: string
  readonly customer?: string
  /** The customer's, such as `gold`; default what `policies.tierOf` says of them. */
  readonly tier?: string
  readonly title?: string
  /** What is known at the start, by name. */
  readonly facts?: Variables
  /** A process to start as the case's own, in the same commit. */
  readonly process?: ({ readonly key: string; readonly version?: number; readonly versionTag?: string } | { readonly id: string }) & {
    readonly variables?: Variables
    readonly businessKey?: string
    readonly at?: readonly string[]
  }
}

/** A code of the installation's own, and words; a string is a code. */
export type ReasonGiven =
  | string
  | {
      readonly code: string
      readonly text?: string
      /** What the customer said. */
      readonly customerStatement?: string
      /** The rule of the house that is departed from. */
      readonly rule?: string
      /** References to what bears it out. */
      readonly evidence?: readonly string[]
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

/** An ad hoc item. */
export interface ItemRequest extends CaseCall {
  /** Who or what does it: a person by a task, a handler by a job, a process instance, a case of its own. */
  readonly kind: 'human' | 'service' | 'process' | 'case'
  readonly name: string
  /** A service item's handler type. */
  readonly type?: string
  /** A process item's key. */
  readonly process?: string
  /** A case item's template. Default: the default one. */
  readonly template?: string
  /** What the work is given. */
  readonly variables?: Variables
  /** The handler type that undoes the item, once it is done, where its deviation is undone. */
  readonly compensator?: string
  /** The element of the model that the item counts for. */
  readonly equivalentTo?: string
  /**
   * What of its result becomes variables of the path at the return: `'all'`, a list of names, or by variable the name in the result.
   * Default: nothing; the result is offered (`cases.previewReturn`), and a return may take it.
   */
  readonly outputs?: 'all' | readonly string[] | { readonly [variable: string]: string }
  /** After the return it goes on at the case, as it is. Default: what nobody has begun ends with the deviation. */
  readonly staysOpen?: boolean
  /** A required item must be done before the return. Default false. */
  readonly required?: boolean
  /** Ids of items of the same deviation, or case, that must be completed before this one starts. */
  readonly after?: readonly string[]
  readonly assignee?: string
  readonly candidateUsers?: readonly string[]
  readonly candidateGroups?: readonly string[]
  /** ISO 8601, a Date, or epoch milliseconds. */
  readonly dueAt?: string | number | Date
  readonly priority?: number
  /** What it costs: covered by the authority of who adds it. */
  readonly cost?: Cost
}

/** An item that the planning table offers, and what is to be otherwise about it. */
export interface OfferRequest
  extends CaseCall,
    Pick<ItemRequest, 'required' | 'after' | 'assignee' | 'candidateUsers' | 'candidateGroups' | 'dueAt' | 'priority' | 'variables'> {
  /** The offer's key, as `cases.offers` has it. */
  readonly offer: string
  readonly name?: string
}

/** What something costs, by kind. */
export interface Cost {
  readonly kind: string
  readonly amount: number
}

/** The result of an item. Its variables are kept with the item, as part of the case file; the process's are not touched. */
export interface CompleteItemRequest extends CaseCall {
  /** What it came to cost: covered by the authority of who completes it. */
  readonly cost?: Cost
  readonly outcome?: string
  readonly variables?: Variables
}

/** An item that is not wanted any more. Of a required one it takes the right to waive. */
export interface CancelItemRequest extends CaseCall {
  readonly reason: ReasonGiven
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
  /** People who agree that what is mandatory is passed over. */
  readonly approvedBy?: readonly string[]
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

/** Taking free text away. */
export interface RedactRequest extends CaseCall {
  /** Numbers of timeline entries, from 1. */
  readonly entries: readonly number[]
  /** Why; a word for the record, no free text. */
  readonly reason: string
}

/** Taking a deviation back. */
export interface UndoRequest extends CaseCall {
  /** Completed items without a compensator stay done, and are listed; it takes a reason. Default: they refuse the undo. */
  readonly partial?: boolean
  readonly reason?: ReasonGiven
}

/** A case that reached what it was for. */
export interface ResolveRequest extends CaseCall {
  /** How: a code of the installation's own. */
  readonly code: string
}

/** Letting the customer's clocks stand still. */
export interface PauseClockRequest extends CaseCall {
  /** One of `policies.pauseReasons`. */
  readonly reason: string
}

/** Another severity for a case. */
export interface SetSeverityRequest extends CaseCall {
  readonly severity: string
  readonly reason: ReasonGiven
}

/** Another tier of a case's customer. */
export interface SetTierRequest extends CaseCall {
  readonly tier: string
  readonly reason: ReasonGiven
}

/** Raising a case to a higher authority. */
export interface EscalateRequest extends CaseCall {
  readonly reason: ReasonGiven
}

/** Which page of a dashboard. */
export interface DashboardQuery {
  /** Whose; default the person that the cases are bound to. */
  readonly actor?: string
  /** Only cases past their goal. */
  readonly overdue?: boolean
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}

/** Which cases are looked for. Every criterion must hold. */
export interface CaseQuery {
  readonly customer?: string
  readonly instanceId?: string
  readonly state?: string | readonly string[]
  readonly template?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}
