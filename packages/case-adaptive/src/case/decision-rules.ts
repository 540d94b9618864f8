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
  /** The planning table of a template. */
  offersOf(template: string): readonly Offer[]
  /** What was done on the path before the command, where a rule asks for it. */
  readonly done: readonly Done[]
}
