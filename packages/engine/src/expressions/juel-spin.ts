import { ExpressionError } from './expression-error.ts'
import { boundedText, equal, text } from './juel-values.ts'
import { STRING_LENGTH_MAX, VALUE_DEPTH_MAX } from './limits.ts'
import { isList, isMap, kindOf, ownValue } from './plain-data.ts'

/** A node of Camunda Spin's JSON: plain data, read by the methods of {@link callSpin}. What an expression gives back is the data itself. */
export class SpinJson {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

/** True for the functions that make nodes of Spin: `S(…)`, `JSON(…)`. */
export function isSpin(name: string, count: number): boolean {
  return (name === 'S' || name === 'JSON') && (count === 1 || count === 2)
}

/** Functions and methods of Spin's XML, which is not read. */
export const SPIN_XML: ReadonlySet<string> = new Set(['XML', 'xPath', 'attr', 'attrs', 'childElement', 'childElements', 'textContent'])

/** Reads JSON text, or takes data as it is. */
export function toSpin(given: unknown): SpinJson {
  if (given instanceof SpinJson) return given
  if (typeof given !== 'string') return new SpinJson(given ?? null)
  if (given.length > STRING_LENGTH_MAX) throw new ExpressionError('limit', `JSON text is longer than ${STRING_LENGTH_MAX} characters`)
  if (given.trimStart().startsWith('<')) throw new ExpressionError('notAllowed', 'S(…) reads JSON here, not XML')
  try {
    return new SpinJson(JSON.parse(given))
  } catch {
    throw new ExpressionError('type', 'The text is no JSON')
  }
}

/** Calls a method of a node; nothing of its class or prototype is reachable. */
export function callSpin({ value }: SpinJson, name: string, given: readonly unknown[]): unknown {
  const method = METHODS.get(name)
  if (method !== undefined) return method(value, given)
  if (CHANGES.has(name)) throw new ExpressionError('notAllowed', `"${name}" is refused: an expression changes no data`)
  throw new ExpressionError('notAllowed', `A node of Spin has no method "${name}" here`)
}

/** The data of nodes, in lists too: what leaves an expression. */
export function withoutSpin(value: unknown): unknown {
  if (value instanceof SpinJson) return value.value
  return isList(value) && value.some((element) => element instanceof SpinJson) ? value.map(withoutSpin) : value
}

type Method = (value: unknown, given: readonly unknown[]) => unknown

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['prop', (value, given) => (given.length === 1 ? propOf(value, text(given[0])) : refuseChange())],
  ['hasProp', (value, given) => isMap(value) && Object.hasOwn(value, text(given[0]))],
  ['fieldNames', (value) => Object.keys(mapOf(value))],
  ['elements', (value) => listOf(value).map((element) => new SpinJson(element))],
  ['indexOf', (value, [sought]) => found(listOf(value).findIndex((element) => equal(element, withoutSpin(sought))))],
  ['lastIndexOf', (value, [sought]) => found(listOf(value).findLastIndex((element) => equal(element, withoutSpin(sought))))],
  ['contains', (value, [sought]) => listOf(value).some((element) => equal(element, withoutSpin(sought)))],
  ['value', (value) => (isList(value) || isMap(value) ? refuseKind(value, 'a value') : value)],
  ['stringValue', (value) => (typeof value === 'string' ? value : refuseKind(value, 'a text'))],
  ['numberValue', (value) => (typeof value === 'number' || typeof value === 'bigint' ? value : refuseKind(value, 'a number'))],
  ['boolValue', (value) => (typeof value === 'boolean' ? value : refuseKind(value, 'true or false'))],
  ['isArray', (value) => isList(value)],
  ['isObject', (value) => isMap(value)],
  ['isValue', (value) => !isList(value) && !isMap(value)],
  ['isString', (value) => typeof value === 'string'],
  ['isNumber', (value) => typeof value === 'number' || typeof value === 'bigint'],
  ['isBoolean', (value) => typeof value === 'boolean'],
  ['isNull', (value) => value === null],
  ['jsonPath', (value, given) => alongPath(value, text(given[0]))],
  // A path that was followed already is its element.
  ['element', (value) => new SpinJson(value)],
  ['elementList', (value) => listOf(value).map((element) => new SpinJson(element))],
  ['unwrap', (value) => value],
  ['toString', (value) => (isList(value) || isMap(value) ? text(value) : boundedText(JSON.stringify(value)))],
])

const CHANGES: ReadonlySet<string> = new Set([
  'deleteProp',
  'append',
  'insertAt',
  'insertBefore',
  'insertAfter',
  'remove',
  'removeLast',
  'removeAt',
  'mapTo',
])

function propOf(value: unknown, name: string): SpinJson {
  const map = mapOf(value)
  if (!Object.hasOwn(map, name)) throw new ExpressionError('type', `The node has no property "${name}"`)
  return new SpinJson(ownValue(map, name))
}

/** `$.order.lines[0]['sku']`: paths that lead to one place. */
function alongPath(value: unknown, path: string): SpinJson {
  const steps = [
    ...path
      .trim()
      .slice(1)
      .matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|(.)/g),
  ]
  if (!path.trim().startsWith('$') || steps.length > VALUE_DEPTH_MAX || steps.some((step) => step[5] !== undefined))
    throw new ExpressionError('notAllowed', `The path "${path.slice(0, 100)}" is not read here: write names and indexes only`)
  let at = value
  for (const [, name, index, quoted, doubled] of steps) {
    const member = name ?? quoted ?? doubled
    if (index !== undefined) at = listOf(at)[Number(index)]
    else if (member !== undefined) at = isMap(at) && Object.hasOwn(at, member) ? ownValue(at, member) : undefined
    if (at === undefined) throw new ExpressionError('type', `The path "${path.slice(0, 100)}" leads nowhere`)
  }
  return new SpinJson(at)
}

function found(index: number): number {
  if (index < 0) throw new ExpressionError('type', 'The list has no such element')
  return index
}

function listOf(value: unknown): readonly unknown[] {
  return isList(value) ? value : refuseKind(value, 'a list')
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : refuseKind(value, 'an object')
}

function refuseKind(value: unknown, wanted: string): never {
  throw new ExpressionError('type', `The node is ${kindOf(value)}, not ${wanted}`)
}

function refuseChange(): never {
  throw new ExpressionError('notAllowed', '"prop" with a value is refused: an expression changes no data')
}
