import { evaluate as evaluateFeel } from 'feelin'
import type { EvaluationContext, Expression } from './expression.ts'
import { ExpressionError, toExpressionError } from './expression-error.ts'
import { cycleFunction } from './feel-cycle.ts'
import { compileFast, SLOW } from './feel-fast.ts'
import { builtin, callHost } from './feel-functions.ts'
import { type Budget, guarded, guardText, newBudget } from './feel-guard.ts'
import { namesOf } from './feel-names.ts'
import { parseFeelTree } from './feel-tree.ts'
import { fromFeelValue, instantInZone, toFeelValue } from './feel-values.ts'

/**
 * Parses FEEL, which begins at `offset` of the source. Simple expressions run compiled, the others by feelin. A variable that does not
 * exist is null, and so is what FEEL cannot compute (`1 + "a"`); calling a function that does not exist is an `ExpressionError`.
 */
export function parseFeel(
  source: string,
  offset: number,
): { readonly expression: Expression } | { readonly problem: { readonly message: string; readonly offset: number } } {
  const text = source.slice(offset)
  const parsed = parseFeelTree(text)
  if ('problem' in parsed) return { problem: { message: parsed.problem.message, offset: parsed.problem.offset + offset } }
  const { variables, functions } = namesOf(parsed.root, text)
  const guard = guardText(parsed.root, text)
  const slow: Compiled = { text: guard.text, variables, functions, prefix: guard.prefix }
  const fast = compileFast(parsed.root, text)
  const evaluate = (context: EvaluationContext): unknown => {
    try {
      const value = fast === null ? SLOW : fast(context)
      return value === SLOW ? run(slow, context) : value
    } catch (thrown) {
      throw toExpressionError(thrown, source)
    }
  }
  return { expression: { source, language: 'feel', names: variables, functions: functions.filter((name) => !isBuiltin(name)), evaluate } }
}

interface Compiled {
  readonly text: string
  readonly variables: readonly string[]
  readonly functions: readonly string[]
  /** The beginning of the names of the guarding functions; null where the text needs none. */
  readonly prefix: string | null
}

function run(compiled: Compiled, context: EvaluationContext): unknown {
  const budget = newBudget()
  const { value, warnings } = evaluateFeel(compiled.text, surroundings(compiled, context, budget))
  if (warnings.some(({ type }) => type === 'NO_FUNCTION_FOUND' || type === 'UNSUPPORTED')) throw notCallable(compiled, context, budget)
  return fromFeelValue(value, context.timeZone)
}

function notCallable(compiled: Compiled, context: EvaluationContext, budget: Budget): ExpressionError {
  const name = compiled.functions.find((each) => functionOf(each, context, budget) === null)
  if (name === undefined) return new ExpressionError('function', 'Something is called that is no function')
  return new ExpressionError('function', `There is no function "${name}": give it to the engine under functions`, { function: name })
}

/** The names that feelin sees: the variables read, the functions called, and nothing else. */
function surroundings(compiled: Compiled, context: EvaluationContext, budget: Budget): Record<string, unknown> {
  const seen: Record<string, unknown> = compiled.prefix === null ? {} : guarded(compiled.prefix, budget)
  for (const name of compiled.variables) {
    if (name === '__proto__') continue
    const value = context.variable(name)
    if (value !== undefined) seen[name] = toFeelValue(value)
    else if (builtin(name) !== null) seen[name] = functionOf(name, context, budget)
  }
  for (const name of compiled.functions) {
    const found = functionOf(name, context, budget)
    // An entry or parameter of the expression itself may have this name; feelin warns where nothing has.
    if (found !== null) seen[name] = found
  }
  return seen
}

function functionOf(name: string, context: EvaluationContext, budget: Budget): unknown {
  const host = Object.hasOwn(context.functions, name) ? context.functions[name] : undefined
  if (typeof host === 'function') return callHost(name, host, context.timeZone)
  if (name === 'cycle') return cycleFunction()
  if (name === 'now') return named(() => instantInZone(context.now, context.timeZone).dateTime)
  if (name === 'today') return named(() => instantInZone(context.now, context.timeZone).date)
  return builtin(name)?.(budget) ?? null
}

/** True where an expression may call a function of this name without the host. */
function isBuiltin(name: string): boolean {
  return OWN.has(name) || builtin(name) !== null
}

const OWN: ReadonlySet<string> = new Set(['now', 'today', 'cycle'])

/** feelin reads the parameters of a function from `$args`. */
function named(call: () => unknown): () => unknown {
  return Object.assign(call, { $args: [] })
}
