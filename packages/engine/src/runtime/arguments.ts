import { isStorableText } from '@leeway/storage'
import { unsearchable } from '../model/searched-text.ts'
import { EngineError } from './errors.ts'

/** Throws `invalidArgument`: which call, which argument, what was given, what is expected. */
export function refuseArgument(call: string, argument: string, given: unknown, wanted: string): never {
  throw new EngineError('invalidArgument', `${call}: ${argument} is ${shown(given)}; it must be ${wanted}`, { call, argument })
}

/** Throws `invalidArgument` where an argument is no object, or has members that the call does not know. */
export function checkMembers(call: string, argument: string, given: unknown, known: ReadonlySet<string>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) refuseArgument(call, argument, given, objectOf(known))
  for (const name in given) {
    if (!known.has(name))
      throw new EngineError('invalidArgument', `${call} knows no ${argument}.${name}; it knows ${[...known].join(', ')}`, {
        call,
        argument,
        name,
      })
  }
}

/**
 * Throws `invalidArgument` where what is given is no text that every store keeps as it is. Absent, it is well. For words: what is a name is
 * checked by {@link checkText}.
 */
export function checkFreeText(call: string, argument: string, given: unknown): void {
  if (given === undefined) return
  if (typeof given !== 'string') refuseArgument(call, argument, given, 'text')
  if (!isStorableText(given)) refuseArgument(call, argument, given, 'text without NUL and without halves of surrogate pairs')
}

/** As {@link checkFreeText}, for an id, a name or a key: rows are found by it, so it is no longer than every store keeps. */
export function checkText(call: string, argument: string, given: unknown): void {
  checkFreeText(call, argument, given)
  const problem = typeof given === 'string' ? unsearchable(given) : null
  if (problem !== null) throw new EngineError('invalidArgument', `${call}: ${argument} is ${problem}`, { call, argument })
}

/** As {@link checkText}, but null is well too. */
export function checkTextOrNull(call: string, argument: string, given: unknown): void {
  if (given !== null) checkText(call, argument, given)
}

/** Throws `invalidArgument` where what is given is no text with something in it, or is absent. */
export function needText(call: string, argument: string, given: unknown): asserts given is string {
  if (typeof given !== 'string' || given === '') refuseArgument(call, argument, given, 'text that is not empty')
  checkText(call, argument, given)
}

/** Throws `invalidArgument` where what is given is no list of texts. Absent, it is well. */
export function checkTexts(call: string, argument: string, given: unknown): void {
  if (given === undefined) return
  if (!Array.isArray(given)) refuseArgument(call, argument, given, 'a list of texts')
  for (let i = 0; i < given.length; i++) needText(call, `${argument}[${i}]`, given[i])
}

/** Throws `invalidArgument` where what is given is no whole number from `minimum` on. Absent, it is well. */
export function checkWhole(call: string, argument: string, given: unknown, minimum: number): void {
  if (given !== undefined && !(Number.isSafeInteger(given) && (given as number) >= minimum))
    refuseArgument(call, argument, given, `a whole number from ${minimum}`)
}

/** Throws `invalidArgument` where what is given is neither true nor false. Absent, it is well. */
export function checkBoolean(call: string, argument: string, given: unknown): void {
  if (given !== undefined && typeof given !== 'boolean') refuseArgument(call, argument, given, 'true or false')
}

/** Throws `invalidArgument` where what is given is neither one of the words nor a list of such. Absent, it is well. */
export function checkWords(call: string, argument: string, given: unknown, words: readonly string[]): void {
  if (given === undefined) return
  for (const each of Array.isArray(given) ? given : [given])
    if (!words.includes(each)) refuseArgument(call, argument, given, `one or a list of ${words.join(', ')}`)
}

/** Longest idempotency key, in characters. */
export const KEY_LENGTH_MAX = 256

/** The idempotency key of a call, null where it has none. Throws `invalidArgument`. */
export function keyOf(call: string, key: unknown): string | null {
  if (key === undefined || key === null) return null
  if (typeof key !== 'string' || key === '' || key.length > KEY_LENGTH_MAX || !isStorableText(key))
    refuseArgument(call, 'idempotencyKey', key, `text of 1 to ${KEY_LENGTH_MAX} characters`)
  return key
}

/** What every mutating call takes, with what this one takes beside. */
export function membersOf(...own: readonly string[]): ReadonlySet<string> {
  return new Set([...own, 'actor', 'tenantId', 'idempotencyKey'])
}

/** Members of the options of a call that takes no others. */
export const CALL_MEMBERS: ReadonlySet<string> = membersOf()

/** Throws `invalidArgument` where the options of a mutating call are none. */
export function checkOptions(call: string, options: unknown, known: ReadonlySet<string> = CALL_MEMBERS): void {
  if (options === undefined) return
  checkMembers(call, 'options', options, known)
  checkCaller(call, options as object)
}

/** Throws `invalidArgument` where actor, tenant or idempotency key are impossible. */
export function checkCaller(
  call: string,
  given: { readonly actor?: unknown; readonly tenantId?: unknown; readonly idempotencyKey?: unknown },
): void {
  const { actor, tenantId } = given
  if (actor !== undefined && actor !== null) needText(call, 'actor', actor)
  if (tenantId !== undefined && tenantId !== null) needText(call, 'tenantId', tenantId)
  keyOf(call, given.idempotencyKey)
}

const SHOWN_MAX = 80

/** A short text of any value. */
export function shown(given: unknown): string {
  if (typeof given === 'function') return 'a function'
  if (typeof given === 'number') return String(given) // JSON has neither NaN nor Infinity
  let text: string | undefined
  try {
    text = JSON.stringify(given)
  } catch {
    // a cycle, a bigint: named below
  }
  if (text === undefined) {
    try {
      text = String(given)
    } catch {
      text = `a ${typeof given} that has no text`
    }
  }
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
}

function objectOf(known: ReadonlySet<string>): string {
  return known.size === 0 ? 'an object' : `an object with ${[...known].join(', ')}`
}
