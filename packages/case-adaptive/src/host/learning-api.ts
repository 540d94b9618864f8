import type { Metrics } from './metrics.ts'
import type { Promotions } from './promotions.ts'
import type { SuggestionView, SuggestQuery } from './suggest.ts'

/** What the records teach. */
export interface LearningFace {
  /** Figures of a span: cases, contacts, deviations, promises, reviews. Throws `invalidArgument`, also where there is too much to count. */
  metrics(span: { readonly from: string | number | Date; readonly to: string | number | Date }): Promise<Metrics>
  /**
   * What helped others at the step where a token is: the most often successful first. Nothing is done by it. Throws `invalidArgument`,
   * `unknownInstance`.
   */
  suggest(query: SuggestQuery): Promise<readonly SuggestionView[]>
  readonly promotions: Promotions
}
