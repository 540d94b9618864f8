import { base64Of, utf8Of } from './base64.ts'
import { ExpressionError } from './expression-error.ts'
import { isList } from './plain-data.ts'

/** A function as feelin calls it: it reads the names of the parameters from `$args`. */
export type FeelCallable = ((...given: unknown[]) => unknown) & { readonly $args: unknown }

/**
 * What Camunda's FEEL has beyond DMN's and models of Camunda 8 call, but for what is not the same twice (`uuid`, `random number`). They
 * give null for what they do not take.
 */
export const CAMUNDA_FUNCTIONS: ReadonlyMap<string, FeelCallable> = new Map([
  ['is defined', taking(['value'], isDefined)],
  ['get or else', taking(['value', 'default'], (value, otherwise) => (isDefined(value) ? value : otherwise))],
  ['assert', taking(['value', 'condition', 'cause'], assertThat)],
  ['is blank', taking(['string'], (text) => (typeof text === 'string' ? text.trim() === '' : null))],
  ['is empty', taking(['list'], (list) => (isList(list) ? list.length === 0 : null))],
  ['trim', taking(['string'], (text) => (typeof text === 'string' ? text.trim() : null))],
  ['to base64', taking(['value'], (text) => (typeof text === 'string' ? base64Of(utf8Of(text)) : null))],
  ['partition', taking(['list', 'size'], partition)],
])

/** Names that hold words of FEEL's grammar: the parser takes them for names only where it knows them. */
export const NAMES_OF_WORDS: Readonly<Record<string, unknown>> = { 'get or else': CAMUNDA_FUNCTIONS.get('get or else') }

function taking(parameters: readonly string[], call: (...given: unknown[]) => unknown): FeelCallable {
  return Object.assign((...given: unknown[]) => call(...given), { $args: parameters })
}

function isDefined(value: unknown): boolean {
  return value !== null && value !== undefined
}

function assertThat(value: unknown, condition: unknown, cause: unknown): unknown {
  if (condition === true) return value
  throw new ExpressionError('function', typeof cause === 'string' ? `The assertion failed: ${cause}` : 'The assertion failed')
}

function partition(list: unknown, size: unknown): unknown {
  if (!isList(list) || typeof size !== 'number' || !Number.isInteger(size) || size < 1) return null
  return Array.from({ length: Math.ceil(list.length / size) }, (_, k) => list.slice(k * size, (k + 1) * size))
}
