/** Why: a code of the installation's own list, and words. */
export interface Reason {
  readonly code: string
  readonly text: string | null
  /** What the customer said, in the customer's words. */
  readonly customerStatement?: string
  /** The rule of the house that is departed from. */
  readonly rule?: string
  /** References to what bears it out: documents, calls, pictures. */
  readonly evidence?: readonly string[]
}
