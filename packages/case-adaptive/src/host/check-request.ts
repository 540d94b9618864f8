import { EngineError } from '@leeway/engine'
import { isStorableText } from '@leeway/storage'

/**
 * What a member of a request or of an option must be, where it is given. `text` is what stores search by, `words` any text; with a question mark null
 * is well too. `any` is read elsewhere.
 */
type Kind =
  | 'any'
  | 'text'
  | 'text?'
  | 'words'
  | 'words?'
  | 'texts'
  | 'wordings'
  | 'texts?'
  | 'oneOrMore'
  | 'flag'
  | 'number'
  | 'whole'
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
  if (typeof given === 'string' && given !== '' && isStorableText(given)) return given
  throw new EngineError('invalidArgument', `${operation} needs "${name}"; it is ${shown(given)}.`, { operation })
}

/** A short text of any value. */
export function shown(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given.length > SHOWN_MAX ? `${given.slice(0, SHOWN_MAX)}…` : given)
  if (Array.isArray(given)) return 'a list'
  return typeof given === 'object' && given !== null ? 'an object' : typeof given === 'function' ? 'a function' : String(given)
}

function checkKind(operation: string, name: string, given: unknown, kind: Kind): void {
  const { wanted, holds } = KINDS[kind]
  if (holds(given)) return
  const code = operation.startsWith('createCases') ? 'invalidOption' : 'invalidArgument'
  throw new EngineError(code, `${operation}: ${name} is ${shown(given)}; it must be ${wanted}`, { operation, name })
}

const SHOWN_MAX = 80

const TEXT = 'text without NUL and without halves of surrogate pairs'
const isText = (given: unknown): boolean => typeof given === 'string' && isStorableText(given)
const isWords = (given: unknown): boolean => typeof given === 'string'
const areTexts = (given: unknown): boolean => Array.isArray(given) && given.every((one) => one !== '' && isText(one))

const KINDS: { readonly [Name in Kind]: { readonly wanted: string; readonly holds: (given: unknown) => boolean } } = {
  any: { wanted: 'anything', holds: () => true },
  text: { wanted: TEXT, holds: isText },
  'text?': { wanted: TEXT, holds: (given) => given === null || isText(given) },
  words: { wanted: 'text', holds: isWords },
  'words?': { wanted: 'text', holds: (given) => given === null || isWords(given) },
  texts: { wanted: 'a list of texts', holds: areTexts },
  wordings: { wanted: 'a list of texts', holds: (given) => Array.isArray(given) && given.every(isWords) },
  'texts?': { wanted: 'a list of texts', holds: (given) => given === null || areTexts(given) },
  oneOrMore: { wanted: 'text or a list of texts', holds: (given) => isText(given) || areTexts(given) },
  flag: { wanted: 'true or false', holds: (given) => typeof given === 'boolean' },
  number: { wanted: 'a number', holds: (given) => typeof given === 'number' && Number.isFinite(given) },
  whole: { wanted: 'a whole number', holds: Number.isSafeInteger },
  list: { wanted: 'a list', holds: Array.isArray },
  object: { wanted: 'an object', holds: (given) => typeof given === 'object' && given !== null && !Array.isArray(given) },
}
