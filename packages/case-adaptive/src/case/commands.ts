import type { AwayPolicy, EventPolicy, Value, Values } from '@leeway/engine/extension'
import type { RaiseAlerts } from './alert-commands.ts'
import type { CustomerCommand } from './customer-commands.ts'
import type { Cost, Directive, ItemOutputs, ReturnTerms } from './directives.ts'
import type { ItemKind } from './item-state.ts'
import type { DeleteCase, LifeCommand } from './life-commands.ts'
import type { ReleasePromotion } from './promotion-state.ts'
import type { ProposalCommand } from './proposal-commands.ts'
import type { Reason } from './reason.ts'
import type { RoutingRule } from './rules.ts'

/** What the case package puts before its decisions. Plain data, checked for shape; who and when come beside it. */
export type CaseCommand =
  | Preview
  | Redact
  | OpenCase
  | AttachInstance
  | Leave
  | LeaveAhead
  | Defer
  | JoinDeviation
  | AddItem
  | CompleteItem
  | CancelItem
  | Return
  | BeginBatch
  | RecordOutcome
  | EndBatch
  | BindItem
  | ItemEnded
  | CancelItemInstance
  | Follow
  | Undo
  | CompensateNext
  | ResolveCase
  | ServiceDue
  | PauseClock
  | ResumeClock
  | SetSeverity
  | SetTier
  | Escalate
  | LifeCommand
  | DeleteCase
  | CustomerCommand
  | ProposalCommand
  | ReleasePromotion
  | RaiseAlerts
  | Answered

/** A new case; with an instance beside it, that is its own. */
export interface OpenCase {
  readonly type: 'openCase'
  readonly template: string
  readonly customer: string | null
  readonly title: string | null
  readonly facts: Values
  /** Of the customer. */
  readonly tier: string | null
}

export interface AttachInstance {
  readonly type: 'attachInstance'
  readonly caseId: string
}

/** Off the path at a token. `template` is for the case that is opened where the instance has none. */
export interface Leave {
  readonly type: 'leave'
  readonly elementInstanceId: string
  readonly mode: 'alongside' | 'detour' | 'withdraw' | 'takeOver'
  readonly reason: Reason
  readonly timers: { readonly [elementId: string]: AwayPolicy }
  /** Messages and signals that are dealt with otherwise than by default. */
  readonly events?: { readonly [elementId: string]: EventPolicy }
  readonly onLateResult: 'hold' | 'discard' | 'acceptAndContinue'
  /** The step cannot be completed while required items are open. */
  readonly gate: boolean
  /** Instances that the step calls are not held with it. */
  readonly runsOn?: true
  /** One of many that are left by one call. */
  readonly isOfMany?: true
  readonly template: string
  /** Whom the actor stands in for. */
  readonly onBehalfOf?: string
  /** The second person who takes upon themselves what is not proven. */
  readonly override?: { readonly by: string; readonly reason: Reason }
}

/** Off the path at a step to come: before this element begins, or (null) at the next wait. */
export interface LeaveAhead {
  readonly type: 'leaveAhead'
  readonly before: string | null
  /** One of many that are left by one call. */
  readonly isOfMany?: true
  /** Whom the actor stands in for. */
  readonly onBehalfOf?: string
  readonly reason: Reason
  readonly timers: { readonly [elementId: string]: AwayPolicy }
  readonly template: string
}

/** An item pinned to an element to come, which waits for it. */
export interface Defer {
  readonly type: 'defer'
  readonly before: string
  readonly item: Omit<AddItem, 'to'>
  /** Again each time that a token comes there. */
  readonly permanent?: true
  readonly reason: Reason
  readonly template: string
}

export interface JoinDeviation {
  readonly type: 'joinDeviation'
  readonly deviationId: string
}

export interface AddItem {
  readonly type: 'addItem'
  /** A deviation's id or a case's. */
  readonly to: string
  readonly kind: ItemKind
  readonly name: string
  readonly required: boolean
  readonly after: readonly string[]
  readonly assignee: string | null
  readonly candidateUsers: readonly string[]
  readonly candidateGroups: readonly string[]
  readonly dueAt: number | null
  readonly priority: number
  /** A service item's handler type, a process item's key, a case item's template. */
  readonly does: string | null
  /** What the work is given. */
  readonly input: Values
  /** The handler type that undoes it. */
  readonly compensator: string | null
  /** The element of the model that it counts for. */
  readonly equivalentTo: string | null
  /** It goes on at the case after the return. */
  readonly staysOpen?: true
  /** What of its result becomes variables of the path. */
  readonly outputs?: ItemOutputs
  /** The offer of the planning table by which it is added. */
  readonly offer?: string
  /** What it costs, against the limit of who adds it. */
  readonly cost?: Cost
  /** Whom it goes to by itself. */
  readonly routing?: RoutingRule
}

