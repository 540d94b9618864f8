import { StorageError } from './errors.ts'

/** What an option has to be: a test of the value that was given, and the words for it. */
export interface OptionRule {
  readonly is: (value: unknown) => boolean
  readonly wanted: string
}

/**
 * Throws `invalidQuery` where options are no object, have a name that is not known, or a value that cannot be: what is mistyped is not left
 * aside.
 */
export function checkOptions(call: string, given: unknown, rules: Readonly<Record<string, OptionRule>>): void {
  const names = Object.keys(rules).join(', ')
  if (typeof given !== 'object' || given === null) throw refusal(call, `${call} takes an object with options, of ${names}.`)
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw refusal(call, `${call} has no option "${name}"; there are ${names}.`)
    if (value !== undefined && !rule.is(value)) throw refusal(call, `The option ${name} of ${call} must be ${rule.wanted}.`)
  }
}

function refusal(call: string, message: string): StorageError {
  return new StorageError('invalidQuery', message, { call })
}

/** Rules that several storages have. */
export const FILLED_TEXT: OptionRule = { is: (value) => typeof value === 'string' && value !== '', wanted: 'text that is not empty' }
export const TEXT: OptionRule = { is: (value) => typeof value === 'string', wanted: 'text' }
export const MILLISECONDS: OptionRule = {
  is: (value) => typeof value === 'number' && value >= 0,
  wanted: 'a number of milliseconds, 0 or more',
}
/** What timers of Node and settings of PostgreSQL can be; 0 is no limit. */
export const TIME_LIMIT: OptionRule = {
  is: (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2_000_000_000,
  wanted: 'a whole number of milliseconds from 0 (no limit) to 2,000,000,000',
}
const NAMED = 'a letter or underscore and at most 30 letters, digits and underscores behind it'
/** A name in SQL. */
export const NAME: OptionRule = { is: (value) => typeof value === 'string' && /^[A-Za-z_]\w{0,30}$/.test(value), wanted: NAMED }
/** What tables' names begin with; SQLite has names of its own. */
export const PREFIX: OptionRule = {
  is: (value) => value === '' || (NAME.is(value) && !/^sqlite_/i.test(value as string)),
  wanted: `empty, or ${NAMED}, and not begin with sqlite_`,
}
export const FUNCTION: OptionRule = { is: (value) => typeof value === 'function', wanted: 'a function' }
export const BOOLEAN: OptionRule = { is: (value) => typeof value === 'boolean', wanted: 'true or false' }

/** An object that has these methods. */
export function objectWith(...methods: readonly string[]): OptionRule {
  const is = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  return { is, wanted: `an object with the methods ${methods.join(', ')}` }
}

/** One of these words. */
export function oneOf(...words: readonly string[]): OptionRule {
  return { is: (value) => words.includes(value as string), wanted: words.map((word) => `"${word}"`).join(' or ') }
}

/** A whole number, at least 1. */
export const COUNT: OptionRule = {
  is: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  wanted: 'a whole number, 1 or more',
}
