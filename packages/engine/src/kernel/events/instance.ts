import type { Values } from '../../model/value.ts'
import type { KeptCommand } from '../occurrences.ts'
import type { Caught, InstanceStatus, Instant } from '../state.ts'

export interface ProcessStarted {
  readonly type: 'processStarted'
  readonly scopeId: string
  readonly definitionId: string
  readonly processKey: string
  readonly businessKey: string | null
  readonly variables: Values
  readonly at: Instant
  /** A call activity started it. */
  readonly called?: Caught
}

export interface ProcessEnded {
  readonly type: 'processEnded'
  readonly scopeId: string
  readonly status: Exclude<InstanceStatus, 'active' | 'suspended'>
  readonly reason: string | null
  readonly at: Instant
  /** An error that a caller catches ended it. */
  readonly error?: { readonly code: string; readonly message: string; readonly values: Values }
  /** A terminate event ended it that ends more than this instance. */
  readonly ends?: 'rounds' | 'all'
}

/** The first message of a conversation that yields these correlation keys was sent or received. BPMN 2.0.2 §8.4.2 */
export interface CorrelationKeysSet {
  readonly type: 'correlationKeysSet'
  readonly scopeId: string
  readonly keys: { readonly [keyId: string]: string }
}

/** It goes on by another definition; what that changes at its scopes and tokens follows. */
export interface ProcessMigrated {
  readonly type: 'processMigrated'
  readonly scopeId: string
  readonly definitionId: string
  readonly processKey: string
  /** What came while it was suspended, by the ids of the new model; absent where those are the same. */
  readonly kept?: readonly KeptCommand[]
}

/** Nothing of it moves from now on. */
export interface ProcessSuspended {
  readonly type: 'processSuspended'
  readonly scopeId: string
  readonly reason: string | null
}

/** It goes on; what was kept is applied next. */
export interface ProcessResumed {
  readonly type: 'processResumed'
  readonly scopeId: string
}

/** Something came to token n while the instance was suspended: kept for its resumption. */
export interface OccurrenceKept {
  readonly type: 'occurrenceKept'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly command: KeptCommand
}

/** Where tokens that come are held from now on. scopeId is the instance's. */
export interface StopsSet {
  readonly type: 'stopsSet'
  readonly scopeId: string
  readonly stops: { readonly [elementId: string]: string }
}
