import type { Values } from '../../model/value.ts'

/** A BPMN error; `caughtBy` is the event that catches it, null if none does. */
export interface ErrorThrown {
  readonly type: 'errorThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly code: string
  readonly message: string
  readonly caughtBy: string | null
}

/**
 * An escalation; `caughtBy` is the event that catches it. Where none does (null) it has no effect, unless a caller of the instance
 * catches it: `toCaller` is then what goes with it.
 */
export interface EscalationThrown {
  readonly type: 'escalationThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly code: string
  readonly caughtBy: string | null
  readonly toCaller?: Values
}

/** To be delivered by the runtime, by a job in the same commit. */
export interface MessageThrown {
  readonly type: 'messageThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly name: string
  readonly key: string | null
  readonly values: Values
  /** Of a multi-instance: which of its completed rounds throws it, so that what they throw is told apart. */
  readonly round?: number
}

/** A token, and which event of it, or which of that event's definitions. */
export interface CaughtBy {
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly definition?: number
}

/** A broadcast: events around the thrower catch it at once, in the same step; the others by a job in the same commit. */
export interface SignalThrown {
  readonly type: 'signalThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly name: string
  readonly values: Values
  /** For catchers of its own instance only. */
  readonly isLocal?: true
  /** What caught it at once: events around its thrower. */
  readonly caughtBy?: readonly CaughtBy[]
  /** Of a multi-instance: which of its completed rounds throws it, so that what they throw is told apart. */
  readonly round?: number
}
