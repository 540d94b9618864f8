import type { CompensationSource, Instant } from '../state.ts'

/** A scope ended and is not closed, for it can be compensated: its variables stay as they are, and what completed in it. */
export interface ScopeCompleted {
  readonly type: 'scopeCompleted'
  readonly scopeId: string
}

/** Token n compensates: what is to be undone is taken out of its scopes and belongs to it. */
export interface CompensationBegun {
  readonly type: 'compensationBegun'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly sources: readonly CompensationSource[]
  /** The flows of a throwing event that does not wait. */
  readonly taken?: readonly string[]
}

/** The completed instance n is to be undone: an activity, whose handler comes next, or a scope, which is open again. */
export interface CompensableTaken {
  readonly type: 'compensableTaken'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** Id of the token whose compensation it is part of. */
  readonly by: string
  readonly at: Instant
  /** It is a scope: `content` is undone by this same rule, or its compensation event sub-process does it (`handler`). */
  readonly reopens?: 'content' | 'handler'
}

/** A completed scope that was open again is compensated: its token is gone. */
export interface ElementCompensated {
  readonly type: 'elementCompensated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** All that a token had to undo is undone, or it is interrupted: what it had not undone can be compensated again. */
export interface CompensationEnded {
  readonly type: 'compensationEnded'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/**
 * Something that was done beside the path can be compensated with its scope. `elementId` is its key in the register, which no element has.
 */
export interface BesideKept {
  readonly type: 'besideKept'
  readonly scopeId: string
  /** A number of its own, as a completed token has. */
  readonly n: number
  readonly elementId: string
}

/** It was undone otherwise. */
export interface BesideDropped {
  readonly type: 'besideDropped'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** It is the next that token n has to undo: whoever did it undoes it, and token n waits for that. */
export interface BesideUndoing {
  readonly type: 'besideUndoing'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly key: string
}

/** It is undone; token n takes what is next. */
export interface BesideUndone {
  readonly type: 'besideUndone'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly key: string
}
