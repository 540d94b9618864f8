import type { CustomerTerms } from '../case/customer-terms.ts'
import type { RoutingRule } from '../case/rules.ts'
import type { CaseCall } from './call.ts'
import type { ItemRequest } from './item-api.ts'

/** A kind of case. */
export interface CaseTemplate {
  readonly key: string
  readonly name?: string
  /** Cases that open themselves, when an instance without one is left, are of this kind. Default: the first template. */
  readonly isDefault?: boolean
  /**
   * What the customer is promised, by severity, the least first. A case begins with the severity of its customer's tier, else with the
   * first.
   */
  readonly severities?: { readonly [severity: string]: ServiceGoals }
  /** The severity that a case of a customer of this tier begins with. */
  readonly tiers?: { readonly [tier: string]: string }
  /**
   * Whom new cases go to by themselves, whoever opens them; where nobody fits, to those of `escalateTo`. Default: to whoever opens them.
   */
  readonly routing?: RoutingRule
  /** Who is told when a promise is broken: ids of people, or roles of the organisation. */
  readonly escalateTo?: readonly string[]
  /** After how long off the path a deviation is escalated, once (ISO 8601, working time). Default: never. */
  readonly maxAway?: string
  /**
   * How long a customer may object before a resolved case is closed without their word (ISO 8601, working time). Default: it can be closed
   * at once.
   */
  readonly confirmWithin?: string
  /** The template of complaints about cases of this one. Default: the default template. */
  readonly complaints?: string
  /** What the customer may see of such a case. Default: that there is one, and since when. */
  readonly customerView?: CustomerTerms
  /** The planning table: items that are offered to those who may add them, where they apply. */
  readonly offers?: readonly OfferedItem[]
}

/** Promises, as ISO 8601 durations of working time. */
export interface ServiceGoals {
  /** The closure goal: from opening to resolving. */
  readonly resolution?: ServiceGoal | string
  /** From opening until the customer is answered, by a contact. */
  readonly firstResponse?: ServiceGoal | string
  /** From one answer to the next; from the opening where no first response is promised. */
  readonly nextUpdate?: ServiceGoal | string
}

/** One promise. */
export interface ServiceGoal {
  readonly within: string
  /** The part of the time after which it is at risk, above 0 and up to 1. Default 0.8. */
  readonly warnAt?: number
  /** How long after the breach it is escalated again, rising. Default: never. */
  readonly again?: readonly string[]
}

/** A discretionary item (CMMN 1.1 §5.4.9) of a planning table. */
export interface OfferedItem {
  readonly key: string
  /** What is added, as `cases.addItem` takes it. */
  readonly item: Omit<ItemRequest, keyof CaseCall | 'offer'>
  /** Where it applies (CMMN's applicability rule): all that is named must hold. Default: everywhere. */
  readonly when?: {
    readonly tiers?: readonly string[]
    readonly severities?: readonly string[]
    /** Keys of processes, and ids of elements where the path was left. */
    readonly processes?: readonly string[]
    readonly elements?: readonly string[]
  }
  /** Roles of the organisation of which a person needs one. Default: everyone. */
  readonly roles?: readonly string[]
}

/** Which templates there are, and where instants without an offset are local. */
export interface TemplateNames {
  readonly timeZone: string
  /** The template of this key, the default one without. Throws `UnknownTemplate`. */
  named(key: string | undefined): string
}

/** Reads what was asked as it was asked, whatever templates the house has by now: what an idempotency key stands for. */
export function asAsked({ timeZone }: TemplateNames): TemplateNames {
  return { timeZone, named: (key) => key ?? '\0' } // no template's key
}
