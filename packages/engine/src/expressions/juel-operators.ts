import type { EvaluationContext } from './expression.ts'
import { ExpressionError } from './expression-error.ts'
import type { JuelNode, JuelOperator } from './juel-parser.ts'
import { boundedText, equal, numeric, numericOrNull, order, text } from './juel-values.ts'

type Evaluate = (context: EvaluationContext) => unknown
type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Compiles a comparison. Two numbers, the usual case, are compared before anything is asked about kinds. */
export function comparison(operator: Comparison, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case '==':
      return (context) => equal(left(context), right(context))
    case '!=':
      return (context) => !equal(left(context), right(context))
    case '<':
      return (context) => less(left(context), right(context))
    case '>':
      return (context) => greater(left(context), right(context))
    case '<=':
      return (context) => {
        const a = left(context)
        const b = right(context)
        return typeof a === 'number' && typeof b === 'number' ? a <= b : isOneOf(order(a, b), -1, 0)
      }
    case '>=':
      return (context) => {
        const a = left(context)
        const b = right(context)
        return typeof a === 'number' && typeof b === 'number' ? a >= b : isOneOf(order(a, b), 1, 0)
      }
  }
}

function less(a: unknown, b: unknown): boolean {
  return typeof a === 'number' && typeof b === 'number' ? a < b : order(a, b) === -1
}

function greater(a: unknown, b: unknown): boolean {
  return typeof a === 'number' && typeof b === 'number' ? a > b : order(a, b) === 1
}

function isOneOf(found: number | null, one: number, other: number): boolean {
  return found === one || found === other
}

/** Whether an operator compares. */
export function isComparison(operator: JuelOperator): operator is Comparison {
  return operator in COMPARISONS
}

const COMPARISONS: Readonly<Record<Comparison, true>> = { '==': true, '!=': true, '<': true, '<=': true, '>': true, '>=': true }

/** Whether a comparison asks for null, so that a variable that does not exist is no mistake. */
export function isNullTest(node: Extract<JuelNode, { type: 'binary' }>): boolean {
  const [only] = node.rest
  if (only === undefined || (only.operator !== '==' && only.operator !== '!=')) return false
  return isNull(node.first) || isNull(only.right)
}

function isNull(node: JuelNode): boolean {
  return node.type === 'literal' && node.value === null
}

/** The operation of an operator on two values. Unified EL 1.7. */
export function binaryOperation(operator: JuelOperator): (a: unknown, b: unknown) => unknown {
  return OPERATIONS[operator]
}

const OPERATIONS: Readonly<Record<JuelOperator, (a: unknown, b: unknown) => unknown>> = {
  '==': (a, b) => equal(a, b),
  '!=': (a, b) => !equal(a, b),
  '<': less,
  '<=': (a, b) => isOneOf(order(a, b), -1, 0),
  '>': greater,
  '>=': (a, b) => isOneOf(order(a, b), 1, 0),
  '+': add,
  '+=': (a, b) => boundedText(text(a) + text(b)),
  '-': (a, b) =>
    calculate(
      a,
      b,
      (x, y) => x - y,
      (x, y) => x - y,
    ),
  '*': (a, b) =>
    calculate(
      a,
      b,
      (x, y) => x * y,
      (x, y) => x * y,
    ),
  '/': divide,
  '%': remainder,
}

/** Adds numbers; where a side is a text that spells none, joins texts, as models of several engines write it. */
function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return finite(a + b)
  const texts = typeof a === 'string' || typeof b === 'string'
  if (texts && (numericOrNull(a) === null || numericOrNull(b) === null)) return boundedText(text(a) + text(b))
  return calculate(
    a,
    b,
    (x, y) => x + y,
    (x, y) => x + y,
  )
}

function divide(a: unknown, b: unknown): number {
  const divisor = Number(numeric(b))
  if (divisor === 0) throw new ExpressionError('type', 'Division by zero')
  return finite(Number(numeric(a)) / divisor)
}

function remainder(a: unknown, b: unknown): number | bigint {
  // biome-ignore lint/suspicious/noDoubleEquals: 0 is meant as a number and as a bigint
  if (numeric(b) == 0) throw new ExpressionError('type', 'Division by zero')
  return calculate(
    a,
    b,
    (x, y) => x % y,
    (x, y) => x % y,
  )
}

/** With a bigint on one side and a whole number on the other it calculates in bigints, else in numbers. */
function calculate(
  a: unknown,
  b: unknown,
  numbers: (x: number, y: number) => number,
  bigints: (x: bigint, y: bigint) => bigint,
): number | bigint {
  const x = numeric(a)
  const y = numeric(b)
  if (typeof x === 'number' && typeof y === 'number') return finite(numbers(x, y))
  if (!isWhole(x) || !isWhole(y)) return finite(numbers(Number(x), Number(y)))
  const result = bigints(BigInt(x), BigInt(y))
  if (result > BIGINT_MAX || result < -BIGINT_MAX) throw new ExpressionError('limit', 'A whole number grows beyond 1,024 bits')
  return result
}

const BIGINT_MAX = 2n ** 1024n

function isWhole(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}

function finite(result: number): number {
  if (!Number.isFinite(result)) throw new ExpressionError('type', 'The result of a calculation is no finite number')
  return result
}
