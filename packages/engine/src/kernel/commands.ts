import type { Definition } from '../model/definition.ts'
import type { Duration } from '../model/duration.ts'
import type { Values } from '../model/value.ts'
import type { EscalateCall, FailWork, FinishCall, FinishWork, TriggerWait } from './occurrences.ts'
import type { Caught, Instant, TaskSeen } from './state.ts'

export type { EscalateCall, FailWork, FinishCall, FinishWork, KeptCommand, TriggerWait } from './occurrences.ts'

/** What the outside asks of one instance. Time comes with it; values are already validated. */
export type Command = { readonly now: Instant } & (
  | StartProcess
  | FinishWork
  | FailWork
  | FinishCall
  | EscalateCall
  | CompleteTask
  | TriggerWait
  | TriggerElement
  | ThrowError
  | ThrowEscalation
  | Continue
  | SetVariables
  | CancelProcess
  | MigrateProcess
  | ModifyProcess
  | RewindProcess
  | SuspendProcess
  | ResumeProcess
  | ResolveIncident
  | RescheduleTimer
  | HoldToken
  | ReleaseToken
  | HoldProcess
  | ReleaseProcess
  | DivertToken
  | EndScope
  | SetStops
  | StartAdHoc
  | CompleteAdHoc
  | KeepBeside
  | DropBeside
  | UndoneBeside
)

export interface StartProcess {
  readonly type: 'startProcess'
  readonly instanceId: string
  readonly definitionId: string
  readonly businessKey: string | null
  readonly variables: Values
  readonly actor: string | null
  /** What it begins with was entered in the form of its start event, and is held against that. */
  readonly checksForm?: true
  /** Elements to start before; default: the process's initial nodes. */
  readonly at?: readonly string[]
  /** The start event that an occurrence triggered (message, signal, timer): the process starts there. */
  readonly startEventId?: string
  /** The key that the message came with which started it. */
  readonly key?: string
  /** As by {@link SetStops}, from the start on. */
  readonly stops?: { readonly [elementId: string]: string }
  /** A call activity starts it: what its callers catch. */
  readonly called?: Caught
}

export interface CompleteTask {
  readonly type: 'completeTask'
  readonly scopeId: string
  readonly n: number
  readonly values: Values
  /** The values are not held against the task's form. */
  readonly isUnchecked?: true
  /** What its listeners are to know of it. */
  readonly task?: TaskSeen
  readonly actor: string | null
}

/** `engine.trigger`: as if what the element itself waits for had come. */
export interface TriggerElement {
  readonly type: 'triggerElement'
  readonly scopeId: string
  readonly n: number
  readonly values: Values
}

/** A BPMN error thrown from a live element. */
export interface ThrowError {
  readonly type: 'throwError'
  readonly scopeId: string
  readonly n: number
  readonly code: string
  readonly message: string
  readonly values: Values
}

/** An escalation thrown from a live element, which goes on waiting unless it is interrupted. */
export interface ThrowEscalation {
  readonly type: 'throwEscalation'
  readonly scopeId: string
  readonly n: number
  readonly code: string
  readonly values: Values
}

/** An asynchronous continuation's job is executed. */
export interface Continue {
  readonly type: 'continue'
  readonly scopeId: string
  readonly n: number
}

export interface SetVariables {
  readonly type: 'setVariables'
  readonly scopeId: string
  readonly values: Values
  /** Names of variables of this very scope that go. */
  readonly remove?: readonly string[]
}

export interface CancelProcess {
  readonly type: 'cancelProcess'
  readonly instanceId: string
  readonly reason: string | null
  /** Default `terminated`. `superseded`: what it was for goes on without it. */
  readonly as?: 'superseded'
}

/**
 * The instance goes on by another definition: every token stays where it is, at the element that the map names, else at that of the same
 * id.
 */
