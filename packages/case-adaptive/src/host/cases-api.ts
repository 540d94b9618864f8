import type { CalendarDefinition } from '@leeway/engine/extension'
import type { Ocel } from '../audit/ocel.ts'
import type { AuditAnchor, AuditReport } from '../audit/verify.ts'
import type { People, Policies } from '../case/rules.ts'
import type { CasePage } from './case-find.ts'
import type { CaseTemplate } from './case-template.ts'
import type { CaseView, ClockView, OfferView } from './case-view.ts'
import type { CustomerFaces } from './customer-api.ts'
import type { CustomerView } from './customer-view.ts'
import type {
  AssignRequest,
  CloseRequest,
  ComplainRequest,
  ConfirmRequest,
  LinkRequest,
  ReopenRequest,
  TransferRequest,
  WorklistQuery,
} from './life-requests.ts'
import type { Metrics } from './metrics.ts'
import type { LeavePreview, ReturnPreview } from './preview.ts'
import type { Promotions } from './promotions.ts'
import type { ProposalFaces } from './proposal-api.ts'
import type {
  CancelItemRequest,
  CaseCall,
  CaseQuery,
  CompleteItemRequest,
  DashboardQuery,
  DeferRequest,
  EscalateRequest,
  ItemRequest,
  LeaveManyRequest,
  LeaveRequest,
  OfferRequest,
  OpenRequest,
  PauseClockRequest,
  PreviewLeaveRequest,
  RedactRequest,
  ResolveRequest,
  ReturnRequest,
  SetSeverityRequest,
  SetTierRequest,
  UndoRequest,
} from './requests.ts'
import type { SuggestionView, SuggestQuery } from './suggest.ts'
import type { WorklistPage } from './worklist.ts'

/** What `createCases` is given. */
export interface CasesOptions {
  /** Kinds of cases. Default: one template `default`; other names are then taken as given. */
  readonly templates?: readonly CaseTemplate[]
  /** Who works with cases and what they may do. Default: any named person may do everything. */
  readonly people?: People
  /** Business hours of the customer's clocks: a name that the engine knows, or the hours themselves. Default: around the clock. */
  readonly calendar?: string | CalendarDefinition
  /** What must hold whatever way the path takes. */
  readonly policies?: Policies
  /**
   * The type of the handler that tells people: one of the engine's handlers, given as variables `caseId`, `title`, `to` (ids of people), `because`
   * (`atRisk`, `overdue`, or the code of a reason) and `dueAt` (epoch milliseconds or null). It has the retries of any job; out of them an incident tells of it. Default: nobody is told.
   */
  readonly notifier?: string
}

