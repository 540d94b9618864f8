import { FeelRange } from 'feelin'
import { ExpressionError } from './expression-error.ts'
import type { FeelNode } from './feel-tree.ts'
import { OPERATIONS_MAX, PATTERN_STEPS_MAX, STRING_LENGTH_MAX, VALUE_DEPTH_MAX, VALUES_TOUCHED_MAX } from './limits.ts'
import { isList } from './plain-data.ts'

/** What one evaluation may still use. */
export interface Budget {
  operations: number
  values: number
  patternSteps: number
}

/** A full budget: one for each evaluation. `times` as large where many expressions share it. */
export function newBudget(times = 1): Budget {
  return { operations: OPERATIONS_MAX * times, values: VALUES_TOUCHED_MAX * times, patternSteps: PATTERN_STEPS_MAX * times }
}

/**
 * Rewrites an expression so that each loop, comparison and call of its own functions asks the budget first: feelin itself has no bound.
 * Gives the text as it is, and no prefix, where it holds nothing that repeats or grows.
 */
export function guardText(root: FeelNode, text: string): { readonly text: string; readonly prefix: string | null } {
  if (!hasAny(root, GROWING) && !SPACED_SIGN.test(text)) return { text, prefix: null }
  let prefix = 'leeway'
  while (text.includes(prefix)) prefix += 'X'
  return { text: emit(root, { text, prefix }, null), prefix }
}

/** A sign apart from its number, which feelin takes for no number at all. */
const SPACED_SIGN = /-\s+[0-9.]/

const GROWING: ReadonlySet<string> = new Set([
  'ForExpression',
  'QuantifiedExpression',
  'FilterExpression',
  'FunctionDefinition',
  'List',
  'Context',
])

function hasAny(node: FeelNode, names: ReadonlySet<string>): boolean {
  return names.has(node.name) || node.children.some((child) => hasAny(child, names))
}

interface Emission {
  readonly text: string
  readonly prefix: string
}

function emit(node: FeelNode, emission: Emission, parent: FeelNode | null): string {
  const { prefix } = emission
  const inner = emitChildren(node, emission)
  switch (node.name) {
    case 'IterationContext':
      if (node.children.length === 1) return `${prefix}Iterate(${inner}, ${weight(parent)})`
      return `${prefix}Range(${emitPart(node, 0, emission)}, ${emitPart(node, 2, emission)}, ${weight(parent)})`
    case 'NumericLiteral':
      return inner.replaceAll(/\s+/g, '')
    case 'FunctionBody':
      return `(if ${prefix}Tick(${weight(node)}) then (${inner}) else null)`
    case 'ArithmeticExpression':
      return parent?.name === 'FilterExpression' || !isAddition(node, emission) ? inner : `${prefix}Made(${inner})`
    default:
      return inner
  }
}

/** The node's text with its parts rewritten; some nodes have their first part, what they go through, charged. */
function emitChildren(node: FeelNode, emission: Emission): string {
  let made = ''
  let at = node.from
  node.children.forEach((child, index) => {
    const rewritten = emit(child, emission, node)
    const charged = index === 0 ? wrap(node, rewritten, emission) : rewritten
    made += emission.text.slice(at, child.from) + charged
    at = child.to
  })
  return made + emission.text.slice(at, node.to)
}

function wrap(node: FeelNode, first: string, { prefix }: Emission): string {
  switch (node.name) {
    case 'FilterExpression':
      return INDEXES.has(node.children[2]?.name ?? '') ? first : `${prefix}Iterate(${first}, ${weight(node)})`
    case 'PathExpression':
    case 'Comparison':
    case 'InstanceOfExpression':
      return CHEAP.has(node.children[0]?.name ?? '') ? first : `${prefix}Charge(${first})`
    default:
      return first
  }
}

function emitPart(node: FeelNode, index: number, emission: Emission): string {
  const child = node.children[index]
  return child === undefined ? 'null' : emit(child, emission, node)
}

/** Filters whose bracket holds one of these read by position and go through nothing. */
const INDEXES: ReadonlySet<string> = new Set([
  'NumericLiteral',
  'VariableName',
  'PathExpression',
  'FunctionInvocation',
  'FilterExpression',
  'ArithmeticExpression',
])

