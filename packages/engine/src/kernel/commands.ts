import type { Definition } from '../model/definition.ts'
import type { Values } from '../model/value.ts'
import type { EscalateCall, FailWork, FinishCall, FinishWork, TriggerWait } from './occurrences.ts'
import type { Caught, Instant } from './state.ts'

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
  | HoldToken
  | ReleaseToken
  | StartAdHoc
  | CompleteAdHoc
)

export interface StartProcess {
  readonly type: 'startProcess'
  readonly instanceId: string
  readonly definitionId: string
  readonly businessKey: string | null
  readonly variables: Values
  readonly actor: string | null
  /** Elements to start before; default: the process's initial nodes. */
  readonly at?: readonly string[]
  /** The start event that an occurrence triggered (message, signal, timer): the process starts there. */
  readonly startEventId?: string
  /** The key that the message came with which started it. */
  readonly key?: string
  /** A call activity starts it: what its callers catch. */
  readonly called?: Caught
}

export interface CompleteTask {
  readonly type: 'completeTask'
  readonly scopeId: string
  readonly n: number
  readonly values: Values
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
}

export interface CancelProcess {
  readonly type: 'cancelProcess'
  readonly instanceId: string
  readonly reason: string | null
}

/** The instance goes on by another definition: every token stays where it is, at the element that the map names, else at that of the same id. */
export interface MigrateProcess {
  readonly type: 'migrateProcess'
  readonly instanceId: string
  readonly definitionId: string
  readonly target: Definition
  /** Ids of elements and sequence flows, old to new; the others keep theirs. */
  readonly map: IdMap
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

/** Where a token is to be put. `within` names the scope, around the element or further out, that it is put into; null: the only one there is. */
export interface StartInstruction {
  readonly at: 'before' | 'after'
  readonly elementId: string
  readonly within: string | null
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

/** Takes a token off the path. `timers` overrides the default by element: `pause` for boundary timers, `latch` for the step's own. */
export interface HoldToken {
  readonly type: 'hold'
  readonly scopeId: string
  readonly n: number
  readonly by: string
  readonly timers: { readonly [elementId: string]: 'keep' | 'pause' | 'latch' }
}

/** Puts it back where it was; what was latched is applied once, now. */
export interface ReleaseToken {
  readonly type: 'release'
  readonly scopeId: string
  readonly n: number
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
