import type { TrendView } from './alert-api.ts'
import type { Context } from './context.ts'
import { inSight } from './in-sight.ts'
import type { ReadTrend } from './read-alerts.ts'
import { readSpan } from './read-all.ts'
import { contacts } from './records.ts'

/** How each category of customers' contacts goes, by each rule. */
export async function readTrends(context: Context, at: number): Promise<readonly { readonly rule: ReadTrend; readonly view: TrendView }[]> {
  const rules = context.alerts.trends
  if (rules.length === 0) return []
  const from = at - Math.max(...rules.map(({ withinMs, spans }) => withinMs * (1 + 2 * spans)))
  const said = await inSight(context, await readSpan(context, contacts, 'at', { from, to: at + 1 }))
  const byCategory = new Map<string, number[]>()
  for (const { at: began, body } of said)
    if (body.direction === 'inbound' && body.category !== undefined)
      byCategory.set(body.category, [...(byCategory.get(body.category) ?? []), began])
  return rules
    .flatMap((rule) =>
      [...byCategory]
        .filter(([category]) => rule.categories === undefined || rule.categories.includes(category))
        .map(([category, times]) => ({ rule, view: viewOf(rule, category, times, at) })),
    )
    .sort((a, b) => steepness(b.view) - steepness(a.view) || (a.view.category < b.view.category ? -1 : 1))
}

function viewOf({ key, withinMs, spans, factor, atLeast }: ReadTrend, category: string, times: readonly number[], at: number): TrendView {
  /** How many began in the spans from the first up to, not including, the last; the span that ends now is the first. */
  const within = (first: number, last: number): number =>
    times.filter((began) => began > at - last * withinMs && began <= at - first * withinMs).length
  const count = within(0, 1)
  const usual = within(1, 1 + spans) / spans
  const before = within(1 + spans, 1 + 2 * spans) / spans
  const isRising = count >= atLeast && count > factor * usual
  const isNewLevel = usual >= atLeast && usual > factor * before
  return { rule: key, category, count, usual, before, state: isRising ? 'rising' : isNewLevel ? 'newLevel' : 'usual' }
}

function steepness({ count, usual }: TrendView): number {
  return count - usual
}
