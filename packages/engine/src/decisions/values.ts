import type { EvaluationContext } from '../expressions/expression.ts'
import { ExpressionError } from '../expressions/expression-error.ts'
import { convertFeel, type FeelType } from '../expressions/feel-conversion.ts'
import { toFeelValue } from '../expressions/feel-values.ts'
import { isList, isMap } from '../expressions/plain-data.ts'
import { DecisionError } from './decision-error.ts'

/** A value in the type that the file names for it; lists and contexts stay as they are. Throws `DecisionError` of code 'type', which says `what` it is. */
export function converted(value: unknown, type: FeelType | null, what: string): unknown {
  const own = toFeelValue(value)
  if (type === null || isList(own) || isMap(own)) return own
  try {
    return convertFeel(own, type)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new DecisionError('type', `${what}: ${error.message}`, {}, { cause: error })
  }
}

/** A context in which these names stand before all others. */
export function within(context: EvaluationContext, names: ReadonlyMap<string, unknown>): EvaluationContext {
  if (names.size === 0) return context
  return { ...context, variable: (name) => (names.has(name) ? names.get(name) : context.variable(name)) }
}

/** Takes one unit of work off what may still be done. */
export function spend(context: EvaluationContext): void {
  const { budget } = context
  if (budget === undefined) return
  budget.operations -= 1
  if (budget.operations < 0) throw new DecisionError('limit', 'evaluating it takes more steps than one decision may')
}
