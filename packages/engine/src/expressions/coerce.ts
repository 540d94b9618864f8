import type { Expression } from './expression.ts'
import { ExpressionError, excerpt } from './expression-error.ts'
import { kindOf } from './plain-data.ts'

/**
 * The value of a condition. Only true and false count; an expression of JUEL may also give the texts 'true' and 'false'.
 * Anything else, null too, is an `ExpressionError` of code 'type'.
 */
export function toBoolean(value: unknown, expression: Expression): boolean {
  if (typeof value === 'boolean') return value
  if (expression.language === 'juel' && typeof value === 'string') {
    const word = value.toLowerCase()
    if (word === 'true') return true
    if (word === 'false') return false
  }
  const kind = kindOf(value)
  throw new ExpressionError('type', `The condition "${excerpt(expression.source)}" gives ${kind}, not true or false.`, {
    source: expression.source,
    kind,
  })
}
