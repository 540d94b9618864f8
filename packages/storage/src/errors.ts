const marker = Symbol.for('leeway.error')

/** Tells a Leeway error by its registered mark, so that copies and module formats (ESM, CommonJS) recognise each other's. */
export function isLeewayError(value: unknown, name?: string): value is Error & { readonly code: string } {
  if (typeof value !== 'object' || value === null) return false
  const mark = (value as { readonly [mark: symbol]: unknown })[marker] // any object may be asked for any symbol
  return name === undefined ? typeof mark === 'string' : mark === name
}

/**
 * Base of every error that Leeway throws: a stable `code`, the ids involved in `details`, and what to do in the message.
 * `instanceof` works across the packages' module formats.
 */
export abstract class LeewayError extends Error {
  abstract readonly code: string
  /** The ids and values that the message speaks of. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(kind: string, message: string, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = kind
    Object.defineProperty(this, marker, { value: kind })
    this.details = details
  }

  /** True for errors of this class, also those of another copy or module format of the package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value)
  }
}

/**
 * What can be wrong with a store. `unknownOutcome`: the connection broke during a commit; ask for the change set's record before doing
 * anything else.
 */
export type StorageErrorCode =
  | 'unavailable'
  | 'unknownOutcome'
  | 'busy'
  | 'timeout'
  | 'readOnly'
  | 'full'
  | 'corrupt'
  | 'tooNew'
  | 'constraint'
  | 'invalidQuery'
  | 'closed'

/** A store's refusal or failure. */
export class StorageError extends LeewayError {
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string, details?: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super('StorageError', message, details, options)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'StorageError')
  }
}