const CHEAP: ReadonlySet<string> = new Set(['NumericLiteral', 'StringLiteral', 'BooleanLiteral', 'null', 'ArithmeticExpression'])

function isAddition(node: FeelNode, emission: Emission): boolean {
  const operator = node.children[1]
  return node.children.length === 3 && operator !== undefined && emission.text.slice(operator.from, operator.to) === '+'
}

/** How much work one round of a construct is: the nodes that it may evaluate. */
function weight(node: FeelNode | null): number {
  return node === null ? 1 : 1 + node.children.reduce((sum, child) => sum + weight(child), 0)
}

/** The functions that a rewritten text calls. */
export function guarded(prefix: string, budget: Budget): Record<string, unknown> {
  return {
    [`${prefix}Iterate`]: declare(['list', 'weight'], (list, weightOfRound) => {
      const rounds = list instanceof FeelRange ? rangeSize(list.start, list.end) : isList(list) ? list.length : 1
      spendRounds(budget, rounds, Number(weightOfRound))
      charge(budget, list)
      return list
    }),
    [`${prefix}Range`]: declare(['from', 'to', 'weight'], (from, to, weightOfRound) => {
      spendRounds(budget, rangeSize(from, to), Number(weightOfRound))
      return rangeValues(from, to)
    }),
    [`${prefix}Tick`]: declare(['weight'], (weightOfRound) => {
      spendRounds(budget, 1, Number(weightOfRound))
      return true
    }),
    [`${prefix}Charge`]: declare(['value'], (value) => {
      charge(budget, value)
      return value
    }),
    [`${prefix}Made`]: declare(['value'], (value) => {
      if (typeof value === 'string') charge(budget, value)
      return value
    }),
  }
}

function declare(names: readonly string[], call: (...given: unknown[]) => unknown): unknown {
  return Object.assign(call, { $args: names })
}

function spendRounds(budget: Budget, rounds: number, weightOfRound: number): void {
  budget.operations -= rounds
  budget.values -= rounds * weightOfRound
  if (budget.operations < 0 || budget.values < 0) throw exhausted()
}

/** How many values a range counts through. Only whole steps reach the end. */
function rangeSize(from: unknown, to: unknown): number {
  if (typeof from !== 'number' || typeof to !== 'number') return 1
  const distance = Math.abs(to - from)
  if (!Number.isSafeInteger(distance) || !Number.isSafeInteger(Math.trunc(from))) {
    throw new ExpressionError('type', 'A range is counted through in whole steps only, and within exact numbers')
  }
  return distance + 1
}

function rangeValues(from: unknown, to: unknown): unknown {
  if (from === null || from === undefined || to === null || to === undefined) return null
  if (typeof from !== 'number' || typeof to !== 'number') {
    throw new ExpressionError('type', 'Only numbers are counted through')
  }
  const step = from > to ? -1 : 1
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => from + index * step)
}

/** Takes the size of a value off the budget, parts that are shared counted each time, as going through it would. */
export function charge(budget: Budget, value: unknown, depth = 0): void {
  if (typeof value === 'string') {
    if (value.length > STRING_LENGTH_MAX) throw new ExpressionError('limit', `A text is longer than ${STRING_LENGTH_MAX} characters`)
    budget.values -= 1 + (value.length >> 6)
  } else {
    budget.values -= 1
  }
  if (budget.values < 0) throw exhausted()
  if (typeof value !== 'object' || value === null) return
  if (depth > VALUE_DEPTH_MAX) throw new ExpressionError('limit', `A value nests deeper than ${VALUE_DEPTH_MAX} levels`)
  if (isList(value)) for (const element of value) charge(budget, element, depth + 1)
  else if (Object.getPrototypeOf(value) === Object.prototype) for (const entry of Object.values(value)) charge(budget, entry, depth + 1)
}

function exhausted(): ExpressionError {
  return new ExpressionError(
    'limit',
    `The expression needs more than ${OPERATIONS_MAX} rounds, or goes through more than ${VALUES_TOUCHED_MAX} values`,
  )
}
