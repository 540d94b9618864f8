import type { Value, Values } from '../../model/value.ts'
import type { Rounds, ScopeKind } from '../state.ts'

/**
 * An operator puts tokens into the scope: what it does from now on goes by another path, so that no work has the key of work done before.
 */
export interface ScopeModified {
  readonly type: 'scopeModified'
  readonly scopeId: string
  readonly path: string
}

/** The scope is one of this element now; what it does from now on goes by another path. */
export interface ScopeMigrated {
  readonly type: 'scopeMigrated'
  readonly scopeId: string
  readonly elementId: string
  readonly path: string
}

/** Token `n` of the parent opened it; id and parent follow from scopeId. */
export interface ScopeOpened {
  readonly type: 'scopeOpened'
  readonly scopeId: string
  readonly kind: ScopeKind
  readonly elementId: string
  readonly path: string
  readonly variables: Values
  readonly rounds?: Rounds
  /** The collection of a sequential multi-instance. */
  readonly items?: readonly Value[]
  /** Which activation of a repeatable element this is. */
  readonly activation?: number
}

/** It is gone, with its kept iterations; its tokens are gone before. */
export interface ScopeClosed {
  readonly type: 'scopeClosed'
  readonly scopeId: string
}

/** Values written into this very scope. */
export interface VariablesSet {
  readonly type: 'variablesSet'
  readonly scopeId: string
  readonly values: Values
  /** Variables that are there no more. */
  readonly removed?: readonly string[]
}

/** scopeId is the body's; the iteration's own is `scopeId.n`. */
export interface IterationBegun {
  readonly type: 'iterationBegun'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly path: string
  readonly variables: Values
}

export interface IterationEnded {
  readonly type: 'iterationEnded'
  readonly scopeId: string
  readonly n: number
  readonly outcome: 'completed' | 'terminated'
  /** Kept in the iteration's scope until the body ends. */
  readonly output?: { readonly value: Value }
}

/** An event inside of a multi-instance ended it: no more rounds begin. */
export interface RoundsEnded {
  readonly type: 'roundsEnded'
  /** The body. */
  readonly scopeId: string
}

/** Variables of a path in an ad hoc sub-process: what its activity began with, or what was set on it since. */
export interface PathVariablesSet {
  readonly type: 'pathVariablesSet'
  /** The ad hoc sub-process's. */
  readonly scopeId: string
  readonly path: number
  readonly values: Values
}

/** A path in an ad hoc sub-process is over: its variables go. */
export interface PathClosed {
  readonly type: 'pathClosed'
  readonly scopeId: string
  readonly path: number
}

/** An ad hoc sub-process is to end: its completion condition holds, or the host completed it. scopeId is that of its content. */
export interface AdHocClosed {
  readonly type: 'adHocClosed'
  readonly scopeId: string
}
