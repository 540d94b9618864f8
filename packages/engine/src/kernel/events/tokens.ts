import type { Values } from '../../model/value.ts'
import type { Instant, Latch, Wait } from '../state.ts'

export interface ElementActivated {
  readonly type: 'elementActivated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly at: Instant
  readonly via?: string
  /** It is a compensation handler: the token whose compensation runs it. */
  readonly drivenBy?: string
  /** It is an event sub-process. */
  readonly handler?: true
  /** In an ad hoc sub-process: the path that it is part of, by the number of the token that began it. */
  readonly path?: number
}

/** At a gateway that joins: waits there for others. */
export interface TokenArrived {
  readonly type: 'tokenArrived'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly via: string
  readonly at: Instant
  /** As in {@link ElementActivated}. */
  readonly path?: number
}

/** The gateway consumed these arrived tokens (number by flow). */
export interface TokensJoined {
  readonly type: 'tokensJoined'
  readonly scopeId: string
  readonly elementId: string
  readonly tokens: readonly (readonly [flowId: string, n: number])[]
  /** Complex gateway: it now waits for the other flows. */
  readonly waitingForReset?: readonly string[]
  /** In an ad hoc sub-process: of which path alone it waits. */
  readonly path?: number
}

/** Complex gateway: it can fire again. */
export interface GatewayReset {
  readonly type: 'gatewayReset'
  readonly scopeId: string
  readonly elementId: string
  /** In an ad hoc sub-process: for this path alone; absent: for all. */
  readonly path?: number
}

/** The activity's own variables: results of its input mappings. Replaces them. */
export interface LocalsSet {
  readonly type: 'localsSet'
  readonly scopeId: string
  readonly n: number
  readonly locals: Values
}

/** Token n is gone; `taken` are the flows it left by. */
export interface ElementCompleted {
  readonly type: 'elementCompleted'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly taken: readonly string[]
  readonly actor?: string
  /** It can be compensated: what is needed for that is kept. */
  readonly kept?: true
}

/** Token n is gone without completing: interrupted by `by`, or with its scope. */
export interface ElementTerminated {
  readonly type: 'elementTerminated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly by: string | null
}

/** Token n stands at this element now. */
export interface TokenMigrated {
  readonly type: 'tokenMigrated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly via?: string
  /** All that is armed from now on. */
  readonly waits: readonly Wait[]
  /** Of a held token: what was kept for its return. */
  readonly latches?: readonly Latch[]
}

/** Token n is in another scope now, with all that it opened. Rows stay known by the id that it had first. */
export interface TokenMoved {
  readonly type: 'tokenMoved'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** Its id from now on. */
  readonly to: string
}
