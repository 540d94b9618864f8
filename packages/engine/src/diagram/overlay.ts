/** What is drawn over a diagram: where an instance is and was. By element id. */
export interface Overlay {
  /** Tokens that are there now. */
  readonly tokens: ReadonlyMap<string, number>
  /** Of them, those off the path. */
  readonly held: ReadonlyMap<string, number>
  /** How often it was completed. */
  readonly completed: ReadonlyMap<string, number>
  /** How often the flow was taken. */
  readonly taken: ReadonlyMap<string, number>
  /** What is stuck there. */
  readonly incidents: ReadonlyMap<string, readonly string[]>
}

export const NO_OVERLAY: Overlay = {
  tokens: new Map(),
  held: new Map(),
  completed: new Map(),
  taken: new Map(),
  incidents: new Map(),
}
