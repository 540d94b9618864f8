import type { CustomerTerms } from './customer-terms.ts'
import type { Done, People, Policies, RoutingRule } from './rules.ts'
import type { Offer } from './service/offer.ts'
import type { ServiceRules } from './service/terms.ts'

/** What a decision goes by beside the records. */
export interface Rules {
  /** Null: any named person may do everything. */
  readonly people: People | null
  readonly policies: Policies
  readonly service: ServiceRules
  /** Whom cases of a template go to by themselves; null: to whoever opens them. */
  routingOf(template: string): RoutingRule | null
  /** What customers may see of such cases, and are told. */
  customerOf(template: string): CustomerTerms
  /** Whether there is a template whose customers are told. */
  readonly tellsCustomers: boolean
  /** All milestones of those templates: a step of the path that completes none of them costs nothing more. */
  readonly milestones: ReadonlySet<string>
  /** The planning table of a template. */
  offersOf(template: string): readonly Offer[]
  /** What was done on the path before the command, where a rule asks for it. */
  readonly done: readonly Done[]
}
