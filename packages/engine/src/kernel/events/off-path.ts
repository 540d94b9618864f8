import type { Hold, Instant, Latch, Wait, WorkResult } from '../state.ts'

/** A person took a token off the path: its element goes on only after the release. */
export interface TokenHeld {
  readonly type: 'tokenHeld'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly hold: Hold
  /** What is armed while away: paused timers without due time. */
  readonly waits: readonly Wait[]
}

/** A held token is back on the path, in the phase it had; what was latched is applied next. */
export interface TokenReleased {
  readonly type: 'tokenReleased'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** What is armed from now on. */
  readonly waits: readonly Wait[]
}

/** A person took the whole instance off the path; that its tokens are held follows. */
export interface ProcessHeld {
  readonly type: 'processHeld'
  readonly scopeId: string
  readonly by: string
  readonly at: Instant
}

/** The instance is back on the path; that its tokens are released follows. */
export interface ProcessReleased {
  readonly type: 'processReleased'
  readonly scopeId: string
  readonly by: string
}

/** Kept for the return; the wait that it came to is closed meanwhile, behind an event-based gateway the others too. */
export interface EventLatched {
  readonly type: 'eventLatched'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly latch: Latch
  /** All its waits, the closed ones marked. */
  readonly waits: readonly Wait[]
}

/** A held token goes on as if its element were done; what it waited for is closed. */
export interface ElementSkipped {
  readonly type: 'elementSkipped'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** A person took the element instance back; that it is terminated follows, or with its token's hold was before. */
export interface ElementWithdrawn {
  readonly type: 'elementWithdrawn'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** The result of work came while its token was off the path, and was not wanted: the work is done again after the return. */
export interface LateResultDiscarded {
  readonly type: 'lateResultDiscarded'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly result: WorkResult
}
