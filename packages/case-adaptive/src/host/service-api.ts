import type { CaseCall, ReasonGiven } from './call.ts'
import type { CasePage } from './case-api.ts'
import type { ClockView } from './case-view.ts'

/** What the customer was promised. */
export interface ServiceFace {
  /**
   * The customer's clocks stand still. Throws `PauseNotAllowed` (`allowed`), `ClockNotRunning`, `UnknownCase`, `CaseClosed`, `NotAllowed`.
   */
  pauseClock(caseId: string, request: PauseClockRequest): Promise<void>
  /** The customer's clocks go on with what was left. Throws `ClockNotPaused`, and as `pauseClock`. */
  resumeClock(caseId: string, call?: CaseCall): Promise<void>
  /**
   * Another severity: goals are counted anew from the opening; what is breached stays so. Throws `UnknownSeverity`, `ReasonMissing`, as
   * `pauseClock`.
   */
  setSeverity(caseId: string, request: SetSeverityRequest): Promise<readonly ClockView[]>
  /** Another tier of the customer, with the severity that the template gives it. Throws `UnknownTier`, `ReasonMissing`, as `pauseClock`. */
  setTier(caseId: string, request: SetTierRequest): Promise<readonly ClockView[]>
  /**
   * Raises the case to those whom the template names, or lets others see to it who know more (`to`); who answers for it stays. Throws
   * `NoPerformer`, `ReasonMissing`, as `pauseClock`.
   */
  escalate(caseId: string, request: EscalateRequest): Promise<void>
  /** Cases that are not over and that the person has to do with, the next due first. Throws `invalidArgument`. */
  dashboard(query?: DashboardQuery): Promise<CasePage>
}

/** Letting the customer's clocks stand still. */
export interface PauseClockRequest extends CaseCall {
  /** One of `policies.pauseReasons`. */
  readonly reason: string
}

/** Another severity for a case. */
export interface SetSeverityRequest extends CaseCall {
  readonly severity: string
  readonly reason: ReasonGiven
}

/** Another tier of a case's customer. */
export interface SetTierRequest extends CaseCall {
  readonly tier: string
  readonly reason: ReasonGiven
}

/** Raising a case to a higher authority. */
export interface EscalateRequest extends CaseCall {
  /**
   * Those who know more, by role of the organisation or id: they are told and find the case on their dashboard. Default: those above, whom
   * the template names.
   */
  readonly to?: string | readonly string[]
  readonly reason: ReasonGiven
}

/** Which page of a dashboard. */
export interface DashboardQuery {
  /** Whose; default the person that the cases are bound to. */
  readonly actor?: string
  /** Only cases past their goal. */
  readonly overdue?: boolean
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}
