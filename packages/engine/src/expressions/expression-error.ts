import { isLeewayError, LeewayError } from '@leeway/storage'

/**
 * Why an expression has no value.
 * `syntax`: the text is not of the language. `unknownVariable`: a variable is read that does not exist.
 * `notAllowed`: something outside the data given is asked for. `type`: an operation does not take this kind of value.
 * `limit`: a bound on size or work is passed. `function`: a host function or method failed, or is not there.
 */
export type ExpressionErrorCode = 'syntax' | 'unknownVariable' | 'notAllowed' | 'type' | 'limit' | 'function'

/** An expression that cannot be evaluated on the variables given. `details.source` is its text as the model has it. */
export class ExpressionError extends LeewayError {
  readonly code: ExpressionErrorCode

  constructor(code: ExpressionErrorCode, message: string, details?: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super('ExpressionError', message, details, options)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'ExpressionError')
  }
}

/** Nobody gave the function that an expression, or a mapping that stands for one, calls. */
export function unknownFunction(name: string): ExpressionError {
  return new ExpressionError('function', `There is no function "${name}": give it to the engine under functions`, { function: name })
}

/**
 * Gives any thrown value as an `ExpressionError` that names the expression. A stack overflow and an oversized string become `limit`;
 * what else is thrown inside an evaluation comes of a value that does not behave as data, and becomes `type`.
 */
export function toExpressionError(thrown: unknown, source: string): ExpressionError {
  if (thrown instanceof ExpressionError) {
    if (thrown.details.source !== undefined) return thrown
    return new ExpressionError(
      thrown.code,
      `${thrown.message}, in "${excerpt(source)}".`,
      { ...thrown.details, source },
      { cause: thrown.cause },
    )
  }
  if (thrown instanceof RangeError && EXHAUSTED.test(thrown.message)) {
    return new ExpressionError(
      'limit',
      `Evaluating "${excerpt(source)}" passes what one evaluation may use.`,
      { source },
      { cause: thrown },
    )
  }
  return new ExpressionError('type', `"${excerpt(source)}" cannot be evaluated: ${describeThrown(thrown)}.`, { source }, { cause: thrown })
}

/** What the platforms say of a full stack and of texts, lists and whole numbers that are too large. */
const EXHAUSTED = /stack|length|too big|too large|recursion/i

/** The beginning of a text, short enough for a message. */
export function excerpt(source: string): string {
  return source.length <= 120 ? source : `${source.slice(0, 117)}...`
}

/** The message of whatever was thrown, without running anything that the thrown value brings along. */
export function describeThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return excerpt(thrown)
  if (typeof thrown !== 'object' || thrown === null) return typeof thrown
  try {
    const message = Object.getOwnPropertyDescriptor(thrown, 'message')?.value
    return typeof message === 'string' ? excerpt(message) : 'an object was thrown'
  } catch {
    return 'an object was thrown'
  }
}
