import type { LinkKind, Route } from './case-state.ts'
import type { Reason } from './reason.ts'

/** Commands on the life of a case as a whole. */
export type LifeCommand = Assign | Transfer | Confirm | Close | Reopen | Link | Complain

/** Somebody answers for the case from now on. */
export interface Assign {
  readonly type: 'assign'
  readonly caseId: string
  /** Null: whom the rule of its template finds. */
  readonly to: string | null
  readonly reason?: Reason
}

/** Who answers for the case hands it over. */
export interface Transfer {
  readonly type: 'transfer'
  readonly caseId: string
  readonly to: string
  readonly reason: Reason
}

/** The customer agrees with the resolution, or objects. */
export interface Confirm {
  readonly type: 'confirm'
  readonly caseId: string
  readonly accepted: boolean
  readonly reason?: Reason
}

export interface Close {
  readonly type: 'close'
  readonly caseId: string
  /** Whom the customer's next contact goes to. */
  readonly route?: Route
}

export interface Reopen {
  readonly type: 'reopen'
  readonly caseId: string
  readonly reason: Reason
}

/** `to` is so much to the case, and the case to it what that implies. */
export interface Link {
  readonly type: 'link'
  readonly caseId: string
  readonly to: string
  readonly as: LinkKind
  readonly reason?: Reason
}

/** A case about how a case was handled. */
export interface Complain {
  readonly type: 'complain'
  readonly caseId: string
  readonly template: string
  readonly title: string | null
  /** Who answers for it; null: nobody yet. */
  readonly owner: string | null
  readonly reason: Reason
}

/** A case that is over is deleted for good. */
export interface DeleteCase {
  readonly type: 'deleteCase'
  readonly caseId: string
  /** The digest of its latest entry when it was looked at; null: there was no such case. */
  readonly head: string | null
  /** Process instances that are its own: those that it has, and those that were begun for items of it. */
  readonly instanceIds: readonly string[]
  /** Ids of its facts that hold for all of its customer's cases: others go by them, so they go with the case. */
  readonly customerFacts: readonly string[]
  /** What of it still ran then. */
  readonly underWay: readonly UnderWay[]
  /** Nobody asked for it: its time is over. */
  readonly because?: 'retention'
}

/** Something of a case that is to come to its end before the case can go. */
export interface UnderWay {
  readonly type: 'process' | 'deviation' | 'item' | 'job' | 'commitment' | 'contact' | 'proposal' | 'review' | 'case'
  readonly id: string
  readonly name: string
}
