import { base64Of, utf8Of } from './base64.ts'
import { ExpressionError } from './expression-error.ts'
import type { JuelNode } from './juel-parser.ts'
import { boundedText, equalInKind, isEmpty, order } from './juel-values.ts'
import { isList, kindOf } from './plain-data.ts'

/**
 * A function of Flowable's JUEL on a variable: it gets the variable's value, null where there is none, and what else it was called with.
 */
export type VariableFunction = (value: unknown, given: readonly unknown[]) => unknown

/** The function that `vars:NAME`, `var:NAME` or `variables:NAME` is; null for other names. A missing variable is no error to them. */
export function variableFunction(name: string): VariableFunction | null {
  const [, short] = /^(?:variables|vars|var):(\w+)$/.exec(name) ?? []
  return short === undefined ? null : (FUNCTIONS.get(ALIASES.get(short) ?? short) ?? null)
}

/** The variable that such a call is about: its name may stand without quotes. Undefined where only evaluating the node tells it. */
export function variableNameIn(node: JuelNode | undefined): string | undefined {
  if (node?.type === 'variable') return node.name
  return node?.type === 'literal' ? String(node.value) : undefined
}

const FUNCTIONS: ReadonlyMap<string, VariableFunction> = new Map<string, VariableFunction>([
  ['get', (value) => value],
  ['getOrDefault', (value, [otherwise]) => value ?? otherwise ?? null],
  ['exists', (value) => value !== null],
  ['isEmpty', (value) => isEmpty(value)],
  ['isNotEmpty', (value) => !isEmpty(value)],
  ['equals', (value, [other]) => equalInKind(value, other)],
  ['notEquals', (value, [other]) => !equalInKind(value, other)],
  ['contains', (value, given) => given.every((sought) => contains(value, sought))],
  ['containsAny', (value, given) => given.some((sought) => contains(value, sought))],
  ['lowerThan', (value, [limit]) => compared(value, limit) === -1],
  ['lowerThanOrEquals', (value, [limit]) => (compared(value, limit) ?? 1) <= 0],
  ['greaterThan', (value, [limit]) => compared(value, limit) === 1],
  ['greaterThanOrEquals', (value, [limit]) => (compared(value, limit) ?? -1) >= 0],
  ['base64', (value) => base64(value)],
])

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['empty', 'isEmpty'],
  ['notEmpty', 'isNotEmpty'],
  ['eq', 'equals'],
  ['ne', 'notEquals'],
  ['lessThan', 'lowerThan'],
  ['lt', 'lowerThan'],
  ['lessThanOrEquals', 'lowerThanOrEquals'],
  ['lte', 'lowerThanOrEquals'],
  ['gt', 'greaterThan'],
  ['gte', 'greaterThanOrEquals'],
])

/** Part of a text, or element of a list; nothing else contains anything. */
function contains(value: unknown, sought: unknown): boolean {
  if (typeof value === 'string') return typeof sought === 'string' && value.includes(sought)
  return isList(value) && value.some((element) => equalInKind(element, sought))
}

/** What is not there is neither before nor after anything. */
function compared(value: unknown, limit: unknown): number | null {
  return value === null || limit === null || limit === undefined ? null : order(value, limit)
}

function base64(value: unknown): string | null {
  if (value === null) return null
  if (typeof value === 'string') return boundedText(base64Of(utf8Of(value)))
  if (value instanceof Uint8Array) return boundedText(base64Of(value))
  throw new ExpressionError('type', `${kindOf(value)} has no form in base64`)
}
