import type { Proof, Vendor } from './probe.ts'

/** One name of a vendor that is read: what it does, and a model that shows it. */
export interface Row extends Proof {
  /** Local name; `taskDefinition/retries` is an attribute without a namespace on that element. */
  readonly name: string
  /** In Markdown. */
  readonly does: string
  /** Who writes it; left out where all four of the family do. */
  readonly vendors?: readonly Vendor[]
  /** Where it is read, where the table of names cannot tell it. */
  readonly on?: string
}
