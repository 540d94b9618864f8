import { expect, test } from 'vitest'
import { toBoolean } from '../../src/expressions/coerce.ts'
import { ExpressionError } from '../../src/expressions/expression-error.ts'
import { expressionOf } from './evaluation.ts'

const juel = expressionOf('${ok}')
const feel = expressionOf('=ok')

test('a condition is true or false', () => {
  expect([toBoolean(true, juel), toBoolean(false, feel)]).toEqual([true, false])
})

test('the texts true and false count in JUEL only', () => {
  expect([toBoolean('true', juel), toBoolean('False', juel)]).toEqual([true, false])
  expect(() => toBoolean('true', feel)).toThrow(ExpressionError)
})

test.each([null, undefined, 0, 1, 'yes', '', [], {}, new Date(0)])(
  '%s is no condition, and the error names the expression and the kind',
  (value) => {
    for (const expression of [juel, feel]) {
      const thrown = catchError(() => toBoolean(value, expression))
      expect(thrown.code).toBe('type')
      expect(thrown.message).toContain(expression.source)
      expect(thrown.details).toMatchObject({ source: expression.source, kind: expect.any(String) })
    }
  },
)

function catchError(run: () => unknown): ExpressionError {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof ExpressionError) return thrown
  }
  throw new Error('no ExpressionError was thrown')
}