export interface MigrateProcess {
  readonly type: 'migrateProcess'
  readonly instanceId: string
  readonly definitionId: string
  readonly target: Definition
  /** Ids of elements and sequence flows, old to new; the others keep theirs. */
  readonly map: IdMap
  /** Steps at which somebody is off the path, and those of the new model to which they go instead, old to new. */
  readonly reanchor?: IdMap
  /** Who works beside a step that is not held, by element instance: they are looked at as who is off the path there. */
  readonly beside?: { readonly [elementInstanceId: string]: string }
  /**
   * Before which elements of the new model the path stops from now on, for what the migration itself sends on too, and the ids of who is
   * there then.
   */
  readonly pins?: { readonly [elementId: string]: string }
  /**
   * Timers of the new model, by their events' ids, that count anew from now on by its definition; true: all. Default: they keep their due
   * time, or what was left.
   */
  readonly retime?: readonly string[] | true
  /** Not while somebody has left the path: then it is rejected as `offPath`. */
  readonly afterReturn?: true
}

export interface IdMap {
  readonly [oldId: string]: string
}

/** An operator's change: tokens are put before or after elements and others are ended, all in one command. */
export interface ModifyProcess {
  readonly type: 'modifyProcess'
  readonly instanceId: string
  readonly start: readonly StartInstruction[]
  readonly cancel: readonly CancelInstruction[]
}

/**
 * Where a token is to be put. `within` names the scope, around the element or further out, that it is put into; null: the only one there
 * is.
 */
export interface StartInstruction {
  readonly at: 'before' | 'after'
  readonly elementId: string
  readonly within: string | null
  /** The incoming flow by which it comes: at a gateway that joins it then waits for the others. */
  readonly via?: string
  /** Set where a variable of the name exists already, else on the process instance. */
  readonly values: Values
}

/** One element instance, or all of an element. */
export type CancelInstruction = { readonly scopeId: string; readonly n: number } | { readonly elementId: string }

/** Back to an element that was passed: what followed from it in its scope ends, a token is put before it. */
export interface RewindProcess {
  readonly type: 'rewindProcess'
  readonly instanceId: string
  readonly elementId: string
  readonly within: string | null
  readonly values: Values
}

/** Nothing of the instance moves until it is resumed. */
export interface SuspendProcess {
  readonly type: 'suspendProcess'
  readonly instanceId: string
  readonly reason: string | null
}

/** Goes on; what came meanwhile is applied in the order in which it came. */
export interface ResumeProcess {
  readonly type: 'resumeProcess'
  readonly instanceId: string
}

/** Tries again what got stuck; a failed job is made anew with its attempts. */
export interface ResolveIncident {
  readonly type: 'resolveIncident'
  readonly scopeId: string
  readonly n: number
}

/** An operator gives an armed timer another due time. */
export interface RescheduleTimer {
  readonly type: 'rescheduleTimer'
  readonly scopeId: string
  readonly n: number
  /** The timer's event, which may be at the boundary; null: the only timer that the token waits for. */
  readonly for: string | null
  /** Which definition of a multiple event it is, from 0; absent: any. */
  readonly definition?: number
  readonly dueAt: Instant
  /** What follows in a cycle is shifted with it. Default: it comes when it would have come. */
  readonly shifts?: true
}

/** Takes a token off the path. `timers` overrides the default by element: `pause` for boundary timers, `latch` for the step's own. */
export interface HoldToken {
  readonly type: 'hold'
  readonly scopeId: string
  readonly n: number
  readonly by: string
  readonly timers: { readonly [elementId: string]: AwayPolicy }
  /** What becomes of messages and signals meanwhile, otherwise than by default. Only what is at the boundary acts at once. */
  readonly events?: { readonly [elementId: string]: EventPolicy }
  /** The step is taken back: what it waited for is closed for good, and there is no going back to it but by beginning it anew. */
  readonly withdraw?: true
  /** The token opened a scope: all that is in it is held with it. Without this such a token is not held. */
  readonly whole?: true
  /** What becomes of a result of work that comes while away. Default: kept for the return. */
  readonly late?: 'discard' | 'accept'
}

