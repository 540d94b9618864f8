import type { EvaluationContext } from '../expressions/expression.ts'
import type { DecisionTable, Formula, InputClause, OutputClause, Rule } from './decision.ts'
import { applyHitPolicy, type Hit } from './hit-policy.ts'
import { converted, given, spend } from './values.ts'

/** What came of a table. */
export interface TableResult {
  readonly value: unknown
  readonly results: readonly { readonly [output: string]: unknown }[]
  /** Ids of the rules that matched. */
  readonly rules: readonly string[]
}

/**
 * Asks each rule whether its tests pass, and makes one value of those that match. `resultName` stands for an output without a name. DMN 1.3
 * §8.2.
 */
export function evaluateTable(table: DecisionTable, context: EvaluationContext, resultName: string): TableResult {
  const inputs = table.inputs.map((clause) => inputValue(clause, context))
  const hits: Hit[] = []
  for (const rule of table.rules) {
    if (!matches(rule, table.inputs, inputs, context)) continue
    hits.push({ rule, outputs: rule.entries.map((entry, index) => outputValue(entry, table.outputs[index], context)) })
    if (table.hitPolicy.type === 'FIRST') break
  }
  const { value, results } = applyHitPolicy(table, hits, context, (clause) => outputValue(clause.default, clause, context))
  const nameOf = (index: number): string => table.outputs[index]?.name ?? resultName
  return {
    value,
    results: results.map((outputs) => Object.fromEntries(outputs.map((output, index) => [nameOf(index), output]))),
    rules: hits.map(({ rule }) => rule.id),
  }
}

function inputValue({ formula, type, title }: InputClause, context: EvaluationContext): unknown {
  spend(context)
  return given(formula.evaluate(context), type, `the input "${title}"`)
}

function matches(rule: Rule, clauses: readonly InputClause[], inputs: readonly unknown[], context: EvaluationContext): boolean {
  for (let i = 0; i < clauses.length; i++) {
    spend(context)
    const clause = clauses[i] as InputClause // i is in range
    if (rule.tests[i]?.passes(inputs[i], clause, context) !== true) return false
  }
  return true
}

function outputValue(entry: Formula | null, clause: OutputClause | undefined, context: EvaluationContext): unknown {
  spend(context)
  if (entry === null || clause === undefined) return null
  return converted(entry.evaluate(context), clause.type, `the output "${clause.title}"`)
}
