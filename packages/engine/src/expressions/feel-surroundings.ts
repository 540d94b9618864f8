import type { EvaluationContext } from './expression.ts'
import { ExpressionError, unknownFunction } from './expression-error.ts'
import { cycleFunction } from './feel-cycle.ts'
import { builtin, callHost, camundaFunction } from './feel-functions.ts'
import { type Budget, guarded } from './feel-guard.ts'
import { instantInZone, isFeelFunction, toFeelValue } from './feel-values.ts'
import { FROM_AI_PARAMETERS } from './from-ai-parameters.ts'

/** A text that is ready for feelin, and what it speaks of. */
export interface Compiled {
  readonly text: string
  readonly variables: readonly string[]
  readonly functions: readonly string[]
  /** The beginning of the names of the guarding functions; null where the text needs none. */
  readonly prefix: string | null
}

/** The names that feelin sees: the variables read, the functions called, and nothing else. */
export function surroundings(compiled: Compiled, context: EvaluationContext, budget: Budget): Record<string, unknown> {
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

/** Throws where feelin met something that it could not call. */
export function checkCalls(
  compiled: Compiled,
  context: EvaluationContext,
  budget: Budget,
  warnings: readonly { readonly type: string }[],
): void {
  if (!warnings.some(({ type }) => type === 'NO_FUNCTION_FOUND' || type === 'UNSUPPORTED')) return
  const name = compiled.functions.find((each) => functionOf(each, context, budget) === null)
  if (name === undefined) throw new ExpressionError('function', 'Something is called that is no function')
  throw unknownFunction(name)
}

/** True where an expression may call a function of this name without the host. */
export function isBuiltin(name: string): boolean {
  return OWN.has(name) || builtin(name) !== null || camundaFunction(name) !== null
}

const OWN: ReadonlySet<string> = new Set(['now', 'today', 'cycle', 'fromAi'])

function functionOf(name: string, context: EvaluationContext, budget: Budget): unknown {
  const own = context.variable(name)
  if (isFeelFunction(own)) return own
  const host = Object.hasOwn(context.functions, name) ? context.functions[name] : undefined
  if (typeof host === 'function') return callHost(name, host, context.timeZone)
  if (name === 'cycle') return cycleFunction()
  if (name === 'fromAi') return FROM_AI
  if (name === 'now') return named(() => instantInZone(context.now, context.timeZone).dateTime)
  if (name === 'today') return named(() => instantInZone(context.now, context.timeZone).date)
  return (builtin(name) ?? camundaFunction(name))?.(budget) ?? null
}

/** Says what a value is for whoever gives it, and gives it as it is. */
const FROM_AI: unknown = Object.assign((value: unknown = null) => value, { $args: FROM_AI_PARAMETERS })

/** feelin reads the parameters of a function from `$args`. */
function named(call: () => unknown): () => unknown {
  return Object.assign(call, { $args: [] })
}
