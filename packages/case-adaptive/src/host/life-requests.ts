import type { LinkKind } from '../case/case-state.ts'
import type { CaseCall, ReasonGiven } from './requests.ts'

/** Who answers for a case from now on. */
export interface AssignRequest extends CaseCall {
  readonly to: string
  readonly reason?: ReasonGiven
}

/** Handing a case over. */
export interface TransferRequest extends CaseCall {
  readonly to: string
  readonly reason: ReasonGiven
}

/** What the customer says of the resolution. */
export interface ConfirmRequest extends CaseCall {
  /** False: the customer objects, and the case is open again. Default true. */
  readonly accepted?: boolean
  readonly reason?: ReasonGiven
}

/** Closing a resolved case. */
export interface CloseRequest extends CaseCall {
  /** Whom the customer's next contact goes to, until an instant (ISO 8601, a Date, or epoch milliseconds). */
  readonly route?: { readonly to: string; readonly until: string | number | Date }
}

/** Opening a case again. */
export interface ReopenRequest extends CaseCall {
  readonly reason: ReasonGiven
}

/** What another case is to a case. */
export interface LinkRequest extends CaseCall {
  /** The other case. */
  readonly to: string
  /**
   * What the other case is to this one: above or below it (`parent`, `child`), the one that this repeats (`duplicateOf`) or a repetition of this (`duplicate`), its
   * `cause` or `effect`, or just `related`. Default `related`. A new case that repeats another is rejected.
   */
  readonly as?: Exclude<LinkKind, 'complaint' | 'complaintAbout'>
  readonly reason?: ReasonGiven
}

/** A complaint about how a case was handled. */
export interface ComplainRequest extends CaseCall {
  /** What the customer complains of. */
  readonly reason: ReasonGiven
  readonly title?: string
  /** Who answers for it: nobody who handled the case. Default: nobody yet. */
  readonly owner?: string
  /** Default: the one that the case's template names for complaints. */
  readonly template?: string
}

/** Which page of a person's work. */
export interface WorklistQuery {
  /** Whose; default the person that the cases are bound to. */
  readonly actor?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}