/** A call on many instances, each done by itself; which they are is known with it. */
export interface BeginBatch {
  readonly type: 'beginBatch'
  readonly operation: string
  /** As it was asked for: the same key stands for the same call. */
  readonly asked: Value
}

/** What became of one instance of a batch. */
export interface RecordOutcome {
  readonly type: 'recordOutcome'
  readonly itemId: string
  readonly entry: {
    readonly instanceId: string
    readonly outcome: 'done' | 'failed' | 'skipped'
    readonly code?: string
    readonly reason?: string
  }
}

/** Nothing of a batch is left to be done. */
export interface EndBatch {
  readonly type: 'endBatch'
  readonly batchId: string
  readonly done: number
  readonly failed: number
}

/** The process that an item runs was started. */
export interface BindItem {
  readonly type: 'bindItem'
  readonly itemId: string
}

/** An item came to its end elsewhere: what waits for it goes on. */
export interface ItemEnded {
  readonly type: 'itemEnded'
  readonly itemId: string
  readonly by: string
}

/** What an item runs is not wanted any more. */
export interface CancelItemInstance {
  readonly type: 'cancelItemInstance'
  readonly itemId: string
}

/** A called instance is brought in line with the deviation of its caller. */
export interface Follow {
  readonly type: 'follow'
  readonly deviationId: string
}

/** Takes back that the path was left: as if it had not been, but on record. */
export interface Undo {
  readonly type: 'undo'
  readonly deviationId: string
  /** What has no compensator stays done. */
  readonly partial?: true
  readonly reason: Reason | null
}

/** What a handler was at when the path was no longer to be left has been waited for long enough. */
export interface CompensateNext {
  readonly type: 'compensateNext'
  readonly deviationId: string
}

/** The case reached what it was for. */
export interface ResolveCase {
  readonly type: 'resolveCase'
  readonly caseId: string
  readonly code: string
}

/** A clock of the case has come to its next step. */
export interface ServiceDue {
  readonly type: 'serviceDue'
  readonly caseId: string
}

export interface PauseClock {
  readonly type: 'pauseClock'
  readonly caseId: string
  /** One of those that the house allows. */
  readonly because: string
}

export interface ResumeClock {
  readonly type: 'resumeClock'
  readonly caseId: string
}

export interface SetSeverity {
  readonly type: 'setSeverity'
  readonly caseId: string
  readonly severity: string
  readonly reason: Reason
}

export interface SetTier {
  readonly type: 'setTier'
  readonly caseId: string
  readonly tier: string
  readonly reason: Reason
}

/** A person raises the case to a higher authority. */
export interface Escalate {
  readonly type: 'escalate'
  readonly caseId: string
  /** Those who know more: roles, or ids of people; null: those above. */
  readonly to: readonly string[] | null
  readonly reason: Reason
}

export interface CompleteItem {
  readonly type: 'completeItem'
  readonly itemId: string
  readonly outcome: string | null
  readonly variables: Values
  /** What it came to cost, against the limit of who completes it. */
  readonly cost?: Cost
}

/** An item is not wanted any more; one that is done is undone by its compensator. */
export interface CancelItem {
  readonly type: 'cancelItem'
  readonly itemId: string
  readonly reason: Reason
}

export interface Return extends ReturnTerms {
  readonly type: 'return'
  readonly deviationId: string
  readonly to: Directive
}

/** Takes free text, values of facts, and what was written in items or given with returns away, for good, and what repeats them. */
export interface Redact {
  readonly type: 'redact'
  readonly caseId: string
  /** Numbers of entries, from 1. */
  readonly entries: readonly number[]
  /** Ids of facts, for their values. */
  readonly facts: readonly string[]
  readonly items: readonly string[]
  /** Ids of deviations, for the values of their returns. */
  readonly deviations: readonly string[]
  /** The title of the case. */
  readonly title: boolean
  readonly because: string
}

/** What several commands came to, kept for the repetition of their call. */
export interface Answered {
  readonly type: 'answered'
  readonly answer: Value
}

/** Asks what a command would come to; nothing of it is kept. */
export interface Preview {
  readonly type: 'preview'
  readonly of: Leave | Return
  /** A return is not tried. */
  readonly isJudgedOnly?: true
}