/** What a message or signal does while its token is held: acts at once, is kept for the return, or is not listened for until then. */
export type EventPolicy = 'live' | 'latch' | 'drop'

/**
 * What a timer does while its token is held: goes on, stands still, is kept when it comes, is closed for good, begins anew on return, or
 * goes on with a later due time (by its business hours, where it has some).
 */
export type AwayPolicy = 'keep' | 'pause' | 'latch' | 'cancel' | 'restart' | { readonly extend: Duration }

/** Ends the hold otherwise than by the release: the element instance does not go on as it was. */
export interface DivertToken {
  readonly type: 'divert'
  readonly scopeId: string
  readonly n: number
  readonly by: string
  readonly to: Diversion
}

/** What is undone of one scope: of these elements the latest completion each; null: all that can be compensated in it. */
export interface ToCompensate {
  readonly scopeId: string
  readonly elementIds: readonly string[] | null
}

/**
 * `compensate`: the step is taken back, and its token undoes what completed, one after the other; then it is held as before, and goes on by
 * another diversion. `alone`: all else in its scope ends first. `redo`: the element begins anew, as an instance of its own; `end`: its
 * branch ends there, as at an end event; `skip`: it counts as done, with these values; `event`: it ends as if this event had occurred: one
 * at its boundary that interrupts, one behind it where it is an event-based gateway, its own.
 */
export type Diversion =
  | { readonly type: 'redo' }
  | { readonly type: 'end' }
  | { readonly type: 'skip'; readonly values: Values }
  | { readonly type: 'compensate'; readonly sources: readonly ToCompensate[]; readonly alone: boolean }
  | { readonly type: 'event'; readonly for: string; readonly values: Values }

/** Where tokens that come are held before the element begins, by whom: each once. Replaces what was set before. */
export interface SetStops {
  readonly type: 'setStops'
  readonly instanceId: string
  readonly stops: { readonly [elementId: string]: string }
}

/** What was done beside the path joins what can be compensated of a scope: the latest of it. */
export interface KeepBeside {
  readonly type: 'keepBeside'
  readonly scopeId: string
  /** By which it is known to who did it; once in an instance. */
  readonly key: string
}

/** It was undone otherwise; where it is not kept there, nothing is to be done. */
export interface DropBeside {
  readonly type: 'dropBeside'
  readonly scopeId: string
  readonly key: string
}

/** It is undone, for the compensation of token n: `besideUndoing` asked for it. */
export interface UndoneBeside {
  readonly type: 'undoneBeside'
  readonly scopeId: string
  readonly n: number
  readonly key: string
}

/**
 * Ends all that goes on in a scope. A sub-process then completes, and so does an instance that was called; any other is over as terminated.
 */
export interface EndScope {
  readonly type: 'endScope'
  readonly scopeId: string
  readonly reason: string | null
}

/** Puts it back where it was; what was latched is applied once, now. */
export interface ReleaseToken {
  readonly type: 'release'
  readonly scopeId: string
  readonly n: number
  readonly by: string
}

/**
 * Takes a whole instance off the path: all its tokens, and what listens in it for event sub-processes. `timers` as of {@link HoldToken}.
 */
export interface HoldProcess {
  readonly type: 'holdProcess'
  readonly instanceId: string
  readonly by: string
  readonly timers: { readonly [elementId: string]: AwayPolicy }
}

/** Puts all back that was held with the instance; what was latched is applied once, now. */
export interface ReleaseProcess {
  readonly type: 'releaseProcess'
  readonly instanceId: string
  readonly by: string
}

/** Starts an activity of the ad hoc sub-process that token n opened. The values are the activity's own variables. */
export interface StartAdHoc {
  readonly type: 'startAdHoc'
  readonly scopeId: string
  readonly n: number
  readonly activityId: string
  readonly values: Values
}

/** Ends the ad hoc sub-process that token n opened, as if its completion condition had come true. */
export interface CompleteAdHoc {
  readonly type: 'completeAdHoc'
  readonly scopeId: string
  readonly n: number
}
