import { evaluate as evaluateFeel } from 'feelin'
import type { HostFunction } from './expression.ts'
import { describeThrown, ExpressionError } from './expression-error.ts'
import { CAMUNDA_FUNCTIONS, type FeelCallable } from './feel-camunda.ts'
import { type Budget, charge } from './feel-guard.ts'
import { patternSteps } from './feel-pattern.ts'
import { fromFeelValue, toFeelValue } from './feel-values.ts'
import { isList } from './plain-data.ts'

/** The function that FEEL itself has by this name, made to ask a budget; null where it has none. */
export function builtin(name: string): ((budget: Budget) => unknown) | null {
  const known = KNOWN.get(name)
  if (known !== undefined) return known
  const found = lookUp(name)
  const made = found === null ? null : bounded(name, found)
  if (KNOWN.size < KNOWN_MAX) KNOWN.set(name, made)
  return made
}

/** A function of this name that may be called but is not seen as a value, made to ask a budget; null where there is none. */
export function camundaFunction(name: string): ((budget: Budget) => unknown) | null {
  const found = CAMUNDA_FUNCTIONS.get(name)
  return found === undefined ? null : bounded(name, found)
}

/** Looked up once each: asking feelin means parsing. Bounded, since models choose the names. */
const KNOWN = new Map<string, ((budget: Budget) => unknown) | null>()
const KNOWN_MAX = 1_000

function lookUp(name: string): FeelCallable | null {
  if (!NAME.test(name)) return null
  try {
    const { value } = evaluateFeel(name, {})
    return isCallable(value) ? value : null
  } catch {
    return null
  }
}

const NAME = /^[a-z][a-z ]{0,40}$/

function isCallable(value: unknown): value is FeelCallable {
  return typeof value === 'function' && '$args' in value
}

/** Charges what goes in, and what comes out, since both have been gone through. */
function bounded(name: string, callee: FeelCallable): (budget: Budget) => unknown {
  return (budget) => {
    const call = (...given: unknown[]): unknown => {
      budget.operations -= 1
      for (const value of given) charge(budget, value)
      if (PAIRWISE.has(name)) chargePairs(budget, given)
      if (PATTERN.has(name)) chargePattern(budget, given)
      const result = callee(...given)
      charge(budget, result)
      if (budget.operations < 0) throw new ExpressionError('limit', 'The expression calls too many functions')
      return result
    }
    return Object.assign(call, { $args: callee.$args })
  }
}

const PAIRWISE: ReadonlySet<string> = new Set(['distinct values', 'union', 'index of', 'mode'])
const PATTERN: ReadonlySet<string> = new Set(['matches', 'replace', 'split'])

/** These compare lists and contexts with each other one by one. */
function chargePairs(budget: Budget, given: readonly unknown[]): void {
  const elements = given.flatMap((value) => (isList(value) ? value : [value]))
  const complex = elements.filter((element) => typeof element === 'object' && element !== null).length
  budget.values -= complex * elements.length
  charge(budget, null)
}

function chargePattern(budget: Budget, given: readonly unknown[]): void {
  const [input, pattern, replacement] = given.map((value) => (isList(value) && value.length === 1 ? value[0] : value))
  if (typeof input !== 'string' || typeof pattern !== 'string') return
  budget.patternSteps -= patternSteps(pattern, input.length)
  if (budget.patternSteps < 0) {
    throw new ExpressionError('limit', 'A pattern may need too many steps: use fewer repetitions or shorter texts', { pattern })
  }
  if (typeof replacement === 'string') {
    // Each character may be replaced, and each mark in the replacement stand for the whole input.
    const marks = replacement.split('$').length - 1
    budget.values -= Math.ceil(((input.length + 1) * (replacement.length + marks * input.length)) / REPLACED_PER_VALUE)
    charge(budget, null)
  }
}

const REPLACED_PER_VALUE = 64

/** A host function as FEEL calls it: plain data in, plain data out. */
export function callHost(name: string, callee: HostFunction, timeZone: string): unknown {
  const call = (...given: unknown[]): unknown => {
    const plain = given.map((value) => fromFeelValue(value, timeZone))
    let result: unknown
    try {
      result = Reflect.apply(callee, undefined, plain)
    } catch (thrown) {
      throw new ExpressionError('function', `"${name}" failed: ${describeThrown(thrown)}`, { function: name }, { cause: thrown })
    }
    if (result instanceof Promise) {
      // Nobody else will look at it: a rejection must not bring the process down.
      result.catch(() => undefined)
      throw new ExpressionError('function', `"${name}" returned a promise: expressions call synchronous functions only`, { function: name })
    }
    return toFeelValue(result)
  }
  return Object.assign(call, { $args: ['...values'] })
}
