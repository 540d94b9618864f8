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
  | SuspendProcess
  | ResumeProcess
  | ResolveIncident
  | HoldToken
  | ReleaseToken
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
