import type { Expression } from '../expressions/expression.ts'

/** What a call activity calls, and what passes between the two. BPMN 2.0.2 §10.3.6. */
export interface Call {
  /** Gives the key of a process or global task. */
  readonly process: Expression
  readonly binding: CallBinding
  /** Gives the tenant whose processes are meant; null: the caller's. */
  readonly tenant: Expression | null
  /** Gives the called instance's business key; `inherited`: the caller's; null: none. */
  readonly businessKey: Expression | 'inherited' | null
  readonly inputs: Passing
  readonly outputs: Passing
  /** The variable that gets the id of the called instance (`flowable:idVariableName`). */
  readonly idVariable: string | null
}

/** Which version is called: the latest, the one deployed together with the caller (or else the latest), or a named one. */
export type CallBinding =
  | { readonly type: 'latest' }
  | { readonly type: 'deployment' }
  | { readonly type: 'deploymentOrLatest' }
  | { readonly type: 'version'; readonly version: Expression }
  | { readonly type: 'versionTag'; readonly tag: Expression }

/** Variables that pass from one instance to the other. */
export interface Passing {
  /** Whole sets: `visible` all that the sender sees, `local` only the call activity's own, null none. */
  readonly all: 'visible' | 'local' | null
  /** In order, after those. */
  readonly mappings: readonly PassedVariable[]
  /**
   * What passes back is set in the scope around the call activity, and hides variables of its names further out
   * (`flowable:useLocalScopeForOutParameters`).
   */
  readonly isAround?: true
  /** Gives an object of further variables: what the host makes of those that the sender has (`camunda:variableMappingClass`). */
  readonly made?: Expression
}

export interface PassedVariable {
  /** The variable's name, or an expression of the sender's that gives it (`flowable:in targetExpression`). */
  readonly target: string | Expression
  /** A variable by its name, whatever characters are in it, or an expression that the sender evaluates. */
  readonly source: { readonly variable: string } | { readonly expression: Expression }
  /** An output: set as the call activity's own variable, for its output mappings. An input: only the activity's own variable passes. */
  readonly local: boolean
}
