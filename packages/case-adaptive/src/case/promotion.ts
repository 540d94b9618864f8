import { transitionOf } from '@leeway/engine/extension'
import { promotionLifecycle } from '../lifecycles/promotion.ts'
import type { Book } from './book.ts'
import type { ReleasePromotion } from './promotion-state.ts'

/** Notes by which version the work became a step. The same version once more changes nothing. */
export function releasePromotion(book: Book, command: ReleasePromotion, actor: string): void {
  if (command.isTrial) return
  const { id, processKey, elementId, name, definitionId, version } = command
  const before = book.promotion(id)
  const { state, body } = before ?? { state: promotionLifecycle.initial, body: { processKey, elementId, name, releases: [] } }
  if (body.releases.some((release) => release.definitionId === definitionId)) return
  const releases = [...body.releases, { definitionId, version, by: actor, at: book.now }]
  book.putPromotion({ id, state: transitionOf(promotionLifecycle, state, 'release'), tenantId: book.tenantId, body: { ...body, releases } })
}
