/** A finding at import. Errors stop a deployment; warnings and infos do not. */
export interface Diagnostic {
  /** Stable, camelCase; the table stands in docs/reference/diagnostics.md. */
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  /** What is so, naming the element. */
  readonly message: string
  readonly elementId?: string
  /** Other elements involved, by id. */
  readonly related?: readonly string[]
  /** For a finding about the control flow: the elements on the way to it, in order, by id. */
  readonly trace?: readonly string[]
  /** 1-based place in the file. */
  readonly line?: number
  readonly column?: number
  /** What to do. */
  readonly hint?: string
  /** The file's name, where several were given. */
  readonly file?: string
}