/** Cases beside the processes of an engine: leaving the path at any waiting step, and coming back. */
export interface Cases extends CustomerFaces, ProposalFaces {
  readonly promotions: Promotions
  /** Opens a case; with `process` also starts that, in the same commit. Throws `UnknownTemplate`, and as `engine.start`. */
  open(request?: OpenRequest): Promise<CaseView>
  /** Makes a running process instance one of the case's. Throws `UnknownCase`, `CaseClosed`, `AlreadyAttached`, `unknownInstance`. */
  attach(caseId: string, instanceId: string, call?: CaseCall): Promise<void>
  /**
   * Leaves the path at a waiting element: its token is held, and what comes to it is kept for the return. An instance without a case
   * gets one of the default template. Throws `AlreadyAway`, `AnchorMoved` (`to`: where it went), `AnchorGone`, `ReasonMissing`, `NotAllowed`.
   */
  leave(request: LeaveRequest): Promise<{ readonly id: string; readonly caseId: string }>
  /**
   * Leaves in many instances, each checked and done by itself; `engine.batches.get(batchId).report` tells what became of each. Without an
   * anchor an instance is left at its only token, and refused (`SeveralTokens`) where it has several.
   */
  leaveMany(request: LeaveManyRequest): Promise<{ readonly batchId: string }>
  /**
   * Pins an item to an element that the instance may come to: there the path waits for it. An instance that ends without coming there leaves
   * it `unreachable`. Throws `UnknownTarget`, `AlreadyAway`, `AnchorGone`.
   */
  defer(request: DeferRequest): Promise<{ readonly id: string; readonly deviationId: string; readonly caseId: string }>
  /**
   * Takes back that the path was left: the step is as it was, with its draft and what was left of its timers; completed items are undone by
   * their compensators, the latest first. After the return it is that which is taken back, as long as nothing has moved since. Throws `NotUndoable`
   * (`missing`: what has no compensator), `PathMoved` (`moved`), `VariableConflict`, `AnchorGone`.
   */
  undo(deviationId: string, request?: UndoRequest): Promise<void>
  /** The case reached what it was for. Throws `ProcessRunning`, `CaseNotDone` (`missing`), `UnknownCase`, `CaseClosed`. */
  resolve(caseId: string, request: ResolveRequest): Promise<void>
  /** Takes part in a deviation that someone else began. Throws `UnknownDeviation`, `AlreadyReturned`, `AnchorGone`. */
  join(deviationId: string, call?: CaseCall): Promise<{ readonly id: string; readonly caseId: string }>
  /** Adds an ad hoc item to a deviation, or to a case. `taskId` is there as soon as it can be worked on. Throws as `join`, `UnknownItem`, `NotOffered`. */
  addItem(deviationOrCaseId: string, request: ItemRequest | OfferRequest): Promise<{ readonly id: string; readonly taskId?: string }>
  /** What the planning table of the case's template offers here to this person. Throws `UnknownDeviation`, `AlreadyReturned`. */
  offers(deviationOrCaseId: string, who?: Pick<CaseCall, 'actor' | 'tenantId'>): Promise<readonly OfferView[]>
  /** The customer's clocks stand still. Throws `PauseNotAllowed` (`allowed`), `ClockNotRunning`, `UnknownCase`, `CaseClosed`, `NotAllowed`. */
  pauseClock(caseId: string, request: PauseClockRequest): Promise<void>
  /** The customer's clocks go on with what was left. Throws `ClockNotPaused`, and as `pauseClock`. */
  resumeClock(caseId: string, call?: CaseCall): Promise<void>
  /** Another severity: goals are counted anew from the opening; what is breached stays so. Throws `UnknownSeverity`, `ReasonMissing`, as `pauseClock`. */
  setSeverity(caseId: string, request: SetSeverityRequest): Promise<readonly ClockView[]>
  /** Another tier of the customer, with the severity that the template gives it. Throws `UnknownTier`, `ReasonMissing`, as `pauseClock`. */
  setTier(caseId: string, request: SetTierRequest): Promise<readonly ClockView[]>
  /** Says who answers for the case; one that came in is open with that. Throws `NoPerformer`, `AlreadyAssigned`, `SeparationOfDuties`, `UnknownCase`, `CaseClosed`, `NotAllowed`. */
  assign(caseId: string, request: AssignRequest): Promise<void>
  /** Who answers for the case hands it over. Throws `ReasonMissing`, `NotAssigned`, and as `assign`. */
  transfer(caseId: string, request: TransferRequest): Promise<void>
  /** What the customer says of the resolution; an objection opens the case again, with the time that was left. Throws `NotResolved`, `UnknownCase`, `NotAllowed`. */
  confirm(caseId: string, request?: ConfirmRequest): Promise<void>
  /** Ends a resolved case. Throws `NotResolved`, `NotConfirmed` (`until`), `OutcomeUntold`, `UnknownCase`, `NotAllowed`. */
  close(caseId: string, request?: CloseRequest): Promise<void>
  /** Work on a resolved, closed or failed case begins once more; after it was closed as a new episode, with goals of its own. Throws `NotReopenable`, `ReasonMissing`, `UnknownCase`, `NotAllowed`. */
  reopen(caseId: string, request: ReopenRequest): Promise<void>
  /** Notes in two cases what they are to each other. Throws `AlreadyLinked`, `LinkedInCircle`, `UnknownCase`, `NotAllowed`. */
  link(caseId: string, request: LinkRequest): Promise<void>
  /** Opens a case about how a case was handled, for which nobody who handled that can answer. Throws `SeparationOfDuties`, `NoPerformer`, `UnknownTemplate`, `ReasonMissing`, `UnknownCase`, `NotAllowed`. */
  complain(caseId: string, request: ComplainRequest): Promise<{ readonly id: string }>
  /** What a person has to do, the next due first. Throws `invalidArgument`. */
  worklist(query?: WorklistQuery): Promise<WorklistPage>
  /**
   * What a customer may see: by their id, of all of their cases, by a case's token (`customerToken` of `cases.get`) of that one. Nothing but what the templates name (`customerView`) is
   * told, and of who is not known, nothing.
   */
  customerView(customerOrToken: string): Promise<CustomerView>
  /** Figures of a span: cases, contacts, deviations, promises, reviews. Throws `invalidArgument`, also where there is too much to count. */
  metrics(span: { readonly from: string | number | Date; readonly to: string | number | Date }): Promise<Metrics>
  /** What helped others at the step where a token is: the most often successful first. Nothing is done by it. Throws `invalidArgument`, `unknownInstance`. */
  suggest(query: SuggestQuery): Promise<readonly SuggestionView[]>
  /** Raises the case to those whom the template names; who answers for it stays. Throws `ReasonMissing`, as `pauseClock`. */
  escalate(caseId: string, request: EscalateRequest): Promise<void>
  /** Cases that are not over and that the person has to do with, the next due first. Throws `invalidArgument`. */
  dashboard(query?: DashboardQuery): Promise<CasePage>
  /** Completes an item, as `engine.tasks.complete` on its task does. Throws `UnknownItem`, `ItemNotActive`. */
  completeItem(itemId: string, request?: CompleteItemRequest): Promise<void>
  /**
   * An item is not wanted any more: it ends without a result, its task, job or instance goes, and what waited for it alone goes on. One that is
   * done is undone by its compensator, as long as nobody came back with it. Throws `UnknownItem`, `ItemAwaited` (`missing`: cancel these first),
   * `ItemNotCancelled`, `ReasonMissing`.
   */
  cancelItem(itemId: string, request: CancelItemRequest): Promise<void>
  /** Comes back to the step that was left. Throws `RequiredOpen` (`missing`), `AlreadyReturned`, `AnchorGone`. */
  return(deviationId: string, request: ReturnRequest): Promise<void>
  /** What leaving would come to: rights, timers, events, who works beside. Nothing changes. Throws as `leave` for what is asked wrongly. */
  previewLeave(request: PreviewLeaveRequest): Promise<LeavePreview>
  /** What coming back would come to: how sure the end is, what is passed over, what speaks against it and what to do. Nothing changes. */
  previewReturn(deviationId: string, request: ReturnRequest): Promise<ReturnPreview>
  /** The case in context; null where there is none. */
  get(caseId: string): Promise<CaseView | null>
  /** Cases, the oldest first. */
  find(query?: CaseQuery): Promise<CasePage>
  /** How many cases meet every criterion, counted up to 1,000,000. */
  count(query?: Omit<CaseQuery, 'limit' | 'after'>): Promise<number>
  /**
   * Whether the case's entries, and the deviations, items and facts that they guard, are as they were written: names each that is not.
   * `anchor`, from an earlier report kept elsewhere, also shows that a whole chain was replaced. Throws `UnknownCase`.
   */
  verifyAudit(caseId: string, anchor?: AuditAnchor): Promise<AuditReport>
  /** The log of up to 1,000 cases and their process instances as OCEL 2.0 JSON, for process mining. Throws `UnknownCase`. */
  exportOcel(request: { readonly caseIds: readonly string[] }): Promise<Ocel>
  /** Takes the free text of timeline entries away, for good; `verifyAudit` goes on holding. Gives the numbers of those that had any. Throws `UnknownCase`, `UnknownEntry`. */
  redact(caseId: string, request: RedactRequest): Promise<readonly number[]>
  /** The same methods for one person and tenant. */
  as(who: { readonly actor?: string; readonly tenantId?: string }): Cases
  /**
   * The same methods, written into an open transaction of the host: its rows, the case and the path land together or not at all. As `engine.within`,
   * and throws as that.
   */
  within(transaction: unknown): JoinedCases
}

/** Cases inside a transaction of the host. Say how it ended: then its events are told and its jobs run at once. */
export interface JoinedCases extends Cases {
  /** The host's transaction was committed. */
  committed(): void
  /** The host's transaction was rolled back: nothing of what was done here is so. */
  rolledBack(): void
  as(who: { readonly actor?: string; readonly tenantId?: string }): JoinedCases
}
