import { toBoolean } from '../expressions/coerce.ts'
import type { EvaluationContext, Expression } from '../expressions/expression.ts'
import type { FeelExpression } from '../expressions/feel.ts'
import type { UnaryTests } from '../expressions/feel-unary.ts'
import { fromFeelValue, toFeelValue } from '../expressions/feel-values.ts'
import type { Formula, Test } from './decision.ts'
import { within } from './values.ts'

/** A formula in FEEL: dates and durations pass through as they are. */
export function feelFormula(expression: FeelExpression): Formula {
  return { source: expression.source, evaluate: (context) => expression.evaluateFeel(context) }
}

/** A formula in JUEL: it sees plain data. */
export function juelFormula(expression: Expression): Formula {
  return { source: expression.source, evaluate: (context) => toFeelValue(expression.evaluate(plainly(context))) }
}

/** A cell in FEEL. */
export function feelTest(tests: UnaryTests): Test {
  return { source: tests.source, passes: (value, _clause, context) => tests.passes(value, context) }
}

/** A cell in JUEL: a condition, which sees the input by the name that its clause gives it. */
export function juelTest(expression: Expression): Test {
  return {
    source: expression.source,
    passes: (value, { variable }, context) => {
      const inside = within(context, new Map([[variable, value]]))
      return toBoolean(expression.evaluate(plainly(inside)), expression)
    },
  }
}

/** An empty cell, or `-`. */
export const ANY_VALUE: Test = { source: '-', passes: () => true }

function plainly(context: EvaluationContext): EvaluationContext {
  return {
    ...context,
    variable: (name) => {
      const value = context.variable(name)
      return value === undefined ? undefined : fromFeelValue(toFeelValue(value), context.timeZone)
    },
  }
}
