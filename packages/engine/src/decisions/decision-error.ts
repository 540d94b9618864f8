import { isLeewayError, LeewayError } from '@leeway/storage'

/**
 * Why a decision has no result. `noLogic`: the file does not say how it is made. `hitPolicy`: more rules match than the hit policy allows.
 * `aggregation`: what was collected cannot be added up or compared. `type`: a value is not of the type that the file names. `expression`:
 * an expression has no value. `notSingle`: one result was asked for, and there are several. `limit`: a bound on work is passed.
 */
export type DecisionErrorCode = 'noLogic' | 'hitPolicy' | 'aggregation' | 'type' | 'expression' | 'notSingle' | 'limit'

/** A decision that cannot be made from what was given. `details.decisionId` names it. */
export class DecisionError extends LeewayError {
  readonly code: DecisionErrorCode

  constructor(code: DecisionErrorCode, message: string, details?: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super('DecisionError', message, details, options)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'DecisionError')
  }
}
