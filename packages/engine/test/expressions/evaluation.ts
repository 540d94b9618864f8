import type { EvaluationContext, Expression } from '../../src/expressions/expression.ts'
import { ExpressionError, type ExpressionErrorCode } from '../../src/expressions/expression-error.ts'
import { type ParseExpressionOptions, parseExpression } from '../../src/expressions/parse-expression.ts'

/** A context over these variables, at a fixed instant. */
export function contextOf(variables: Readonly<Record<string, unknown>> = {}, rest: Partial<EvaluationContext> = {}): EvaluationContext {
  return {
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    now: Date.UTC(2026, 2, 1, 23, 30),
    timeZone: 'UTC',
    functions: {},
    beans: {},
    ...rest,
  }
}

/** The expression that a text is; fails where it is none. */
export function expressionOf(source: string, options?: ParseExpressionOptions): Expression {
  const parsed = parseExpression(source, options)
  if ('problem' in parsed) throw new Error(`${source}: ${parsed.problem.message} (${parsed.problem.offset})`)
  return parsed.expression
}

/** The value of a text on these variables. */
export function resultOf(
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
  rest: Partial<EvaluationContext> = {},
): unknown {
  return expressionOf(source).evaluate(contextOf(variables, rest))
}

/** The code of the error that evaluating a text throws; 'none' where it has a value. */
export function errorOf(
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
  rest: Partial<EvaluationContext> = {},
): ExpressionErrorCode | 'none' {
  const expression = expressionOf(source)
  try {
    expression.evaluate(contextOf(variables, rest))
    return 'none'
  } catch (thrown) {
    if (thrown instanceof ExpressionError && thrown.details.source === source) return thrown.code
    throw thrown
  }
}

/** The problem of a text that does not parse; fails where it does. */
export function problemOf(source: string, options?: ParseExpressionOptions): { readonly message: string; readonly offset: number } {
  const parsed = parseExpression(source, options)
  if ('problem' in parsed) return parsed.problem
  throw new Error(`${source} parses`)
}
