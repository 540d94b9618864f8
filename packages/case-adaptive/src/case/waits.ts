import type { Instant } from './case-state.ts'
import type { Deviation, Waits } from './deviation-state.ts'
import type { PlanItem } from './item-state.ts'
import type { WorkingTime } from './service/service-clock.ts'

/** What a deviation comes to until an instant: its end, or now; nothing where that is before it by the clock of another node. */
export function waitsOf(time: WorkingTime, { leftAt }: Pick<Deviation, 'leftAt'>, items: readonly PlanItem[], until: Instant): Waits {
  let itemsMs = 0
  let counted = leftAt
  for (const [from, to] of spans(items, until)) {
    // What several items were at work at counts once.
    const start = Math.max(from, counted)
    if (to > start) itemsMs += to - start
    counted = Math.max(counted, to)
  }
  return { awayMs: Math.max(0, until - leftAt), workingMs: time.between(leftAt, until), itemsMs }
}

/** When items were at work, in the order in which they began. */
function spans(items: readonly PlanItem[], until: Instant): readonly (readonly [Instant, Instant])[] {
  const found = items.flatMap(({ body: { startedAt, completed, closed } }) =>
    startedAt === undefined ? [] : [[startedAt, Math.min(completed?.at ?? closed?.at ?? until, until)] as const],
  )
  return found.sort(([a], [b]) => a - b)
}
