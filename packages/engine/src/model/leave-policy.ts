/** Ways to leave the path at an element that a model can allow or not. */
export const LEAVE_MODES = ['alongside', 'detour', 'withdraw', 'deferred', 'takeOver'] as const

/** What a model says of leaving the path at an element, and of passing it over (`leeway:deviation`). */
export interface LeavePolicy {
  /** Ways in which it may be left; null: all. */
  readonly modes: readonly (typeof LEAVE_MODES)[number][] | null
  /** Roles of those who may leave here; null: whoever may leave at all. */
  readonly roles: readonly string[] | null
  /** It is not passed over without approval. */
  readonly mandatory: boolean
  /** How many others must agree before it is passed over, where it is mandatory. */
  readonly approvals: number
  /** Of a timer: it never stands still. */
  readonly unpausable: boolean
  /** Elements to which a return may lead from here; null: all that are sound. */
  readonly returnTargets: readonly string[] | null
  /** Variables that must be given where the element is passed over. */
  readonly outputs: readonly string[]
}
