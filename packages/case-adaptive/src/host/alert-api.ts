import type { Variables } from '@leeway/engine/extension'
import type { Alerted } from '../case/alert-commands.ts'
import type { CaseCall, InstantGiven } from './call.ts'

/** Whom an alert tells, and which case it opens. One of the two is needed. */
interface AlertAct {
  readonly key: string
  /** People by id, roles of the organisation, or names that only the notifier's handler knows, such as partners. */
  readonly notify?: readonly string[]
  /** The template of the case that is opened. */
  readonly open?: string
  /** Of the case and of the notice. Default: the rule's key. */
  readonly title?: string
}

/** A filter on answers to surveys, and what is done where one meets it. */
export interface AlertRule extends AlertAct {
  /** The survey that it is about. Default: any. */
  readonly survey?: string
  /** True: it is met. The host's own code; what it throws refuses the response. */
  readonly when: (response: SurveyResponse) => boolean
  /** What the notice says. Default: the title. */
  readonly text?: (response: SurveyResponse) => string
}

/** When contacts of a category are more than usual, and what is done then. */
export interface TrendRule extends AlertAct {
  /** Which categories it is about. Default: each that contacts have. */
  readonly categories?: readonly string[]
  /** How long a span is counted together (ISO 8601). */
  readonly within: string
  /** With how many spans before it is compared. Default 4. */
  readonly spans?: number
  /** It rises where there are more than so many times their mean. Default 2. */
  readonly factor?: number
  /** Fewer are no trend. Default 5. */
  readonly atLeast?: number
}

/**
 * What a customer answered. The whole of it stays with the host, behind `link`. With other answers under the id of one before it is refused
 * (`idempotencyKeyReused`).
 */
export interface SurveyResponse {
  /** The host's: a response that is submitted again does nothing more. */
  readonly id: string
  readonly survey?: string
  readonly customer?: string
  /** By question; facts of the cases that it opens. */
  readonly answers: Variables
  /** Where it can be read. */
  readonly link?: string
  /** When it was answered. Default: that is not known. */
  readonly at?: InstantGiven
}

/** Answers to surveys. */
export interface Surveys {
  /**
   * Holds a response against the rules (`alerts` of `createCases`): those that it meets tell people and open cases, in one commit; cases of
   * one response are linked, and the customer is told of the first. Gives the rules that it met. Throws `invalidArgument`, `NotAllowed`.
   */
  submit(response: SurveyResponse & CaseCall): Promise<readonly Alerted[]>
}

/** Contacts that come more often than usual. */
export interface Trends {
  /**
   * Each category by each rule (`trends` of `createCases`), the steepest first. Throws `invalidArgument` where there is too much to count.
   */
  find(query?: { readonly at?: InstantGiven }): Promise<readonly TrendView[]>
  /**
   * Raises an alert for each that rises now, once for a rule, a category and a span. Gives those with their case, as far as the caller sees
   * them. For a timer of the host. Throws as `find`, `NotAllowed`.
   */
  raise(call?: CaseCall): Promise<readonly RaisedTrend[]>
}

/** A trend that rises, and the case that its rule opened; null where the rule opens none. */
export type RaisedTrend = TrendView & { readonly caseId: string | null }

/** How a category of contacts goes, by one rule. */
export interface TrendView {
  readonly rule: string
  readonly category: string
  /** Customers' contacts in the span that ends now. */
  readonly count: number
  /** Their mean in the spans before, and in as many before those. */
  readonly usual: number
  readonly before: number
  /** `newLevel`: what rose once has stayed, and is what is usual now. */
  readonly state: 'usual' | 'rising' | 'newLevel'
}
