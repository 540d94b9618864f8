import type { Variables } from '@leeway/engine/extension'
import type { AuditAnchor } from '../audit/chain.ts'
import type { Ocel } from '../audit/ocel.ts'
import type { AuditReport } from '../audit/verify.ts'
import type { CaseCall } from './call.ts'
import type { CaseSummary, CaseView } from './case-view.ts'

/** A case as a whole: opening it, reading it, its record. */
export interface CaseFace {
  /** Opens a case; with `process` also starts that, in the same commit. Throws `UnknownTemplate`, and as `engine.start`. */
  open(request?: OpenRequest): Promise<CaseView>
  /** Makes a running process instance one of the case's. Throws `UnknownCase`, `CaseClosed`, `AlreadyAttached`, `unknownInstance`. */
  attach(caseId: string, instanceId: string, call?: CaseCall): Promise<void>
  /** The case reached what it was for. Throws `ProcessRunning`, `CaseNotDone` (`missing`), `UnknownCase`, `CaseClosed`. */
  resolve(caseId: string, request: ResolveRequest): Promise<void>
  /** The case in context; null where there is none. */
  get(caseId: string): Promise<CaseView | null>
  /** Cases, the oldest first. */
  find(query?: CaseQuery): Promise<CasePage>
  /** How many cases meet every criterion, counted up to 1,000,000. */
  count(query?: Omit<CaseQuery, 'limit' | 'after'>): Promise<number>
  /**
   * Whether the case's entries, and the deviations, items and facts that they guard, are as they were written: names each that is not.
   * `anchor`, from an earlier report kept elsewhere, also shows that a whole chain was replaced. A row that
   * the storage cannot read is named as one that is not as it was written. Throws `UnknownCase`, and `StorageError` `corrupt` where the
   * case's own row cannot be read: there is nothing to judge by.
   */
  verifyAudit(caseId: string, anchor?: AuditAnchor): Promise<AuditReport>
  /** The log of up to 1,000 cases and their process instances as OCEL 2.0 JSON, for process mining. Throws `UnknownCase`. */
  exportOcel(request: { readonly caseIds: readonly string[] }): Promise<Ocel>
  /**
   * Takes free text of timeline entries, values of facts, and what was written in items away, for good; `verifyAudit` goes on holding.
   * Gives the numbers of the entries that had text. Throws `UnknownCase`, `UnknownEntry`, `UnknownFact`, `UnknownItem`, `UnknownDeviation`,
   * `StillNeeded` where a handler, a process that is about to start, or a return that is to be made works with it.
   */
  redact(caseId: string, request: RedactRequest): Promise<readonly number[]>
}

/** A new case. */
export interface OpenRequest extends CaseCall {
  /** Key of a template. Default: the default template. */
  readonly template?: string
  readonly customer?: string
  /** The customer's, such as `gold`; default what `policies.tierOf` says of them. */
  readonly tier?: string
  readonly title?: string
  /** What is known at the start, by name. */
  readonly facts?: Variables
  /** A process to start as the case's own, in the same commit. */
  readonly process?: ({ readonly key: string; readonly version?: number; readonly versionTag?: string } | { readonly id: string }) & {
    readonly variables?: Variables
    readonly businessKey?: string
    readonly at?: readonly string[]
  }
}

/** Taking away what must not be kept. One of `entries` and `facts` is needed. */
export interface RedactRequest extends CaseCall {
  /** Numbers of timeline entries, from 1, for their free text. */
  readonly entries?: readonly number[]
  /** Ids of facts, for their values: also in the result of the item that gave one. They are known no longer. */
  readonly facts?: readonly string[]
  /**
   * Ids of items, at whatever point of their life: for what people wrote in them. Name, what it was given, draft and comments of the task,
   * result, what a return took of that, and their names in the timeline go. Results of services are facts, too: name those as well.
   */
  readonly items?: readonly string[]
  /** Ids of deviations, for the values that were given with their returns. These are not undone any more. */
  readonly deviations?: readonly string[]
  /** The title of the case. */
  readonly title?: true
  /** Why; a word for the record, no free text. */
  readonly reason: string
}

/** A case that reached what it was for. */
export interface ResolveRequest extends CaseCall {
  /** How: a code of the installation's own. */
  readonly code: string
}

/** Which cases are looked for. Every criterion must hold. */
export interface CaseQuery {
  readonly customer?: string
  readonly instanceId?: string
  readonly state?: string | readonly string[]
  readonly template?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}

/** Cases; `next` where more may follow. */
export type CasePage = readonly CaseSummary[] & { readonly next?: string }
