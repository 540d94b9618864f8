import { EngineError } from '@leeway/engine'
import { instantGiven, unsearchable } from '@leeway/engine/extension'

/**
 * What a member of a request or of an option must be, where it is given; a list names the words that it can be. `text` is an id or a name, which rows are found by, `title` words that
 * are not blank, `words` any; `each` are texts of which none comes twice; with a question mark null is well too. `any` is read elsewhere.
 */
type Kind = Named | readonly string[]
type Named =
  | 'any'
  | 'text'
  | 'text?'
  | 'title'
  | 'title?'
  | 'words'
  | 'words?'
  | 'each'
  | 'each?'
  | 'texts'
  | 'texts?'
  | 'wordings'
  | 'oneOrMore'
  | 'flag'
  | 'number'
  | 'amount'
  | 'instant'
  | 'whole'
  | 'count'
  | 'list'
  | 'object'

/** The members of a request or of an option. */
export type Shape = { readonly [member: string]: Kind }

/** What every call takes. */
export const CALL: Shape = { actor: 'text?', tenantId: 'text?', idempotencyKey: 'text?' }

/**
 * What is not known here is refused, not passed over: it may be what a later release understands. Throws `notYetSupported`, and `invalidArgument` or
 * for options `invalidOption` where a member is of the wrong kind.
 */
export function checkNames(operation: string, given: object, shape: Shape): void {
  checkObject(operation, given)
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !Object.hasOwn(shape, name)) throw unknownMember(operation, name, shape)
  checkKinds(operation, given, shape)
}

/** A member that a later release may know, or a name that is written wrongly. */
function unknownMember(operation: string, name: string, shape: Shape): EngineError {
  const message = `${operation} with ${shown(name)} is not supported: it knows ${Object.keys(shape).join(', ')}.`
  return new EngineError('notYetSupported', message, { operation, name })
}

/** As {@link checkNames}, for the members that are named; others are not looked at. */
export function checkKinds(operation: string, given: object, shape: Shape): void {
  for (const [name, kind] of Object.entries(shape)) {
    const value: unknown = Object.hasOwn(given, name) ? Reflect.get(given, name) : undefined
    if (value !== undefined) checkKind(operation, name, value, kind)
  }
}

/** As {@link checkKinds}, and all of the members must be there. */
export function needKinds(operation: string, given: object, shape: Shape): void {
  checkObject(operation, given)
  for (const [name, kind] of Object.entries(shape)) checkKind(operation, name, Reflect.get(given, name), kind)
}

/** Throws `invalidArgument` where a request is no object. */
export function checkObject(operation: string, given: unknown): asserts given is object {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return
  throw new EngineError('invalidArgument', `${operation}: its request is ${shown(given)}; it must be an object`, { operation })
}

/** Throws `invalidArgument` where there is no text, or an empty one. */
export function needName(operation: string, name: string, given: unknown): string {
  if (isText(given)) return given
  throw new EngineError('invalidArgument', `${operation} needs "${name}"; it is ${shown(given)}.`, { operation })
}

/** Throws `invalidArgument` where there are no words, or only blanks. */
export function needTitle(operation: string, name: string, given: unknown): string {
  if (isTitle(given)) return given
  throw new EngineError('invalidArgument', `${operation} needs "${name}"; it is ${shown(given)}.`, { operation })
}

/** A short text of any value. */
export function shown(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given.length > SHOWN_MAX ? `${given.slice(0, SHOWN_MAX)}…` : given)
  if (Array.isArray(given)) return 'a list'
  return typeof given === 'object' && given !== null ? 'an object' : typeof given === 'function' ? 'a function' : String(given)
}

function checkKind(operation: string, name: string, given: unknown, kind: Kind): void {
  const { wanted, holds } = typeof kind === 'string' ? KINDS[kind] : { wanted: `one of ${kind.join(', ')}`, holds: isOneOf(kind) }
  if (holds(given)) return
  const code = operation.startsWith('createCases') ? 'invalidOption' : 'invalidArgument'
  throw new EngineError(code, `${operation}: ${name} is ${shown(given)}; it must be ${wanted}`, { operation, name })
}

const SHOWN_MAX = 80

const TEXT = 'text that is not empty, of at most 800 bytes, without NUL and without halves of surrogate pairs'
const isText = (given: unknown): given is string => typeof given === 'string' && given !== '' && unsearchable(given) === null
const isWords = (given: unknown): given is string => typeof given === 'string'
const isTitle = (given: unknown): given is string => isWords(given) && given.trim() !== ''
const isOneOf =
  (words: readonly unknown[]) =>
  (given: unknown): boolean =>
    words.includes(given)
const areTexts = (given: unknown): given is string[] => Array.isArray(given) && given.every(isText)
const areEach = (given: unknown): boolean => areTexts(given) && new Set(given).size === given.length
/** Whether it is one does not hang on the zone. */
const isInstant = (given: unknown): boolean => instantGiven(given, 'UTC') !== null
const isNumber = (given: unknown): given is number => typeof given === 'number' && Number.isFinite(given)

const KINDS: { readonly [Name in Named]: { readonly wanted: string; readonly holds: (given: unknown) => boolean } } = {
  any: { wanted: 'anything', holds: () => true },
  text: { wanted: TEXT, holds: isText },
  'text?': { wanted: TEXT, holds: (given) => given === null || isText(given) },
  title: { wanted: 'text that is not blank', holds: isTitle },
  'title?': { wanted: 'text that is not blank', holds: (given) => given === null || isTitle(given) },
  each: { wanted: 'a list of texts, each of them once', holds: areEach },
  'each?': { wanted: 'a list of texts, each of them once', holds: (given) => given === null || areEach(given) },
  words: { wanted: 'text', holds: isWords },
  'words?': { wanted: 'text', holds: (given) => given === null || isWords(given) },
  texts: { wanted: 'a list of texts', holds: areTexts },
  wordings: { wanted: 'a list of texts', holds: (given) => Array.isArray(given) && given.every(isWords) },
  'texts?': { wanted: 'a list of texts', holds: (given) => given === null || areTexts(given) },
  oneOrMore: { wanted: 'text, or a list of texts of which none comes twice', holds: (given) => isText(given) || areEach(given) },
  flag: { wanted: 'true or false', holds: (given) => typeof given === 'boolean' },
  number: { wanted: 'a number', holds: isNumber },
  amount: { wanted: 'a number from 0', holds: (given) => isNumber(given) && given >= 0 },
  instant: { wanted: 'a point in time: ISO 8601 text, a Date or epoch milliseconds', holds: isInstant },
  whole: { wanted: 'a whole number', holds: Number.isSafeInteger },
  count: { wanted: 'a whole number from 0', holds: (given) => isNumber(given) && Number.isSafeInteger(given) && given >= 0 },
  list: { wanted: 'a list', holds: Array.isArray },
  object: { wanted: 'an object', holds: (given) => typeof given === 'object' && given !== null && !Array.isArray(given) },
}
