export type { AuditAnchor } from './audit/chain.ts'
export type { Ocel, OcelEvent, OcelObject, OcelRelationship, OcelType } from './audit/ocel.ts'
export type { AuditProblem } from './audit/problem.ts'
export type { AuditReport } from './audit/verify.ts'
export type { Alerted } from './case/alert-commands.ts'
export type { CaseLink, LinkKind, Routed } from './case/case-state.ts'
export type { ContactDirection } from './case/customer-state.ts'
export type { CustomerMilestone, CustomerTerms } from './case/customer-terms.ts'
export type { Anchor, AwayEvent, DeviationMode, LatchRecord, ResultTaken, Waits } from './case/deviation-state.ts'
export type { ItemKind } from './case/item-state.ts'
export type { ProposalWay, ReviewOutcome, Settlement } from './case/proposal-state.ts'
export type { Reason } from './case/reason.ts'
export type { ElementPolicy, Grant, People, Person, PlanRule, Policies, ReviewRule, Right, RoutingRule } from './case/rules.ts'
export type { Check, GuaranteeClass, Need, Repair, Step, Verdict } from './case/verdict.ts'
export type { Becomes, EventAfter, TimerAfter } from './deviation/rearmed.ts'
export type { AlertRule, RaisedTrend, SurveyResponse, Surveys, TrendRule, Trends, TrendView } from './host/alert-api.ts'
export type { CaseCall, Cost, ReasonGiven } from './host/call.ts'
export type { CasePage, CaseQuery, OpenRequest, RedactRequest, ResolveRequest } from './host/case-api.ts'
export type { CaseTemplate, OfferedItem, ServiceGoal, ServiceGoals } from './host/case-template.ts'
export type { CaseSummary, CaseView, ClockView, PathPosition, TimelineView } from './host/case-view.ts'
export { createCases } from './host/cases.ts'
export type { CaseRetention, Cases, CasesOptions, JoinedCases } from './host/cases-api.ts'
export type {
  AskFactRequest,
  CommitmentRequest,
  Commitments,
  ContactPage,
  ContactQuery,
  ContactRequest,
  Contacts,
  CustomerFaces,
  FactRequest,
  Facts,
  PlanRequest,
  ProveRequest,
  RevokeFactRequest,
  VerifyFactRequest,
} from './host/customer-api.ts'
export type { AskedView, CommitmentView, ContactView, FactView } from './host/customer-record-view.ts'
export type { CustomerCaseView, CustomerView } from './host/customer-view.ts'
export type {
  DeferRequest,
  HandOver,
  LeaveManyRequest,
  LeaveRequest,
  PreviewLeaveRequest,
  ReturnDirective,
  ReturnRequest,
  TimerPolicy,
  UndoRequest,
} from './host/deviation-api.ts'
export type { DeviationView, ReturnedView } from './host/deviation-view.ts'
export type { AdHocWork, CompleteItemRequest, ItemRequest, OfferRequest } from './host/item-api.ts'
export type { ItemView, LateResultView, OfferView } from './host/item-view.ts'
export type {
  AssignRequest,
  CloseRequest,
  ComplainRequest,
  ConfirmRequest,
  LinkRequest,
  ReopenRequest,
  TransferRequest,
  WorklistPage,
  WorklistQuery,
  WorkView,
} from './host/life-api.ts'
export type { Metrics } from './host/metrics.ts'
export type { PlanView } from './host/plan-view.ts'
export type { LeavePreview, RefusalView, ReturnPreview } from './host/preview.ts'
export type { AcceptRequest, CandidateQuery, CandidateView, PromotionDraft, Promotions } from './host/promotions.ts'
export type {
  CounterRequest,
  DecideReviewRequest,
  DraftRequest,
  ProposalFaces,
  Proposals,
  RejectRequest,
  ReviewQuery,
  Reviews,
  WeighedPosition,
  WeighedView,
  WeighRequest,
} from './host/proposal-api.ts'
export type { ProposalView, ReviewView } from './host/proposal-view.ts'
export type { DashboardQuery, EscalateRequest, PauseClockRequest, SetSeverityRequest, SetTierRequest } from './host/service-api.ts'
export type { SuggestionView, SuggestQuery } from './host/suggest.ts'
export type { CaseState } from './lifecycles/case.ts'
export type { CommitmentState } from './lifecycles/commitment.ts'
export type { ContactState } from './lifecycles/contact.ts'
export type { DeviationState } from './lifecycles/deviation.ts'
export type { FactState } from './lifecycles/fact.ts'
export type { PlanItemState } from './lifecycles/plan-item.ts'
export type { ProposalState } from './lifecycles/proposal.ts'
export type { ServiceClockState } from './lifecycles/service-clock.ts'
