import type { Values } from '@leeway/engine/extension'
import type { Reason } from './reason.ts'

/** The kinds of ways to come back. */
export type ReturnKind = Directive['type']

/** How the path is taken up again. Plain data: ids of elements, of element instances and of sequence flows. */
export type Directive = LaterDirective | HandOverDirective

/** A process, or a case of its own, takes the work over; when that has ended, the path is taken up by `next`. */
export interface HandOverDirective {
  readonly type: 'handOver'
  readonly kind: 'process' | 'case'
  /** The process's key, the case's template. */
  readonly does: string
  readonly input: Values
  readonly outputs?: ItemOutputs
  readonly next: LaterDirective
}

/** Those that move the path itself. */
export type LaterDirective =
  | { readonly type: 'resume' | 'redo' | 'skip' | 'endScope' | 'stayOff' }
  | { readonly type: 'event'; readonly elementId: string }
  | JumpDirective
  | { readonly type: 'endBranch'; readonly retireJoinSlot: boolean }

/**
 * The token goes before an element; `also` puts further tokens before elements, `cancel` ends the tokens of other element instances.
 * `within` is the open scope that is meant, where a sub-process has several.
 */
export interface JumpDirective {
  readonly type: 'jump'
  readonly elementId: string
  /** The flow by which it comes, where several lead there and joins ask. */
  readonly via: string | null
  readonly also: readonly string[]
  readonly cancel: readonly string[]
  readonly within?: string
}

/** What goes with a return besides its directive. */
export interface ReturnTerms {
  readonly confirmNotIdempotent: boolean
  /** Required items that are not waited for. */
  readonly waive?: readonly string[]
  /** Whom the actor stands in for. */
  readonly onBehalfOf?: string
  /** Variables that are to be set although others have changed them since. */
  readonly overwrite?: readonly string[]
  /**
   * What completed is undone before: of what a jump goes back over what can be, or all of it; of a scope that ends what can be. Default:
   * nothing.
   */
  readonly compensate?: Compensate
  /** A round that is passed over leaves its place in the collection of results empty. */
  readonly resultAbsent?: boolean
  /** Who agrees that what is mandatory is passed over, or that the path is not taken up again. */
  readonly approvedBy?: readonly string[]
  /** The second person who takes upon themselves what is not proven. */
  readonly override?: { readonly by: string; readonly reason: Reason }
  readonly reason: Reason | null
  readonly variables: Values
  /** What it costs, against the limit of who comes back. */
  readonly cost?: Cost
  /** By variable, the item whose result gives it. */
  readonly results?: { readonly [variable: string]: { readonly item: string; readonly result: string } }
}

/** `registered`: what can be undone; `all`: the same, and nothing may be among it that cannot. */
export type Compensate = 'none' | 'registered' | 'all'

/** What of an item's result becomes variables of the path: all under its own name, or by variable the name in the result. */
export type ItemOutputs = 'all' | { readonly [variable: string]: string }

/** What something costs, against the authority of who does it. */
export interface Cost {
  readonly kind: string
  readonly amount: number
}
