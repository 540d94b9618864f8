import { Refused } from '@leeway/engine'
import type { Book } from '../case/book.ts'
import type { PlanItem } from '../case/item-state.ts'

/** Most deviations one inside the other, where the policies say nothing else. */
const DEPTH_MAX = 8

/** Throws `TooDeep` where the instance does the work of a deviation that is itself so many deviations deep. */
export function checkDepth(book: Book, instanceId: string): void {
  const { depthMax = DEPTH_MAX } = book.rules.policies
  const around = deviationsAround(book, instanceId, depthMax)
  if (around.length < depthMax) return
  const message = `Instance ${instanceId} does the work of deviations that are ${around.length} deep, which is as deep as they go. Come back further out first, or add the work there.`
  throw new Refused('TooDeep', message, { instanceId, depthMax, deviationIds: around, alternatives: ['return', 'addItem'] })
}

/** Ids of the deviations for which an instance works, the nearest first: it is an item's process, or in an item's case. */
function deviationsAround(book: Book, instanceId: string, most: number): readonly string[] {
  const around: string[] = []
  for (let at: string | null = instanceId; at !== null && around.length < most; ) {
    const itemId: string | undefined = book.watch(at).body.itemId ?? book.caseOfInstance(at)?.body.itemId
    const item: PlanItem | null = itemId === undefined ? null : book.item(itemId)
    if (item?.deviationId) around.push(item.deviationId)
    at = item?.instanceId ?? null
  }
  return around
}
