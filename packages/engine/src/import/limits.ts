/** How large a file may be. Passing a limit is a diagnostic of severity error, and nothing more is read. */
export interface ImportLimits {
  /** Bytes, or UTF-16 units of a text. */
  readonly sourceMax: number
  /** XML elements, those of the diagram included. */
  readonly elementsMax: number
  /** Elements inside one another. */
  readonly depthMax: number
  /** UTF-16 units of one attribute's value. */
  readonly attributeMax: number
  /** Findings reported; the rest is counted. */
  readonly findingsMax: number
}

export const DEFAULT_LIMITS: ImportLimits = {
  sourceMax: 20_000_000,
  elementsMax: 200_000,
  depthMax: 200,
  attributeMax: 1_000_000,
  findingsMax: 1_000,
}
