import type { EvaluationContext } from '../expressions/expression.ts'
import type { FeelType } from '../expressions/feel-conversion.ts'

/** A decision of a DMN file, compiled: plain linked data, never changed. DMN 1.3 §6.3.7. */
export interface Decision {
  readonly id: string
  readonly name: string | null
  readonly versionTag: string | null
  /** The name under which decisions that require this one see its result: its variable's, else its own, else its id. */
  readonly resultName: string
  /** What its result is converted to; null where the file does not say, or names a type that is no scalar. */
  readonly type: FeelType | null
  /** What it requires directly, in document order. */
  readonly requires: Requirements
  /** Every decision that it requires, near and far, each once, each behind what it requires itself. */
  readonly order: readonly Decision[]
  /** Null where the file does not say how it is made. */
  readonly logic: Logic | null
}

export interface Requirements {
  readonly decisions: readonly Decision[]
  readonly knowledge: readonly Knowledge[]
  readonly inputs: readonly InputData[]
}

/** DMN 1.3 §6.3.11. */
export interface InputData {
  readonly id: string
  readonly name: string
  readonly type: FeelType | null
}

/** A business knowledge model: a function that decisions call by its name. DMN 1.3 §6.3.9. */
export interface Knowledge {
  readonly id: string
  readonly name: string
  readonly function: BoxedFunction | null
  readonly requires: readonly Knowledge[]
}

/** How a value is made. DMN 1.3 §7, §8, §10.2. */
export type Logic = DecisionTable | Literal | BoxedContext | Invocation | BoxedList | Relation | BoxedFunction

export interface Literal {
  readonly type: 'literal'
  readonly formula: Formula
}

/** Entries see those before them; an entry without a name is the value of the whole. DMN 1.3 §10.2.1.4. */
export interface BoxedContext {
  readonly type: 'context'
  readonly entries: readonly { readonly name: string | null; readonly type: FeelType | null; readonly logic: Logic | null }[]
}

/** DMN 1.3 §10.2.1.3. */
export interface Invocation {
  readonly type: 'invocation'
  readonly callee: Formula
  readonly bindings: readonly { readonly parameter: string; readonly logic: Logic | null }[]
}

export interface BoxedList {
  readonly type: 'list'
  readonly elements: readonly Logic[]
}

/** A list of contexts, drawn as a table. DMN 1.3 §10.2.1.6. */
export interface Relation {
  readonly type: 'relation'
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Logic[])[]
}

export interface BoxedFunction {
  readonly type: 'function'
  readonly parameters: readonly { readonly name: string; readonly type: FeelType | null }[]
  readonly body: Logic | null
}

/** DMN 1.3 §8. */
export interface DecisionTable {
  readonly type: 'table'
  readonly hitPolicy: HitPolicy
  readonly inputs: readonly InputClause[]
  /** At least one. */
  readonly outputs: readonly OutputClause[]
  readonly rules: readonly Rule[]
}

export type HitPolicy =
  | { readonly type: 'UNIQUE' | 'FIRST' | 'PRIORITY' | 'ANY' | 'RULE ORDER' | 'OUTPUT ORDER' }
  | { readonly type: 'COLLECT'; readonly aggregation: Aggregation | null }

export type Aggregation = 'SUM' | 'MIN' | 'MAX' | 'COUNT'

export interface InputClause {
  /** Its label, else the text of its expression: for messages. */
  readonly title: string
  readonly formula: Formula
  readonly type: FeelType | null
  /** The variable by which cells in other languages than FEEL see the input (`camunda:inputVariable`; default `cellInput`). */
  readonly variable: string
}

export interface OutputClause {
  readonly title: string
  /** Null only where there is one output. */
  readonly name: string | null
  readonly type: FeelType | null
  /** The allowed values in order of priority, first the most important; empty where none are given. */
  readonly values: readonly Test[]
  readonly default: Formula | null
}

export interface Rule {
  readonly id: string
  /** One an input. */
  readonly tests: readonly Test[]
  /** One an output; null where the cell is empty: then there is no value. */
  readonly entries: readonly (Formula | null)[]
}

/** An expression that gives a value of FEEL, whatever its language. */
export interface Formula {
  readonly source: string
  evaluate(context: EvaluationContext): unknown
}

/** A cell that an input passes or not. */
export interface Test {
  readonly source: string
  passes(value: unknown, clause: { readonly variable: string }, context: EvaluationContext): boolean
}
