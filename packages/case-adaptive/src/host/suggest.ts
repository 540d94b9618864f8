import { EngineError } from '@leeway/engine'
import { REDACTED } from '../audit/free-text.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { ItemKind, PlanItem } from '../case/item-state.ts'
import { type Context, engineFor } from './context.ts'
import { inSight } from './in-sight.ts'
import { whereSeen } from './read-case.ts'
import { deviations, items } from './records.ts'

/** Where somebody is, or is about to leave the path. */
export interface SuggestQuery {
  readonly instanceId: string
  /** Needed where the instance has several tokens. */
  readonly elementInstanceId?: string
  /** 1 to 100; default 10. */
  readonly limit?: number
}

/** Work that helped others at the same step. Nothing is done by it. */
export interface SuggestionView {
  readonly name: string
  readonly kind: ItemKind
  /** A service item's handler type, a process item's key, a case item's template. */
  readonly does?: string
  /** In how many deviations at this step it was added. */
  readonly support: number
  /** The part of those in which it was done and the path was taken up again, from 0 to 1. */
  readonly outcome: number
  /** At most 3 of them, the latest first. */
  readonly examples: readonly string[]
}

/** Most earlier deviations that are looked at: the latest. */
const EARLIER_MAX = 500

/**
 * What was done off the path at this step before, what was done and led back most often first. Throws `invalidArgument`, `unknownInstance`.
 */
export async function readSuggestions(
  context: Context,
  { instanceId, elementInstanceId, limit = 10 }: SuggestQuery,
): Promise<readonly SuggestionView[]> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 100)
    throw new EngineError('invalidArgument', `limit is ${limit}; it must be a whole number from 1 to 100`, { limit })
  const { elementId, processKey } = await stepOf(context, instanceId, elementInstanceId)
  const earlier = (await earlierAt(context, elementId)).filter(({ body, state }) => body.definition.key === processKey && OVER.has(state))
  const groups = new Map<string, { readonly item: PlanItem; readonly deviations: Deviation[]; good: number }>()
  for (const [deviation, own] of await itemsOf(context, earlier)) {
    for (const item of own) {
      if (item.body.name === REDACTED) continue
      const key = `${item.kind}/${item.body.does ?? ''}/${item.body.name.trim().toLowerCase()}`
      const group = groups.get(key) ?? { item, deviations: [], good: 0 }
      groups.set(key, group)
      if (group.deviations.at(-1) === deviation) continue // twice in one counts once
      group.deviations.push(deviation)
      if (item.state === 'completed' && BACK.has(deviation.state)) group.good++
    }
  }
  const views = [...groups.values()].map(({ item, deviations: found, good }) => ({
    name: item.body.name.trim(),
    kind: item.kind,
    ...(item.body.does !== undefined && { does: item.body.does }),
    support: found.length,
    outcome: good / found.length,
    examples: found.slice(0, 3).map(({ id }) => id),
  }))
  const isBefore = (a: SuggestionView, b: SuggestionView): number =>
    b.support * b.outcome - a.support * a.outcome || b.support - a.support || (a.name < b.name ? -1 : 1)
  return views.sort(isBefore).slice(0, limit)
}

/** States in which a deviation has come to something. */
const OVER: ReadonlySet<string> = new Set(['returned', 'reviewed', 'preempted', 'undone'])
const BACK: ReadonlySet<string> = new Set(['returned', 'reviewed'])

async function stepOf(
  { engine, bound }: Context,
  instanceId: string,
  id: string | undefined,
): Promise<{ elementId: string; processKey: string }> {
  const view = await engineFor(engine, bound).instances.get(instanceId)
  if (view === null) throw new EngineError('unknownInstance', `There is no instance ${instanceId}`, { instanceId })
  const leaves = view.activeElements.filter(({ kind, elementInstanceId }) =>
    id === undefined ? kind === 'leaf' : elementInstanceId === id,
  )
  const [first] = leaves
  if (first === undefined || leaves.length > 1)
    throw new EngineError(
      'invalidArgument',
      'cases.suggest needs the elementInstanceId of a token; instances.get(id).activeElements has it.',
      { instanceId },
    )
  return { elementId: first.elementId, processKey: view.definition.key }
}

/** Of other tenants nothing is told, nor of cases that the reader may not see. */
async function earlierAt(context: Context, elementId: string): Promise<readonly Deviation[]> {
  const { port, bound } = context
  const where = { elementId: { eq: elementId }, leftAt: { isNull: false }, ...whereSeen(bound.tenantId) }
  const found = await port.find(deviations, { where, orderBy: [{ field: 'leftAt', descending: true }], limit: EARLIER_MAX })
  return inSight(context, found)
}

/** Items of deviations, in the order of these. */
export async function itemsOf(
  { port }: Pick<Context, 'port'>,
  earlier: readonly Deviation[],
): Promise<readonly (readonly [Deviation, readonly PlanItem[]])[]> {
  const own = new Map<string, PlanItem[]>()
  for (let k = 0; k < earlier.length; k += TOGETHER) {
    const ids = earlier.slice(k, k + TOGETHER).map(({ id }) => id)
    const found = await port.find(items, { where: { deviationId: { in: ids } }, limit: 1_000 })
    for (const item of found) own.set(item.deviationId ?? '', [...(own.get(item.deviationId ?? '') ?? []), item])
  }
  return earlier.map((deviation) => [deviation, own.get(deviation.id) ?? []])
}

/** Deviations whose items are read at once. */
const TOGETHER = 100
