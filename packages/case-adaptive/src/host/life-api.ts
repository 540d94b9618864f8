import type { LinkKind } from '../case/case-state.ts'
import type { CaseCall, ReasonGiven } from './call.ts'

/** Who answers for a case, how it ends, and what it has to do with others. */
export interface LifeFace {
  /**
   * Says who answers for the case; one that came in is open with that. Throws `NoPerformer`, `NoRouting`, `AlreadyAssigned`,
   * `SeparationOfDuties`, `UnknownCase`, `CaseClosed`, `NotAllowed`.
   */
  assign(caseId: string, request: AssignRequest): Promise<void>
  /** Who answers for the case hands it over. Throws `ReasonMissing`, `NotAssigned`, and as `assign`. */
  transfer(caseId: string, request: TransferRequest): Promise<void>
  /**
   * What the customer says of the resolution; an objection opens the case again, with the time that was left. Throws `NotResolved`,
   * `OuterCaseOver` as `reopen`, `UnknownCase`, `NotAllowed`.
   */
  confirm(caseId: string, request?: ConfirmRequest): Promise<void>
  /**
   * Ends a resolved case. Throws `NotResolved`, `NotConfirmed` (`until`), `OutcomeUntold`, `CommitmentOpen` (`missing`), `UnknownCase`,
   * `NotAllowed`.
   */
  close(caseId: string, request?: CloseRequest): Promise<void>
  /**
   * Work on a resolved, closed or failed case begins once more; after it was closed as a new episode, with goals of its own. An item that
   * it is of another case is active again with it. Throws `NotReopenable`, `OuterCaseOver` (nothing can be done in that other case),
   * `ReasonMissing`, `UnknownCase`, `NotAllowed`.
   */
  reopen(caseId: string, request: ReopenRequest): Promise<void>
  /**
   * Deletes a closed or rejected case for good, with its record and all that belongs to it; its process instances are kept as long as the
   * engine keeps others. Cut off, it is done again to do the rest. Throws `NotClosed`, `CaseInUse` (`missing`: what still runs), `UnknownCase`,
   * `NotAllowed`, `conflict` where the case went on meanwhile.
   */
  delete(caseId: string, call?: CaseCall): Promise<void>
  /** Notes in two cases what they are to each other. Throws `AlreadyLinked`, `LinkedInCircle`, `UnknownCase`, `NotAllowed`. */
  link(caseId: string, request: LinkRequest): Promise<void>
  /**
   * Opens a case about how a case was handled, for which nobody who handled that can answer. Throws `SeparationOfDuties`, `NoPerformer`,
   * `UnknownTemplate`, `ReasonMissing`, `UnknownCase`, `NotAllowed`.
   */
  complain(caseId: string, request: ComplainRequest): Promise<{ readonly id: string }>
  /** What a person has to do, the next due first. Throws `invalidArgument`. */
  worklist(query?: WorklistQuery): Promise<WorklistPage>
}

/** Who answers for a case from now on. */
export interface AssignRequest extends CaseCall {
  /** Default: whom the template's `routing` finds. */
  readonly to?: string
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
   * What the other case is to this one: above or below it (`parent`, `child`), the one that this repeats (`duplicateOf`) or a repetition of
   * this (`duplicate`), its `cause` or `effect`, or just `related`. Default `related`. A new case that repeats another is rejected.
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

/** Something that a person has to do. `id` is that of the case, item, deviation, commitment, proposal or review. */
export interface WorkView {
  readonly type: 'case' | 'item' | 'deviation' | 'commitment' | 'proposal' | 'review'
  readonly id: string
  readonly caseId: string
  readonly name: string
  /** The state of what it is. */
  readonly state: string
  readonly dueAt: string | null
  readonly overdue: boolean
  /** An item's task. */
  readonly taskId?: string
  /** True where it is offered to several, or to whoever takes it; false where it is this person's. */
  readonly offered: boolean
}

/** A page of a person's work; `next` where more may follow. */
export type WorklistPage = readonly WorkView[] & { readonly next?: string }
