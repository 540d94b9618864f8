import type { CommandBody, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { pinGone, unprovenStays } from '../case/refusals.ts'
import type { Deviation } from '../case/state.ts'

type Migration = Extract<CommandBody, { readonly type: 'migrateProcess' }>

/**
 * The instance goes on by another definition. A deviation follows its step, and what is pinned to an element follows that; the record
 * keeps where it was. Throws `UnprovenInstance`, `PinTargetGone`: then the instance is not migrated.
 */
export function migrated(book: Book, { map }: Migration, before: InstanceReader, after: InstanceReader): readonly CommandBody[] {
  const record = book.caseOfInstance(after.id)
  if (record?.body.unproven?.includes(after.id)) throw unprovenStays(after.id, record.id)
  const to = (elementId: string): string => map[elementId] ?? elementId
  for (const deviation of book.openDeviations(after.id)) follow(book, deviation, to, after)
  return repinned(to, before, after)
}

function follow(book: Book, deviation: Deviation, to: (elementId: string) => string, after: InstanceReader): void {
  const { body } = deviation
  const { anchor } = body
  const elementId = after.token(anchor.elementInstanceId)?.elementId ?? to(anchor.elementId)
  const isPinned = deviation.state === 'requested' && anchor.elementId !== ''
  if (isPinned && !after.definition.nodes.has(elementId)) throw pinGone(deviation, elementId)
  const { id, key, version } = after.definitionRecord
  const definition = { id, key, version }
  const from = { definition: body.definition, elementId: anchor.elementId }
  const renamed = <T extends { readonly elementId: string }>(all: readonly T[]): readonly T[] =>
    all.map((one) => ({ ...one, elementId: to(one.elementId) }))
  book.putDeviation({
    ...deviation,
    elementId,
    body: {
      ...body,
      definition,
      anchor: { ...anchor, elementId },
      timers: renamed(body.timers),
      events: renamed(body.events),
      latches: renamed(body.latches),
      migrations: [...(body.migrations ?? []), { at: book.now, actor: book.actor, from, to: { definition, elementId } }],
    },
  })
  book.note(deviation.caseId, { type: 'deviation:migrate', deviationId: deviation.id, from, to: { definition, elementId } })
}

/** The kernel stops before the elements as they are called now. */
function repinned(to: (elementId: string) => string, before: InstanceReader, { id }: InstanceReader): readonly CommandBody[] {
  const stops = Object.entries(before.scope(id)?.instance?.stops ?? {})
  if (stops.every(([elementId]) => to(elementId) === elementId)) return []
  return [{ type: 'setStops', instanceId: id, stops: Object.fromEntries(stops.map(([elementId, by]) => [to(elementId), by])) }]
}
