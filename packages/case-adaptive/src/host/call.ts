/** What every mutating call takes. What goes on record needs an actor, here or by `cases.as`. */
export interface CaseCall {
  readonly actor?: string
  readonly tenantId?: string
  /** The same key gives the same answer and one effect. */
  readonly idempotencyKey?: string
}

/** A code of the installation's own, and words; a string is a code. */
export type ReasonGiven =
  | string
  | {
      readonly code: string
      readonly text?: string
      /** What the customer said. */
      readonly customerStatement?: string
      /** The rule of the house that is departed from. */
      readonly rule?: string
      /** References to what bears it out. */
      readonly evidence?: readonly string[]
    }

/** What something costs, by kind. */
export interface Cost {
  readonly kind: string
  readonly amount: number
}

/**
 * ISO 8601, a Date, or epoch milliseconds. Text without an offset is local in the engine's `timeZone`, a date alone the start of that day.
 */
export type InstantGiven = string | number | Date
