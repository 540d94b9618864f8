import type { EvaluationContext } from '../expressions/expression.ts'
import { ExpressionError } from '../expressions/expression-error.ts'
import { convertFeel, type FeelType } from '../expressions/feel-conversion.ts'
import { toFeelValue } from '../expressions/feel-values.ts'
import { isList, isMap } from '../expressions/plain-data.ts'
import { DecisionError } from './decision-error.ts'

/**
 * A value in the type that the file names for it; lists and contexts stay as they are. Throws `DecisionError` of code 'type', which says
 * `what` it is.
 */
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

/**
 * What a decision is given, in the type that the file names for it. A list of one is that one (DMN 1.3 §10.3.2.9.4). An object is no
 * scalar: no cell could ever say more of it than no. Longer lists stay as they are, and so does all under the type `string`, which editors
 * write where none was chosen: cells may look into them. Throws as {@link converted}.
 */
export function given(value: unknown, type: FeelType | null, what: string): unknown {
  if (type === null || type === 'string') return converted(value, type, what)
  const own = toFeelValue(value)
  if (isMap(own)) throw new DecisionError('type', `${what}: an object is no ${type}`)
  return converted(isList(own) && own.length === 1 ? own[0] : own, type, what)
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
