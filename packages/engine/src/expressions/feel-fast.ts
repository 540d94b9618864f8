import type { EvaluationContext } from './expression.ts'
import { builtin } from './feel-functions.ts'
import { type FeelNode, spelledName } from './feel-tree.ts'
import { toFeelValue } from './feel-values.ts'

/** Says that values have come up for which only feelin knows the answer. */
export const SLOW: unique symbol = Symbol('slow')

/** What simple operations work on. */
export type Scalar = null | boolean | number | string
export type Fast<Result> = (context: EvaluationContext) => Result | typeof SLOW

/**
 * Compiles an expression of literals, paths, comparisons, arithmetic and logic; null for any other. What it gives is the value that feelin
 * gives on the same variables, and SLOW where values are no numbers, texts, booleans or null.
 */
export function compileFast(root: FeelNode, text: string): Fast<unknown> | null {
  const [only] = root.children
  if (root.name !== 'Expression' || only === undefined || root.children.length !== 1) return null
  const path = pathOf(only, text)
  if (path !== null) return (context) => wholeValue(readPath(path, context))
  return compileScalar(only, text)
}

function wholeValue(value: unknown): unknown {
  return value === SLOW ? SLOW : toFeelValue(value)
}

/** Compiles a part of an expression as {@link compileFast} does the whole. */
export function compileScalar(node: FeelNode, text: string): Fast<Scalar> | null {
  const raw = text.slice(node.from, node.to)
  switch (node.name) {
    case 'NumericLiteral':
      return constant(numberOf(raw))
    case 'BooleanLiteral':
      return constant(raw === 'true')
    case 'null':
      return constant(null)
    case 'StringLiteral':
      return raw.includes('\\') || raw.length < 2 ? null : constant(raw.slice(1, -1))
    case '?':
      return (context) => scalar(context.variable('?') ?? null)
    case 'VariableName':
    case 'PathExpression': {
      const path = pathOf(node, text)
      return path === null ? null : (context) => scalar(readPath(path, context))
    }
    case 'ParenthesizedExpression':
      return node.children.length === 3 ? compilePart(node, 1, text) : null
    case 'Comparison':
      return node.children[1]?.name === 'CompareOp' ? compileOperation(node, text, COMPARISONS) : null
    case 'ArithmeticExpression':
      return node.children.length === 3 ? compileOperation(node, text, CALCULATIONS) : compileNegative(node, text)
    case 'Conjunction':
      return compileLogical(node, text, false)
    case 'Disjunction':
      return compileLogical(node, text, true)
    case 'FunctionInvocation':
      return compileNot(node, text)
    default:
      return null
  }
}

/** A sign may stand apart from its number. */
function numberOf(raw: string): number {
  const text = raw.replaceAll(/\s+/g, '')
  return text.includes('.') ? Number.parseFloat(text) : Number.parseInt(text, 10)
}

function constant(value: Scalar): Fast<Scalar> {
  return () => value
}

function compilePart(node: FeelNode, index: number, text: string): Fast<Scalar> | null {
  const child = node.children[index]
  return child === undefined ? null : compileScalar(child, text)
}

function scalar(value: unknown): Scalar | typeof SLOW {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
  return SLOW
}

/** The names of a variable and of the entries behind it; null where the node is something else, or a name is out of the ordinary. */
function pathOf(node: FeelNode, text: string): readonly string[] | null {
  const names: string[] = []
  let at: FeelNode | undefined = node
  while (at?.name === 'PathExpression') {
    const entry: FeelNode | undefined = at.children[2]
    if (entry?.name !== 'PathName') return null
    names.unshift(spelledName(entry, text))
    at = at.children[0]
  }
  if (at?.name !== 'VariableName') return null
  const name = spelledName(at, text)
  if (builtin(name) !== null) return null
  names.unshift(name)
  return names.every((each) => SIMPLE.test(each) && each !== '__proto__') ? names : null
}

const SIMPLE = /^[A-Za-z_][A-Za-z0-9_]*$/

function readPath(names: readonly string[], context: EvaluationContext): unknown {
  let value: unknown = context.variable(names[0] ?? '') ?? null
  for (let index = 1; index < names.length; index++) {
    value = readEntry(value, names[index] ?? '')
    if (value === SLOW) return SLOW
  }
  return value
}

