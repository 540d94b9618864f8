import type { CalendarDefinition } from '@leeway/engine/extension'
import type { People, Policies } from '../case/rules.ts'
import type { AlertRule, Surveys, TrendRule, Trends } from './alert-api.ts'
import type { CaseFace } from './case-api.ts'
import type { CaseTemplate } from './case-template.ts'
import type { CustomerFaces } from './customer-api.ts'
import type { DeviationFace } from './deviation-api.ts'
import type { ItemFace } from './item-api.ts'
import type { LearningFace } from './learning-api.ts'
import type { LifeFace } from './life-api.ts'
import type { ProposalFaces } from './proposal-api.ts'
import type { ServiceFace } from './service-api.ts'

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
  /** Filters on answers to surveys: whom they tell, and which cases they open (`cases.surveys.submit`). */
  readonly alerts?: readonly AlertRule[]
  /** When contacts of a category are more than usual, and what is done then (`cases.trends.raise`). */
  readonly trends?: readonly TrendRule[]
  /**
   * The type of the handler that tells people: one of the engine's handlers, given as variables `caseId`, `title`, `to` (ids of people),
   * `because` (`atRisk`, `overdue`, `commitmentDue`, `commitmentBroken`, `instalmentMissed`, `proposalExpired`, `nobodyFits`, `offered`;
   * `alert`: with the rule as `alert`, `text`, `link` and `customer`, and `caseId` null where it opened none; off the path `preempted`:
   * their task was left, `pathMoved`: the path went on without them, `reached`: a token came to where they wanted to leave; or the code of
   * a reason) and `dueAt` (epoch milliseconds or null). It has the retries of any job; out of them an incident tells of it. Default: nobody
   * is told.
   */
  readonly notifier?: string
  /**
   * The type of the handler that tells customers what their template's `customerView` has words for: given `caseId`, `customer`, `token`
   * (for `customerView`), `channel`, `because` (`state` or `milestone`), `text` and `evidence`. When it is done, the contact is on record.
   * Needed where a template says `tell`.
   */
  readonly customerNotifier?: string
  /** How long cases are kept that are over, deleted as by `cases.delete` at each clean-up of the engine. Default: for ever. */
  readonly retention?: CaseRetention
}

/** How long cases are kept that are over. */
export interface CaseRetention {
  /**
   * From its closing, or from when it was rejected: an ISO 8601 duration, or null for ever. A case of which something still runs is kept
   * longer. Default null.
   */
  readonly closed?: string | null
}

/** Cases beside the processes of an engine: leaving the path at any waiting step, and coming back. */
export interface Cases extends CaseFace, DeviationFace, ItemFace, LifeFace, ServiceFace, CustomerFaces, ProposalFaces, LearningFace {
  readonly surveys: Surveys
  readonly trends: Trends
  /** The same methods for one person and tenant. */
  as(who: { readonly actor?: string; readonly tenantId?: string }): Cases
  /**
   * The same methods, written into an open transaction of the host: its rows, the case and the path land together or not at all. As
   * `engine.within`, and throws as that.
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
