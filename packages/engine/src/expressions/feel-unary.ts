import { unaryTest } from 'feelin'
import type { EvaluationContext } from './expression.ts'
import { toExpressionError } from './expression-error.ts'
import { COMPARISONS, compileScalar, type Fast, type Scalar, SLOW, same } from './feel-fast.ts'
import { guardText, newBudget } from './feel-guard.ts'
import { namesOf } from './feel-names.ts'
import { type Compiled, checkCalls, isBuiltin, surroundings } from './feel-surroundings.ts'
import { type FeelNode, parseFeelTree, part } from './feel-tree.ts'

/** The unary tests of one cell of a decision table. DMN 1.3 §7.3.5, §10.3.2.8. */
export interface UnaryTests {
  readonly source: string
  readonly names: readonly string[]
  /** What they call that FEEL does not have. */
  readonly functions: readonly string[]
  /** Each test between the commas by itself; none for `-`, or under `not(…)`. */
  readonly parts: readonly string[]
  /** True where the value, one of FEEL's own, passes; what cannot be told counts as no. Throws `ExpressionError`. */
  passes(value: unknown, context: EvaluationContext): boolean
}

/** Parses unary tests. Simple ones run compiled, the others by feelin. */
export function parseUnaryTests(
  source: string,
): { readonly tests: UnaryTests } | { readonly problem: { readonly message: string; readonly offset: number } } {
  const parsed = parseFeelTree(source, 'unaryTests')
  if ('problem' in parsed) return parsed
  const { root } = parsed
  const found = namesOf(root, source)
  const variables = found.variables.filter((name) => name !== '?')
  // Where `not` is among the names that feelin sees, it takes the negation of tests for a call.
  const functions = found.functions.filter((name) => name !== 'not')
  const guard = guardText(root, source)
  const slow: Compiled = { text: guard.text, variables, functions, prefix: guard.prefix }
  const fast = compileTests(root, source)
  const passes = (value: unknown, context: EvaluationContext): boolean => {
    try {
      const inside: EvaluationContext = { ...context, variable: (name) => (name === '?' ? value : context.variable(name)) }
      const passed = fast === null ? SLOW : fast(value, inside)
      return passed === SLOW ? run(slow, value, inside) : passed
    } catch (thrown) {
      throw toExpressionError(thrown, source)
    }
  }
  const list = part(root, 'not') === undefined ? (part(root, 'PositiveUnaryTests')?.children ?? []) : []
  return {
    tests: {
      source,
      names: variables,
      functions: functions.filter((name) => !isBuiltin(name)),
      parts: list.map((each) => source.slice(each.from, each.to)),
      passes,
    },
  }
}

function run(compiled: Compiled, input: unknown, context: EvaluationContext): boolean {
  const budget = context.budget ?? newBudget()
  const { value, warnings } = unaryTest(compiled.text, { ...surroundings(compiled, context, budget), '?': input })
  checkCalls(compiled, context, budget, warnings)
  return value === true
}

type Test = (value: unknown, context: EvaluationContext) => boolean | typeof SLOW

function compileTests(root: FeelNode, text: string): Test | null {
  if (part(root, 'Wildcard') !== undefined) return () => true
  const isNegated = part(root, 'not') !== undefined
  const tests: Test[] = []
  for (const node of part(root, 'PositiveUnaryTests')?.children ?? []) {
    const [only] = node.children
    const test = only === undefined || node.children.length > 1 ? null : compileTest(only, text)
    if (test === null) return null
    tests.push(test)
  }
  return (value, context) => {
    let passed = false
    for (const test of tests) {
      const result = test(value, context)
      if (result === SLOW) return SLOW
      passed ||= result
    }
    return isNegated ? !passed : passed
  }
}

/** Null where only feelin knows what is meant. */
function compileTest(node: FeelNode, text: string): Test | null {
  switch (node.name) {
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BooleanLiteral':
    case 'null': {
      const wanted = compileScalar(node, text)
      return wanted === null ? null : (value, context) => onScalars(value, wanted(context), same)
    }
    case 'SimplePositiveUnaryTest':
      return compileSimple(node, text)
    case 'VariableName':
    case 'PathExpression':
    case 'Comparison':
    case 'Conjunction':
    case 'Disjunction':
    case 'FunctionInvocation': {
      const compiled = compileScalar(node, text)
      // An expression that gives true or false is the answer itself; any other value is compared.
      if (compiled === null) return null
      return (value, context) => {
        const result = compiled(context)
        return typeof result === 'boolean' ? result : onScalars(value, result, same)
      }
    }
    default:
      return null
  }
}

function compileSimple(node: FeelNode, text: string): Test | null {
  const [first, second] = node.children
  if (first?.name === 'Interval') return compileInterval(first, text)
  const compare = first === undefined ? undefined : COMPARISONS.get(text.slice(first.from, first.to))
  const operand = second === undefined ? null : compileScalar(second, text)
  if (compare === undefined || operand === null) return null
  return (value, context) => onScalars(value, operand(context), compare)
}

function compileInterval(node: FeelNode, text: string): Test | null {
  const [open, from, , to, close] = node.children
  if (open === undefined || from === undefined || to === undefined || close === undefined) return null
  const [low, high] = [compileScalar(from, text), compileScalar(to, text)]
  if (low === null || high === null) return null
  const [opens, closes] = [text.slice(open.from, open.to) === '[', text.slice(close.from, close.to) === ']']
  return (value, context) => {
    const [least, most] = [low(context), high(context)]
    if (typeof value !== 'number' || typeof least !== 'number' || typeof most !== 'number' || !(least < most)) return SLOW
    return (opens ? value >= least : value > least) && (closes ? value <= most : value < most)
  }
}

/** Compares an input with what a test names; SLOW where either is no plain scalar. */
function onScalars(
  value: unknown,
  wanted: ReturnType<Fast<Scalar>>,
  compare: (left: Scalar, right: Scalar) => Scalar | typeof SLOW,
): boolean | typeof SLOW {
  if (wanted === SLOW) return SLOW
  if (value !== null && typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') return SLOW
  const result = compare(value, wanted)
  return result === SLOW ? SLOW : result === true
}