function readEntry(value: unknown, name: string): unknown {
  if (typeof value !== 'object') return typeof value === 'bigint' || typeof value === 'function' ? SLOW : null
  if (value === null) return null
  if (Object.getPrototypeOf(value) !== Object.prototype || !Object.hasOwn(value, name)) return SLOW
  let found: unknown = SLOW
  for (const key of Object.keys(value)) {
    // feelin reads a text by the keys that it knows: "a.b-c" is one entry where there is a key "b-c".
    if (!SIMPLE.test(key)) return SLOW
    if (key !== name) continue
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property === undefined || !('value' in property)) return SLOW
    found = property.value ?? null
  }
  return found
}

export type Operation = (left: Scalar, right: Scalar) => Scalar | typeof SLOW
export type Operations = ReadonlyMap<string, Operation>

function compileOperation(node: FeelNode, text: string, operations: Operations): Fast<Scalar> | null {
  const operator = node.children[1]
  const apply = operator === undefined ? undefined : operations.get(text.slice(operator.from, operator.to))
  const left = compilePart(node, 0, text)
  const right = compilePart(node, 2, text)
  if (apply === undefined || left === null || right === null || node.children.length !== 3) return null
  return (context) => {
    const a = left(context)
    if (a === SLOW) return SLOW
    const b = right(context)
    return b === SLOW ? SLOW : apply(a, b)
  }
}

export const COMPARISONS: Operations = new Map<string, Operation>([
  ['=', same],
  [
    '!=',
    (a, b) => {
      const result = same(a, b)
      return result === null ? null : !result
    },
  ],
  ['<', ordered((a, b) => a < b)],
  ['>', ordered((a, b) => a > b)],
  ['<=', ordered((a, b) => !(a > b))],
  ['>=', ordered((a, b) => !(a < b))],
])

export function same(a: Scalar, b: Scalar): boolean | null {
  if (a === null || b === null) return a === b
  return typeof a === typeof b ? a === b : null
}

function ordered(compare: (a: number | string, b: number | string) => boolean): Operation {
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return compare(a, b)
    if (typeof a === 'string' && typeof b === 'string') return compare(a, b)
    if (typeof b === 'boolean') return SLOW
    return a === null || b === null ? null : SLOW
  }
}

const CALCULATIONS: Operations = new Map<string, Operation>([
  ['+', (a, b) => (typeof a === 'string' && typeof b === 'string' ? a + b : calculated(a, b, (x, y) => x + y))],
  ['-', (a, b) => calculated(a, b, (x, y) => x - y)],
  ['*', (a, b) => calculated(a, b, (x, y) => x * y)],
  ['/', (a, b) => calculated(a, b, (x, y) => (y === 0 || Number.isNaN(y) ? null : x / y))],
  ['**', (a, b) => calculated(a, b, (x, y) => x ** y)],
])

function calculated(a: Scalar, b: Scalar, calculate: (x: number, y: number) => number | null): number | null {
  return typeof a === 'number' && typeof b === 'number' ? calculate(a, b) : null
}

function compileNegative(node: FeelNode, text: string): Fast<Scalar> | null {
  const operand = node.children.length === 2 ? compilePart(node, 1, text) : null
  const operator = node.children[0]
  if (operand === null || operator === undefined || text.slice(operator.from, operator.to) !== '-') return null
  return (context) => {
    const value = operand(context)
    return value === SLOW ? SLOW : calculated(0, value, (x, y) => x - y)
  }
}

/** FEEL's logic has three values, and both sides count. DMN 1.3, table 50. */
function compileLogical(node: FeelNode, text: string, decides: boolean): Fast<Scalar> | null {
  const left = compilePart(node, 0, text)
  const right = compilePart(node, 2, text)
  if (left === null || right === null || node.children.length !== 3) return null
  return (context) => {
    const a = left(context)
    if (a === SLOW) return SLOW
    const b = right(context)
    if (b === SLOW) return SLOW
    if (a === decides || b === decides) return decides
    return a === !decides && b === !decides ? !decides : null
  }
}

function compileNot(node: FeelNode, text: string): Fast<Scalar> | null {
  const [target, , parameters] = node.children
  if (target?.name !== 'VariableName' || spelledName(target, text) !== 'not') return null
  if (parameters?.name !== 'PositionalParameters' || parameters.children.length !== 1) return null
  const operand = compilePart(parameters, 0, text)
  if (operand === null) return null
  return (context) => {
    if (Object.hasOwn(context.functions, 'not')) return SLOW
    const value = operand(context)
    if (value === SLOW) return SLOW
    return typeof value === 'boolean' ? !value : null
  }
}
