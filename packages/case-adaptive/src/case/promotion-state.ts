import type { PromotionState } from '../lifecycles/promotion.ts'
import type { Instant } from './case-state.ts'

/** Ad hoc work that became a step of a model; its id is the candidate's. */
export interface Promotion {
  readonly id: string
  readonly state: PromotionState
  readonly tenantId: string | null
  readonly body: {
    readonly processKey: string
    readonly elementId: string
    readonly name: string
    /** By which versions, the first one first. */
    readonly releases: readonly { readonly definitionId: string; readonly version: number; readonly by: string; readonly at: Instant }[]
  }
}

/** A version of the model has the step. */
export interface ReleasePromotion {
  readonly type: 'releasePromotion'
  readonly id: string
  readonly processKey: string
  readonly elementId: string
  readonly name: string
  readonly definitionId: string
  readonly version: number
  /** Only whether the person may. */
  readonly isTrial?: true
}
