import { isLeewayError, LeewayError } from '@leeway/storage'

/** What a model cannot do on these data: it becomes an incident at the element. */
export type KernelErrorCode =
  | 'noFlowTaken'
  | 'invalidTimer'
  | 'invalidCollection'
  | 'invalidCardinality'
  | 'invalidValue'
  | 'tooManyIterations'
  | 'tooManyScripts'
  | 'missingMessage'

/** Thrown within an operation, caught by the step, which raises an incident at the token. Never leaves the kernel. */
export class KernelError extends LeewayError {
  readonly code: KernelErrorCode

  constructor(code: KernelErrorCode, message: string, details?: Readonly<Record<string, unknown>>) {
    super('KernelError', message, details)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'KernelError')
  }
}

/** Thrown likewise where a script of the model failed: with the code of what it threw. */
export class ScriptFailed extends LeewayError {
  readonly code: string

  constructor(code: string, message: string) {
    super('ScriptFailed', message)
    this.code = code
  }
}
