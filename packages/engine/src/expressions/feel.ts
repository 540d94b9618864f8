import { evaluate as evaluateWithFeelin } from 'feelin'
import type { EvaluationContext, Expression } from './expression.ts'
import { toExpressionError } from './expression-error.ts'
import { compileFast, SLOW } from './feel-fast.ts'
import { guardText, newBudget } from './feel-guard.ts'
import { namesOf } from './feel-names.ts'
import { type Compiled, checkCalls, isBuiltin, surroundings } from './feel-surroundings.ts'
import { parseFeelTree } from './feel-tree.ts'
import { fromFeelValue } from './feel-values.ts'

/** An expression of FEEL, which can be evaluated on FEEL's own values too. */
export interface FeelExpression extends Expression {
  /** As `evaluate`, but on FEEL's own values: dates, durations, ranges and functions may be variables, and come out as they are. */
  evaluateFeel(context: EvaluationContext): unknown
}

/**
 * Parses FEEL, which begins at `offset` of the source. Simple expressions run compiled, the others by feelin. A variable that does not
 * exist is null, and so is what FEEL cannot compute (`1 + "a"`); calling a function that does not exist is an `ExpressionError`.
 */
export function parseFeel(
  source: string,
  offset: number,
): { readonly expression: FeelExpression } | { readonly problem: { readonly message: string; readonly offset: number } } {
  const text = source.slice(offset)
  const parsed = parseFeelTree(text)
  if ('problem' in parsed) return { problem: { message: parsed.problem.message, offset: parsed.problem.offset + offset } }
  const { variables, functions } = namesOf(parsed.root, text)
  const guard = guardText(parsed.root, text)
  const slow: Compiled = { text: guard.text, variables, functions, prefix: guard.prefix }
  const fast = compileFast(parsed.root, text)
  const evaluateFeel = (context: EvaluationContext): unknown => {
    try {
      const value = fast === null ? SLOW : fast(context)
      return value === SLOW ? run(slow, context) : value
    } catch (thrown) {
      throw toExpressionError(thrown, source)
    }
  }
  const evaluate = (context: EvaluationContext): unknown => {
    try {
      const value = fast === null ? SLOW : fast(context)
      return typeof value === 'boolean' ? value : fromFeelValue(value === SLOW ? run(slow, context) : value, context.timeZone)
    } catch (thrown) {
      throw toExpressionError(thrown, source)
    }
  }
  const unknown = functions.filter((name) => !isBuiltin(name))
  return { expression: { source, language: 'feel', names: variables, functions: unknown, evaluate, evaluateFeel } }
}

function run(compiled: Compiled, context: EvaluationContext): unknown {
  const budget = context.budget ?? newBudget()
  const { value, warnings } = evaluateWithFeelin(compiled.text, surroundings(compiled, context, budget))
  checkCalls(compiled, context, budget, warnings)
  return value
}
