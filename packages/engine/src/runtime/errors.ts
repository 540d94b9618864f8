import { isLeewayError, LeewayError } from '@leeway/storage'
import type { Diagnostic } from '../import/diagnostics.ts'

/** What can be wrong with a call to the engine. */
export type EngineErrorCode =
  | 'ambiguousScope'
  | 'ambiguousTimer'
  | 'calendarMissing'
  | 'closed'
  | 'conflict'
  | 'decisionFailed'
  | 'definitionInUse'
  | 'definitionSuspended'
  | 'endlessWork'
  | 'extensionMissing'
  | 'idempotencyKeyReused'
  | 'illegalTransition'
  | 'instanceEnded'
  | 'instanceRunning'
  | 'instanceSuspended'
  | 'invalidArgument'
  | 'invalidForm'
  | 'invalidOption'
  | 'invalidResult'
  | 'invalidVariable'
  | 'leaseLost'
  | 'notAuthorized'
  | 'notDivertible'
  | 'notEnabled'
  | 'notExecutable'
  | 'noRound'
  | 'notMigratable'
  | 'notPassed'
  | 'notStartable'
  | 'notSupported'
  | 'notWaiting'
  | 'offPath'
  | 'notYetSupported'
  | 'scriptEngineMissing'
  | 'scriptTimeout'
  | 'tooManyConflicts'
  | 'tooManyWaiting'
  | 'unknownDecision'
  | 'unknownDefinition'
  | 'unknownDeployment'
  | 'unknownElement'
  | 'unknownElementInstance'
  | 'unknownIncident'
  | 'unknownInstance'
  | 'unknownJob'
  | 'unknownTask'
  | 'wouldWait'

/** A call that the engine refuses: the caller's mistake or the world's state. `details` names the ids involved. */
export class EngineError extends LeewayError {
  readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string, details?: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super('EngineError', message, details, options)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'EngineError')
  }
}

/** A model that cannot be deployed. */
export class ModelError extends LeewayError {
  readonly code: string = 'invalidModel'
  /** Every finding, the errors among them. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(message: string, diagnostics: readonly Diagnostic[]) {
    super('ModelError', message, { diagnostics })
    this.diagnostics = diagnostics
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'ModelError')
  }
}

/**
 * What a refusal may say beyond its code: which required items are open, who holds the token, a ready-made proposal, the way into a
 * deadlock.
 */
export interface RefusalDetails {
  readonly missing?: readonly unknown[]
  readonly holders?: readonly unknown[]
  readonly proposal?: unknown
  readonly trace?: readonly unknown[]
  /** The deviation in the way. */
  readonly deviationId?: string
  /** Who is in the way. */
  readonly by?: string | null
  /** Why that person left the path. */
  readonly reason?: unknown
  /** Where the path has gone. */
  readonly to?: readonly unknown[]
  readonly [name: string]: unknown
}

/** A step that the rules of leaving the path do not allow now (`OnHold`, `AlreadyAway`, `RequiredOpen`, …). Nothing has changed. */
export class Refused extends LeewayError {
  /** In PascalCase. */
  readonly code: string
  readonly missing?: readonly unknown[]
  readonly holders?: readonly unknown[]
  readonly proposal?: unknown
  readonly trace?: readonly unknown[]
  readonly deviationId?: string
  readonly by?: string | null
  readonly reason?: unknown
  readonly to?: readonly unknown[]

  constructor(code: string, message: string, details: RefusalDetails = {}) {
    super('Refused', message, details)
    this.code = code
    if (details.missing !== undefined) this.missing = details.missing
    if (details.holders !== undefined) this.holders = details.holders
    if (details.proposal !== undefined) this.proposal = details.proposal
    if (details.trace !== undefined) this.trace = details.trace
    if (details.deviationId !== undefined) this.deviationId = details.deviationId
    if (details.by !== undefined) this.by = details.by
    if (details.reason !== undefined) this.reason = details.reason
    if (details.to !== undefined) this.to = details.to
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'Refused')
  }
}

/**
 * Thrown by a handler: a BPMN error with a code, caught by an error event of the model (BPMN 2.0.2 §10.5.7). Without a code it is refused
 * as `invalidArgument`.
 */
export class BpmnError extends LeewayError {
  readonly code: string
  /** Variables that go to the catching event. */
  readonly variables: Readonly<Record<string, unknown>>

  constructor(code: string, message = '', options: { readonly variables?: Readonly<Record<string, unknown>> } & ErrorOptions = {}) {
    super('BpmnError', message, { code }, options)
    if (typeof code !== 'string' || code === '')
      throw new EngineError('invalidArgument', 'A BpmnError needs the error code of the model, a text', { code })
    this.code = code
    this.variables = options.variables ?? {}
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'BpmnError')
  }
}

/** Thrown by a handler that knows that trying again is no use: an incident is raised at once. */
export class NoRetry extends LeewayError {
  readonly code: string = 'noRetry'

  constructor(message: string, options?: ErrorOptions) {
    super('NoRetry', message, {}, options)
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'NoRetry')
  }
}
